"""An error says its place first, and each kind ends the program with its own code."""

import pytest

from nbship import errors
from nbship.diagnostics import Place
from nbship.errors import NbshipError


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("src_py/a.py"), "src_py/a.py"),
        (Place("src_py/a.py", 3), "src_py/a.py:3"),
        (Place("src_py/a.py", 3, 7), "src_py/a.py:3:7"),
    ],
)
def test_a_place_is_written_as_editors_open_it(place: Place, shown: str) -> None:
    assert str(place) == shown


def test_an_error_says_its_place_before_its_message() -> None:
    assert str(NbshipError("odd", place=Place("a.py", 1))) == "a.py:1: odd"
    assert str(NbshipError("odd")) == "odd"


def test_an_error_keeps_what_to_do_next_and_the_line_it_means() -> None:
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


def test_a_lost_answer_is_an_error_of_kaggles() -> None:
    assert issubclass(errors.OutcomeUnknown, errors.KaggleError)
