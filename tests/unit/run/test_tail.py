"""The last lines of an output are bounded."""

from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.tail import Tail


@given(st.lists(st.text("ab", max_size=9)), st.integers(1, 5), st.integers(0, 20))
def test_the_last_lines_are_kept_as_far_as_they_fit(
    lines: list[str], most: int, characters: int
) -> None:
    tail = Tail(most, characters)
    for line in lines:
        tail.add(line)
    kept = tail.lines
    assert list(kept) == lines[len(lines) - len(kept) :]
    assert len(kept) <= most
    assert sum(map(len, kept)) <= characters
    more = lines[len(lines) - len(kept) - 1 :]
    is_all = len(kept) == len(lines)
    assert is_all or len(more) > most or sum(map(len, more)) > characters
