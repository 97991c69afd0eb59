"""The formats of findings: for editors, for programs, for GitHub; and the last line."""

import json
import re

import pytest

from nbship.core.checks.render import FORMATS, annotation, counted, is_failure, render, summary
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import RunFailed

ONE = Diagnostic(Place("src_py/a.py", 3, 7), "not-python", "not Python: x", ("Mend it.",))
ODD = Diagnostic(Place("a,b:c%.py", 1), "secret", "50 % of\r\nit: a, b")
MAYBE = Diagnostic(Place("src_py/a.py", 4, 1), "internet-in-competition", "internet is on")


def test_text_has_a_line_for_each_finding_and_each_hint() -> None:
    assert list(render([ONE, ODD, MAYBE], "text")) == [
        "src_py/a.py:3:7: not-python not Python: x",
        "  → Mend it.",
        "a,b:c%.py:1: secret 50 % of\r\nit: a, b",
        "src_py/a.py:4:1: warning: internet-in-competition internet is on",
    ]


def test_json_is_one_list() -> None:
    assert json.loads("\n".join(render([ONE, ODD], "json"))) == [
        {"file": "src_py/a.py", "line": 3, "column": 7, "level": "error", "code": "not-python",
         "message": "not Python: x", "hint": "Mend it."},
        {"file": "a,b:c%.py", "line": 1, "column": None, "level": "error",
         "code": "secret", "message": "50 % of\r\nit: a, b", "hint": ""},
    ]  # fmt: skip
    assert json.loads("\n".join(render([], "json"))) == []


def test_the_values_in_githubs_commands_are_escaped() -> None:
    assert list(render([ONE, ODD, MAYBE], "github")) == [
        (
            "::error file=src_py/a.py,line=3,col=7,title=nbship not-python::"
            "src_py/a.py:3:7: not-python not Python: x%0A→ Mend it."
        ),
        (
            "::error file=a%2Cb%3Ac%25.py,line=1,title=nbship secret::"
            "a,b:c%25.py:1: secret 50 %25 of%0D%0Ait: a, b"
        ),
        (
            "::warning file=src_py/a.py,line=4,col=1,title=nbship internet-in-competition::"
            "src_py/a.py:4:1: warning: internet-in-competition internet is on"
        ),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_without_findings_only_json_has_a_line(form: str) -> None:
    assert list(render([], form)) == (["[]"] if form == "json" else [])


def test_the_last_line_counts_and_says_what_to_do() -> None:
    assert summary([ONE], 1).startswith("check: 1 error in 1 file (1 notebook): correct each at")
    assert summary([ONE, ONE, ODD], 4).startswith("check: 3 errors in 2 files (4 notebooks): ")
    assert summary([ONE, MAYBE, MAYBE], 0).startswith("check: 1 error, 2 warnings in 1 file: ")
    assert re.search(r"'# nbship: allow CODE'$", summary([ONE], 2))


def test_only_errors_fail_unless_the_check_is_strict() -> None:
    assert is_failure([MAYBE, ONE], is_strict=False)
    assert not is_failure([MAYBE], is_strict=False)
    assert is_failure([MAYBE], is_strict=True)
    assert not is_failure([], is_strict=True)
    assert counted([]) == ""


def test_an_error_is_annotated_at_its_line_with_its_source_line() -> None:
    error = RunFailed("ValueError: x", place=Place("src_py/a.py", 3), quote="    3 f(x)")
    assert annotation(error) == (
        "::error file=src_py/a.py,line=3,title=nbship%3A a run failed::"
        "src_py/a.py:3: ValueError: x%0A    3 f(x)"
    )


def test_an_error_without_a_place_is_annotated_without_a_file() -> None:
    assert annotation(RunFailed("no log")) == "::error title=nbship%3A a run failed::no log"
