"""The names that import statements lead to."""

import ast

import pytest

from nbship.core.python.imports import imports_of


@pytest.mark.parametrize(
    ("text", "package", "names"),
    [
        ("import a.b, c as d", "", ["a.b", "c"]),
        ("from a import b, c", "", ["a", "a.b", "a.c"]),
        ("from a import *", "", ["a"]),
        ("from . import b", "p.q", ["p.q", "p.q.b"]),
        ("from .a import b", "p.q", ["p.q.a", "p.q.a.b"]),
        ("from ..a import b", "p.q", ["p.a", "p.a.b"]),
        ("from .. import b", "p", ["b"]),
        ("def f():\n    import a", "", ["a"]),
        ("x = 1", "", []),
    ],
)
def test_the_names_of_the_imported_modules(text: str, package: str, names: list[str]) -> None:
    assert list(imports_of(ast.parse(text), package)) == names
