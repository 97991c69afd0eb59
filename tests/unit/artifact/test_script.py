"""A script has every line of its source, and the modules where Python allows them."""

import ast
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbship.core.artifact.script import (
    as_script,
    refuse_comment_magics,
    refuse_non_script,
    render_script,
)
from nbship.core.artifact.session import session_code
from nbship.core.drift.generated import own_text
from nbship.core.source.reader import read_notebook
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Module, Notebook
from nbship.model.spec import KaggleSpec, SessionSpec, Spec
from nbship.model.workspace import Origin, Source
from tests.support.checked import PATH, SCRIPT, code, found
from tests.support.failures import brought
from tests.support.usual import bundle_cell, executed_artifact, make_artifact

MODULES = (
    Module("sahel/__init__.py", ""),
    Module("sahel/audio.py", '"""Audio."""\n\nX = 1\ndel _bundle = """\n'),
)


def made(text: str, path: str = "src_py/x.py") -> Notebook:
    source = Source(path, text)
    return as_script(read_notebook("x", source), source)


def refused(text: str, path: str = "src_py/x.py") -> SourceError:
    with pytest.raises(SourceError) as caught:
        made(text, path)
    assert "\n" not in str(caught.value)
    return caught.value


def assert_mapped(text: str, modules: tuple[Module, ...] = MODULES) -> str:
    """Check that the line map gives, for each line of the script, the equal line of the source."""
    script, line_map = render_script(made(text), bundle_cell(modules) if modules else None)
    source, seen = text.split("\n"), []
    for number, line in enumerate(script.split("\n"), 1):
        crash = f'  File "/kaggle/src/script.py", line {number}, in <module>\nError: x\n'
        place = brought(crash, executed_artifact([], line_map)).line
        if place is not None:
            assert source[place - 1] == line
            seen.append(place)
    assert seen == list(range(1, len(source) + 1))
    return script


# --- where the bundle stands ---

BUNDLE = "def _bundle"


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("# %%\nimport sahel\n", "# %%\nimport sahel"),
        ("#!/usr/bin/env python3\n# coding: utf-8\n# %%\nimport sahel\n", "# %%\nimport sahel"),
        ('# %%\n"""Doc."""\nimport sahel\n', "import sahel"),
        ('# %%\n"""Doc."""\n\n# %%\n# why\n\nimport sahel\n', "# %%\n# why"),
        ("# %%\nfrom __future__ import annotations\nimport sahel\n", "import sahel"),
        (
            '# %%\n"""D\n# %% no\n"""\nfrom __future__ import (\n    division,\n)\n# %% b\nx = 1',
            "# %% b\nx = 1",
        ),
        ("# %%\n@property\n\ndef f(): ...\nimport sahel\n", "# %%\n@property"),
        ("# %%\n1\n'no docstring'\nimport sahel\n", "# %%\n1"),
        ("import sahel\n# %%\n", "import sahel"),
    ],
)
def test_the_bundle_is_a_cell_before_what_runs(text: str, before: str) -> None:
    script = assert_mapped(text)
    bundle, _, rest = script.partition("\ndel _bundle\n\n")
    assert rest.startswith(before)
    assert bundle.partition('# %% tags=["nbship-bundle"]\n')[0] + rest == text
    compile(script, "script.py", "exec", dont_inherit=True)
    assert ast.get_docstring(ast.parse(script)) == ast.get_docstring(ast.parse(text))


def test_a_script_without_modules_is_the_source() -> None:
    text = "# %%\nprint(1)"
    assert assert_mapped(text, ()) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# %%\nfrom __future__ import annotations; import sahel\n", 2),
        ('# %%\n"""D\n"""; import sahel\n', 3),
    ],
)
def test_a_line_that_the_bundle_would_have_to_cut_is_refused(text: str, line: int) -> None:
    with pytest.raises(SourceError) as caught:
        render_script(made(text), bundle_cell(MODULES))
    assert str(caught.value) == (
        f"src_py/x.py:{line}: this line continues after the docstring or a __future__ import: "
        "the build inserts the modules between them"
    )


