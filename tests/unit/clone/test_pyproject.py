"""pyproject.toml with the tables that a workspace needs: what is there stays as it is."""

import re
import tomllib

import pytest

from nbship.core.clone import pyproject
from nbship.diagnostics import Place
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout
from tests.support.usual import lacks, with_tables

MINE = "# mine\n[project]\nname = 'x'  # the name\n\n[tool.ruff]\nline-length = 90\n"


@pytest.mark.parametrize(
    "text",
    ["", "\n", MINE, MINE.rstrip("\n"), MINE.replace("\n", "\r\n"), "tool.ruff.x = 1\n",
     MINE + "[tool.nbship]\ninputs = 'samples'\n", "[tool]\n"],
)  # fmt: skip
def test_missing_tables_are_added_at_the_end(text: str) -> None:
    extended = with_tables(text)
    assert extended.startswith(text)
    before, tool = tomllib.loads(text), tomllib.loads(extended)["tool"]
    assert {"nbship", "jupytext"} <= tool.keys()
    assert not lacks(extended)
    assert before.get("tool", {}).items() <= tool.items()
    assert with_tables(extended) == extended
    if text.strip() and "nbship" not in text:
        added = extended.replace("\r\n", "\n").partition("[tool.nbship]")[0]
        assert added.endswith("\n\n")
        assert added.rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    assert extended.count("\r\n") in (0, extended.count("\n"))


def test_folders_that_are_not_the_usual_ones_are_written() -> None:
    extended = pyproject.with_tables(MINE, Layout(sources="src", runs="results"))
    tool = tomllib.loads(extended)["tool"]
    assert tool["nbship"] == {"sources": "src", "runs": "results"}
    assert tool["jupytext"]["formats"].startswith("src///py:percent")


def test_missing_keys_are_added_to_a_table_and_others_stay() -> None:
    text = MINE + '\n[tool.jupytext]\n# why\nformats = "ipynb,py:percent"\n\n[tool.z]\na = 1\n'
    extended = with_tables(text)
    kept = iter(extended.splitlines())
    assert all(line in kept for line in text.splitlines())  # in this order
    table = tomllib.loads(extended)["tool"]["jupytext"]
    assert table["formats"] == "ipynb,py:percent"
    assert table["notebook_metadata_filter"] == "-all"
    assert with_tables(extended) == extended


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool", "not TOML"),
        ("tool = 1", "tool must be a table"),
        ("tool = { ruff = {} }\n", "^no place for \\[tool.nbship\\]: "),
        ("tool = { nbship = {} }\n", "^no place for \\[tool.jupytext\\]: "),
    ],
)
def test_a_file_that_cannot_be_extended_is_named(text: str, words: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        with_tables(text)
    assert re.search(words, error.value.message)
    assert error.value.diagnostic.place == Place("pyproject.toml")


def test_a_table_that_is_none_stays() -> None:
    text = "[tool]\nnbship = {}\njupytext = 3\n"
    assert with_tables(text) == text
