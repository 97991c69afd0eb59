"""Supervised programs: their output and end, and that no process of theirs is left in any case."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from nbship.edges.process.output import Ended, Watch
from nbship.edges.process.supervision import run_supervised
from tests.support.paths import ROOT
from tests.support.polling import until
from tests.support.programs import is_alive

TIMEOUT = 60.0


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


def supervised(
    tmp_path: Path, code: str, *arguments: object, timeout: float = TIMEOUT
) -> tuple[int | None, list[str]]:
    lines: list[str] = []
    ended = run_supervised(
        python(code, *arguments), cwd=tmp_path, env=os.environ,
        watch=Watch(lines.append, timeout, tmp_path / "errors.txt"),
    )  # fmt: skip
    return ended.code, lines


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
    run_supervised(
        python(code), cwd=tmp_path, env=os.environ,
    watch=Watch(lines.append, TIMEOUT),
    )  # fmt: skip
    assert lines == ["1", "2", "3"]


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pass", 0),
        ("raise SystemExit(1)", 1),
        ("raise SystemExit(255)", 255),
        ("import os; os._exit(7)", 7),
        ("raise SystemExit(124)", 124),  # as timeout(1) ends when the time is up
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
        ("import os; os.abort()", 134),
    ],
)
def test_the_exit_code_is_the_program_s_own(tmp_path: Path, code: str, expected: int) -> None:
    assert supervised(tmp_path, code) == (expected, [])


def test_a_program_that_does_not_exist_says_so_in_its_errors(tmp_path: Path) -> None:
    ended = run_supervised(
        ["nosuchprogram"], cwd=tmp_path, env=os.environ,
    watch=Watch(print, TIMEOUT, tmp_path / "deep/errors.txt"),
    )  # fmt: skip
    assert ended.code == 1
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
    run_supervised(
        python(code), cwd=tmp_path, env=os.environ,
    watch=Watch(pieces.append, TIMEOUT, tmp_path / "errors.txt"),
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

    ended = run_supervised(
        python(code), cwd=tmp_path, env=os.environ,
    watch=Watch(count, TIMEOUT, tmp_path / "errors.txt"),
    )  # fmt: skip
    pieces = -(-2_000_000 // 65_536)  # of the line without an end
    assert (ended.code, lines, longest) == (0, 500_000 + pieces, 65_536)
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
        run_supervised(
            python(DAEMONS, daemons, "stay"), cwd=tmp_path, env=os.environ,
            watch=Watch(stop, TIMEOUT, tmp_path / "errors.txt"),
        )  # fmt: skip
    assert len(list(daemons.iterdir())) == 50
    assert alive(daemons) == []


PARENT = """
    import os, sys
    from pathlib import Path
    from nbship.edges.process.output import Watch
    from nbship.edges.process.supervision import run_supervised

    folder = Path(sys.argv[1])
    run_supervised(
        sys.argv[2:], cwd=folder, env=os.environ,
    watch=Watch(lambda line: print(line, flush=True), 600, folder / "errors.txt"),
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
    run_supervised(
        python(code), cwd=tmp_path, env={**os.environ, "WORD": "hush"},
        watch=Watch(lines.append, TIMEOUT, tmp_path / "errors.txt"),
    )  # fmt: skip
    assert lines == ["1"]  # in the code above itself


# Starts a daemon, and prints the process ids of itself and of the daemon.
FAMILY = """
    import os, subprocess, sys, time

    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    daemon = subprocess.Popen(sleep, start_new_session=True, stdout=subprocess.DEVNULL)
    print(os.getpid(), daemon.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("who", "number", "timeout", "expected"),
    [
        ("program", signal.SIGKILL, TIMEOUT, Ended(137)),
        ("program", signal.SIGSTOP, 3.0, Ended(None)),
        (
            "supervisor",
            signal.SIGKILL,
            TIMEOUT,
            Ended(None, lost="the supervisor of its processes was ended by signal 9"),
        ),
        ("supervisor", signal.SIGSTOP, 6.0, Ended(None)),
    ],
)
def test_whoever_is_killed_or_stopped_the_end_comes_in_time(
    tmp_path: Path, who: str, number: signal.Signals, timeout: float, expected: Ended
) -> None:
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.extend(map(int, line.split()))
        program = psutil.Process(pids[0])
        os.kill(program.pid if who == "program" else program.ppid(), number)

    began = time.monotonic()
    ended = run_supervised(
        python(FAMILY), cwd=tmp_path, env=os.environ,
    watch=Watch(on_line, timeout, tmp_path / "errors.txt"),
    )  # fmt: skip
    assert ended == expected
    assert time.monotonic() < began + min(timeout, 20) + 5  # 2 s, and more on a busy machine
    assert not any(map(is_alive, pids))


def test_while_the_parent_is_stopped_its_children_end_in_time(
    tmp_path: Path, daemons: Path
) -> None:
    code = PARENT.replace("600,", "4,")
    parent = subprocess.Popen(
        python(code, tmp_path, *python(DAEMONS, daemons, "stay")), cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert parent.stdout
    assert parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGSTOP)
    until(lambda: len(list(daemons.iterdir())) == 50 and not alive(daemons), "the end of all")
    parent.send_signal(signal.SIGCONT)
    parent.communicate(timeout=TIMEOUT)
    assert parent.returncode == 0


# Processes that fork and end, again and again, each in a session of its own.
CHAINS = """
    import os, time

    for _ in range(4):
        if os.fork() == 0:
            while True:
                os.setsid()
                if os.fork():
                    os._exit(0)
    print("ready", flush=True)
    time.sleep(600)
"""


def test_processes_that_fork_without_an_end_are_ended(tmp_path: Path) -> None:
    ended = run_supervised(
        python(CHAINS), cwd=tmp_path, env={**os.environ, "CHAIN": str(tmp_path)},
        watch=Watch(lambda _: None, 2.0, tmp_path / "errors.txt"),
    )  # fmt: skip
    assert ended == Ended(None)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            assert process.environ().get("CHAIN") != str(tmp_path)


def test_a_result_has_a_way_of_its_own_which_no_child_inherits(tmp_path: Path) -> None:
    code = """
        import os, subprocess, sys

        child = "import os; os.write(3, b'from a child')"
        print(subprocess.run([sys.executable, "-c", child], stderr=subprocess.PIPE).returncode)
        os.write(3, b"x" * 3_000_000)
    """
    lines: list[str] = []
    ended = run_supervised(
        python(code), cwd=tmp_path, env=os.environ,
    watch=Watch(lines.append, TIMEOUT, tmp_path / "errors.txt"), has_result=True,
    )  # fmt: skip
    assert ended == Ended(0, b"x" * 3_000_000)
    assert lines == ["1"]
