"""Tests of stop: a run is ended by its session, its outputs come home, and nothing is deleted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbship.testing import Control
from tests.support.local_kaggle import Server
from tests.support.polling import output_until, until
from tests.support.workspace import SCRIPT_HEADER, Workspace

pytestmark = pytest.mark.unmeasured
KERNEL = {"userName": "awa", "kernelSlug": "tiny-kernel"}
# Begins, and runs until the gate is there; then it ends as the last line says.
CODE = """
# %%
import time
from pathlib import Path

Path("a.txt").write_text("a")
print("begun", flush=True)
while not Path("{gate}").exists():
    time.sleep(0.05)
{end}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server", ("--faults", "--saving", "0.5"))
    server.state_dir.mkdir(parents=True)
    team = {"awa/tiny-kernel": {"bob": "editor"}}
    (server.state_dir / "collaborators.json").write_text(json.dumps(team))
    server.start()
    yield server
    server.stop()


def push(
    lab: Workspace, server: Server, end: str = "", session: str = "", wait: str = "RUNNING"
) -> Path:
    """Push a script, and wait until it runs; return the path of its gate."""
    gate = lab.root.parent / "gate"
    header = SCRIPT_HEADER.replace("# ///\n", f"{session}# ///\n")
    lab.write("src_py/tiny.py", header + CODE.format(gate=gate, end=end))
    lab.commit()
    result = lab.inside("push", "tiny", "--allow-unsmoked", **server.connect())
    assert result.code == 0, result.all
    until(lambda: state(server) == wait, wait)
    return gate


def state(server: Server) -> str:
    return str(server.call("GetKernelSessionStatus", "awa", **KERNEL)["status"])


def stopping(lab: Workspace, server: Server, verb: str = "stop") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "doit", f"{verb}:tiny"],
        cwd=lab.root, env={**os.environ, **server.connect()}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def cancels(server: Server) -> list[dict[str, Any]]:
    """Return the entries of the server's record for cancels."""
    entries = Control(server.url).entries()
    return [entry for entry in entries if entry["call"] == "CancelKernelSession"]


def settled(lab: Workspace, expected: str = "cancelled") -> None:
    """Check that the last push has one record, with its outputs."""
    entries = lab.journal()
    record = entries[-1]
    assert (record["state"], record["session"], record["version"]) == (expected, 1, 1)
    assert {entry["id"] for entry in entries} == {record["id"]}
    assert (lab.root / record["folder"] / "a.txt").read_text() == "a"
    assert "begun" in (lab.root / record["folder"] / "_nbship/log.txt").read_text()


def test_a_run_is_stopped_and_its_outputs_are_fetched(lab: Workspace, server: Server) -> None:
    push(lab, server)
    result = lab.doit("stop:tiny", **server.connect())
    assert result.code == 0, result.all
    assert "verdict  tiny  cancelled (stopped in " in result.out
    assert "begun" not in result.out
    assert state(server) == "CANCEL_ACKNOWLEDGED"
    assert [entry["effect"] for entry in cancels(server)] == ["cancelled 1"]
    settled(lab)
    again = lab.inside("stop", "tiny", **server.connect())
    assert again.code == 0, again.all
    assert "cancelled (it had ended before)" in again.out
    assert len(cancels(server)) == 1
    settled(lab)


def test_what_has_ended_by_itself_is_settled(lab: Workspace, server: Server) -> None:
    push(lab, server).touch()
    until(lambda: state(server) == "COMPLETE", "the end")
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 0, result.all
    assert "complete (it had ended before)" in result.out
    settled(lab, "complete")
    assert cancels(server) == []


def test_a_run_that_ends_meanwhile_is_settled(lab: Workspace, server: Server) -> None:
    push(lab, server).touch()
    until(lambda: state(server) == "COMPLETE", "the end")
    Control(server.url).set_faults({
        "call": "GetKernelSessionStatus", "action": "junk", "body": '{"status": "RUNNING"}',
    })  # fmt: skip
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 0, result.all
    assert "complete (it had ended before)" in result.out
    assert [entry["effect"] for entry in cancels(server)] == [""]
    settled(lab, "complete")


def test_a_run_that_has_failed_names_its_line(lab: Workspace, server: Server) -> None:
    push(lab, server, end="1 / 0").touch()
    until(lambda: state(server) == "ERROR", "the end")
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 1
    assert "ZeroDivisionError" in result.err
    settled(lab, "error")


def test_only_who_has_started_a_run_may_stop_it(lab: Workspace, server: Server) -> None:
    gate = push(lab, server)
    result = lab.inside("stop", "tiny", **server.connect("bob"))
    assert result.code == 4
    assert (
        "the run of version 1 of awa/tiny-kernel cannot be stopped: only the person who "
        "started it may do that (awa)" in result.err
    )
    assert "stop it on its page" in result.err
    assert "'kernelSessions.cancel' was denied" in result.err
    assert state(server) == "RUNNING"
    assert lab.journal()[-1]["state"] == "pushed"
    gate.touch()