LINES = st.sampled_from([
    "# %%", "# %% [markdown]", "# words", "", "x = 1", "def f():\n    return 1", "import sahel",
    'y = """\n# %% in\n"""', "class A:\n    pass", "@staticmethod\ndef g():\n    pass", "'text'",
])  # fmt: skip


@given(
    st.lists(st.sampled_from(["# a", ""]), max_size=3),
    st.sampled_from([[], ['"""D."""'], ['"""D."""', "from __future__ import annotations"]]),
    st.lists(LINES, min_size=1, max_size=12),
)
def test_every_line_of_any_script_leads_to_its_line(
    head: list[str], future: list[str], lines: list[str]
) -> None:
    text = "\n".join([*head, *future, "import sahel", *lines]) + "\n"
    source = Source("src_py/x.py", text)
    notebook = Notebook("x", source.path, (), {})
    try:
        script, line_map = render_script(as_script(notebook, source), bundle_cell(MODULES))
    except SourceError:
        assume(condition=False)
    compile(script, "script.py", "exec", dont_inherit=True)
    found = [
        brought(
            f'  File "/src/script.py", line {n}\nError: x\n', executed_artifact([], line_map)
        ).line
        for n in range(1, len(script.split("\n")) + 1)
    ]
    assert [line for line in found if line] == list(range(1, len(text.split("\n")) + 1))


# --- what is no script ---


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("# %%\nx = 1\n%matplotlib inline\n", 3, "IPython syntax in a script: '%matplotlib"),
        ("# %%\n!pip install numpy\n", 2, "IPython syntax in a script: '!pip install numpy'"),
        ("# %%\nx = !ls\n", 2, "IPython syntax in a script: 'x = !ls'"),
        ("# %%\nprint?\n", 2, "IPython syntax in a script: 'print?'"),
        ("# %%\nx = 1\n# !pip install numpy\n", 3, "'!pip install numpy' in a comment runs"),
        ("# %%\n# %matplotlib inline\n", 2, "'%matplotlib inline' in a comment runs"),
        ('# %%\n1\n# %% language="bash"\n# ls\n', 3, "'%%bash' in a comment runs"),
        ("# %%\nimport a\n\nawait a.b()\n", 4, "not a script: 'await' outside function"),
        ("# %%\nasync with a:\n    pass\n", 2, "not a script: 'async with' outside async function"),
        ("# %%\n[x async for x in y]\n", 2, "not a script: asynchronous comprehension outside"),
        ("# %%\nx = 1\nreturn x\n", 3, "not Python: 'return' outside function"),
        ("# %%\nd['k'] = %env HOME\n", 2, "IPython syntax in a script: \"d['k'] = %env"),
        ("# %%\nprint('a=%d' % 1 2)\n", 2, "not Python: invalid syntax"),
        ("# %%\nx = (\n", 2, "not Python: '(' was never closed"),
        ("# %%\nx = 1\nfrom __future__ import annotations\n", 3, "not Python: from __future__"),
    ],
)
def test_what_would_not_run_as_a_file_is_refused(text: str, line: int, message: str) -> None:
    error = refused(text)
    assert re.match(rf"src_py/x\.py:{line}(:\d+)?: {re.escape(message)}", str(error)), error
    assert error.hint or "not Python" in message


@pytest.mark.parametrize("line", ["# coding: latin-1", "#!/bin/x\n# vim: fileencoding=cp1252"])
def test_another_encoding_than_that_of_the_file_never_ships(line: str) -> None:
    with pytest.raises(SourceError):
        made(f"{line}\n# %%\nx = 1\n")


def test_a_carriage_return_would_shift_the_lines() -> None:
    source = Source("src_py/x.py", "# %%\nx = 'a\\\r'\n1 / 0\n")
    with pytest.raises(SourceError) as caught:
        as_script(Notebook("x", source.path, (), {}), source)
    assert str(caught.value) == (
        "src_py/x.py:2: a carriage return inside a line: Python counts two lines"
    )
    assert caught.value.hint == "In a string, write \\r."


def test_a_script_is_one_cell_with_the_whole_text() -> None:
    text = "# %%\nx = 1\n\n# %% [markdown]\n# a\n"
    assert made(text).cells == (Cell("code", text, {}, 1),)


