"""Comments that would run: those that nbship finds are those that jupytext turns into code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.source.grammar import split_cells
from nbship.core.source.magics import accidental_commands
from nbship.core.source.reader import read_notebook, refuse_accidental_commands
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import SCRIPT, found, notebook

PATH = "src_py/a.py"
LINES = st.sampled_from(
    [
        "# copy the weights",
        "# ls",
        "#ls",
        "# cd ..",
        "# cat = 3",
        "# rm, or not",
        "# cats",
        "    # cp x",
        "# why?",
        "  # df?",
        "#x?",
        "# ?",
        "# a b?",
        "# # ls",
        "# %time x",
        "# !ls \\",
        "# cp a \\",
        "# mv",
        "x = '''",
        "'''",
        "x?",
        "# x = !ls",
        "# note",
        "",
        "x = 1",
        "%%time",
        "# %%bash",
        "# ?len",
        "# ! echo",
        "# copy()",
        "#  echo x",
        "# echo",
        "# ren \t",
    ]
)


def refused(text: str) -> int | None:
    """Return the line that the build refuses, or None."""
    source = Source(PATH, text)
    try:
        refuse_accidental_commands(read_notebook("a", source), source)
    except SourceError as error:
        assert error.place is not None  # noqa: PT017 - what is returned is asserted on
        return error.place.line
    return None


@given(st.lists(LINES, max_size=6), st.lists(LINES, max_size=4))
def test_what_is_found_without_jupytext_is_what_the_build_refuses(
    one: list[str], other: list[str]
) -> None:
    source = Source(PATH, "\n".join(["# %%", *one, "", "# %%", *other]))
    try:
        spans = split_cells(source)
        read_notebook("a", source)
    except SourceError:
        return
    found = [error for span in spans for error in accidental_commands(PATH, span)]
    places = [error.place.line for error in found if error.place]
    assert next(iter(places), None) == refused(source.text)


@pytest.mark.parametrize(
    ("text", "line", "command"),
    [
        ("# %%\n# copy the weights\nx", 2, "copy the weights"),
        ("# %%\nx\n\n# %%\nx\n# rm nothing\nx", 6, "rm nothing"),
        ("# %%\n%%time\n# cat food", 3, "cat food"),
        ("# %%\n# why?\nx", 2, "why?"),
    ],
)
def test_both_forms_of_the_hint_are_taken(text: str, line: int, command: str) -> None:
    source = Source(PATH, text)
    [error] = [e for span in split_cells(source) for e in accidental_commands(PATH, span)]
    assert f"{PATH}:{line}: this comment would be the command '{command}'" in str(error)
    forms = [part for part in error.hint.split("'") if part.startswith("# ")]
    assert len(forms) == 2
    for form in forms:
        assert refused(text.replace(f"# {command}", form)) is None


def test_what_is_a_magic_for_jupytext_is_found_in_a_notebook_in_r_and_fine_in_a_script() -> None:
    cell = "# %%\n# %d items\nx <- 1\n# plain"
    assert found({"src_py/a.R": notebook(cell)}) == ["src_py/a.R:9:3 accidental-command"]
    assert found({"src_py/a.R": notebook(cell, toml=SCRIPT)}) == []
