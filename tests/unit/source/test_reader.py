"""The cells of a source: as jupytext reads them, with their lines; a changed line is refused."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.source.decode import decode, is_notebook
from nbship.core.source.preamble import skip_header
from nbship.core.source.reader import read_notebook
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Notebook
from nbship.model.workspace import CellKind, Source
from tests.support.read_cells import PATH, read

PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}


def cells(text: str) -> list[tuple[str, str, int | None]]:
    return [(cell.kind, cell.text, cell.line) for cell in read(text).cells]


# --- decode ---


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"x = 1\n", "x = 1\n"),
        (b"\xef\xbb\xbfx\n", "x\n"),
        (b"a\r\nb\r\n", "a\nb\n"),
        ("ɓ\u2028\x0c\r\n".encode(), "ɓ\u2028\x0c\n"),
        (b"a\rb", "a\rb"),
    ],
)
def test_bytes_become_text_without_bom_and_with_lf(data: bytes, text: str) -> None:
    assert decode(PATH, data) == Source(PATH, text)


@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        (b"\xff", 1, "0xff"),
        (b"a\nb\n\xe9t\xe9\n", 3, "0xe9"),
        (b"\xef\xbb\xbf\n\xff", 2, "0xff"),
        (b"caf\xc3", 1, "0xc3"),
        ("x\n".encode("utf-16"), 1, "0xff"),
    ],
)
def test_bytes_that_are_not_utf8_are_refused_by_line(data: bytes, line: int, byte: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(PATH, data)
    assert str(caught.value) == f"src_py/a.py:{line}: not UTF-8: byte {byte}"
    assert caught.value.hint == "Save the file as UTF-8."


@given(st.lists(st.binary(max_size=4) | st.sampled_from([b"\n", b"\r\n", b"\xef\xbb\xbf", b"x"])))
def test_any_bytes_are_text_or_refused_at_the_first_line_that_is_not(parts: list[bytes]) -> None:
    data = b"".join(parts)
    bad = [n for n, line in enumerate(data.split(b"\n"), 1) if not _is_utf8(line)]
    if bad:
        with pytest.raises(SourceError) as caught:
            decode(PATH, data)
        assert caught.value.place == Place(PATH, bad[0])
    else:
        text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n")
        assert decode(PATH, data).text == text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- notebook or module ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# %%\n", True),
        ("#%%\n", True),
        ("x = 1\n# %% [markdown]\n", True),
        ("", False),
        ("x = 1\n", False),
        ("    # %%\n", True),
        ("\n  \n\t#%% [markdown]\n", True),
        ("x = 1\n    # %%\n", False),
        ("    #!%%\n", False),
        ("x = 1  # %%\n", False),
        ("# %% A title\n", True),
        ("# %%%% Deeper\n", True),
        ("# %%time\n", False),
        ("# %%%\n", False),
        ("# 100 %%\n", False),
    ],
)
def test_a_notebook_has_a_marker_at_the_start_of_a_line_or_begins_with_one(
    text: str, *, expected: bool
) -> None:
    assert is_notebook(text) is expected


# --- cells and their lines ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# %%\nx\n", [("code", "x", 2)], id="one cell"),
        pytest.param("x\n# %%\ny\n", [("code", "x", 1), ("code", "y", 3)], id="no first marker"),
        pytest.param("\n\n# %%\nx", [("code", "x", 4)], id="blank lines first"),
        pytest.param("# %%\n\n\nx\n", [("code", "\n\nx", 2)], id="blank lines in front"),
        pytest.param("# %%\nx\n\n\n# %%\ny\n\n\n", [("code", "x", 2), ("code", "y", 6)], id="gaps"),
        pytest.param("# %%\n\n# %%\ny", [("code", "", 2), ("code", "y", 4)], id="empty cell"),
        pytest.param("# %%\n# note\nx", [("code", "# note\nx", 2)], id="comment"),
        pytest.param("# %%\n# !ls\n!ls", [("code", "!ls\n!ls", 2)], id="magics"),
        pytest.param("# %%\n# %%bash\n# ls", [("code", "%%bash\nls", 2)], id="commented magic"),
        pytest.param("# %%\n%%bash\nls", [("code", "%%bash\nls", 2)], id="cell magic"),
        pytest.param("# %%\ns = '''\n# %%\n'''", [("code", "s = '''\n# %%\n'''", 2)], id="string"),
        pytest.param("# %% [raw]\n# r", [("raw", "r", 2)], id="raw"),
        pytest.param("# %% [markdown]\n# # T\n#\n# b", [("markdown", "# T\n\nb", 2)], id="text"),
        pytest.param("# %% [markdown]\n# \n# a", [("markdown", "\na", 2)], id="text after blank"),
        pytest.param("# %% [markdown]\n\n# a", [("markdown", "\na", 2)], id="text after a gap"),
        pytest.param(
            "# %% [markdown]\n\n'''\na\n'''", [("markdown", "a", 4)], id="quotes after a gap"
        ),
        pytest.param(
            "# %% [markdown]\n# # a\n#b  \n#   \n#",
            [("markdown", "# a\nb  \n  \n", 2)],
            id="blanks",
        ),
        pytest.param(
            '# %% [markdown]\n"""\na\n"""\n# %%\nx',
            [("markdown", "a", 3), ("code", "x", 6)],
            id="no gap after the quotes",
        ),
        pytest.param("# %% [markdown]\n\n# %%\nx", [("markdown", "", 2), ("code", "x", 4)], id="-"),
        pytest.param(
            '# %% [markdown]\n"""\na\n\nb\n"""\n\n# %%\nx',
            [("markdown", "a\n\nb", 3), ("code", "x", 9)],
            id="quotes",
        ),
        pytest.param("# %% [markdown]\nr'''\n$\\a$\n'''", [("markdown", "$\\a$", 3)], id="raw '''"),
    ],
)
def test_each_cell_has_the_line_where_its_text_begins(
    text: str, expected: list[tuple[str, str, int]]
) -> None:
    assert cells(text) == expected


def test_titles_tags_and_keys_are_metadata_and_jupytexts_own_notes_are_not() -> None:
    text = '# %% The title tags=["a", "b"] name="n"\nx\n\n\n\n# %% [markdown]\n"""\ny\n"""\n'
    code, markdown = read(text).cells
    assert dict(code.metadata) == {"title": "The title", "tags": ["a", "b"], "name": "n"}
    assert dict(markdown.metadata) == {}


def test_an_empty_text_has_no_cells() -> None:
    assert read("") == Notebook("a", PATH, (), PYTHON)


# --- what stands above the first cell ---

R = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: R\n#     name: ir\n# ---\n"


@pytest.mark.parametrize(
    ("top", "kernelspec"),
    [
        ("", PYTHON),
        ("#!/usr/bin/env python3\n", PYTHON),
        ("# -*- coding: utf-8 -*-\n", PYTHON),
        ("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n", PYTHON),
        ("# ---\n# ---\n", PYTHON),
        ("# ---\n# jupyter:\n#   jupytext: {}\n# ---\n", PYTHON),
        (R, {"display_name": "R", "name": "ir"}),
        ("#!/usr/bin/env python3\n" + R, {"display_name": "R", "name": "ir"}),
        ("# coding: utf-8\n" + R + "\n", {"display_name": "R", "name": "ir"}),
        ("\n\n#!/usr/bin/env python3\n" + R, {"display_name": "R", "name": "ir"}),
    ],
)
def test_a_shebang_an_encoding_and_a_yaml_header_are_no_cells(
    top: str, kernelspec: dict[str, str]
) -> None:
    notebook = read(f"{top}# %%\nx\n")
    assert [(cell.text, cell.line) for cell in notebook.cells] == [("x", top.count("\n") + 2)]
    assert notebook.kernelspec == kernelspec


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# coding: latin-1\n# %%\nx\n", 1),
        ("\n# coding: latin-1\n# %%\nx\n", 2),
        ("# %%\n# coding: latin-1\nx\n", 2),
        ("# a comment\n# coding: latin-1\n# %%\nx\n", 2),
        ("# a comment\n# coding: utf8\n# %%\nx\n", 2),
        ("# ---\n# ---\n# coding: latin-1\n# %%\nx\n", 3),
        ("# %%\n# coding: UTF_8\nx\n", None),
    ],
)
def test_another_encoding_is_refused_where_python_would_look_for_it(
    text: str, line: int | None
) -> None:
    if line is None:
        assert read(text).cells
        return
    with pytest.raises(SourceError, match=r"the source declares the encoding") as refused:
        read(text)
    assert refused.value.place
    assert refused.value.place.line == line


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([""], 1),
        (["", " ", "x"], 2),
        (["", "#!/bin/sh", "# coding: utf-8", "x"], 3),
        (["x", "# ---", "# ---"], 0),
        (["#!/bin/sh"], 1),
        (["#!/bin/sh", "# coding: utf-8"], 2),
        (["#!/bin/sh", "", "# coding: utf-8"], 1),
        (["# ---", "# a: 1", "# ---", "x"], 3),
        (["#!/bin/sh", "# ---", "# not closed"], 1),
    ],
)
def test_the_header_ends_where_the_first_cell_may_begin(lines: list[str], count: int) -> None:
    assert skip_header(lines) == count


def test_a_yaml_header_that_is_not_closed_is_the_first_cells_text() -> None:
    assert cells("# ---\n# title: x\n\n# %%\nx") == [
        ("code", "# ---\n# title: x", 1),
        ("code", "x", 5),
    ]


# --- the laws ---

CODE = st.lists(
    st.sampled_from([
        "x = 1", "    y = 2", "# note", "#note", "%matplotlib inline", "!ls", "x?", "'''a'''", "",
        "s = '# %%'", "@d", "ɓ = 'ɗ'", "if x:", "x = !ls",
    ]),
    max_size=5,
).map("\n".join).map(lambda text: text.strip("\n"))  # fmt: skip


WORDS = st.lists(
    st.sampled_from(["# Title", "text", "- item", "", "`# %%`", "    code", "ɓ $x$", "**b**"]),
    min_size=1,
    max_size=5,
).map("\n".join).map(lambda text: text.strip("\n") or "text")  # fmt: skip


TITLES = st.sampled_from(["", " A title", " Ɓ"])


METADATA: list[dict[str, Any]] = [{}, {"tags": ["parameters"]}, {"tags": ["a", "b"], "name": "n"}]


KINDS: list[CellKind] = ["code", "markdown", "raw"]


GAPS = st.integers(1, 3)


@st.composite
def sources(draw: st.DrawFn) -> tuple[str, list[Cell]]:
    """Return a source, and the cells that it must have."""
    lines: list[str] = []
    expected: list[Cell] = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(KINDS))
        text, title, metadata = (
            draw(CODE if kind == "code" else WORDS),
            draw(TITLES),
            draw(st.sampled_from(METADATA)),
        )
        keys = "".join(f" {key}={json.dumps(value)}" for key, value in metadata.items())
        lines.append(f"# %%{title}{'' if kind == 'code' else f' [{kind}]'}{keys}")
        is_quoted = kind == "markdown" and draw(st.booleans())
        lines += ['"""'] if is_quoted else []
        known: dict[str, Any] = {**({"title": title.strip()} if title else {}), **metadata}
        expected.append(Cell(kind, text, known, len(lines) + 1))
        is_plain = kind == "code" or is_quoted
        lines += [line if is_plain else f"# {line}".rstrip() for line in text.split("\n")]
        lines += ['"""'] if is_quoted else []
        lines += [""] * draw(GAPS)
    return "\n".join(lines), expected


