"""The acceleration of jupytext does not change its results."""

import warnings
from typing import Any

import jupytext
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupytext.stringparser import StringParser

from nbship.core.source.jupytext_api import (
    check_options,
    opens_in_step,
    parse_percent,
    written_metadata,
)

FILTERS = ("notebook_metadata_filter", "cell_metadata_filter")
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


def test_an_option_that_jupytext_rejects_is_told_in_its_words() -> None:
    with pytest.raises(
        ValueError, match=r"^The Jupytext configuration file pyproject\.toml is inc"
    ):
        check_options({"formats": 3})


@pytest.mark.parametrize(
    ("cell_filter", "kept"),
    [
        (None, {"tags", "custom", "not valid"}),
        ("tags,-all", {"tags", "not valid"}),
        ("tags,-all,-not valid", {"tags"}),
        ("-custom", {"tags", "not valid"}),
    ],
)
def test_metadata_are_written_by_the_filter_and_what_no_text_can_hold_is_named(
    cell_filter: str | None, kept: set[str]
) -> None:
    metadata = {"tags": ["a"], "custom": 1, "not valid": 2, "lines_to_next_cell": 1}
    options = None if cell_filter is None else {"cell_metadata_filter": cell_filter}
    assert written_metadata(metadata, options).keys() == kept


def test_a_notebook_is_in_step_only_with_the_options_that_jupytext_gives_it() -> None:
    """JupyterLab completes the options of the notebook that it opens."""
    text = "# %%\n# %matplotlib inline\n"
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": []}
    content = {
        "cells": [{**cell, "execution_count": None, "source": "%matplotlib inline"}],
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"jupytext": dict.fromkeys(FILTERS, "-all")},
    }  # fmt: skip
    assert opens_in_step(text, content, ".py", {})
    assert not opens_in_step(text, content, ".py", {"comment_magics": False})
