"""newer-syntax: what only a newer Python reads is a warning, in a cell and in a module."""

import sys

import pytest

from nbship.core.python.newer_syntax import KAGGLE, RUNNING
from tests.support.checked import check, code, found

HERE = ".".join(map(str, RUNNING))
THERE = ".".join(map(str, KAGGLE))

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads all of it")


def test_a_t_string_is_found_in_a_cell_and_in_a_module_and_the_rest_is_checked() -> None:
    files = {
        "src_py/a.py": code("import one\nx = t'{one}'\nopen('/kaggle/input/gone/x.csv')"),
        "src_py/one.py": "y = t'{1}'\n",
    }
    assert [line for line in found(files) if "newer" in line] == [
        "src_py/a.py:10:1 newer-syntax",
        "src_py/one.py:1:1 newer-syntax",
    ]
    assert any("/kaggle/input" in str(finding) for finding in check(files))


def test_the_message_names_both_versions_and_kaggles() -> None:
    (finding,) = check(code("x = t'{1}'"))
    assert finding.message == (
        f"a t-string that Python 3.14 reads, and Python {HERE}, which runs nbship, does not"
    )
    assert finding.hints == (
        f"Kaggle's Python {THERE} does not read it: write it in older syntax.",
    )


@pytest.mark.skipif(RUNNING >= KAGGLE, reason="this Python reads what Kaggle's does")
def test_what_kaggle_reads_needs_another_python_only_for_a_rehearsal() -> None:
    (finding,) = check(code('d = {"a": 1}\nprint(f"v {d["a"]}")'))
    assert str(finding.place) == "src_py/a.py:10:1"
    assert finding.hint == (
        f"Kaggle's Python {THERE} reads it; use nbship with Python {THERE} or newer for a "
        "rehearsal."
    )
