"""The result of a rehearsed notebook, from bytes that may be torn or of another kind."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.rehearsal_result import (
    RehearsalResult,
    disagreement,
    ended_with,
    has_passed,
    is_killed,
    read_result,
)

results = st.builds(
    RehearsalResult,
    passed=st.booleans(),
    error=st.text(),
    traceback=st.text(),
    cell=st.none() | st.integers(0, 9),
    end=st.sampled_from(["", "timeout", "lost", "start", "running"]),
    stacks=st.text(),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["passed", "cell", "x"]), inner)
    ),
)


def line(value: object) -> bytes:
    return f"{json.dumps(value)}\n".encode()


@given(st.lists(results, min_size=1), st.integers(0, 40))
def test_the_last_complete_result_counts(told: list[RehearsalResult], torn: int) -> None:
    data = b"".join(line(asdict(result)) for result in told)
    assert read_result(data) == told[-1]
    assert read_result(data + line(asdict(told[0]))[: min(torn, 20)]) == told[-1]
    assert read_result(data + b"noise\n" + line([1]) + line({"x": 1})) == told[-1]


@given(st.binary() | JSON.map(line))
def test_no_bytes_are_a_result_of_a_wrong_kind(data: bytes) -> None:
    result = read_result(data)
    if result is not None:
        assert type(result.passed) is bool
        assert result.cell is None or type(result.cell) is int
        assert all(isinstance(text, str) for text in (result.error, result.traceback, result.end))


def test_what_a_result_does_not_say_is_empty() -> None:
    empty = RehearsalResult(False, "", "", None, "", "")  # noqa: FBT003 (all fields, in order)
    assert read_result(line({"passed": False})) == empty
    assert read_result(line({"passed": False}) + b"no JSON\n") == empty
    assert read_result(line({"error": "ValueError"})) is None


def test_a_result_that_is_nested_without_end_is_none() -> None:
    assert read_result(b'{"passed": ' + b"[" * 100_000 + b"\n") is None
    assert read_result(line({"passed": True, "cell": True})) is None


PASSED, FAILED = RehearsalResult(passed=True), RehearsalResult(error="ValueError")
RUNNING = RehearsalResult(cell=2, end="running")


@pytest.mark.parametrize("result", [PASSED, FAILED, RUNNING, None])
@pytest.mark.parametrize("code", [0, 1, 137, None])
def test_a_rehearsal_passes_by_its_exit_code_and_its_result(
    code: int | None, result: RehearsalResult | None
) -> None:
    has = has_passed(code, result)
    assert has == (code == 0 and result is PASSED)
    fits = has or code is None or (result is FAILED and code != 0)
    assert bool(disagreement(code, result)) != fits


def test_a_disagreement_names_both_sides() -> None:
    for result in (None, RUNNING):
        said = disagreement(137, result)
        assert said == "papermill ended with signal 9, and without a result"
    assert disagreement(1, PASSED) == "the cells passed, but papermill then ended with exit code 1"
    assert disagreement(0, FAILED) == (
        "papermill ended with exit code 0, but its result says that the notebook failed"
    )
    assert disagreement(0, PASSED) == ""


def test_an_exit_code_tells_the_signal_as_a_shell_does() -> None:
    said = [ended_with(code) for code in (0, 128, 129, 192, 193)]
    assert said == ["exit code 0", "exit code 128", "signal 1", "signal 64", "exit code 193"]
    assert [is_killed(code) for code in (0, 128, 129, 192, 193)] == [
        False,
        False,
        True,
        True,
        False,
    ]
