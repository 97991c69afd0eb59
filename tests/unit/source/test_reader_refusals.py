"""What has not one clear reading is refused at its line; what only looks odd is built."""

import re

import pytest

from nbship.core.source.reader import refuse_accidental_commands
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.read_cells import PATH, read

# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("# %%\nx\ry\n", "2:2: a carriage return (\\r) in the text", id="CR"),
        pytest.param("# %%\na\n\n# %%\nx\x0cy\n", "5:2: a form feed (\\x0c) in the text", id="FF"),
        pytest.param("\x0c\n# %%\n", "1:1: a form feed (\\x0c) in the text", id="FF on top"),
        pytest.param(
            "# %%\nx = '\u2028'\n", "2:6: a line separator (\\u2028) in the text", id="U+2028"
        ),
        pytest.param(
            "# %%\nx = '\x85'\n", "2:6: a next-line character (\\x85) in the text", id="U+0085"
        ),
        pytest.param("\ufeff# %%\nx", "1:1: a byte order mark (\\ufeff) in the text", id="BOM"),
        pytest.param("# %%\nx\0", "2:2: a NUL character (\\x00) in the text", id="NUL"),
        pytest.param(
            "# %% [markdown]\n'''\na\n'''\nleft\n# %%\nx",
            "5: text after the closing quotes ''' of this cell",
            id="text after the quotes",
        ),
        pytest.param(
            "# %% [markdown]\n'''\na\n# %%\nx",
            "2: the quotes ''' that begin here are not closed",
            id="quotes not closed",
        ),
        pytest.param(
            "# %% [markdown]\n# a\nprint(1)\n",
            "3: a line of a Markdown cell that is not a comment: it would not run",
            id="code below Markdown",
        ),
        pytest.param(
            '# %% language="bash"\nls\n',
            "2: a line of a commented cell that is not a comment: it would not run",
            id="bash without comment signs",
        ),
        pytest.param(
            "# %% [markdown]\n# ```\n# a\n\n# %%\nx\n\n# %% [markdown]\n# ```\n# b\n# ```\n",
            "2: the code block that begins here is not closed in its cell",
            id="fence that would swallow a cell",
        ),
        pytest.param(
            "# %% [markdown]\n# ```\n# %% [markdown]\n# ```\n# b\n",
            "2: the code block that begins here is not closed in its cell",
            id="fence that would swallow a Markdown cell",
        ),
        pytest.param(
            "# %%\nx = '''\n\n# %%\ny\n",
            "2:5: not Python: unterminated triple-quoted string literal (detected at line 4)",
            id="string not closed",
        ),
        pytest.param(
            '# %%\ns = "\\""""\n# %%\ny\n',
            "3: jupytext reads this marker as part of a string above it",
            id="odd quotes",
        ),
        pytest.param(
            "# %% [markdown]\n# # ls\n",
            "2: jupytext would change this line",
            id="heading that looks like a command",
        ),
        pytest.param(
            "# ---\n# title: x\n# ---\n# %%\nx\n",
            "2: the YAML header is another tool's: 'title'",
            id="YAML of another tool",
        ),
        pytest.param(
            '# %%\nx\n\n# %% [markdown]\n# a\n\n# %% {"a": ' + 2000 * "[" + "\n",
            "7: the metadata in this cell's marker cannot be read",
            id="metadata without end",
        ),
    ],
)
def test_what_has_not_one_clear_reading_is_refused_by_line(text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    separator = "" if message.startswith(":") else ":"
    assert str(caught.value).startswith(f"src_py/a.py{separator}{message}")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "command"),
    [
        ("# %%\n# copy the weights\nx", 2, "copy the weights"),
        ("# %%\nx\n\n# %%\nx\n# rm nothing\nx", 6, "rm nothing"),
        ("# %%\n%%time\nx\n# cat food", 4, "cat food"),
        ("# %%\n# f()?\nx", 2, "f()?"),
        ("# %%\n# f()??\nx", 2, "f()??"),
    ],
)
def test_a_comment_that_would_run_is_refused_with_both_forms(
    text: str, line: int, command: str
) -> None:
    source = Source(PATH, text)
    with pytest.raises(SourceError) as caught:
        refuse_accidental_commands(source)
    assert caught.value.place == Place(PATH, line)
    assert f"'{command}'" in caught.value.message
    for form in re.findall("'(# .*?)'", caught.value.hint):
        mended = Source(PATH, text.replace(f"# {command}", form))
        refuse_accidental_commands(mended)


@pytest.mark.parametrize(
    "text",
    [
        "# %%\n# %matplotlib inline\n# !ls\n# ?len\n# x = !ls\n# x = %time y",
        "# %%\n# !wget \\\n# cat \\\n# cp\nx",
        "# %%\n# # copy\n# # why?\n# a note\nx?",
        "# %%\n%%bash\n# ls\n# cd x",
        '# %% language="bash"\n# ls\n# rm x',
        "# %% [markdown]\n# copy this\n",
        "# %%\nx\n\n\n\n# %%\ny",
        "copy = 3\n# %%\n",
    ],
)
def test_a_magic_and_a_plain_comment_are_what_they_are(text: str) -> None:
    source = Source(PATH, text)
    refuse_accidental_commands(source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# %% [markdown]\n# ```mermaid\n# %% init\n# a\n# ```\n# b",
            "```mermaid\n%% init\na\n```\nb",
        ),
        ("# %% [markdown]\n# ```\n# never closed", "```\nnever closed"),
        ("# %% [markdown]\n# ``` `a`\n# ```", "``` `a`\n```"),
        ('# %% [markdown]\n"""one line"""\n', "one line"),
        ('# %% [markdown]\n"""first\nlast"""  \n', "first\nlast"),
        ('# %% [raw]\n"""\n"""\n', ""),
        ('# %% vscode={"languageId": "python"}\n# %%time\nx', "%%time\nx"),
        ('# %% [markdown]\n""""""\n', ""),
    ],
)
def test_what_looks_odd_but_has_one_reading_is_built(text: str, expected: str) -> None:
    [cell] = read(text).cells
    assert cell.text == expected
