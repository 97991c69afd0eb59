"""Tests of the console: the live line, floods and colours of a terminal; and a file, all plain."""

import os
import pty
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from multiprocessing import get_context
from pathlib import Path

import pytest

from nbship.diagnostics import Place
from nbship.errors import Interrupted, SourceError
from nbship.frontends.console import Console
from nbship.frontends.terminal.live_line import LiveLine
from tests.support.screen import Screen, Terminal

LOG = "a/log.txt"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Terminal]:
    """Return a function that replaces both streams by a terminal of a width.

    A fixture that did so itself would do it before pytest replaces the streams.
    """

    def replace(columns: int) -> Terminal:
        made = Terminal()
        for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "stdout", made)
        monkeypatch.setattr(sys, "stderr", made)
        return made

    return replace


def impatient(console: Console, terminal: Terminal) -> Console:
    """Return the console with a live line that shows each state at once."""
    console._live = LiveLine(terminal.write, patience=0.0, redraw=0.0)  # noqa: SLF001
    console._live._thread = threading.current_thread()  # noqa: SLF001 - no other one draws
    return console


def screen(terminal: Terminal, columns: int) -> list[str]:
    """Return the lines that a terminal shows after this output."""
    shown = Screen(columns)
    shown.feed(terminal.getvalue().replace("\n", "\r\n"))
    return shown.lines


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_the_live_line_is_below_the_lines_and_leaves_nothing_behind(
    terminal: Callable[[int], Terminal], columns: int
) -> None:
    shown = terminal(columns)
    console = impatient(Console(), shown)
    with console.working("smoke", "Ɓalli日", log=LOG):
        console.cell(3, 9)
        console.log("epoch 1")
        console.error(SourceError("no"))
        *lines, live = screen(shown, columns)
        assert lines == ["         | epoch 1", "no"]
        assert live.rstrip().endswith("cell 3/9  0:00")
        assert len(live) <= columns - 3
        with console.working("smoke", "inner"):
            console.progress("50% " + "日" * 200)
            *lines, live = screen(shown, columns)
        assert lines == ["         | epoch 1", "no"]
    assert screen(shown, columns) == ["         | epoch 1", "no"]


