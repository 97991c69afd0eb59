"""Renamed sources: found by their lines, each once, and the most similar first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.pairing.renames import renames

TEXT = "# %%\n\na = 1\nb = 2\nc = 3\nd = 4\n"
EDITED = TEXT.replace("d = 4", "d = 5")
TEXTS = st.dictionaries(st.sampled_from("abc"), st.text("xy\n", min_size=1, max_size=8), max_size=3)


@pytest.mark.parametrize(
    ("gone", "new", "found"),
    [
        ({"a": TEXT}, {"b": TEXT}, {"a": "b"}),
        ({"a": TEXT}, {"b": EDITED}, {"a": "b"}),
        ({"a": TEXT}, {"b": EDITED, "c": TEXT}, {"a": "c"}),
        ({"a": EDITED, "b": TEXT}, {"c": TEXT}, {"b": "c"}),
        ({"a": TEXT, "b": EDITED}, {"c": EDITED, "d": TEXT}, {"a": "d", "b": "c"}),
        ({"a": TEXT}, {"b": TEXT.replace("c = 3", "").replace("d = 4", "")}, {}),
        ({"a": "# %%\n"}, {"b": "# %%\n"}, {}),
        ({}, {"b": TEXT}, {}),
    ],
)
def test_a_rename_is_found_by_most_of_the_lines(
    gone: dict[str, str], new: dict[str, str], found: dict[str, str]
) -> None:
    assert renames(gone, new) == found


@given(TEXTS, TEXTS)
def test_each_name_is_used_once_and_no_order_decides(
    gone: dict[str, str], new: dict[str, str]
) -> None:
    found = renames(gone, new)
    assert found.keys() <= gone.keys()
    assert len(set(found.values())) == len(found)
    backwards = renames(dict(reversed(gone.items())), dict(reversed(new.items())))
    assert backwards == found
