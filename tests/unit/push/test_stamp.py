"""The stamp: it can be read and removed, and the map of the lines counts it."""

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.failure.executed import in_script
from nbship.core.push.stamp import CELL_ID, link_to, read_stamp, source_in, stamped, without_stamp
from nbship.core.source.nbjson import cells_digest, cells_of
from nbship.model.push import Stamp
from nbship.model.workspace import LineMap, Origin

COMMIT = "c0ffee" * 6 + "c0ff"
STAMP = Stamp(COMMIT, "a" * 64, "b" * 64, "123456789abc", "awa", "2026-11-26T18:00:00+00:00")
STAMPS = st.builds(
    Stamp, st.just(COMMIT), *(st.text(max_size=9) for _ in range(4)), st.text(max_size=9)
)
PATH = "src_py/x.py"


def notebook(*cells: tuple[str, str | list[str]]) -> str:
    content: dict[str, Any] = {
        "cells": [
            {"cell_type": kind, "id": f"c{number}", "metadata": {}, "source": source}
            for number, (kind, source) in enumerate(cells)
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


NOTEBOOK = notebook(("markdown", "# Title"), ("code", "x = 1"))


@given(STAMPS)
def test_a_stamp_reads_back_whatever_a_person_is_called(stamp: Stamp) -> None:
    for text in (NOTEBOOK, "x = 1\n"):
        marked, _ = stamped(text, (Origin(PATH, 1),), stamp, PATH, "")
        assert read_stamp(marked) == stamp
        assert without_stamp(marked) == text
        assert read_stamp(text) is None


def test_in_a_notebook_it_is_the_first_cell_and_tells_where_the_source_is() -> None:
    marked, line_map = stamped(NOTEBOOK, (Origin(PATH, 3), None), STAMP, PATH, "https://h/x.py")
    first, *rest = cells_of(marked)
    assert line_map == (None, Origin(PATH, 3), None)
    assert first["cell_type"] == "markdown"
    assert first["source"].split("\n")[0] == (
        "The source of this version is [`src_py/x.py`](https://h/x.py) at commit `c0ffeec0ffee`: "
        "edit it there, not here."
    )
    assert rest == cells_of(NOTEBOOK)


@pytest.mark.parametrize("source", ["text", "list"])
def test_what_a_person_adds_to_its_cell_stays(source: str) -> None:
    marked, _ = stamped(NOTEBOOK, (), STAMP, PATH, "")
    content = json.loads(marked)
    text = f"My notes\n\n{content['cells'][0]['source']}\nmore"
    content["cells"][0]["source"] = text if source == "text" else text.splitlines(keepends=True)
    left = cells_of(without_stamp(json.dumps(content)))
    assert [cell["source"] for cell in left] == ["My notes\n\n\nmore", "# Title", "x = 1"]


@pytest.mark.parametrize(
    "facts", ["", "commit=1", "commit=1&seen=2&digest=3&record=4&by=5", "%%%", "=&=&="]
)
def test_a_stamp_that_is_damaged_is_none(facts: str) -> None:
    text = notebook(("markdown", f"<!-- nbship-stamp: {facts} -->"), ("code", ""), ("raw", ""))
    assert read_stamp(text) is None
    assert read_stamp(f"# nbship-stamp: {facts}\n") is None


def test_the_stamp_is_not_looked_for_in_code() -> None:
    marked, _ = stamped("x = 1\n", (), STAMP, PATH, "")
    text = notebook(("code", marked))
    assert read_stamp(text) is None
    assert cells_digest(without_stamp(text)) == cells_digest(text)


HEADS = ["#!/usr/bin/env python3", "# -*- coding: utf-8 -*-", '"""A docstring\n\nof more lines."""',
         "from __future__ import annotations"]  # fmt: skip
REST = ["# %%", "", "import os; print(os)", "text = '''\n# one\n'''", "x = (\n    1\n)", "# end"]


@given(
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.lists(st.sampled_from(REST), max_size=5),
    st.sampled_from(["", " ; y = 1", " ; z = '''\n\n'''"]),
    st.integers(0, 9),
)
def test_a_script_runs_as_before_and_every_line_keeps_its_place(
    heads: list[bool], rest: list[str], joined: str, bundle: int
) -> None:
    """Also with a bundle somewhere in it, which is in no source."""
    head = [text for text, is_there in zip(HEADS, heads, strict=True) if is_there]
    if head and joined and head[-1] == HEADS[3]:
        head[-1] += joined
    text = "\n".join([*head, *rest, ""])
    lines = text.split("\n")
    try:
        expected = ast.dump(ast.parse(text))
    except SyntaxError:
        return
    at = min(bundle, len(lines))
    line_map: LineMap = (Origin(PATH, 1),)
    if bundle:  # the lines at..at+1 are of the bundle
        line_map = (Origin(PATH, 1), Origin(PATH, at + 1, at + 3))
        lines[at:at] = ["# bundle", "# bundle"]
        text = "\n".join(lines)
        try:
            if ast.dump(ast.parse(text)) != expected:
                return
        except SyntaxError:
            return
    marked, moved = stamped(text, line_map, STAMP, PATH, "")
    assert ast.dump(ast.parse(marked)) == expected
    shown = marked.split("\n")
    kept = [
        n for n, line in enumerate(shown) if "nbship-stamp" not in line and COMMIT[:12] not in line
    ]
    assert [shown[n] for n in kept] == lines
    for before, after in enumerate(kept):
        assert in_script(moved, after + 1) == in_script(line_map, before + 1)
    added = set(range(len(shown))) - set(kept)
    assert {in_script(moved, number + 1) for number in added} == {None}


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("x = 1\n", 0),
        ("#!/usr/bin/env python3\nx = 1\n", 1),
        ("#!/usr/bin/env python3", 1),
        ("# -*- coding: utf-8 -*-\nx = 1\n", 1),
        ("#!/usr/bin/env python3\n# coding: utf-8\nx = 1\n", 2),
        ("x = 1\n# coding: utf-8\n", 0),
        ('"""Doc."""\nx = 1\n', 1),
        ('"""Doc\n\nmore."""\n"""No doc."""\n', 3),
        ('import os\n"""No doc."""\n', 0),
        ("from __future__ import annotations\nimport os\n", 1),
        ('"""Doc."""\n\nfrom __future__ import annotations\nfrom __future__ import division\n', 4),
        ("from os import path\nx = 1\n", 0),
        ('"""Doc."""\nfrom os import path\n', 1),
        ('"""Doc."""; x = """\n\n"""\ny = 1\n', 3),
    ],
)
def test_a_stamp_stands_below_what_must_be_first(text: str, above: int) -> None:
    marked = stamped(text, (), STAMP, PATH, "")[0].split("\n")
    (place,) = [number for number, line in enumerate(marked) if line.startswith("# The source")]
    assert place == above
    assert marked[:above] == text.split("\n")[:above]


