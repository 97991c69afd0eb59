"""The lines above the first cell: where they end, which encoding they name, what is left out."""

import pytest

from nbship.core.source.preamble import (
    is_utf_8_line,
    names_encoding,
    refuse_encoding,
    without_blank_top,
    yaml_header,
)
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

PATH = "src_py/a.py"
HEADER = ["#!/bin/sh", "# ---", "# ---"]


@pytest.mark.parametrize(
    ("lines", "start", "stop"),
    [
        (["# ---", "# a: 1", "# ---", "x", "# ---"], 0, 3),
        (["#!/bin/sh", "# coding: utf-8", "# ---", "# ---"], 2, 4),
        (["", "# ---  ", "# a: 1", "# ---\t"], 1, 4),
        (["# ---", "  # ---", "# ---"], 0, 3),
        (["  # ---", "# ---"], 0, 0),
        (["#!/bin/sh", "# ---"], 1, 1),
        (["#!/bin/sh", "", "# ---", "# ---"], 1, 1),
        ([""], 1, 1),
    ],
)
def test_a_yaml_header_reaches_from_fence_to_fence(lines: list[str], start: int, stop: int) -> None:
    header = yaml_header(lines)
    assert (header.start, header.stop) == (start, stop)


@pytest.mark.parametrize("has_marker", [False, True])
@pytest.mark.parametrize(
    ("lines", "body", "number", "number_with_marker"),
    [
        (["# coding: latin-1"], 0, 1, 1),
        (["# note", "# coding: latin-1"], 0, 2, 2),
        (["  # note", "# coding: latin-1"], 0, 2, 2),
        (["# note", "# note", "# coding: latin-1"], 0, None, None),
        (["x = 1", "# coding: latin-1"], 0, None, None),
        (["x  #", "# coding: latin-1"], 0, None, None),
        (["", "", "# coding: latin-1"], 3, 3, 3),
        # Below the header, jupytext reads an encoding unless a marker is there, in one spelling.
        ([*HEADER, "# coding: latin-1"], 3, 4, None),
        ([*HEADER, "# note", "# coding: latin-1"], 3, 5, None),
        ([*HEADER, "x = 1", "# coding: latin-1"], 3, None, None),
        (["# note", "# coding: utf-8"], 0, None, None),
        (["# note", "# coding: UTF_8"], 0, 2, None),
        (["# coding: utf8"], 1, None, None),
        ([], 0, None, None),
    ],
)
def test_another_encoding_is_refused_where_python_or_jupytext_reads_it(
    lines: list[str],
    body: int,
    number: int | None,
    number_with_marker: int | None,
    *,
    has_marker: bool,
) -> None:
    expected = number_with_marker if has_marker else number
    source = Source(PATH, "\n".join(lines))
    if expected is None:
        refuse_encoding(source, lines, body, has_marker=has_marker)
        return
    with pytest.raises(SourceError) as caught:
        refuse_encoding(source, lines, body, has_marker=has_marker)
    assert caught.value.place == Place(PATH, expected)


def test_a_refused_encoding_is_named_with_what_to_do() -> None:
    with pytest.raises(SourceError) as caught:
        refuse_encoding(Source(PATH, ""), ["# vim: set fileencoding=cp1252 :"], 0, has_marker=True)
    assert caught.value.message == "the source declares the encoding cp1252, but sources are UTF-8"
    assert caught.value.hint == "Remove the line, and save the file as UTF-8."


@pytest.mark.parametrize(
    ("line", "is_another", "is_jupytexts"),
    [
        ("# -*- coding: utf-8 -*-", False, True),
        ("# coding: utf8", False, False),
        ("# coding: UTF-8", False, False),
        ("# coding: Utf_8", False, False),
        ("# coding: ut_f8", True, False),
        ("\t\f # vim: set fileencoding=cp1252 :", True, False),
        ("# coding latin-1", False, False),
        ("x = 1  # coding: latin-1", False, False),
        ("x = 1", False, False),
    ],
)
def test_a_line_names_another_encoding_than_utf_8_or_the_one_that_jupytext_writes(
    line: str, *, is_another: bool, is_jupytexts: bool
) -> None:
    assert (names_encoding(line), is_utf_8_line(line)) == (is_another, is_jupytexts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# %%\nx", "# %%\nx"),
        ("\n \n# %%\n\nx\n", "# %%\n\nx\n"),
        ("#!/bin/sh\n# %%\nx", "#!/bin/sh\n# %%\nx"),
        ("\n#!/bin/sh\n\n\n# %%\n", "#!/bin/sh\n# %%\n"),
        ("# ---\n# ---\n# %%\n", "# ---\n# ---\n# %%\n"),
        ("\n# ---\n# ---\n\n# %%\n", "# ---\n# ---\n\n# %%\n"),
        ("# ---\n# ---\n  \n\n# %%\n", "# ---\n# ---\n  \n# %%\n"),
        ("\n# ---\n# ---\n\n", "\n# ---\n# ---\n\n"),
        ("\n \n", "\n \n"),
        ("", ""),
    ],
)
def test_blank_lines_above_the_first_cell_are_left_out(text: str, expected: str) -> None:
    """One line below a YAML header stays, and so does all of a source without a cell."""
    assert without_blank_top(text) == expected