def test_a_terminal_that_becomes_narrow_keeps_nothing_of_the_live_line(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    with console.working("smoke", "trainer", "x"):
        console.progress("y" * 60)
        before = shown.getvalue()
        monkeypatch.setenv("COLUMNS", "30")
    assert shown.getvalue().removeprefix(before) == "\x1b[2A\r\x1b[J"


def test_a_terminal_that_cuts_lines_loses_none_above_the_live_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    written: list[str] = []
    line = LiveLine(written.append, patience=0.0, redraw=0.0, cuts=True)
    step = line.begin("smoke", "trainer", "", "")
    line.change("y" * 60)
    monkeypatch.setenv("COLUMNS", "30")
    line.end(step)
    assert not any("A" in text for text in written)


def test_a_flood_shows_its_ends_and_names_the_file_with_all(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    with console.working("smoke", "trainer", log=LOG):
        for number in range(1_200):
            console.log(str(number))
        assert screen(shown, 80)[-1].endswith("| 1199")  # the live line has the latest one
        console.cell(2, 2)
        console.log("short")
    lines = [line.removeprefix("         | ") for line in screen(shown, 80)]
    ends = [str(n) for n in range(20)], [str(n) for n in range(1_180, 1_200)]
    assert lines == [*ends[0], f"… 1,160 lines more in {LOG}", *ends[1], "short"]


def test_a_flood_in_the_log_of_a_run_ends_with_a_pause(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    with console.working("watch", "trainer", log=LOG):
        for number in range(60):
            console.log(f"a {number}", number / 100)
        for epoch in range(50):  # each is a part of its own
            console.log(f"epoch {epoch}", 10.0 + epoch)
    lines = [line.removeprefix("         | ") for line in screen(shown, 80)]
    assert lines == [
        *(f"a {number}" for number in range(20)),
        f"… 20 lines more in {LOG}",
        *(f"a {number}" for number in range(40, 60)),
        *(f"epoch {epoch}" for epoch in range(50)),
    ]


def test_a_flood_that_is_cut_off_shows_what_it_held(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)

    def interrupted() -> None:
        with console.working("smoke", "trainer", log=LOG):
            for number in range(41):
                console.log(str(number))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    lines = screen(shown, 80)
    assert len(lines) == 41
    assert lines[20].endswith(f"… 1 line more in {LOG}")


def test_each_line_has_the_colour_of_its_meaning(terminal: Callable[[int], Terminal]) -> None:
    shown = terminal(80)
    console = Console()
    console.step("smoke", "a", "passed in 1 s", "passed")
    console.log("out")
    console.error(SourceError("wrong", hint="Mend it.", quote="x = 1"))
    console.warning("old")
    assert shown.getvalue() == (
        "smoke    a  \x1b[32mpassed in 1 s\x1b[0m\n\x1b[2m         | out\x1b[0m\n"
        "\x1b[31mwrong\x1b[0m\n    x = 1\n\x1b[36m  → Mend it.\x1b[0m\n"
        "\x1b[33mwarning  old\x1b[0m\n"
    )


def test_the_thread_draws_the_time_and_ends_with_the_last_step() -> None:
    drawn = threading.Event()
    line = LiveLine(lambda _: drawn.set(), patience=0.01, redraw=0.01)
    step = line.begin("smoke", "trainer", "", "")
    thread = line._thread  # noqa: SLF001
    assert drawn.wait(60)
    line.end(step)
    assert thread is not None
    thread.join(60)
    assert not thread.is_alive()


def test_a_file_gets_everything_plain(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    with console.working("smoke", "a", log=LOG):
        console.cell(1, 1)
        console.progress("1%")
        for number in range(100):
            console.log(str(number))
    console.step("smoke", "a", "passed", "passed")
    lines = [f"         | {number}" for number in range(100)]
    assert capsys.readouterr().out.splitlines() == [*lines, "smoke    a  passed"]


def test_a_job_in_the_background_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = pty.openpty()
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    written: list[str] = []
    line = LiveLine(written.append, patience=0.0, redraw=0.0)
    line.end(line.begin("smoke", "a", "x", ""))
    assert written == []
    os.close(leader)
    os.close(follower)


def test_a_quiet_command_prints_results_and_errors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSHIP_OUTPUT", "quiet")
    console = Console()
    console.log("output")
    console.more("more")
    console.notice("note")
    console.notice("1 of 2 skipped", is_last=True)
    console.step("smoke", "a", "passed", "passed", file="x.ipynb")
    console.warning("old")
    console.error(SourceError("wrong"))
    written = capsys.readouterr()
    assert written.out == "note     1 of 2 skipped\nsmoke    a  passed  x.ipynb\n"
    assert written.err == "warning  old\nwrong\n"


def test_a_verbose_command_prints_all_lines_on_a_terminal(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    console.volume = "verbose"
    with console.working("smoke", "trainer", log=LOG):
        for number in range(100):
            console.log(str(number))
    assert screen(shown, 80) == [f"         | {number}" for number in range(100)]


def test_a_place_a_file_and_a_kernel_are_links_where_the_terminal_shows_them(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = terminal(80)
    for name in ("CI", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("VTE_VERSION", "7600")
    console = Console()
    console.root = "/lab"
    console.error(SourceError("wrong", place=Place("src_py/a.py", 3)))
    console.error(SourceError("nowhere"))
    console.step("push", "a", "version 1", file="b.ipynb", address="https://kaggle.com/code/a/b")
    file = "\x1b]8;;file:///lab/{}\x1b\\{}\x1b]8;;\x1b\\"
    assert shown.getvalue() == (
        f"{file.format('src_py/a.py', 'src_py/a.py:3')}: wrong\nnowhere\n"
        "push     a  \x1b]8;;https://kaggle.com/code/a/b\x1b\\version 1\x1b]8;;\x1b\\  "
        f"{file.format('b.ipynb', 'b.ipynb')}\n"
    )


def test_where_several_are_at_work_the_name_is_in_front_of_each_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.more("its outputs", name="trainer")
    console.notice("late", name="a")
    console.notice("a: late", name="a")
    console.log("text", name="a\x1b[2J")
    assert capsys.readouterr().out.splitlines() == [
        "trainer  its outputs",
        "note     a: late",
        "note     a: late",
        r"a\x1b[2J | text",
    ]


def test_the_lines_that_a_terminal_leaves_out_for_one_of_several_have_its_name(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    with console.working("watch", "trainer", log=LOG):
        for number in range(2000):
            console.log(f"line {number}", 0.0, name="trainer")
    lines = [line for line in screen(shown, 80) if "|" in line]
    assert len(lines) < 2000
    assert all(line.startswith("trainer  | ") for line in lines), lines


def test_a_worker_of_doit_names_the_notebook_of_its_own(tmp_path: Path) -> None:
    def work(path: str) -> None:
        with Path(path).open("w", buffering=1) as file, redirect_stdout(file):
            console = Console()
            with console.working("smoke", "trainer"), console.working("smoke", ""):
                console.log("text")
            console.log("after")

    out = tmp_path / "out"
    worker = get_context("fork").Process(target=work, args=(str(out),))
    worker.start()
    worker.join(30)
    assert out.read_text().splitlines() == ["trainer  | text", "         | after"]


def test_after_ctrl_c_nothing_is_drawn_below_its_line_though_a_thread_is_at_work(
    terminal: Callable[[int], Terminal],
) -> None:
    shown = terminal(80)
    console = impatient(Console(), shown)
    is_at_work, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with console.working("watch", "trainer", log=LOG):
            is_at_work.set()
            may_end.wait(30)
            console.progress("more")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert is_at_work.wait(30)
    with console.working("ship", "", "waits"):
        console.progress("still waits")
        assert screen(shown, 80)[-1] != ""
        console.interrupted(Interrupted("the run goes on"))
        may_end.set()
        thread.join(30)
    assert [line for line in screen(shown, 80) if line] == ["interrupted: the run goes on"]
