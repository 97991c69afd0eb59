"""Runs of notebooks that the zygote of the server forks, in a sandbox of their own."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nbship.edges.rehearsal import zygotes
from nbship.local.sessions import zygote
from nbship.shim._launch import zygote_client
from tests.support.local_kaggle import Sandboxed, Server, notebook
from tests.support.polling import until
from tests.support.programs import command_of, is_alive
from tests.support.rehearsals import lives
from tests.support.rungs import here

pytestmark = pytest.mark.unmeasured

_WHO = 'print(open("/proc/self/cmdline").read().replace("\\0", " "))'
_WAITS = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', 'TOKEN'],"
    " start_new_session=True)\n"
    "open('started', 'w').close()\ntime.sleep(600)"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    here()
    own = Sandboxed(tmp_path / "kaggle").start()
    yield own
    own.stop()
    assert "Traceback" not in own.stderr


def _run(server: Server, slug: str, *cells: str) -> str:
    """Run a notebook to its end, and return its log."""
    server.push(slug, notebook(*cells), kernelType="notebook")
    assert server.ended(slug) == {"status": "COMPLETE"}
    return server.log(slug)


def _zygotes(server: Server) -> list[psutil.Process]:
    """Return the processes of the server's zygote, from its sandbox on."""
    found = []
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("zygote.py" in word for word in command_of(child)):
                found.append(child)
    return found


def _kill_zygotes(server: Server) -> None:
    """Kill the zygote with its sandbox, and wait for their end."""
    processes = _zygotes(server)
    assert processes
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended with the others
            process.kill()
    until(lambda: not any(is_alive(process.pid) for process in processes), "the end of the zygote")


def test_a_notebook_is_forked_and_its_output_is_told_once(server: Server) -> None:
    # A thread of ipykernel reads what a child prints: what comes after the end of its cell is lost.
    log = _run(
        server, "forked-run", "import os\nos.system('echo system; sleep 1')", _WHO,
        "import sys\nprint('err', file=sys.stderr)",
        "print(sorted(os.listdir('/proc/self/fd')))",
    )  # fmt: skip
    assert "zygote.py" in log
    assert (log.count("err"), log.count("system")) == (1, 1), log
    assert len(_zygotes(server)) > 0


def test_a_script_is_not_forked_and_needs_no_zygote(server: Server) -> None:
    server.push("a-script", _WHO)
    assert server.ended("a-script") == {"status": "COMPLETE"}
    assert "zygote.py" not in server.log("a-script")
    assert not _zygotes(server)


def test_kernels_start_from_their_beginning_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here()
    monkeypatch.setenv("NBSHIP_WARM", "off")
    server = Sandboxed(tmp_path / "kaggle").start()
    try:
        assert "zygote.py" not in _run(server, "plain-run", _WHO)
    finally:
        server.stop()


def test_after_the_end_of_a_zygote_another_one_starts(server: Server) -> None:
    _run(server, "first-run", "1")
    _kill_zygotes(server)
    assert "zygote.py" in _run(server, "second-run", _WHO)


def test_the_end_of_a_zygote_in_the_middle_is_an_error_of_its_run(
    server: Server, tmp_path: Path
) -> None:
    server.push("cut-off", notebook(_WAITS.replace("TOKEN", str(tmp_path))), kernelType="notebook")
    until((server.working("cut-off") / "started").exists, "the run")
    _kill_zygotes(server)
    assert server.ended("cut-off")["status"] == "ERROR"
    until(lambda: not lives(str(tmp_path)), "the end of what it started")


def test_a_run_that_is_deleted_ends_with_all_that_it_started(
    server: Server, tmp_path: Path
) -> None:
    text = notebook(_WAITS.replace("TOKEN", str(tmp_path)))
    server.push("to-delete", text, kernelType="notebook")
    until((server.working("to-delete") / "started").exists, "the run")
    server.call("DeleteKernel", **server.named("to-delete"))
    assert not lives(str(tmp_path))
    assert "zygote.py" in _run(server, "next-run", _WHO)


def test_nothing_outlives_a_server_that_is_killed(server: Server, tmp_path: Path) -> None:
    text = notebook(_WAITS.replace("TOKEN", str(tmp_path)))
    server.push("orphaned", text, kernelType="notebook")
    until((server.working("orphaned") / "started").exists, "the run")
    zygotes = _zygotes(server)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    until(lambda: not lives(str(tmp_path)), "the end of what it started")
    until(lambda: not psutil.wait_procs(zygotes, timeout=0)[1], "the end of the zygote")


def test_a_kernel_that_dies_is_the_error_of_its_run(server: Server) -> None:
    server.push("it-dies", notebook("import os; os._exit(3)"), kernelType="notebook")
    ended = server.ended("it-dies")
    assert ended["status"] == "ERROR"
    assert "Kernel died" in ended["failureMessage"]


def test_what_two_programs_must_name_alike_they_do() -> None:
    """The local Kaggle imports nothing of nbship, and the zygote nothing of its client."""
    names = ("SWITCH", "_PROGRAM", "_GPU")
    assert [vars(zygote)[name] for name in names] == [vars(zygotes)[name] for name in names]
    text = Path(zygote_client.__file__).with_name("zygote.py").read_text()
    line = next(line for line in text.splitlines() if line.startswith("BEGUN, GO = "))
    begun, go = vars(zygote_client)["_BEGUN"], vars(zygote_client)["_GO"]
    assert line == f"BEGUN, GO = {begun!r}, {go!r}".replace("'", '"')
