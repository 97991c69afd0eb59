"""Shards: each notebook is in exactly one, and none takes much longer than it must."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.workspace.catalogue import catalogue_of, graph_of
from nbship.core.workspace.shards import (
    Shard,
    describe,
    divide,
    parse_durations,
    parse_shard,
    part_of,
)
from nbship.errors import WorkspaceError
from nbship.model.workspace import Catalogue, Entry

SECONDS = st.floats(0, 1e6)


def catalogue(count: int, reads: set[tuple[int, int]] = frozenset()) -> Catalogue:  # type: ignore[assignment]
    """Return so many kernels; of each pair, the first reads the second."""
    return catalogue_of(
        Entry(
            f"n{number}", f"src_py/n{number}.py", f"awa/n{number}",
            tuple(f"awa/n{above}" for below, above in sorted(reads) if below == number),
            kind="kernel",
        )
        for number in range(count)
    )  # fmt: skip


@st.composite
def workspaces(draw: st.DrawFn) -> tuple[Catalogue, dict[str, float]]:
    """Return notebooks, some of which read others, and the durations of some, and of strangers."""
    count = draw(st.integers(0, 25))
    number = st.integers(0, max(count - 1, 0))
    reads = draw(st.sets(st.tuples(number, number), max_size=8)) if count else set()
    known = st.dictionaries(st.integers(0, 30).map("n{}".format), SECONDS)
    return catalogue(count, reads), draw(known)


@given(workspaces(), st.integers(1, 40))
def test_each_notebook_is_in_exactly_one_part_with_all_that_it_reads(
    workspace: tuple[Catalogue, dict[str, float]], count: int
) -> None:
    entries, seconds = workspace
    division = divide(entries, seconds, count)
    parts = [part_of(division, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(name for part in parts for name in part) == sorted(entries)
    order = list(entries)
    for part in parts:
        assert [*part] == sorted(part, key=order.index)
        for name in part:
            assert set(graph_of(entries)[name]) <= set(part)


@given(workspaces(), st.integers(1, 9), st.randoms())
def test_machines_that_have_the_same_facts_divide_alike(
    workspace: tuple[Catalogue, dict[str, float]], count: int, random: Any
) -> None:
    entries, seconds = workspace
    shuffled, known = list(entries.values()), list(seconds.items())
    random.shuffle(shuffled)
    random.shuffle(known)
    there = divide(catalogue_of(shuffled), dict(known), count)
    here = divide(entries, seconds, count)
    assert [set(part) for part in there.parts] == [set(part) for part in here.parts]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=7), st.integers(1, 3))
def test_a_part_takes_at_most_the_known_bound_of_the_best_division(
    weights: list[int], count: int
) -> None:
    seconds = {f"n{number}": float(weight) for number, weight in enumerate(weights)}
    division = divide(catalogue(len(weights)), seconds, count)
    longest = max(sum(seconds[name] for name in part) for part in division.parts)
    best = min(
        max(sum(w for w, at in zip(weights, choice, strict=True) if at == each)
            for each in range(count))
        for choice in product(range(count), repeat=len(weights))
    )  # fmt: skip
    assert longest <= (4 / 3 - 1 / (3 * count)) * best + 1e-9


def test_without_durations_the_parts_have_as_many_notebooks() -> None:
    sizes = [len(part) for part in divide(catalogue(17), {}, 5).parts]
    assert sorted(sizes) == [3, 3, 3, 4, 4]


def test_an_unknown_notebook_counts_as_the_median_and_a_skipped_one_takes_no_time() -> None:
    seconds = {"n0": 0.0, "n1": 10.0, "n2": 10.0, "n3": 100.0}
    assert divide(catalogue(5), seconds, 2).parts == (("n3",), ("n0", "n1", "n2", "n4"))
    nothing = dict.fromkeys(("n0", "n1", "n2", "n3"), 0.0)
    assert [len(part) for part in divide(catalogue(4), nothing, 2).parts] == [2, 2]


def test_two_machines_that_divide_differently_say_different_things() -> None:
    shard, seconds = Shard(1, 2), {"n0": 9.0, "n1": 5.0, "n2": 5.0}
    one, two = (divide(catalogue(3), known, 2) for known in ({}, seconds))
    assert describe(one, shard) != describe(two, shard)
    assert describe(two, shard).startswith("shard 1 of 2: 1 of 3 notebooks (division ")
    assert "1 of 1 notebook (" in describe(divide(catalogue(1), {}, 1), Shard(1, 1))
    assert "none of 3 notebooks" in describe(divide(catalogue(3), {}, 5), Shard(5, 5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, "is not K/N, two whole numbers")
          for text in ("", "2", "a/b", "1/2/3", "-1/2", "1.0/2", " 1/2", "1/2\n",
                       "\N{ARABIC-INDIC DIGIT TWO}/5", f"1/{10**9}")),
        ("1/0", "there is at least one part"),
        ("0/0", "there is at least one part"),
        ("0/5", "the parts are 1 to 5"),
        ("6/5", "the parts are 1 to 5"),
    ],
)  # fmt: skip
def test_a_text_that_names_no_shard_is_refused(text: str, message: str) -> None:
    with pytest.raises(WorkspaceError, match=message) as caught:
        parse_shard(text)
    assert caught.value.exit_code == 2
    assert repr(text) in caught.value.message


def test_a_shard_has_its_number_and_how_many_there_are() -> None:
    assert parse_shard("2/5") == Shard(2, 5)
    assert part_of(divide(catalogue(2), {}, 10**8), Shard(10**8, 10**8)) == ()


def rows(*rehearsals: Any) -> bytes:
    notebooks = [{"name": f"n{n}", "rehearsal": each} for n, each in enumerate(rehearsals)]
    return json.dumps({"notebooks": notebooks}).encode()


def test_durations_are_those_of_whole_rehearsals() -> None:
    data = rows(
        {"state": "passed", "seconds": 2.5}, {"state": "failed", "seconds": 3},
        {"state": "partial", "seconds": 1.0}, {"state": "skipped", "seconds": None},
        {"state": "failed", "seconds": None}, None,
    )  # fmt: skip
    assert parse_durations(data) == {"n0": 2.5, "n1": 3.0, "n3": 0.0}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"[]", b"{}", b'{"notebooks": 1}', b'{"notebooks": [1]}', b"[" * 100_000,
        rows({"seconds": 1}), rows({"state": "passed"}), rows(1), b'{"notebooks": [{}]}',
        *(rows({"state": "passed", "seconds": wrong})
          for wrong in (True, -1, "1", 1e10, float("nan"), float("inf"), 10**400)),
    ],
)  # fmt: skip
def test_a_file_without_durations_is_known(data: bytes) -> None:
    assert parse_durations(data) is None
