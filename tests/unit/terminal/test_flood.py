"""Tests of a long output that is cut to its ends."""

import pytest

from nbship.core.terminal.flood import Flood, left_out


@pytest.mark.parametrize("length", [*range(8), 100])
def test_each_line_is_shown_or_counted_in_order(length: int) -> None:
    flood, lines = Flood(first=3, last=2), [str(number) for number in range(length)]
    for _ in range(2):  # a cell after another one
        at_once = [line for line in lines if flood.feed(line)]
        hidden, held = flood.end()
        assert hidden == max(0, length - 5)
        assert [*at_once, *lines[3 : 3 + hidden], *held] == lines
    assert flood.end() == (0, ())


def test_the_first_and_the_last_20_lines_are_shown() -> None:
    flood = Flood()
    at_once = [number for number in range(100) if flood.feed(str(number))]
    assert at_once == [*range(20)]
    assert flood.hidden == 60
    assert flood.end() == (60, tuple(map(str, range(80, 100))))
    assert flood.hidden == 0


def test_a_second_without_a_line_ends_a_part_if_the_times_are_known() -> None:
    times = [None, 0.0, 0.9, 1.8, 2.9, None, 9.0, 9.5, 3.0, 4.0]
    flood = Flood()
    assert [flood.is_over(at) for at in times] == [
        False, False, False, False, True, False, False, False, True, True,
    ]  # fmt: skip


def test_the_line_in_place_of_others_has_their_number() -> None:
    assert left_out(11_960, "a/log.txt") == "… 11,960 lines more in a/log.txt"
    assert left_out(1, "a/log.txt") == "… 1 line more in a/log.txt"
