"""Tests of how many rehearsals run at the same time."""

import pytest

from nbship.core.workspace.room import has_room

GB = 1 << 30


@pytest.mark.parametrize(
    ("active", "processors", "free"),
    [(0, 0.5, 0), (1, 0.5, 64 * GB), (1, 1, 64 * GB), (2, 2, GB), (8, 8, 2 * GB)],
)
def test_the_first_and_one_more_than_processors_may_begin(
    active: int, processors: float, free: int
) -> None:
    assert has_room(active, processors, free)


@pytest.mark.parametrize(
    ("active", "processors", "free"), [(2, 1, 64 * GB), (3, 2, 64 * GB), (1, 2, GB - 1)]
)
def test_no_more_than_processors_and_memory_allow(
    active: int, processors: float, free: int
) -> None:
    assert not has_room(active, processors, free)