@given(sources())
def test_each_cell_is_what_stands_at_its_line(written: tuple[str, list[Cell]]) -> None:
    text, expected = written
    read_cells = [
        # jupytext counts blank lines beyond those that it would write itself to the cell
        Cell(cell.kind, cell.text.rstrip("\n"), dict(cell.metadata), cell.line)
        for cell in read(text).cells
    ]
    assert read_cells == expected


PIECES = st.sampled_from([
    "# %%", "# %% [markdown]", "# %% [raw]", '# %% tags=["a"]', "# %% tags=[", "  # %%", "#%%",
    "", "x = 1", "    y", "# text", "#", '"""', "'''", "r'''", "# ---", "# jupyter:", "#   a: b",
    "#!sh", "# coding: utf-8", "# coding: latin-1", "%%bash", "# %%bash", "!ls", "# !ls", "# + x",
    "# -", "x\ry", "\x0c", "a\x0bb", "\x1c", "\x85", "a\u2028b", "\t", "  ", '# %% active="ipynb"',
    "# ```", '# %% language="bash"', '"""a"""', "\0", "# <region>", "# endregion", "x = '''", "\\",
])  # fmt: skip


MARKER = re.compile(r"^\s*#\s*%%")


@given(st.lists(PIECES | st.text(max_size=4).filter(lambda text: "\n" not in text), max_size=10))
def test_every_line_is_in_exactly_one_cell_or_the_source_is_refused(lines: list[str]) -> None:
    text = "\n".join(lines)
    notebook = _read_or_refuse(text)
    if isinstance(notebook, SourceError):
        place = notebook.place
        assert place is not None
        assert place.path == PATH
        assert place.line is None or 1 <= place.line <= text.count("\n") + 1
        return
    source = text.split("\n")
    spans = [
        range(cell.line - 1, cell.line - 1 + len(cell.text.rstrip("\n").split("\n")))
        for cell in notebook.cells
        if cell.line is not None and cell.text.strip("\n")
    ]
    assert all(one.stop <= other.start for one, other in pairwise(spans))
    inside = {n for span in spans for n in span}
    header = range(skip_header(source))
    for number, line in enumerate(source):
        is_frame = MARKER.match(line) or line.strip() in {'"""', "'''", 'r"""', "r'''"}
        assert number in inside or number in header or is_frame or not line.strip()
    full = (cell for cell in notebook.cells if cell.text.strip("\n"))
    for span, cell in zip(spans, full, strict=True):
        for number, line in zip(span, cell.text.rstrip("\n").split("\n"), strict=True):
            is_language = line.startswith("%%") and "language=" in source[number]
            assert is_language or _bare(source[number]) == _bare(line)


