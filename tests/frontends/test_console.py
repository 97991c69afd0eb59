"""Tests of the console: progress bars and downloads on a terminal, and in a file."""

import io
import sys

import pytest

from nbship.frontends.console import Console


class Terminal(io.StringIO):
    """A terminal that keeps its output."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replace stdout by a terminal; a fixture would do so before pytest replaces stdout itself."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "40")
    return terminal


def screen(terminal: Terminal) -> list[str]:
    """Return the lines on the screen, the last one as it was last redrawn."""
    return [line.rpartition("\x1b[K")[2] for line in terminal.getvalue().split("\n")]


def test_a_bar_is_redrawn_in_place_below_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    console = Console(redraw=0.0)
    console.progress(" 1%")
    console.progress(" 2%" + "#" * 100)
    console.log("epoch 1")
    assert screen(terminal) == ["         | epoch 1", "         |  2%" + "#" * 25]
    console.progress("")
    console.log("done")
    assert screen(terminal) == ["         | epoch 1", "         | done", ""]


def test_a_bar_is_redrawn_some_times_a_second_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    console = Console(redraw=3600.0)
    for percent in range(100):
        console.progress(f"{percent}%")
    assert terminal.getvalue().count("%") == 1


def test_a_download_has_a_bar_that_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    console = Console()
    for size in (1000, 500_000, 1_000_000):
        console.received("weights.bin", size, 1_000_000)
    console.received("other.bin", 5, None)
    console.received("", 0, 0)
    output = terminal.getvalue()
    assert "weights.bin" in output
    assert "other.bin" in output
    assert "\n" not in output


def test_a_file_gets_no_bars(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.progress("1%")
    console.received("a", 1, 2)
    console.log("done")
    assert capsys.readouterr().out == "         | done\n"
