"""The script block: where it may be in a source, and the line of each of its keys."""

import pytest

from nbship.core.metadata.script_block import Header, read_header
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

PATH = "src_py/a.py"
BLOCK = "# /// script\n# dependencies = []\n# ///\n"


def read(text: str) -> Header:
    return read_header(Source(PATH, text))


# --- where the block stands ---


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param(f"# %%\n{BLOCK}", 2, id="first cell"),
        pytest.param(f"# %%\n{BLOCK}\n\n# %%\nx = 1\n", 2, id="code in the next cell"),
        pytest.param(BLOCK, 1, id="no marker"),
        pytest.param(f"{BLOCK}\n# %%\nx = 1\n", 1, id="above the first marker"),
        pytest.param(f"#%%\n# note\n\n{BLOCK}# note\n", 4, id="comments beside it"),
        pytest.param(f"\n\n# %%\n{BLOCK}", 4, id="blank lines above"),
        pytest.param(f"#!/usr/bin/env python3\n# %%\n{BLOCK}", 3, id="shebang"),
        pytest.param(f"# -*- coding: utf-8 -*-\n\n# %%\n{BLOCK}", 4, id="encoding"),
        pytest.param(f"# ---\n# jupyter: {{}}\n# ---\n\n# %%\n{BLOCK}", 6, id="YAML header"),
        pytest.param(
            "# %%\n# /// script  \n# dependencies = []\n# /// \n", 2, id="trailing blanks"
        ),
    ],
)
def test_the_block_stands_in_the_first_cell(text: str, first: int) -> None:
    header = read(text)
    assert header == Header(PATH, {"dependencies": []}, ("dependencies = []",), first)
    assert header.place("", "dependencies") == Place(PATH, first + 1)


@pytest.mark.parametrize("text", ["", "# %%\nx = 1\n", "# %%\n# /// other\n# ///\n"])
def test_without_a_block_every_table_is_empty(text: str) -> None:
    header = read(text)
    assert header == Header(PATH, {})
    assert header.place("tool.nbship", "kaggle") == Place(PATH, 1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("# %%\nx = 1\n\n# %%\n" + BLOCK, 5, "the script block must be in the first cell"),
        ("x = 1\n# %%\n" + BLOCK, 3, "the script block must be in the first cell"),
        ("# note\n# %%\n" + BLOCK, 3, "the script block must be in the first cell"),
        ("#!x\n#!late\n# %%\n" + BLOCK, 4, "the script block must be in the first cell"),
        ("# ---\n# not closed\n# %%\n" + BLOCK, 4, "the script block must be in the first cell"),
        ("# %%\n" + BLOCK + BLOCK, 5, "a second script block; a notebook has one"),
        ("# %%\n" + BLOCK + "# %%\n" + BLOCK, 6, "a second script block; a notebook has one"),
        ("# %%\n" + BLOCK + "\nx = 1\n", 6, "code in the header cell, which does not reach Kaggle"),
        ("# %%\n" + BLOCK + "# !ls\n", 5, "code in the header cell, which does not reach Kaggle"),
        ("# %%\n# %time\n" + BLOCK, 2, "code in the header cell, which does not reach Kaggle"),
        ("# %%\nx = 1\n" + BLOCK, 2, "code in the header cell, which does not reach Kaggle"),
        ("x = 1\n" + BLOCK, 1, "code in the header cell, which does not reach Kaggle"),
        ("# %%\n# /// script\n# x = 1\n", 2, "the script block is not closed"),
        ("# %%\n# /// script\n# x = 1\n\n# ///\n", 2, "the script block is not closed"),
        ("# %%\n# /// script\n#x = 1\n# ///\n", 2, "the script block is not closed"),
        ("# %%\n# /// script", 2, "the script block is not closed"),
    ],
)
def test_a_block_out_of_place_is_refused_at_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert str(caught.value) == f"src_py/a.py:{line}: {message}"


@pytest.mark.parametrize(
    ("toml", "line", "column", "message"),
    [
        pytest.param(["id = owner/slug"], 3, 8, "Invalid value", id="no quotes"),
        pytest.param(["", "x = 1", "y = True"], 5, 7, "Invalid value", id="a capital"),
        pytest.param(["x = 1", "x = 2", ""], 4, 8, "Cannot overwrite a value", id="twice"),
        pytest.param(["x = 1", "y = [", " 1,"], 5, None, "Invalid value", id="open at the end"),
        pytest.param(["x = "], 3, None, "Invalid value", id="nothing at the end"),
        pytest.param(["[a"], 3, None, "Expected ']'", id="open table at the end"),
        pytest.param([f"x = {'[' * 50_000}"], 3, None, "", id="endless nesting"),
        pytest.param([f"x = {'1' * 5_000}"], 3, None, "", id="endless number"),
    ],
)
def test_what_is_not_toml_is_refused_where_it_is_not(
    toml: list[str], line: int, column: int | None, message: str
) -> None:
    text = "".join(f"# {line}\n" for line in toml)
    with pytest.raises(SourceError) as caught:
        read(f"# %%\n# /// script\n{text}# ///\n")
    assert caught.value.message.startswith(f"the script block is not TOML: {message}")
    assert "(at " not in caught.value.message
    place = caught.value.place
    assert place is not None
    assert place.line == line
    assert column is None or place.column == column


# --- the lines of keys ---

TOML = """\
requires-python = ">=3.11"
dependencies = [
  "numpy",  # id = 1
]
"odd key" = '''
[tool.nbship.kaggle]
id = "not here"
'''

[tool.other]
id = 1

[ tool . nbship . "kaggle" ]
'id' = "a/b"
"title" = "T"

[tool.nbship]
smoke.timeout = 3
colab = { accelerator = "GPU" }
[[tool.list]]
id = 2
"""


@pytest.mark.parametrize(
    ("table", "key", "line"),
    [
        ("", "requires-python", 1),
        ("", "dependencies", 2),
        ("", "odd key", 5),
        ("tool", None, 10),
        ("tool.other", "id", 11),
        ("tool.nbship", None, 13),
        ("tool.nbship.kaggle", None, 13),
        ("tool.nbship.kaggle", "id", 14),
        ("tool.nbship.kaggle", "title", 15),
        ("tool.nbship.smoke", None, 18),
        ("tool.nbship.smoke", "timeout", 18),
        ("tool.nbship.colab", "accelerator", 19),
        ("tool", "list", 20),
        # What is not there: its table, and above all the block itself.
        ("tool.nbship.kaggle", "titel", 13),
        ("tool.nbship.kagle", "id", 13),
        ("tool.list", "id", 20),
        ("", "tools", 0),
        ("", "", 0),
        ("", None, 0),
    ],
)
def test_a_key_stands_where_its_statement_begins(table: str, key: str | None, line: int) -> None:
    """Also for keys in quotes, dotted keys and inline tables, beside comments and strings."""
    text = "".join(f"# {line}\n" for line in TOML.splitlines())
    header = read(f"# %%\n# /// script\n{text}# ///\n")
    assert header.place(table, key) == Place(PATH, 2 + line)
