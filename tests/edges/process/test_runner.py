"""Other programs: their output, how they end, and that no process of theirs is left."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nbship.edges.process import runner
from nbship.edges.process.runner import Finished
from nbship.errors import WorkspaceError
from tests.support.paths import ROOT
from tests.support.polling import until
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


# --- run_supervised ----------------------------------------------------------------------------


def supervised(
    tmp_path: Path, code: str, *arguments: object, timeout: float = TIMEOUT
) -> tuple[int | None, list[str]]:
    lines: list[str] = []
    code_or_none = runner.run_supervised(
        python(code, *arguments), cwd=tmp_path, env=os.environ, timeout=timeout,
        on_line=lines.append, errors=tmp_path / "errors.txt",
    )  # fmt: skip
    return code_or_none, lines


def test_lines_are_passed_on_and_errors_kept(tmp_path: Path) -> None:
    code = r"""
        import os, sys
        print("one")
        print("two \u0253", flush=True)
        sys.stdout.buffer.write(b"\xff\r\nno end")
        print("problem", file=sys.stderr)
        assert sys.stdin.read() == "" and os.getcwd() == sys.argv[1]
    """
    assert supervised(tmp_path, code, tmp_path) == (0, ["one", "two \u0253", "\ufffd\r", "no end"])
    assert (tmp_path / "errors.txt").read_text() == "problem\n"


def test_without_a_file_for_them_errors_stand_among_the_lines(tmp_path: Path) -> None:
    code = "import sys; print(1, flush=True); print(2, file=sys.stderr); print(3)"
    lines: list[str] = []
    runner.run_supervised(
        python(code), cwd=tmp_path, env=os.environ, timeout=TIMEOUT, on_line=lines.append,
        errors=None,
    )  # fmt: skip
    assert lines == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pass", 0),
        ("raise SystemExit(1)", 1),
        ("raise SystemExit(255)", 255),
        ("import os; os._exit(7)", 7),
        ("raise SystemExit(124)", 1),  # which would say that the time was up
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
        ("import os; os.abort()", 134),
    ],
)
def test_the_exit_code_is_the_program_s_own(tmp_path: Path, code: str, expected: int) -> None:
    assert supervised(tmp_path, code) == (expected, [])


def test_a_program_that_does_not_exist_says_so_in_its_errors(tmp_path: Path) -> None:
    code = runner.run_supervised(
        ["nosuchprogram"], cwd=tmp_path, env=os.environ, timeout=TIMEOUT, on_line=print,
        errors=tmp_path / "deep/errors.txt",
    )  # fmt: skip
    assert code == 1
    assert "nosuchprogram" in (tmp_path / "deep/errors.txt").read_text()


def test_the_time_is_up_for_what_ignores_every_signal(tmp_path: Path) -> None:
    code = """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(600)
    """
    assert supervised(tmp_path, code, timeout=3.0) == (None, ["ready"])


def test_a_long_line_arrives_in_pieces_that_cut_no_character(tmp_path: Path) -> None:
    text = "é日" * 100_000
    code = """
        import sys
        sys.stdout.buffer.write(("é日" * 100_000).encode() + b"\\n\\xc3")
    """
    pieces: list[str] = []
    runner.run_supervised(
        python(code), cwd=tmp_path, env=os.environ, timeout=TIMEOUT, on_line=pieces.append,
        errors=tmp_path / "errors.txt",
    )  # fmt: skip
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= 65_536
    assert "".join(pieces[:-1]) == text
    assert "\ufffd" in pieces[-1] or pieces[-1] == ""


def test_much_output_is_no_deadlock(tmp_path: Path) -> None:
    code = """
        import sys
        line = b"x" * 99 + b"\\n"
        for _ in range(50):
            sys.stdout.buffer.write(line * 10_000)
            sys.stderr.buffer.write(line * 1_000)
        sys.stdout.buffer.write(b"y" * 2_000_000)
    """
    lines = 0
    longest = 0

    def count(line: str) -> None:
        nonlocal lines, longest
        lines += 1
        longest = max(longest, len(line))

    done = runner.run_supervised(
        python(code), cwd=tmp_path, env=os.environ, timeout=TIMEOUT, on_line=count,
        errors=tmp_path / "errors.txt",
    )  # fmt: skip
    pieces = -(-2_000_000 // 65_536)  # of the line without an end
    assert (done, lines, longest) == (0, 500_000 + pieces, 65_536)
    assert (tmp_path / "errors.txt").stat().st_size == 5_000_000


# 50 daemons, started as usual with two forks and a new session between them; half of them are
# children of the others. Each creates a file named by its process id, and keeps the output open.
DAEMONS = """
    import os, signal, sys, time

    folder = sys.argv[1]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in range(25):
        if os.fork():
            os.wait()
            continue
        os.setsid()
        if os.fork():
            os._exit(0)
        os.fork()
        open(os.path.join(folder, str(os.getpid())), "w").close()
        time.sleep(600)
        os._exit(0)
    while len(os.listdir(folder)) < 50:
        time.sleep(0.01)
    print("ready", flush=True)
    if sys.argv[2] == "stay":
        time.sleep(600)