def test_a_nesting_without_end_is_refused() -> None:
    assert "nested" in str(refused("# %%\nx = " + "-" * 100_000 + "1\n"))


@pytest.mark.parametrize(
    "text",
    [
        "# %%\n# # !pip install numpy\nx = 1\n",
        "# %%\n# cat and ls are words, why?\n# why?\nx = 1\n",
        "# %%\nx = '''\n%d items\n# !no\n'''\n",
        "# %% [markdown]\n# !pip install numpy\n\n# %%\nx = 1\n",
        '# %% [markdown]\n"""\n%matplotlib\n"""\n\n# %%\nx = 1\n',
        "# %%\nasync def f():\n    await g()\n",
        "# %%\nassert 1 is 1, 'a warning of Python is for when it runs'\n",
        "x = 1\n# coding: latin-1\n# %%\n",
        "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# %%\nx = 1\n",
    ],
)
def test_what_runs_as_a_file_is_taken(text: str) -> None:
    assert made(text).cells[0].text == text


def test_an_r_script_is_not_read_as_python() -> None:
    text = "# %%\nx <- = 1\n# %d items\n"
    assert made(text, "src_py/x.R").cells[0].text == text


def test_a_comment_that_becomes_a_magic_is_refused_in_an_r_notebook() -> None:
    source = Source("src_py/x.R", "# %%\nx <- 1\n# %d items\n")
    with pytest.raises(SourceError) as caught:
        refuse_comment_magics(source)
    assert str(caught.value) == (
        "src_py/x.R:3: jupytext reads this comment as the magic '%d items', but R has no magics"
    )
    source = Source("src_py/x.R", "# %%\nx <- 1 # 5 %\n# five %\ny %in% z\n")
    refuse_comment_magics(source)
    refuse_comment_magics(Source("src_py/x.R", "# %% [markdown]\n# %d items\n"))


def test_a_script_ships_as_one_file() -> None:
    spec = Spec(kaggle=KaggleSpec("awa/tiny-kernel", "Tiny Kernel", kernel_type="script"))
    script = Notebook("a", PATH, (Cell("code", "x = 1\n", {}, 1),), {})
    artifact = make_artifact(script, (), replace(spec, session=SessionSpec(line=False)))
    assert artifact.files["a.py"] == b"x = 1\n"
    assert artifact.line_map == (Origin(PATH, 1),)
    artifact = make_artifact(script, (), spec)
    inserted = f'# %% tags=["nbship-session"]\n{session_code(PATH)}\n\n'
    assert artifact.text == f"{inserted}x = 1\n"
    assert artifact.line_map == (Origin(PATH, 1, inserted.count("\n") + 1),)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# %%\n", '"""Doc."""', '"""Doc."""\n# more\n', "from __future__ import a\n\n"],
)
def test_a_script_without_code_is_whole(text: str) -> None:
    spec = Spec(kaggle=KaggleSpec("awa/tiny-kernel", "Tiny Kernel", kernel_type="script"))
    made = make_artifact(Notebook("a", PATH, (Cell("code", text, {}, 1),), {}), (), spec)
    ast.parse(made.text)
    assert own_text(made.text).text.rstrip("\n") == text.rstrip("\n")


def test_a_script_in_r_has_no_session_line() -> None:
    spec = Spec(
        kaggle=KaggleSpec("awa/tiny-kernel", "Tiny Kernel", language="r", kernel_type="script")
    )
    script = Notebook("a", "src_py/a.R", (Cell("code", "x <- 1\n", {}, 1),), {})
    assert make_artifact(script, (), spec).files["a.R"] == b"x <- 1\n"


def test_a_script_that_only_the_compiler_finds_too_deep_is_refused() -> None:
    for depth in (1_500, 2_500):
        with pytest.raises(SourceError, match="not Python: nested too deeply"):
            refuse_non_script(Source(PATH, "x = " + "1+" * depth + "1\n"))


def test_a_command_in_a_comment_of_a_script_is_found() -> None:
    text = code("x = 1\n# !pip install x\n# %time y\n# ls", SCRIPT)
    assert [line.split()[1] for line in found(text)] == 2 * ["accidental-command"]