def test_a_line_between_the_stamp_and_the_next_piece_keeps_its_place() -> None:
    text = "#!/usr/bin/env python3\nx = 1\ny = 2\n"
    _, moved = stamped(text, (Origin(PATH, 1), Origin("other.py", 1, 3)), STAMP, PATH, "")
    assert Origin(PATH, 2, 4) in moved
    assert in_script(moved, 5) == ("other.py", 1)
    _, moved = stamped(text, (Origin(PATH, 1), Origin("other.py", 1, 2)), STAMP, PATH, "")
    assert moved == (Origin(PATH, 1), Origin("other.py", 1, 4))


def test_a_notebook_with_a_stamp_is_written_as_git_and_people_read_it() -> None:
    text = notebook(("markdown", "# \u0181alli"), ("code", "x = 1"))
    marked, _ = stamped(text, (), STAMP, PATH, "")
    content = json.loads(marked)
    assert marked == json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    assert set(content["cells"][0]) == {"cell_type", "id", "metadata", "source"}
    assert (content["cells"][0]["id"], content["cells"][0]["cell_type"]) == (CELL_ID, "markdown")


def test_a_script_in_r_has_it_below_the_line_of_the_interpreter() -> None:
    marked, moved = stamped("#!/usr/bin/Rscript\nx <- 1\n", (Origin("x.R", 1),), STAMP, "x.R", "")
    assert [line[:14] for line in marked.split("\n")] == [
        "#!/usr/bin/Rsc", "# The source o", "# nbship-stamp", "x <- 1", "",
    ]  # fmt: skip
    assert in_script(moved, 4) == ("x.R", 2)
    assert in_script(moved, 2) is None
    function = "f <- function(x) {\n}\n"  # which is no Python
    assert stamped(function, (), STAMP, "x.R", "")[0].endswith(f"\n{function}")


@pytest.mark.parametrize(
    ("remote", "link"),
    [
        ("https://github.com/awa/lab.git", "https://github.com/awa/lab/blob/c0/src_py/x.py"),
        ("https://awa:token@github.com/awa/lab", "https://github.com/awa/lab/blob/c0/src_py/x.py"),
        ("git@github.com:awa/lab.git", "https://github.com/awa/lab/blob/c0/src_py/x.py"),
        ("ssh://git@gitlab.com:22/a/b/lab.git", "https://gitlab.com/a/b/lab/-/blob/c0/src_py/x.py"),
        ("https://gitlab.example.org/a/b/", "https://gitlab.example.org/a/b/-/blob/c0/src_py/x.py"),
        ("https://notgithub.com/a/b", ""),
        ("https://github.com/", ""),
        ("/srv/git/lab.git", ""),
        ("../github/lab", ""),
        ("file:///srv/github/lab", ""),
        ("", ""),
        ("http://[::1", ""),
    ],
)
def test_a_link_is_of_a_host_with_pages_and_has_no_password(remote: str, link: str) -> None:
    assert link_to(remote, "c0", "src_py/x.py") == link


@pytest.mark.parametrize("path", ["src_py/x.py", "src_py/my model (2).py", "quellen/\u0181alli.R"])
@pytest.mark.parametrize("link", ["", "https://h/x.py"])
def test_the_words_of_a_stamp_name_the_source(path: str, link: str) -> None:
    for text in (NOTEBOOK, "x = 1\n"):
        marked, _ = stamped(text, (Origin(path, 1),), STAMP, path, link)
        assert source_in(marked) == path
        assert source_in(marked.replace("The source of this version is", "It is")) == ""
    assert (
        source_in(notebook(("code", f"# The source of this version is {path} at commit c"))) == ""
    )
