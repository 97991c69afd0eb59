"""The supervisor, run as a script, and its functions in processes whose children they may kill."""

import json
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from nbship.edges.process import supervisor
from tests.support.paths import ROOT
from tests.support.programs import is_alive

TIMEOUT = 60


@dataclass
class Supervised:
    """A supervisor, and the pipe in which it tells how its command ended."""

    process: "subprocess.Popen[str]"
    status: IO[str]
    daemon: int  # the process that its command started

    def told(self) -> dict[str, Any]:
        """Return what it tells; nothing is left of the daemon then."""
        told: dict[str, Any] = json.loads(self.status.readline())
        assert not is_alive(self.daemon)
        self.process.communicate(timeout=TIMEOUT)
        self.status.close()
        assert self.process.returncode == 0
        return told


def start(argv: list[str], timeout: float = TIMEOUT) -> Supervised:
    reader, writer = os.pipe()
    ends_at = time.monotonic() + timeout
    request = {"argv": argv, "ends_at": ends_at, "status": writer, "result": None}
    process = subprocess.Popen(
        [sys.executable, "-I", supervisor.__file__, json.dumps(request)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[writer],
    )  # fmt: skip
    os.close(writer)
    assert process.stdout
    return Supervised(process, os.fdopen(reader), int(process.stdout.readline()))


CHILD = """
import subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(sleep, start_new_session=True).pid, flush=True)
time.sleep(float(sys.argv[1]))
"""


def test_it_needs_the_standard_library_alone() -> None:
    code = f"import runpy, sys; runpy.run_path({supervisor.__file__!r}); print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    imported = {name.partition(".")[0] for name in result.stdout.split()}
    assert imported <= {*sys.stdlib_module_names, "__main__"}


def test_the_children_of_a_program_that_ended_are_ended() -> None:
    supervised = start([sys.executable, "-c", CHILD, "0"])
    assert supervised.told() == {"end": supervisor.ENDED, "code": 0}


def test_the_time_is_up() -> None:
    supervised = start([sys.executable, "-c", CHILD, "600"], timeout=4)
    assert supervised.told() == {"end": supervisor.TIMED_OUT, "code": None}


def test_it_ends_with_its_parent() -> None:
    """Its standard input closes when its parent is gone."""
    supervised = start([sys.executable, "-c", CHILD, "600"])
    assert supervised.process.stdin
    supervised.process.stdin.write("bytes are passed over\n" * 100)
    supervised.process.stdin.close()
    supervised.process.stdin = None
    assert supervised.told() == {"end": supervisor.ORPHANED, "code": None}


PIECES = """
    import os, signal, subprocess, sys, time
    from nbship.edges.process import supervisor

    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    family = set(supervisor._descendants(os.getpid()))
    assert child.pid in family
    assert os.getpid() not in family
    assert os.getppid() not in family
    supervisor.end_tree(child.pid)          # it leads no process group: ignored
    assert set(supervisor._descendants(os.getpid())) == set()
    supervisor.end_tree(child.pid)          # no child is left: returns at once
    print("done")
"""


def test_a_family_is_found_and_ended() -> None:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PIECES)], cwd=ROOT, capture_output=True, text=True,
        timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert (result.stdout, result.stderr) == ("done\n", "")


def test_where_the_system_shows_no_family_the_session_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS there is no /proc and no adoption of orphans; a child process imitates that."""
    code = """
        import sys
        from pathlib import Path
        from nbship.edges.process import supervisor

        supervisor._PROC = sys.argv[1]
        sys.platform = "darwin"
        sys.exit(supervisor.main(sys.argv[2:]))
    """
    monkeypatch.chdir(ROOT)
    quick = [sys.executable, "-c", "import os, time; os.fork() or time.sleep(600)"]
    reader, writer = os.pipe()
    ends_at = time.monotonic() + TIMEOUT
    request = {"argv": quick, "ends_at": ends_at, "status": writer, "result": None}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path), json.dumps(request)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[writer],
    ) as process:  # fmt: skip
        os.close(writer)
        os.close(reader)
        assert process.wait(TIMEOUT) == 0
        assert process.stdout
        # The child that stayed in the session has ended: no process holds the output open.
        assert process.stdout.read() == b""


def test_a_name_of_any_shape_is_read_out_of_proc(tmp_path: Path) -> None:
    """A program may be called ``) R 1 (``: the id of its parent is still found."""
    program = tmp_path / ") R 1 ("
    program.symlink_to(sys.executable)
    child = subprocess.Popen([str(program), "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in set(supervisor._descendants(os.getpid()))  # noqa: SLF001
    finally:
        child.communicate(b"\n", timeout=TIMEOUT)
