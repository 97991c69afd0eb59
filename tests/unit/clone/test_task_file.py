"""dodo.py: the import of nbship's tasks is found, and is added where nothing is lost by it."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.clone.task_file import IMPORT, has_tasks, with_tasks

TOPS = ["", "# a comment\n", "#!/usr/bin/env python\n\n", '"""A docstring."""\n', "'''A\nB'''\n"]
FUTURES = [
    "",
    "from __future__ import annotations\n",
    "from __future__ import (\n    division,\n)\n",
]
BODIES = ["", "import os\n", "def task_x():\n    pass\n", "DOIT_CONFIG = {}\n", "x = 1"]


@given(*map(st.sampled_from, (TOPS, FUTURES, BODIES, ("\n", "\r\n"))))
def test_all_lines_stay_and_the_file_compiles(top: str, future: str, body: str, end: str) -> None:
    text = (top + future + body).replace("\n", end)
    extended = with_tasks(text)
    assert has_tasks(extended)
    compile(extended, "dodo.py", "exec")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)) == ast.get_docstring(ast.parse(extended))
        lines = extended.splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith(IMPORT))
        assert [*lines[:at], *lines[at + 1 :]] == text.splitlines()
        assert ("\r\n" in extended) == ("\r\n" in text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import os\n# x\ndef task_x():\n    pass\n"),
        ("# mine\n\n# more\n", "X = 1\n"),
        ('"""Mine."""\n\n# more\n', "X = 1\nimport os\n"),
        ('"""A\nB"""\nfrom __future__ import (\n    division,\n)\n', "import os\n"),
    ],
)
def test_the_import_stands_above_the_first_line_that_does_something(
    before: str, after: str, end: str
) -> None:
    text = (before + after).replace("\n", end)
    extended = with_tasks(text)
    line, *_ = extended.removeprefix(before.replace("\n", end)).partition(end)
    assert line.startswith(IMPORT)
    assert extended == f"{before}{line}\n{after}".replace("\n", end)


def test_a_file_with_different_line_ends_gets_that_of_its_first_line() -> None:
    assert f"{IMPORT}  #" in with_tasks("x = 1\r\ny = 2\n").split("\r\n")[0]
    assert with_tasks("x = 1\ny = 2\r\n").count("\r\n") == 1


@given(
    st.text(st.sampled_from("ab #\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12),
    st.sampled_from(["", "\ufeff"]),
)
def test_the_import_stands_below_a_docstring_with_any_line_ends(words: str, mark: str) -> None:
    text = f'{mark}"""{words}"""\nX = 1\n'
    extended = with_tasks(text)
    assert has_tasks(extended)
    assert extended.startswith("\ufeff") == bool(mark)
    old, new = (ast.parse(each.removeprefix("\ufeff")) for each in (text, extended))
    assert ast.get_docstring(old, clean=False) == ast.get_docstring(new, clean=False)
    assert len(new.body) == len(old.body) + 1


@pytest.mark.parametrize(
    "text",
    ["", "import nbship.tasks\n", "from nbship import tasks\n", "# " + IMPORT + "\n"],
)
def test_a_file_without_the_import_has_no_tasks(text: str) -> None:
    assert not has_tasks(text)


def test_a_file_of_one_line_without_an_end_is_extended() -> None:
    assert with_tasks('"""Mine."""').splitlines()[0] == '"""Mine."""'


def test_a_file_that_names_the_tasks_has_them() -> None:
    assert has_tasks("from nbship.tasks import (\n    DOIT_CONFIG,\n    task_build,\n)\n")


def test_a_new_file_is_made() -> None:
    assert has_tasks(with_tasks(None))
    assert with_tasks("") == with_tasks(" \n\t\n") == with_tasks(None)
    assert with_tasks("\ufeff\n") == f"\ufeff{with_tasks(None)}"
