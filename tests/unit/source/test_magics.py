"""Comments that would run: the lines that nbship reads are those of jupytext's notebook."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupytext.languages import _JUPYTER_LANGUAGES
from jupytext.magics import uncomment_magic

from nbship.core.python.ipython_syntax import read_cell
from nbship.core.source.grammar import split_cells
from nbship.core.source.language import CELL_LANGUAGES
from nbship.core.source.magics import (
    accidental_commands,
    code_of,
    doubtful_commands,
    uncommented,
)
from nbship.core.source.reader import read_notebook, refuse_accidental_commands
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import SCRIPT, found, notebook

PATH = "src_py/a.py"
LINES = (
    "# copy the weights", "# ls", "#ls", "# cd ..", "# cat = 3", "# rm, or not", "# cats",
    "    # cp x", "# why?", "  # df?", "#x?", "# ?", "# a b?", "# # ls", "# %time x", "# !ls \\",
    "#     numpy", "# cp a \\", "# mv", "x = '''", "'''", "x?", "# x = !ls", "# note", "", "x = 1",
    "%%time", "# %%bash", "# ?len", "# ! echo", "# copy()", "#  echo x", "# echo", "# ren \t",
    "# %time x # noescape", "# %time x # escape", "!ls", "# v = %time f() \\", "# a.b = !ls",
    "#!ls", "#%cd", "##%cd", "# # # ls", "# rm -rf x", "# x??", "x = 1 \\", "if x:", "# %x",
    "  # !ls", "# % x", "# !1", "#", "# \\", "# %%python3", "# pip install x", "\t# !ls",
)  # fmt: skip
CODE = st.lists(st.sampled_from(LINES), min_size=1, max_size=6)


@given(CODE)
def test_the_lines_are_those_that_jupytext_writes_into_the_notebook(lines: list[str]) -> None:
    assert uncommented(lines) == uncomment_magic(list(lines), "python")


def test_a_cell_magic_is_made_of_the_languages_of_jupytext() -> None:
    assert frozenset(_JUPYTER_LANGUAGES) == CELL_LANGUAGES


@given(CODE, CODE)
def test_what_check_reads_is_what_the_build_puts_into_the_notebook(
    one: list[str], other: list[str]
) -> None:
    source = Source(PATH, "\n".join(["# %%", *one, "", '# %% {"run_control": {"frozen": true}}',
                                     *(f"# {line}" for line in other)]))  # fmt: skip
    try:
        spans = split_cells(source)
        cells = read_notebook("a", source).cells
    except SourceError:
        return
    assert [code_of(span)[0] for span in spans] == [cell.text.rstrip("\n") for cell in cells]


@pytest.mark.parametrize(
    ("marker", "lines", "kind", "text", "first"),
    [
        ("# %%", "# !ls\nx", "code", "!ls\nx", 2),
        ('# %% {"run_control": {"frozen": true}}', "# x\n# # y", "code", "x\n# y", 2),
        ('# %% run_control={"frozen": true}', "# x", "code", "x", 2),
        ('# %% tags=["active-ipynb"]', "# %cd", "code", "%cd", 2),
        ('# %% active="ipynb"', "# x", "code", "x", 2),
        ('# %% {"active": "ipynb"}', "# x", "code", "x", 2),
        ('# %% tags=["active-ipynb-py"]', "# %cd", "code", "%cd", 2),
        ('# %% active="ipynb,py"', "x", "code", "x", 2),
        ('# %% tags=["active-py"]', "x\ny", "raw", "x\ny", 2),
        ('# %% active="py"', "x", "raw", "x", 2),
        ('# %% active="R"', "# x", "raw", "x", 2),
        ('# %% language="python3"', "# x = 1", "code", "%%python3\nx = 1", 1),
        ('# %% {"language": "pypy"}', "# x", "code", "%%pypy\nx", 1),
        ('# %% language="python"', "x", "code", "x", 2),
        ('# %% active="ipynb,py" language="bash"', "x", "code", "%%bash\nx", 1),
        ('# %% active="py" language="bash"', "x", "raw", "%%bash\nx", 1),
        ('# %% tags=["active-ipynb-py"] language="bash"', "x\n# y", "code", "%%bash\nx\ny", 1),
        ('# %% tags=["active-py"] language="bash"', "x\n# y", "raw", "%%bash\nx\n# y", 1),
        ('# %% active=""', "x", "raw", "x", 2),
        ('# %% {"active": ""}', "x", "raw", "x", 2),
        ('# %% {"tags": ["active-py"], "a": [1]}', "x", "raw", "x", 2),
        ('# %% language="nothing-known"', "# x = 1", "code", "x = 1", 2),
        ("# %% active learning", "x", "code", "x", 2),
    ],
)
def test_a_marker_says_where_a_cell_is_code(
    marker: str, lines: str, kind: str, text: str, first: int
) -> None:
    source = Source(PATH, f"{marker}\n{lines}\n")
    (span,) = split_cells(source)
    (cell,) = read_notebook("a", source).cells
    assert (span.kind, *code_of(span)) == (kind, text, first)
    assert (cell.kind, cell.text, cell.line) == (kind, text, first)


@given(CODE, st.booleans())
def test_a_cell_runs_or_a_comment_is_named_or_it_is_no_python(
    lines: list[str],
    is_last: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    source = Source(PATH, "\n".join(["# %%", *lines, *([] if is_last else ["x"])]))
    try:
        (span,) = split_cells(source)
    except SourceError:
        return
    named = [error.place.line for error in accidental_commands(PATH, span) if error.place]
    doubtful = [error.place.line for error in doubtful_commands(PATH, span) if error.place]
    try:
        read_cell(code_of(span)[0])
    except SyntaxError:
        assert doubtful == []
        if not named:
            with pytest.raises(SyntaxError):
                read_cell("\n".join(uncommented(span.lines, only_certain=True)))
    else:
        assert named == []


@pytest.mark.parametrize(
    ("text", "line", "command"),
    [
        ("# %%\n# copy the weights\nx", 2, "copy the weights"),
        ("# %%\n# copy the weights", 2, "copy the weights"),
        ("# %%\nx\n\n# %%\nx\n# rm nothing\nx", 6, "rm nothing"),
        ("# %%\n%%time\nx\n# cat food", 4, "cat food"),
        ("# %%\n# f()?\nx", 2, "f()?"),
        ("# %%\n# copy all\nx = (", 2, "copy all"),
    ],
)
def test_both_forms_of_the_hint_mend_a_comment_that_keeps_the_cell_from_running(
    text: str, line: int, command: str
) -> None:
    source = Source(PATH, text)
    [error] = [e for span in split_cells(source) for e in accidental_commands(PATH, span)]
    assert f"{PATH}:{line}: this comment would be the command '{command}'" in str(error)
    with pytest.raises(SourceError) as caught:
        refuse_accidental_commands(source)
    assert str(caught.value) == str(error)
    forms = [part for part in error.hint.split("'") if part.startswith("# ")]
    assert len(forms) == 2
    for form in forms:
        refuse_accidental_commands(Source(PATH, text.replace(f"# {command}", form)))


@pytest.mark.parametrize(
    "lines",
    ["# x?", "# x??", "# ls", "# cp a b", "# cd ..", "%%bash\n# ls", "# a.b?\nx",
     "# # ls\nx", "%%writefile a.sh\n# ls\n# cat x"],
)  # fmt: skip
def test_what_a_sync_writes_of_a_cell_that_runs_is_neither_refused_nor_doubtful(lines: str) -> None:
    assert found({PATH: notebook(f"# %%\n{lines}")}) == []


@pytest.mark.parametrize(
    "lines",
    ["# ls\nx = 1", "# cp the old files.", "# ls -la\nx", "# rm a.csv", "# mv a b"],
)
def test_a_comment_that_runs_and_reads_like_one_is_doubtful(lines: str) -> None:
    assert found({PATH: notebook(f"# %%\n{lines}")}) == ["src_py/a.py:9:3 doubtful-command"]


def test_what_is_a_magic_for_jupytext_is_found_in_a_notebook_in_r_and_fine_in_a_script() -> None:
    cell = "# %%\n# %d items\nx <- 1\n# plain"
    assert found({"src_py/a.R": notebook(cell)}) == ["src_py/a.R:9:3 accidental-command"]
    assert found({"src_py/a.R": notebook(cell, toml=SCRIPT)}) == []
