"""The acceleration of jupytext does not change its results."""

import warnings

import jupytext
from hypothesis import given
from hypothesis import strategies as st
from jupytext.stringparser import StringParser

from nbship.core.source.jupytext_api import parse_percent

LINES = st.lists(
    st.sampled_from(["'", '"', "\\", "#", "a", " ", "=", "%", "\n", "'''", '"""']), max_size=20
).map("".join)


@given(st.lists(LINES, max_size=6), st.sampled_from([".py", ".R"]))
def test_jupytext_reads_the_same_with_and_without_haste(parts: list[str], extension: str) -> None:
    text = "\n".join(["# %%", *parts, "# %%", "x"])
    form = {"extension": extension, "format_name": "percent"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = jupytext.reads(text, fmt=form)
    assert [(c.cell_type, c.source, c.metadata) for c in parse_percent(text, extension).cells] == [
        (c.cell_type, c.source, c.metadata) for c in plain.cells
    ]


def test_jupytext_and_nbformat_are_left_as_they_were() -> None:
    before = StringParser.read_line
    parse_percent("# %%\nx")
    assert StringParser.read_line is before
    parser = StringParser("python")
    parser.read_line("x = '''")
    assert parser.is_quoted()