def _read_or_refuse(text: str) -> Notebook | SourceError:
    try:
        return read(text)
    except SourceError as error:
        return error


def _bare(line: str) -> str:
    """Return a line without what jupytext's escapes may add: a comment sign and a blank."""
    return re.sub(r"^\s*#*\s*", "", line).rstrip()


def test_tags_that_cannot_be_read_are_refused_and_not_lost() -> None:
    with pytest.raises(SourceError, match="the tags in this cell's marker") as caught:
        read_notebook("x", Source("src_py/x.py", '# %%\ny = 1\n\n# %% tags=["parameters"\nx = 1\n'))
    assert caught.value.place == Place("src_py/x.py", 4)


def test_a_title_with_an_equals_sign_is_no_mistake() -> None:
    notebook = read_notebook("x", Source("src_py/x.py", "# %% Training (lr=0.1)\nx = 1\n"))
    assert [(c.text, dict(c.metadata)) for c in notebook.cells] == [
        ("x = 1", {"title": "Training"})
    ]


def test_jupytexts_own_form_of_a_cell_magic_is_read() -> None:
    text = '# %%\nx = 1\n\n# %% language="bash"\n# echo hi\n# ls\n\n# %%\ny = 2\n'
    notebook = read_notebook("x", Source("src_py/x.py", text))
    assert [(cell.text, cell.line) for cell in notebook.cells] == [
        ("x = 1", 2),
        ("%%bash\necho hi\nls", 4),
        ("y = 2", 9),
    ]
