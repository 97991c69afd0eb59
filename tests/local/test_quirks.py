"""The switches for Kaggle behaviour that varies."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nbship.local.storage.database import Status, Version
from tests.support.local_kaggle import Server
from tests.support.polling import until

_SLEEP = "import time; time.sleep(1000)"


def test_a_waiting_session_can_have_no_status(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--queued-as-nothing",)).start()
    for number in range(3):
        server.push(f"in-line-{number}", _SLEEP)
    assert server.status("in-line-2") == {}
    server.wait_for("in-line-1", "RUNNING")
    server.call("DeleteKernel", **server.named("in-line-0"))
    until(lambda: server.status("in-line-2") == {"status": "RUNNING"}, "its turn")
    assert server.stop() == 0


def test_the_outputs_of_a_cancelled_session_are_saved_before_it_ends(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--saving", "0.5")).start()
    server.push("being-saved", f"open('a.txt', 'w').write('a'); {_SLEEP}")
    until(lambda: list(server.working("being-saved").glob("a.txt")), "its file")
    assert server.call("CancelKernelSession", kernelSessionId=1) == {}
    assert server.status("being-saved") == {"status": "CANCEL_REQUESTED"}
    assert server.call("ListKernelFiles", **server.named("being-saved"))["files"] == []
    assert server.ended("being-saved") == {"status": "CANCEL_ACKNOWLEDGED"}
    (listed,) = server.call("ListKernelFiles", **server.named("being-saved"))["files"]
    assert listed["name"] == "a.txt"
    assert server.stop() == 0


def test_the_status_can_be_late(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--lag", "1000")).start()
    server.push("reported-late", "print('done')")
    until(lambda: server.log("reported-late"), "the end")
    named = server.named("reported-late")
    assert server.post("GetKernelSessionStatus", **named).status_code == 404
    with contextlib.closing(sqlite3.connect(server.state_dir / "kaggle.sqlite")) as database:
        past = (datetime.now(UTC) - timedelta(seconds=2000)).isoformat()
        database.execute("UPDATE versions SET created = ?, started = ?, ended = ?", [past] * 3)
        database.commit()
    assert server.status("reported-late") == {"status": "COMPLETE"}
    server.push("reported-late", "1/0")
    assert server.status("reported-late") == {"status": "COMPLETE"}  # that of the previous version
    late = server.post("GetKernelSessionStatus", **server.named("reported-late", "v2"))
    assert late.status_code == 404
    assert server.stop() == 0


_MADE = datetime(2026, 9, 23, 12, 0, tzinfo=UTC)


def _version(started: int | None, ended: int | None, status: Status | None) -> Version:
    after = [None if s is None else _MADE + timedelta(seconds=s) for s in (started, ended)]
    return Version(
        1, 1, "alice", "slug", "script", 1, "", {}, "CPU", 1, "", status, None, _MADE,
        started=after[0], ended=after[1], starter="alice",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "statuses"),
    [
        (_version(2, 4, Status.COMPLETE), "QUEUED QUEUED RUNNING RUNNING COMPLETE"),
        (_version(2, None, Status.CANCEL_REQUESTED), "QUEUED QUEUED RUNNING RUNNING RUNNING"),
        (_version(None, 3, Status.CANCEL_ACKNOWLEDGED),
         "QUEUED QUEUED QUEUED CANCEL_ACKNOWLEDGED CANCEL_ACKNOWLEDGED"),
        (_version(None, None, Status.QUEUED), "QUEUED QUEUED QUEUED QUEUED QUEUED"),
        (_version(None, None, None), "None None None None None"),
    ],
)  # fmt: skip
def test_the_status_of_a_session_at_a_moment(version: Version, statuses: str) -> None:
    moments = [_MADE + timedelta(seconds=second) for second in range(5)]
    assert " ".join(str(version.status_at(moment)) for moment in moments) == statuses


def test_the_weekly_quota_can_be_used_up(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--gpu-hours", "0.0001", "--tpu-hours", "0")).start()
    refused = {"error": "Maximum weekly TPU quota of 0.00 hours reached."}
    assert server.push("on-a-tpu", "pass", machineShape="TpuV5E8") == refused
    assert server.post("GetKernel", **server.named("on-a-tpu")).status_code == 404
    saved = server.push("on-a-tpu", "pass", enableTpu=True, kernelExecutionType="QUICK_SAVE")
    assert saved["versionNumber"] == 1
    server.push("on-a-gpu", "import time; time.sleep(0.5)", enableGpu=True)
    server.ended("on-a-gpu")
    refused = {"error": "Maximum weekly GPU quota of 0.00 hours reached."}
    assert server.push("on-a-gpu", "pass", enableGpu=True) == refused
    assert "error" not in server.push("on-a-cpu", "pass")
    quota = server.call("GetAcceleratorQuotaStatistics")
    assert quota["tpuQuota"]["totalTimeAllowed"] == "0s"
    assert server.stop() == 0
