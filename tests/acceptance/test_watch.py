"""Tests of watch under failures: server restarts, Ctrl-C, interrupted downloads."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_kaggle import Server
from tests.support.polling import output_until
from tests.support.sampling import takes_long
from tests.support.workspace import SCRIPT_HEADER, Workspace

CODE = """
# %%
import os, time
from pathlib import Path
for name in ("a.txt", "b.txt", "data/c.bin"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(name)
print("begun", flush=True)
while not Path("{gate}").exists():
    time.sleep(0.05)
print("done", flush=True)
{end}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server").start()
    yield server
    server.stop()


def push(lab: Workspace, server: Server, end: str = "") -> Path:
    """Push a kernel that runs until a file exists; return the path of that file."""
    gate = lab.root.parent / "gate"
    # A script: there is no kernel of Jupyter's to wait for.
    lab.write("src_py/tiny.py", SCRIPT_HEADER + CODE.format(gate=gate, end=end))
    lab.commit()
    result = lab.doit("push:tiny", "--allow-unsmoked", **server.connect())
    assert result.code == 0, result.all
    return gate


def watching(lab: Workspace, server: Server, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "doit", "watch:tiny", *options],
        cwd=lab.root, env={**os.environ, **server.connect()}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def rest(process: "subprocess.Popen[str]") -> str:
    """Wait for the end of a program, and return the rest of its output."""
    output, _ = process.communicate(timeout=120)
    return output


@takes_long
def test_a_server_that_dies_and_comes_back_is_watched_to_the_right_end(
    lab: Workspace, server: Server
) -> None:
    """The local Kaggle marks a run as an error if its own end interrupted it."""
    push(lab, server)
    watcher = watching(lab, server)
    output = output_until(watcher, "| begun")
    port = server.url.rpartition(":")[2]
    server.stop(signal.SIGKILL)
    output += output_until(watcher, "nbship asks again for up to")
    server.options = ("--port", port)
    server.start()
    output += rest(watcher)
    assert watcher.returncode == 1, output
    assert "the local Kaggle answers again" in output
    assert output.count("| begun") == 1
    assert lab.journal()[-1]["state"] == "error"


def test_a_network_that_is_gone_for_a_while_changes_no_verdict(
    lab: Workspace, tmp_path: Path
) -> None:
    server = Server(tmp_path / "server", options=("--faults",)).start()
    gate = push(lab, server)
    server.add_fault("*", "reset", times=-1)
    watcher = watching(lab, server)
    output = output_until(watcher, "nbship asks again for up to")
    server.clear_faults()
    output += output_until(watcher, "answers again")
    gate.touch()
    output += rest(watcher)
    assert watcher.returncode == 0, output
    assert output.count("| begun") == output.count("| done") == 1
    server.stop()


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_come_back(
    lab: Workspace, server: Server
) -> None:
    gate = push(lab, server)
    watcher = watching(lab, server)
    output = output_until(watcher, "| begun")
    watcher.send_signal(signal.SIGINT)
    output += rest(watcher)
    assert watcher.returncode == 130
    assert "the run goes on; continue with: doit watch:tiny" in output
    assert server.call("GetKernelSessionStatus", "awa", userName="awa", kernelSlug="tiny-kernel")[
        "status"
    ] == "RUNNING"  # fmt: skip
    gate.touch()
    said_again = lab.doit("watch:tiny", **server.connect())
    assert said_again.code == 0, said_again.all
    assert said_again.out.count("| begun") == 1
    assert "| done" in said_again.out


def test_only_what_is_asked_for_is_fetched_and_what_is_there_stays(
    lab: Workspace, server: Server
) -> None:
    push(lab, server).touch()
    result = lab.doit("watch:tiny", "--only", "a.*,data/*", **server.connect())
    assert result.code == 0, result.all
    assert "(a.txt, data/c.bin)" in result.out
    assert "--only leaves out 1 more" in result.out
    [folder] = (lab.root / "runs").glob("*/tiny-v1")
    assert not (folder / "b.txt").exists()
    before = (folder / "a.txt").stat().st_ino
    (folder / "data/c.bin").write_text("damaged")
    result = lab.doit("watch:tiny", **server.connect())
    assert result.code == 0, result.all
    assert (folder / "a.txt").stat().st_ino == before
    assert (folder / "b.txt").read_text() == "b.txt"
    assert (folder / "data/c.bin").read_text() == "data/c.bin"
    files = json.loads((folder / "_nbship/record.json").read_text())["files"]
    assert sorted(file["name"] for file in files) == ["a.txt", "b.txt", "data/c.bin"]


@takes_long
def test_an_output_above_the_limit_is_refused_with_its_name(lab: Workspace, server: Server) -> None:
    push(lab, server, end='open("big.bin", "wb").write(b"x" * 20_000)').touch()
    result = lab.doit("watch:tiny", "--most", "0.00001", **server.connect())
    assert result.code == 4
    assert "not fetched: 'big.bin' is larger than 10,737 bytes" in result.out
    assert "complete, but 1 of its outputs were not fetched" in result.err
    assert lab.journal()[-1]["state"] == "complete"
    assert "is less than" in lab.doit("watch:tiny", "--most", "-1", **server.connect()).err


@takes_long
def test_a_cancelled_run_has_an_exit_code_of_its_own(lab: Workspace, server: Server) -> None:
    push(lab, server)
    watcher = watching(lab, server)
    output_until(watcher, "| begun")
    server.call("CancelKernelSession", "awa", kernelSessionId=1)
    output = rest(watcher)
    assert watcher.returncode == 5, output
    assert re.search(r"cancelled|took too long", output)
    assert lab.journal()[-1]["state"] == "cancelled"
