"""Other programs: their output, how they end, and that no process of theirs is left."""

import os
import resource
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from nbship.edges.process import runner
from nbship.edges.process.runner import Finished
from nbship.errors import WorkspaceError
from tests.support.programs import is_alive

TIMEOUT = 60.0


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


# --- run ---------------------------------------------------------------------------------------


def test_a_program_is_asked_and_answers(tmp_path: Path) -> None:
    code = r"""
        import os, sys
        sys.stdout.buffer.write(b"out \xff" + os.getcwd().encode())
        sys.stderr.buffer.write(b"err \xfe" + os.environ["WORD"].encode())
        assert sys.stdin.read() == ""
        sys.exit(3)
    """
    result = runner.run(python(code), cwd=tmp_path, env={**os.environ, "WORD": "here"})
    assert result == Finished(3, f"out \ufffd{tmp_path}", "err \ufffdhere")


def test_an_argument_is_never_read_by_a_shell(tmp_path: Path) -> None:
    words = ["$(touch x)", "; touch y", "a b", "*", ""]
    result = runner.run(python("import sys; print(sys.argv[1:])", *words), cwd=tmp_path)
    assert result.out == f"{words}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("absent", "nosuchprogram is not installed"),
        ("no program", "{path} cannot be run: Permission denied"),
        ("garbage", "{path} cannot be run: Exec format error"),
        ("folder", "{path} cannot be run: Permission denied"),
    ],
)
def test_what_cannot_be_run_is_one_line(tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "program"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\x00garbage")
        path.chmod(0o755 if kind == "garbage" else 0o644)
    name = "nosuchprogram" if kind == "absent" else str(path)
    with pytest.raises(WorkspaceError) as error:
        runner.run([name], cwd=tmp_path)
    assert error.value.message == message.format(path=path)


def test_a_folder_that_is_gone_is_not_taken_for_a_program(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be run: No such file or directory") as error:
        runner.run([sys.executable, "-V"], cwd=tmp_path / "gone")
    assert "not installed" not in error.value.message


def test_a_question_has_a_deadline(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="did not answer within 0 s"):
        runner.run(python("import time; time.sleep(600)"), cwd=tmp_path, timeout=0.3)


# --- child processes ---------------------------------------------------------------------------

PATIENT = "print('ready to serve', flush=True); import sys; sys.stdin.read()"
STUBBORN = "print('ready', flush=True); import time; time.sleep(600)"


def start(
    tmp_path: Path, code: str, *, timeout: float = TIMEOUT, grace: float = TIMEOUT
) -> runner.ChildProcess:
    return runner.start_child(
        python(code), cwd=tmp_path, log=tmp_path / "logs/log.txt", timeout=timeout, grace=grace
    )


def test_a_program_lives_as_long_as_its_lifeline(tmp_path: Path) -> None:
    process = start(tmp_path, PATIENT)
    assert process.first_line == "ready to serve"
    assert is_alive(process.child.pid)
    assert process.close(TIMEOUT)
    assert process.child.returncode == 0
    process.stop()  # has ended: fine


def test_a_program_may_take_its_time_and_is_stopped_in_the_end(tmp_path: Path) -> None:
    process = start(tmp_path, STUBBORN)
    assert not process.close(0.05)
    assert is_alive(process.child.pid)
    process.stop()
    assert process.child.returncode == -signal.SIGTERM


def test_a_program_that_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STUBBORN}"
    process = start(tmp_path, code, grace=0.2)
    process.stop()
    assert process.child.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('first\\nport 1 is taken')", "did not start: port 1 is taken"),
        ("pass", "did not start: no reason given"),
        ("print()", "did not start: no reason given"),
    ],
)
def test_a_program_that_does_not_start_says_why(tmp_path: Path, code: str, words: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        start(tmp_path, code)
    assert error.value.message.endswith(words)
    assert "\n" not in error.value.message


def test_a_program_that_cannot_say_why_for_want_of_space_is_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files imitates a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match=r"cannot write .*/log: File too large"):
            runner.start_child(
                [sys.executable, "-c", "import sys; sys.exit('why')"],
                cwd=tmp_path, log=tmp_path / "log",
            )  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_program_that_never_says_a_word_is_not_waited_for(tmp_path: Path) -> None:
    code = """
        import os, sys, time
        open("pid", "w").write(str(os.getpid()))
        time.sleep(600)
    """
    with pytest.raises(WorkspaceError, match="did not start"):
        start(tmp_path, code, timeout=0.3, grace=0.2)
    pid = (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""
    assert not pid or not is_alive(int(pid))


def test_what_cannot_be_started_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="nosuchprogram is not installed"):
        runner.start_child(["nosuchprogram"], cwd=tmp_path, log=tmp_path / "log")
