"""Errors: the text of each begins with its place, and each kind has its exit code."""

import pytest

from nbship import errors
from nbship.diagnostics import Place
from nbship.errors import NbshipError
from nbship.interrupts import INTERRUPTED


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("src_py/a.py"), "src_py/a.py"),
        (Place("src_py/a.py", 3), "src_py/a.py:3"),
        (Place("src_py/a.py", 3, 7), "src_py/a.py:3:7"),
    ],
)
def test_a_place_has_the_form_that_editors_open(place: Place, shown: str) -> None:
    assert str(place) == shown


def test_the_text_of_an_error_begins_with_its_place() -> None:
    assert str(NbshipError("odd", place=Place("a.py", 1))) == "a.py:1: odd"
    assert str(NbshipError("odd")) == "odd"


def test_an_error_keeps_its_hint_and_the_quoted_line() -> None:
    error = NbshipError("odd", hint="Even it.", quote="x = 1")
    assert (error.message, error.place, error.hint, error.diagnostic.quote) == (
        "odd", None, "Even it.", "x = 1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.NbshipError, 1),
        (errors.WorkspaceError, 2),
        (errors.SourceError, 1),
        (errors.SmokeError, 1),
        (errors.GuardRefused, 3),
        (errors.KaggleError, 4),
        (errors.OutcomeUnknown, 4),
        (errors.RunFailed, 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(kind: type[NbshipError], code: int) -> None:
    assert kind("odd").exit_code == code
    assert issubclass(kind, NbshipError)


def test_an_unknown_outcome_is_a_kaggle_error() -> None:
    assert issubclass(errors.OutcomeUnknown, errors.KaggleError)


def test_the_codes_of_all_errors_and_of_ctrl_c_have_a_meaning() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    codes = {each.exit_code for each in kinds if issubclass(each, NbshipError)}
    assert {0, *codes, INTERRUPTED} == set(errors.EXIT_CODES)
