"""The names of a cell: what it needs at once or later, what it gives, and the words of commands."""

import pytest

from nbship.core.checks.scopes import Names, names_in
from nbship.core.python.parse import Reading, read_python


def read(code: str, python: str | None = None, *, needs: bool = True) -> Names:
    return names_in(code, read_python(code if python is None else python), 7, needs=needs)


@pytest.mark.parametrize(
    ("code", "needs", "later", "gives"),
    [
        ("x = 1\nx + y", "y", "", "x"),
        ("import a.b, c as d\nfrom e import f", "", "", "a d f"),
        ("for i in r:\n    i", "r", "", "i"),
        ("[k for k in v]", "v", "", ""),
        ("def f(a):\n    b = a\n    return b + z", "", "z", "f"),
        ("def f():\n    global x\n    return x", "", "x", "f"),
        ("def f():\n    global x\n    x = 1", "", "", "f x"),
        ("def f():\n    global x\n    import x", "", "", "f x"),
        ("class A(B):\n    def g(self):\n        return lambda: h", "B", "h", "A"),
        ("", "", "", ""),
    ],
)
def test_the_names_that_code_needs_and_gives(code: str, needs: str, later: str, gives: str) -> None:
    names = read(code)
    assert (names.needs, names.later) == (frozenset(needs.split()), frozenset(later.split()))
    assert names.gives == {*gives.split()}
    assert (names.text, names.first, names.words, names.is_whole) == (code, 7, frozenset(), True)
    only_given = read(code, needs=False)
    assert (only_given.needs, only_given.later) == (frozenset(), frozenset())
    assert only_given.gives == names.gives


@pytest.mark.parametrize(
    ("code", "python", "words"),
    [
        ("!ls $d 2\ny = 1", "pass\ny = 1", {"ls", "d"}),
        ("y = 1\n%time f(ɓ)", "y = 1\nf(ɓ)", {"time", "f", "ɓ"}),
        ("y = 1\n!a \\\n  b", "y = 1\npass", {"y", "a", "b"}),  # the lines are not the same ones
        ("y = 1", "y = 1", set()),
    ],
)
def test_the_words_of_commands_may_be_names(code: str, python: str, words: set[str]) -> None:
    assert read(code, python).words == words


def test_there_may_be_more_names_in_what_this_python_cannot_read() -> None:
    broken = names_in("x = 1", Reading(read_python("").tree, "def f(a, a): pass"), 7)
    assert broken == Names(
        "def f(a, a): pass", 7, frozenset(), frozenset(), frozenset(), frozenset(), is_whole=False
    )