def test_a_queued_run_has_no_session(lab: Workspace, server: Server) -> None:
    for number in range(2):
        server.push(f"in-the-way-{number}", "import time; time.sleep(1000)")
    push(lab, server, wait="QUEUED")
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 4
    assert "cannot be stopped: it is queued, and has no session yet" in result.err
    assert "doit watch:tiny" in result.err
    assert cancels(server) == []


def test_without_the_session_line_nobody_knows_the_session(lab: Workspace, server: Server) -> None:
    gate = push(lab, server, session="# [tool.nbship.session]\n# line = false\n")
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 4
    assert "cannot be stopped: it was pushed without the session line" in result.err
    assert state(server) == "RUNNING"
    gate.touch()


def test_a_log_that_has_no_session_line_yet_is_said(lab: Workspace, server: Server) -> None:
    gate = push(lab, server)
    text = "data: END_OF_LOG\n\n"
    Control(server.url).set_faults({
        "call": "stream", "action": "junk", "times": -1, "body": text,
        "content_type": "text/event-stream",
    })  # fmt: skip
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 4
    assert "cannot be stopped: its log has no session line so far" in result.err
    assert "Try again in a moment: doit stop:tiny" in result.err
    assert cancels(server) == []
    gate.touch()


@pytest.mark.parametrize(
    ("rule", "sent"),
    [
        ({"phase": "after", "action": "reset"}, 1),
        ({"phase": "before", "action": "reset"}, 2),
        ({"phase": "before", "action": "status", "status": 503}, 2),
        ({"phase": "after", "action": "junk", "body": "<html>"}, 1),
    ],
)
def test_a_lost_answer_is_looked_up(
    lab: Workspace, server: Server, rule: dict[str, Any], sent: int
) -> None:
    push(lab, server)
    Control(server.url).set_faults({"call": "CancelKernelSession", **rule})
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 0, result.all
    assert len(cancels(server)) == sent
    settled(lab)


def test_no_answer_at_all_is_said(lab: Workspace, server: Server) -> None:
    gate = push(lab, server)
    Control(server.url).set_faults({"call": "CancelKernelSession", "action": "reset", "times": -1})
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 4
    assert "it is not known whether version 1 of awa/tiny-kernel stops: " in result.err
    assert "Try again: doit stop:tiny" in result.err
    assert lab.journal()[-1]["state"] == "pushed"
    gate.touch()


def test_two_stops_and_a_watch_at_once_agree(lab: Workspace, server: Server) -> None:
    push(lab, server)
    watcher = stopping(lab, server, "watch")
    output_until(watcher, "begun")
    both = [stopping(lab, server) for _ in range(2)]
    outputs = [process.communicate()[0] for process in (watcher, *both)]
    assert [process.returncode for process in (watcher, *both)] == [5, 0, 0], outputs
    assert len(cancels(server)) == 1
    settled(lab)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_stop_is_settled_by_the_next_command(
    lab: Workspace, server: Server, number: signal.Signals
) -> None:
    push(lab, server)
    process = stopping(lab, server)
    output_until(process, "cancelling")
    process.send_signal(number)
    rest = process.communicate()[0]
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted: the run is told to stop; continue with: doit watch:tiny" in rest, rest
    result = lab.inside("stop", "tiny", **server.connect())
    assert result.code == 0, result.all
    assert len(cancels(server)) == 1
    settled(lab)


def test_a_watch_and_a_push_name_the_way_to_stop(lab: Workspace, server: Server) -> None:
    gate = push(lab, server)
    watcher = stopping(lab, server, "watch")
    output_until(watcher, "begun")
    watcher.send_signal(signal.SIGINT)
    assert (
        "the run goes on; continue with: doit watch:tiny, end it with: doit stop:tiny"
        in watcher.communicate()[0]
    )
    refused = lab.inside("push", "tiny", "--again", "--allow-unsmoked", **server.connect())
    assert refused.code == 3
    assert "Or end it: doit stop:tiny --version 1" in refused.err
    gate.touch()


def test_the_local_kaggle_of_another_command_ends_with_it(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", SCRIPT_HEADER + CODE.format(gate="never", end=""))
    lab.commit()
    process = subprocess.Popen(
        [sys.executable, "-m", "nbship", "ship", "tiny", "-t", "local", "--allow-unsmoked"],
        cwd=lab.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    output_until(process, "begun")
    result = lab.inside("stop", "tiny", "-t", "local")
    assert result.code == 2
    assert "the local Kaggle was started by another command, and ends with it" in result.err
    process.send_signal(signal.SIGINT)
    assert "the run is cancelled" in process.communicate()[0]
    assert process.returncode == 130