"""


@pytest.fixture
def daemons(tmp_path: Path) -> Path:
    """Make a folder in which daemons create a file named by their process id."""
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


def alive(folder: Path) -> list[int]:
    return [int(file.name) for file in folder.iterdir() if is_alive(int(file.name))]


@pytest.mark.parametrize(("stay", "expected"), [("go", 0), ("stay", None)])
def test_no_daemon_outlives_the_program(
    tmp_path: Path, daemons: Path, stay: str, expected: int | None
) -> None:
    timeout = TIMEOUT if stay == "go" else 5.0
    assert supervised(tmp_path, DAEMONS, daemons, stay, timeout=timeout) == (expected, ["ready"])
    assert len(list(daemons.iterdir())) == 50
    assert alive(daemons) == []


def test_who_breaks_off_while_lines_come_leaves_nothing(tmp_path: Path, daemons: Path) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.run_supervised(
            python(DAEMONS, daemons, "stay"), cwd=tmp_path, env=os.environ, timeout=TIMEOUT,
            on_line=stop, errors=tmp_path / "errors.txt",
        )  # fmt: skip
    assert len(list(daemons.iterdir())) == 50
    assert alive(daemons) == []


PARENT = """
    import os, sys
    from pathlib import Path
    from nbship.edges.process import runner

    folder = Path(sys.argv[1])
    runner.run_supervised(
        sys.argv[2:], cwd=folder, env=os.environ, timeout=600, errors=folder / "errors.txt",
        on_line=lambda line: print(line, flush=True),
    )
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_parent_is_killed_nothing_is_left(
    tmp_path: Path, daemons: Path, number: signal.Signals
) -> None:
    parent = subprocess.Popen(
        python(PARENT, tmp_path, *python(DAEMONS, daemons, "stay")), cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert parent.stdout
    assert parent.stdout.readline() == b"ready\n"
    parent.send_signal(number)
    # The pipe is open until the last process that inherited it has ended.
    parent.communicate(timeout=TIMEOUT)
    assert len(list(daemons.iterdir())) == 50
    assert until(lambda: not alive(daemons), "the end of all daemons")


def test_what_was_asked_for_shows_no_parameter(tmp_path: Path) -> None:
    """The supervisor's command line contains the command and its deadline, no environment."""
    code = """
        import os
        from pathlib import Path
        print(Path(f"/proc/{os.getppid()}/cmdline").read_bytes().count(b"hush"))
    """
    lines: list[str] = []
    runner.run_supervised(
        python(code), cwd=tmp_path, env={**os.environ, "WORD": "hush"}, timeout=TIMEOUT,
        on_line=lines.append, errors=tmp_path / "errors.txt",
    )  # fmt: skip
    assert lines == ["1"]  # in the code above itself


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
