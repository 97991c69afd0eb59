"""The numbers of a run: read from whatever a notebook has written, and compared."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.overview.metrics import (
    MOST_BYTES,
    Metrics,
    Number,
    as_value,
    difference,
    number_text,
    read_metrics,
)


def read(content: Any) -> Metrics:
    return read_metrics(json.dumps(content).encode())


@pytest.mark.parametrize(
    ("content", "numbers", "problem"),
    [
        ({}, {}, ""),
        ({"wer": 0.31, "steps": 400}, {"wer": 0.31, "steps": 400}, ""),
        ({"b": 1, "a": {"y": 2, "x": {"z": 3}}}, {"b": 1, "a.y": 2, "a.x.z": 3}, ""),
        ({"a": "3", "b": 1}, {"b": 1}, "metrics.json: 1 value is left out"),
        ({"a": True, "b": None, "c": [1], "d": 2}, {"d": 2}, "metrics.json: 3 values are left out"),
        ({"a\n\x1b[31mb": 1, "x" * 90: 2, "\ud800": 3}, {"a b": 1, "x" * 79 + "…": 2, "?": 3}, ""),
        ({"n": 10**400, "m": 1 << 60}, {"m": float(1 << 60)}, "metrics.json: 1 value is left out"),
        ({"n": 2**53 - 1, "m": 2**53}, {"n": 2**53 - 1, "m": float(2**53)}, ""),
        ({"x" * 80: 1}, {"x" * 80: 1}, ""),
        ({"n": -(10**400)}, {}, "metrics.json: 1 value is left out"),
        ([1], {}, "metrics.json is not a JSON object"),
        (3, {}, "metrics.json is not a JSON object"),
    ],
)
def test_the_numbers_have_the_path_to_them_as_names(
    content: Any, numbers: dict[str, Number], problem: str
) -> None:
    found = read(content)
    assert (dict(found.numbers), found.problem) == (numbers, problem)
    assert list(found.numbers) == list(numbers)
    assert list(map(type, found.numbers.values())) == list(map(type, numbers.values()))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "metrics.json is not JSON"),
        (b"\xff\xfe\x00", "metrics.json is not JSON"),
        (b'{"a": 1', "metrics.json is not JSON"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "metrics.json is not JSON"),
        (b'{"a": ' * 100_000, "metrics.json is nested too deeply"),
        (b"[" * 100_000, "metrics.json is nested too deeply"),
        (b" " * MOST_BYTES, "metrics.json is not JSON"),
        (b" " * (MOST_BYTES + 1), "metrics.json has more than 1,000,000 bytes"),
    ],
    ids=range(8),
)
def test_a_file_that_cannot_be_read_is_one_line(data: bytes, problem: str) -> None:
    assert read_metrics(data) == Metrics({}, problem)


def test_numbers_beyond_the_limits_are_counted() -> None:
    deep: Any = 1
    for _ in range(8):
        deep = {"a": deep}
    assert read(deep) == Metrics({"a.a.a.a.a.a.a.a": 1})
    assert read({"a": deep}) == Metrics(problem="metrics.json: 1 value is left out")
    found = read({str(number): number for number in range(1_003)})
    assert len(found.numbers) == 1_000
    assert found.problem == "metrics.json: 3 values are left out"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON | st.dictionaries(st.text(), JSON))
def test_no_content_whatever_fails_and_each_number_can_be_shown(content: Any) -> None:
    found = read(content)
    assert "\n" not in found.problem
    for name, number in found.numbers.items():
        assert "\n" not in name
        assert number_text(number)
        json.dumps(as_value(number), allow_nan=False)
        difference(number, number)


@given(st.binary())
def test_no_bytes_whatever_fail(data: bytes) -> None:
    read_metrics(data)


@pytest.mark.parametrize(
    ("before", "after", "grown"),
    [
        (1, 3, 2), (0.5, 0.25, -0.25), (1, None, None), (None, 1, None), (None, None, None),
        (math.nan, 1, None), (math.inf, math.inf, None), (1e308, -1e308, None),
    ],
)  # fmt: skip
def test_a_difference_is_a_finite_number_or_none(
    before: Number | None, after: Number | None, grown: Number | None
) -> None:
    assert difference(before, after) == grown


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        (None, "", None), (0, "0", 0), (1234567, "1.23457e+06", 1234567), (0.25, "0.25", 0.25),
        (math.nan, "nan", "NaN"), (math.inf, "inf", "Infinity"), (-math.inf, "-inf", "-Infinity"),
    ],
)  # fmt: skip
def test_a_number_is_shown_with_six_digits_and_kept_whole_in_json(
    number: Number | None, text: str, value: Any
) -> None:
    assert (number_text(number), as_value(number)) == (text, value)


def test_without_a_file_there_are_no_numbers_and_no_problem() -> None:
    assert (dict(Metrics().numbers), Metrics().problem) == ({}, "")
