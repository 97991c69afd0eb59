"""Tests of the recorded outcome of a push: it is right after lost answers, kills and rivals."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from nbship.edges.storage import locks
from nbship.local.sessions.runner import WORKING
from tests.support.polling import until
from tests.support.sampling import sample
from tests.support.workspace import KERNEL, SCRIPT, Local, Workspace, serving

pytestmark = pytest.mark.unmeasured


Fault = dict[str, Any]
FAULTS: dict[str, Fault] = {
    "500": {"action": "status", "body": '{"error": {"code": 500, "message": "backend is down"}}'},
    "500-after": {"action": "status", "phase": "after", "body": "gateway"},
    "drop": {"action": "reset"},
    "drop-after": {"action": "reset", "phase": "after"},
    "html": {"action": "junk", "body": "<html>Sign in</html>", "content_type": "text/html"},
    "empty": {"action": "junk"},
    "[]": {"action": "junk", "body": "[]"},
    "{}": {"action": "junk", "body": "{}"},
}


def fault(name: str, call: str = "SaveKernel", **more: Any) -> Fault:
    return {"call": call, "times": -1, **FAULTS[name], **more}


@pytest.fixture
def tiny() -> str:
    """Return a script: these tests are about what is known of a run, not about its kernel."""
    return SCRIPT


@pytest.fixture
def up(lab: Workspace) -> Iterator[Local]:
    with serving(lab, "--faults") as local:
        yield local


def versions(lab: Workspace, up: Local) -> int:
    """Return the server's number of versions, measured by another push."""
    result = lab.kaggle("kernels", "push", "-p", "build/tiny", **up.env)
    return int(result.out.split("version ")[1].split()[0]) - 1


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("lie", "made"),
    [("500", 0), ("drop", 0), ("html", 0), ("empty", 0), ("[]", 0), ("{}", 0),
     ("500-after", 1), ("drop-after", 1)],
)  # fmt: skip
def test_a_lost_answer_is_settled_by_looking(
    lab: Workspace, up: Local, lie: str, made: int
) -> None:
    up.order(fault(lie))
    result = lab.inside("push", "tiny", "--allow-unsmoked", **up.env)

    assert up.calls().count("SaveKernel") == 1  # never tried again without looking
    if made:
        assert result.code == 0, result.all
        assert "version 1 of" in result.out
        assert [e["state"] for e in lab.journal()] == ["intended", "unknown", "pushed"]
    else:
        assert result.code == 4
        assert "the version is not there so far\n" in result.err
        assert "The next push searches for it first: doit push:tiny" in result.err
        assert len(result.err.splitlines()) == 2
        assert [e["state"] for e in lab.journal()] == ["intended", "unknown"]
    up.order()
    assert versions(lab, up) == made


def test_what_is_not_there_is_settled_when_a_later_push_has_its_version(
    lab: Workspace, up: Local
) -> None:
    up.order(fault("drop"))
    assert lab.inside("push", "tiny", "--allow-unsmoked", **up.env).code == 4
    up.order()
    result = lab.inside("push", "tiny", "--allow-unsmoked", **up.env)
    assert result.code == 0, result.all
    assert (
        "an earlier push of tiny had no answer; its version is not on the server so far"
        in result.out
    )
    assert "an earlier push of tiny is settled: nothing was pushed" in result.out
    settled = {e["id"]: e["state"] for e in lab.journal()}
    assert list(settled.values()) == ["failed", "pushed"]


def test_what_never_arrived_is_settled_as_soon_as_a_later_push_is_known(
    lab: Workspace, up: Local
) -> None:
    """Also if the later push was killed before it settled the earlier one."""
    push = ("push", "tiny", "--allow-unsmoked", "--no-run")
    up.order(fault("drop"))
    assert lab.inside(*push, **up.env).code == 4
    lost = (lab.root / "runs/journal.jsonl").read_text().splitlines(keepends=True)[-1]
    assert '"state": "unknown"' in lost
    up.order()
    lab.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    lab.commit()
    assert lab.inside(*push, **up.env).code == 0
    with (lab.root / "runs/journal.jsonl").open("a") as journal:
        journal.write(lost)
    again = lab.inside(*push, **up.env)
    assert "an earlier push of tiny is settled: nothing was pushed" in again.all
    assert "nothing to push: version 1, " in again.out
    assert lab.journal()[-1]["state"] == "failed"


