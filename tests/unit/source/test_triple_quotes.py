"""Open triple quotes, by jupytext's rules and by Python's."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupytext.stringparser import StringParser

from nbship.core.source.triple_quotes import lines_in_strings, quote_after

LINES = st.lists(st.sampled_from(["'", '"', "\\", "#", "a", " ", "'''", '"""']), max_size=12).map(
    "".join
)


@given(st.lists(LINES, max_size=5))
def test_a_quote_is_open_where_jupytext_takes_it_for_open(lines: list[str]) -> None:
    parser, opened = StringParser("python"), ""
    for line in lines:
        parser.read_line(line)
        opened = quote_after(line, opened)
        assert opened == (parser.triple or "") * 3


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\n", set()),
        ("x = 'a'\n", set()),
        ("x = '''a\nb\n'''\ny", {2, 3}),
        ('f"""{\nx}\n"""\n', {2, 3}),
        ("x = ('''\n''',\n'''\n\n''')", {2, 4, 5}),
        ("x = 'a\\\nb'", {2}),
    ],
)
def test_lines_that_begin_in_a_string_of_python(text: str, lines: set[int]) -> None:
    assert lines_in_strings(ast.parse(text)) == lines
