"""Which inputs are newer than those that a version has read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.inputs import newer_inputs, places_of
from nbship.model.push import Record
from tests.unit.push.test_record import RECORD

READER = replace(RECORD, version=4, inputs={"awa/data": 2, "awa/prep": 3})


def prep(version: int, server: str = RECORD.server) -> Record:
    return replace(RECORD, kernel="awa/prep", version=version, server=server)


@pytest.mark.parametrize(
    ("now", "newer"),
    [
        ({}, []),
        ({"awa/data": 2, "awa/prep": 3}, []),
        ({"awa/data": 3, "awa/prep": 3}, ["awa/data"]),
        ({"awa/data": 2, "awa/prep": 4}, ["awa/prep"]),
        ({"awa/prep": 0, "awa/unknown": 0}, []),  # no run is complete now
        ({"awa/data": 3, "awa/prep": 4}, ["awa/data", "awa/prep"]),
        ({"awa/data": 1}, []),  # the service tells an older state
        ({"awa/unknown": 7}, []),  # the record does not say what it has read
    ],
)
def test_an_input_is_newer_if_its_version_is_higher_than_the_one_that_was_read(
    now: dict[str, int], newer: list[str]
) -> None:
    assert list(newer_inputs(READER, now, places_of([READER]))) == newer


def test_without_a_version_in_the_record_the_order_of_the_pushes_decides() -> None:
    reader = replace(READER, inputs={})
    before, after = places_of([prep(5), reader]), places_of([reader, prep(5)])
    assert list(newer_inputs(reader, {"awa/prep": 5}, before)) == []
    assert list(newer_inputs(reader, {"awa/prep": 5}, after)) == ["awa/prep"]
    elsewhere = places_of([reader, prep(5, server="elsewhere")])
    assert list(newer_inputs(reader, {"awa/prep": 5}, elsewhere)) == []


def test_a_kernel_that_was_made_again_is_newer_with_a_lower_number() -> None:
    places = places_of([READER, prep(1)])
    assert list(newer_inputs(READER, {"awa/prep": 1}, places)) == ["awa/prep"]
    noted_later = places_of([READER, prep(3)])  # a watch of somebody's version makes a record
    assert list(newer_inputs(READER, {"awa/prep": 3}, noted_later)) == []


def test_a_push_without_a_version_has_no_place() -> None:
    pending = replace(READER, version=None, inputs={})
    places = places_of([pending, prep(5), replace(pending, kernel="awa/x")])
    assert places == {(RECORD.server, "awa/prep", 5): 1}
    assert places_of([prep(5), replace(prep(6), dropped=True)]) == {
        (RECORD.server, "awa/prep", 5): 0
    }
    assert list(newer_inputs(pending, {"awa/prep": 5}, places)) == []


@given(st.dictionaries(st.sampled_from(["a/a", "a/b", "a/c"]), st.integers(1, 5)))
def test_what_was_read_as_it_is_now_is_never_newer(inputs: dict[str, int]) -> None:
    reader = replace(READER, inputs=inputs)
    pushes = [reader, *(replace(RECORD, kernel=k, version=v) for k, v in inputs.items())]
    assert list(newer_inputs(reader, inputs, places_of(pushes))) == []
