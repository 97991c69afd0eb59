"""Tests of what the build has put into a version: it never gets into a source."""

from typing import Any

import pytest

from nbship.core.artifact.bundle import bundle_cell
from nbship.core.artifact.session import session_code
from nbship.core.drift.generated import edited, is_left, own_cells, own_text
from nbship.model.notebook import Module

BUNDLE = bundle_cell([Module("words.py", "def f():\n    return 1\n")], sources="src_py").text


def cell(text: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "metadata": {"tags": list(tags)} if tags else {}}


def test_a_cell_of_the_build_is_found_by_its_tag_and_by_its_text() -> None:
    for cells in (
        [cell("a"), cell("edited", "nbship-bundle"), cell("b")],
        [cell("a"), cell("%%nbship_module x.py", "nbship-module"), cell("b")],
        [cell("a"), cell("edited", "nbship-session"), cell("b")],
        [cell("a"), cell(BUNDLE + "\n\n"), cell("b")],
    ):
        found = own_cells(cells, ["", BUNDLE])
        assert [each["source"] for each in found.cells] == ["a", "b"]
        assert found.numbers == (1, 3)
        assert [number for number, _ in found.generated] == [2]


def test_a_divided_cell_of_the_build_is_found_as_a_whole_only() -> None:
    lines = BUNDLE.split("\n")
    halves = [cell("\n".join(lines[:5])), cell("\n".join(lines[5:]))]
    assert own_cells([cell("a"), *halves], [BUNDLE]).numbers == (1,)
    assert own_cells([*halves[:1], cell("import os")], [BUNDLE]).numbers == (1, 2)
    assert own_cells(halves[:1], [BUNDLE]).numbers == (1,)


def test_blanks_at_the_end_of_lines_make_no_other_cell() -> None:
    text = BUNDLE.replace("\n", "  \n") + "\n   \n"
    assert own_cells([cell(text)], [BUNDLE]).numbers == ()
    assert own_cells([cell(""), cell("  ")], ["", " \n", BUNDLE]).numbers == (1, 2)


def test_the_header_of_a_script_is_no_cell() -> None:
    found = own_cells([cell("a"), cell("# /// script\n# ///"), cell("# /// script")])
    assert found.numbers == (1, 3)
    assert found.header == "# /// script\n# ///"
    assert own_cells([cell("a")]).header == ""


def test_tags_that_are_no_list_are_none() -> None:
    odd = {"cell_type": "code", "source": "a", "metadata": {"tags": None}}
    assert own_cells([odd]).numbers == (1,)


def test_an_edit_of_a_cell_of_the_build_is_seen() -> None:
    pushed = [BUNDLE]
    assert list(edited(own_cells([cell(BUNDLE, "nbship-bundle")]), pushed)) == []
    assert list(edited(own_cells([cell("x", "nbship-bundle")]), pushed)) == [1]
    several = own_cells([cell("y = 1", "nbship-module"), cell("x", "nbship-bundle")])
    assert several.generated == ((1, "y = 1"), (2, "x"))
    assert list(edited(several, ["y = 1", *pushed])) == [2]
    lines = BUNDLE.split("\n")
    halves = [cell("\n".join(part), "nbship-bundle") for part in (lines[:5], lines[5:])]
    assert list(edited(own_cells(halves), pushed)) == []


@pytest.mark.parametrize(
    ("tag", "made", "last"),
    [
        ("nbship-bundle", BUNDLE, "del _bundle"),
        ("nbship-bundle", f"{session_code('a.py')}\n\n\n{BUNDLE}", "del _bundle"),
        ("nbship-session", session_code("a.py"), "del _session"),
    ],
    ids=["bundle", "both", "session"],
)
def test_a_script_loses_what_is_generated_and_no_other_line(tag: str, made: str, last: str) -> None:
    above, below = '# %%\n"""Doc."""\n', "import words\n\n# %%\nprint(1)\ndel _bundle\n"
    whole = f'{above}# %% tags=["{tag}"]\n{made}\n\n{below}'
    found = own_text(whole)
    assert found.text == above + below
    assert found.generated.endswith(f"{last}\n\n")
    assert own_text(above) == type(found)(above, "")
    assert is_left(whole)
    assert not is_left(found.text)
    assert not is_left(f'names = ["{tag}"]\n')