def test_an_outcome_that_cannot_be_looked_up_is_settled_by_the_next_push(
    lab: Workspace, up: Local
) -> None:
    up.order(fault("drop-after"), fault("drop", "*", since="SaveKernel"))
    result = lab.inside("push", "tiny", "--allow-unsmoked", **up.env)
    up.order()
    assert result.code == 4
    assert lab.journal()[-1]["state"] == "unknown"

    result = lab.inside("push", "tiny", "--allow-unsmoked", "--allow-running", **up.env)
    assert result.code == 0
    assert "an earlier push of tiny is settled: version 1" in result.out
    assert "nothing to push: version 1, pushed by " in result.out


def test_kill_9_in_the_middle_of_a_push_is_settled_by_the_next(lab: Workspace, up: Local) -> None:
    """The journal has the intent before the request; the next push first looks at the server."""
    lab.inside("build")
    doit = subprocess.Popen(
        [sys.executable, "-m", "doit", "push:tiny", "--allow-unsmoked"], cwd=lab.root,
        env={**os.environ, **up.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    up.order({"call": "SaveKernel", "action": "kill", "phase": "after", "pid": doit.pid})
    doit.wait(60)
    up.order()
    assert doit.returncode == -signal.SIGKILL
    assert lab.journal()[0]["state"] == "intended"

    result = lab.inside("push", "tiny", "--allow-unsmoked", "--allow-running", **up.env)
    assert result.code == 0, result.all
    assert "an earlier push of tiny is settled" in result.out
    settled = {e["id"]: e for e in lab.journal()}.values()
    states = [(entry["state"], entry["version"]) for entry in settled]
    assert states in ([("pushed", 1)], [("failed", None), ("pushed", 1)])


@pytest.mark.parametrize(
    ("lie", "words"),
    sample(
        [
            ("500", "Kaggle says (500): backend is down"),
            ("html", "the local Kaggle answered with something that makes no sense"),
            ("empty", "the local Kaggle answered with something that makes no sense"),
            ("drop", "the local Kaggle broke off the connection"),
        ],
        4,
    ),
)
def test_a_server_that_is_out_of_order_is_one_line_and_nothing_is_pushed(
    lab: Workspace, up: Local, lie: str, words: str
) -> None:
    up.order(fault(lie, "*"))
    for task in ("push:tiny", "watch:tiny", "ship:tiny"):
        result = lab.doit(task, **up.env)
        assert result.code == 4
        assert result.err.startswith(words), result.err
        assert len(result.err.splitlines()) == 2
    assert "SaveKernel" not in up.calls()
    assert lab.journal() == []


def test_nobody_at_the_address_is_one_line(lab: Workspace) -> None:
    result = lab.doit(
        "push:tiny",
        KAGGLE_API_ENVIRONMENT="LOCALHOST", KAGGLE_USERNAME="awa", KAGGLE_KEY="k",
        http_proxy="http://127.0.0.1:9",
    )  # fmt: skip
    assert result.code == 4
    assert result.err.splitlines() == [
        "the local Kaggle cannot be reached at http://localhost",
        "  → Start it with 'nbship local'.",
    ]


def test_anything_but_loopback_is_refused_while_a_local_kaggle_is_the_target(
    lab: Workspace,
) -> None:
    result = lab.doit(
        "push:tiny",
        KAGGLE_API_ENVIRONMENT="LOCALHOST", KAGGLE_USERNAME="awa", KAGGLE_KEY="k",
        http_proxy="http://192.0.2.1:3128",
    )  # fmt: skip
    assert result.code == 4
    assert result.err == (
        "refused: 192.0.2.1 is not on this machine, and only a local Kaggle is allowed\n"
    )


def test_production_is_refused_in_tests(lab: Workspace) -> None:
    result = lab.inside("push", "tiny", KAGGLE_USERNAME="awa", KAGGLE_KEY="k")
    assert result.code == 4
    assert result.err.startswith("refused: api.kaggle.com is not on this machine")


def test_no_credentials_is_one_line_with_what_to_do(lab: Workspace) -> None:
    result = lab.inside("push", "tiny")
    assert result.code == 2
    assert result.err.splitlines()[0] == "no Kaggle credentials on this machine"
    assert "KAGGLE_API_TOKEN" in result.err
    assert lab.journal() == []


def test_an_environment_that_the_client_takes_for_production_is_refused(lab: Workspace) -> None:
    result = lab.inside("push", "tiny", KAGGLE_API_ENVIRONMENT="TEST", KAGGLE_KEY="k")
    assert result.err.startswith("KAGGLE_API_ENVIRONMENT=TEST: the kaggle package treats this as")


def test_a_version_can_be_saved_without_a_run(lab: Workspace, up: Local) -> None:
    result = lab.inside("push", "tiny", "--allow-unsmoked", "--no-run", **up.env)
    assert result.code == 0, result.all
    assert "version 1 of awa/tiny-kernel" in result.out
    assert "saved, not run" in result.out
    stock = lab.kaggle("kernels", "status", KERNEL, **up.env)
    assert stock.code == 1, "there is a run"
    result = lab.inside("watch", "tiny", **up.env)
    assert result.code == 2
    assert result.err.splitlines() == [
        "version 1 of awa/tiny-kernel was saved with --no-run: there is no run to watch",
        "  → To run it: doit push:tiny",
    ]
    assert "404" in stock.all


def test_who_comes_second_hears_at_once_who_has_it(lab: Workspace) -> None:
    lab.inside("build")
    with locks.locked(lab.root / ".nbship" / "locks" / "awa%2Ftiny-kernel.push"):
        result = lab.inside("push", "tiny", KAGGLE_USERNAME="awa", KAGGLE_KEY="k")
    assert result.code == 2
    assert f"awa/tiny-kernel is locked by process {os.getpid()} on " in result.err
    assert lab.journal() == []


def test_a_server_that_goes_away_before_the_push_is_recorded_as_failed(
    lab: Workspace, up: Local
) -> None:
    up.order({"call": "GetKernel", "action": "leave"})
    result = lab.inside("push", "tiny", "--allow-unsmoked", **up.env)
    assert result.code == 4
    assert result.err.startswith("the local Kaggle cannot be reached")
    assert [e["state"] for e in lab.journal()] == ["intended", "failed"]


def test_two_commands_at_once_wait_for_each_others_embedded_kaggle(lab: Workspace) -> None:
    lab.write(
        "src_py/twin.py",
        SCRIPT.replace("tiny-kernel", "twin-kernel").replace("Tiny Kernel", "Twin Kernel"),
    )
    lab.commit()
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "doit", f"ship:{name}", "-t", "local"], cwd=lab.root,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("tiny", "twin")
    ]  # fmt: skip
    outputs = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], outputs


def test_kill_9_of_the_command_that_serves_loses_no_run(lab: Workspace) -> None:
    """The server ends with the run; the next watch waits for the end and fetches the outputs."""
    wait = """
import pathlib, time
if COUNT > 1:
    pathlib.Path("ready").touch()
    time.sleep(3)
"""
    lab.write("src_py/tiny.py", SCRIPT + wait)
    doit = subprocess.Popen(
        [sys.executable, "-m", "doit", "ship:tiny", "-t", "local"], cwd=lab.root,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: any(lab.root.glob(f".nbship/local/**/{WORKING}/ready")), "the run")
    doit.kill()
    doit.wait()
    result = lab.inside("watch", "tiny", "-t", "local")
    assert result.code == 0, result.all
    assert "waiting for the end of another command's local Kaggle" in result.out
    assert len(list((lab.root / "runs").glob("*/tiny-v1/greeting.txt"))) == 1
