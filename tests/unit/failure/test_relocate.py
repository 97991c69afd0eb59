"""The map from a line that ran to the current file, which may have been edited."""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbship.core.failure.executed import sources_as_run
from nbship.core.failure.relocate import current_line
from nbship.model.notebook import Module
from nbship.model.workspace import Origin
from tests.support.usual import bundle_cell, executed_artifact

LINES = st.lists(st.sampled_from(["a", "b", "c = 1", "", "    d"]), min_size=1, max_size=12)


@given(LINES, LINES, LINES, st.data())
def test_what_is_written_around_a_line_moves_it(
    then: list[str], above: list[str], below: list[str], data: st.DataObject
) -> None:
    line = data.draw(st.integers(1, len(then)))
    marked = [*then[: line - 1], "here", *then[line:]]
    now = [*above, *marked, *below]
    assert current_line([*marked], line, now) == len(above) + line


@given(LINES, LINES, st.integers(-2, 15))
def test_a_line_that_is_named_says_the_same_today(
    then: list[str], now: list[str], line: int
) -> None:
    found = current_line([*then], line, now)
    assert found is None or (line > 0 and now[found - 1] == then[line - 1])
    if then == now and 0 < line <= len(then):
        assert found == line


def test_what_is_not_known_of_a_file_hides_no_line() -> None:
    assert current_line([None, "a", None, "b"], 4, ["# %%", "a", "# %% new", "x", "# %%", "b"]) == 6
    assert current_line([None, "a"], 1, ["# %%", "a"]) is None
    assert current_line(["a", "b"], 2, ["a", "c"]) is None
    assert current_line(["a"] * 30_000, 3, ["b", "a"]) is None


def nested(depth: int, edited: str) -> list[str]:
    """Return lines in which those of a part occur once only when the part around it is found."""
    lines = ["here", edited, "here"]
    for n in range(depth):
        copies = [f"v{n - 1}", f"w{n - 1}"] if n else []
        lines = [f"{edited}{n}", f"v{n}", *lines, f"w{n}", f"{edited}{n}", *copies, edited]
    return lines


def test_parts_within_parts_are_compared_some_times_only() -> None:
    for depth, is_found in ((3, True), (11, True), (12, False)):  # 12 parts, the last one included
        then: list[str | None] = [*nested(depth, "old")]
        now = nested(depth, "new")
        found = current_line(then, then.index("here") + 1, now)
        assert found == (now.index("here") + 1 if is_found else None)


def longest_increasing(numbers: Sequence[int]) -> int:
    """Return the length of the longest subsequence that increases."""
    return max(
        len(kept)
        for size in range(len(numbers) + 1)
        for kept in combinations(numbers, size)
        if list(kept) == sorted(kept)
    )


def test_of_lines_that_moved_as_many_as_possible_are_found_in_their_order() -> None:
    then = [str(n) for n in range(5)]
    for moved in permutations(range(5)):
        lines = [current_line([*then], line, [str(n) for n in moved]) for line in range(1, 6)]
        found = [line for line in lines if line is not None]
        assert found == sorted(set(found))
        assert len(found) == longest_increasing(moved)


# --- the sources as they ran ---

MODULE = Module("sahel/voice.py", "x = '''\nno'''\n")
BUNDLE = bundle_cell([MODULE])


def test_what_ran_tells_what_its_files_said() -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": BUNDLE.text, "metadata": dict(BUNDLE.metadata)},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {}},
        {"cell_type": "code", "source": "of nobody", "metadata": {"tags": "odd"}},
        {"cell_type": "code", "source": "z = 3", "metadata": None},
    ]
    origins = (None, Origin("src_py/a.py", 3), None, Origin("src_py/a.py", 6))
    assert sources_as_run(executed_artifact(cells, origins)) == {
        "src_py/sahel/voice.py": ["x = '''", "no'''", ""],
        "src_py/a.py": [None, None, "x = 1", "y = 2", None, "z = 3"],
    }


def test_a_script_tells_it_too() -> None:
    text = "\n".join(['"""Doc."""', *BUNDLE.text.split("\n"), "x = 1", "y = = 2"])
    start = text.split("\n").index("x = 1") + 1
    script = executed_artifact(
        [], (Origin("src_py/a.py", 1), Origin("src_py/a.py", 2, start)), text
    )
    assert sources_as_run(script) == {
        "src_py/a.py": ['"""Doc."""', "x = 1", "y = = 2"],
        "src_py/sahel/voice.py": ["x = '''", "no'''", ""],
    }


def test_a_bundle_of_another_hand_tells_nothing() -> None:
    for text in ("x = (", "f()", "f({1: 2})", "f(g())", "", "f('x')"):
        cell = {"cell_type": "code", "source": text, "metadata": {"tags": ["nbship-bundle"]}}
        assert sources_as_run(executed_artifact([cell], (None,))) == {}
