"""The answer of a worker: read back as it was told, and refused if it is about another artifact."""

import json
from typing import Any

import pytest

from nbship.core.run.far_answer import Answer, differences, read_answer, render_answer
from nbship.diagnostics import Place
from nbship.errors import (
    NbshipError,
    RehearsalStalled,
    SmokeError,
    SourceError,
    WorkspaceError,
)

DIGEST = "d1"
PASSED = {"digest": DIGEST, "seconds": 1.5}


@pytest.mark.parametrize(
    "error",
    [
        SmokeError("it fails", place=Place("src_py/a.py", 3), function="f", quote="1 / 0",
                   hints=("one", "two")).measured("sandbox", 2.5),
        SmokeError("without a time"),
        SourceError("not here: x", place=Place("src_py/a.py", 2, 4), hint="pip", near="x"),
        WorkspaceError("uv is not installed"),
        NbshipError("of another kind", code="c"),
    ],
)  # fmt: skip
def test_a_failure_comes_back_with_its_place_and_its_hints(error: NbshipError) -> None:
    told = render_answer("a", DIGEST, Answer((("log", "x"),), error=error))
    answer = read_answer(told, "a", DIGEST)
    assert answer
    assert answer.lines == (("log", "x"),)
    found = answer.error
    assert found is not None
    assert type(found) is type(error)
    assert found.diagnostic == error.diagnostic
    if isinstance(error, SmokeError) and isinstance(found, SmokeError):
        assert (found.rung, found.seconds) == (error.rung, error.seconds or 0)


def test_an_error_of_a_narrower_kind_comes_back_as_the_kind_that_users_know() -> None:
    told = render_answer("a", DIGEST, Answer(error=RehearsalStalled("x")))
    answer = read_answer(told, "a", DIGEST)
    assert answer
    assert type(answer.error) is SmokeError


def test_a_pass_comes_back_as_it_was_told() -> None:
    answer = Answer((("notice", "n"), ("more", "m")), PASSED, is_whole=False)
    assert read_answer(render_answer("a", DIGEST, answer), "a", DIGEST) == answer


def changed(**changes: Any) -> str:
    told = json.loads(render_answer("a", DIGEST, Answer(result=PASSED)))
    return json.dumps({**told, **changes})


@pytest.mark.parametrize(
    "told",
    [
        None, b"{}", "", "[]", "{}", "[" * 100_000, "1",
        changed(name="b"), changed(digest="d2"), changed(result={"digest": "d2"}),
        changed(result={}), changed(result=None), changed(result=3), changed(lines=3),
        changed(lines=[["log"]]), changed(failure={"kind": "SmokeError"}),
        changed(result=None, failure={"kind": "SmokeError"}), changed(result=None, failure=[]),
    ],
)  # fmt: skip
def test_what_is_no_answer_about_this_artifact_counts_for_nothing(told: object) -> None:
    assert read_answer(told, "a", DIGEST) is None


def test_versions_that_differ_are_named() -> None:
    here = {"Python": "3.12", "nbship": "0.1", "papermill": "2.6"}
    assert differences(here, here | {"more": "1"}) == ""
    assert differences(here, {"Python": "3.11", "nbship": "0.1"}) == (
        "Python 3.11 (here 3.12), papermill is missing (here 2.6)"
    )
