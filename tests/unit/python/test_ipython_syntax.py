"""IPython's syntax: a cell is read as IPython itself reads it, and each line keeps its number."""

import ast
import warnings
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipykernel.zmqshell import KernelMagics
from IPython.core.alias import default_aliases
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.magic import Magics

from nbship.core.python.ipython_syntax import (
    cell_magic,
    has_other_language,
    hint_of,
    parse_cell,
    read_cell,
    without_commands,
)
from nbship.core.python.magic_names import CELLS_OF_PYTHON, LINE_MAGICS

# Lines and parts of cells, each in IPython's syntax, in Python's, or in neither.
LINES = (
    "x = 1",
    "print('a')",
    "",
    "    y = 2",
    "    !ls",
    "  !ls",
    "if x:",
    "for n in range(3):",
    "def f(a=1):",
    "    return a",
    "!pip install -q \\",
    "    numpy",
    "!ls",
    "! ls -la | wc",
    "!!ls",
    "!echo it's",
    '!echo "',
    "!echo '''",
    "!echo (",
    "!echo \\ ",
    "!ls \\",
    "%pip install x",
    "%timeit -n 1 \\",
    "%matplotlib inline",
    "% x",
    "%",
    "%%time",
    "%%bash",
    "%%nothing known",
    "%%capture out",
    "  %%bash",
    "%%time?",
    "%time?",
    "%alias_magic?",
    "v = !echo a \\",
    "v = ! echo a",
    "v = %time f()",
    "v = % time f()",
    "v =%time f()",
    "a, b = !ls",
    "a.b = !ls",
    "a['k'] = %env X",
    "a = b = !ls",
    "a: int = !ls",
    "f(a=!ls)",
    "if x: y = !ls",
    "y = 1; z = !ls",
    "lines = \\",
    "  = !ls",
    "x?",
    "x??",
    "x???",
    "?x",
    "??x",
    "?",
    "np.mean?",
    "rows[0]?",
    "rows[-1].a?",
    "rows['a']?",
    "x.1?",
    "12?",
    "x ?",
    "x? ",
    "x?  # why",
    "a = b?",
    "f(x)?",
    "*int*?",
    "x.*?",
    "    x?",
    "ls",
    "ls -la",
    "pip install x",
    "cd ..",
    "run train.py",
    "cat = 3",
    "ls, x = 1, 2",
    "copy the weights",
    "whos",
    ">>> x = 1",
    ">>> !ls",
    "... y = 2",
    "In [1]: x = 1",
    "   ...: y = 2",
    "(",
    ")",
    "% x",
    "!= x",
    "%= x",
    "!",
    "v = !=x",
    "[a,",
    "% b]",
    "b)",
    "{",
    "}",
    "'''",
    '"""',
    "s = '''",
    "s = '!ls'",
    's = "loss=%s" % loss',
    'print(f"{x=!r}")',
    "print(f'{x!r:>{w}}')",
    'u = "https://h/?a=%20b"',
    "rb'\\''",
    "# !ls",
    "# x?",
    "#",
    "x = 1  # why?",
    "await f()",
    "/f x",
    ",f a b",
    ";f a b",
    "\\",
    "'",
    "x = '",
    "\t!ls",
    "@decorated",
    "class A: pass",
    "lambda: 0",
    "0777",
    "$x",
)  # fmt: skip


@cache
def manager() -> TransformerManager:
    return TransformerManager()


@cache
def magics(kind: str) -> frozenset[str]:
    """Return the line or cell magics of the installed IPython, its extensions and ipykernel."""
    import IPython.core.magics as package
    from IPython.extensions import autoreload, storemagic

    extensions = (autoreload.AutoreloadMagics, storemagic.StoreMagics)
    found = [KernelMagics, *extensions, *(getattr(package, name) for name in dir(package))]
    classes: list[Any] = [c for c in found if isinstance(c, type) and issubclass(c, Magics)]
    return frozenset(name for each in classes for name in getattr(each, "magics", {}).get(kind, ()))


@cache
def ipythons_line_magics() -> frozenset[str]:
    return magics("line") | {alias for alias, _ in default_aliases()}


@cache
def ipythons_cell_magics() -> frozenset[str]:
    """Return the cell magics, with some of those that run a program."""
    return magics("cell") | {"bash", "sh", "python", "python3", "perl", "ruby"}


def is_python(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "c", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError):
            return False
    return True


def ipython_runs(text: str) -> bool:
    """Return whether IPython runs a cell, by its own transformer and its rule for automagic.

    Below a magic that runs Python in the kernel, IPython reads a cell again.
    """
    magic = cell_magic(text)
    if magic in CELLS_OF_PYTHON:
        _, _, below = text.lstrip("\n ").partition("\n")
        return ipython_runs(below)
    try:
        python = manager().transform_cell(text)
    except Exception:  # noqa: BLE001 - as in the adapter
        return False
    words = python.split()
    is_one_line = len(python.splitlines()) == 1
    is_bare = is_one_line and bool(words) and words[0] in ipythons_line_magics()
    return is_python(python) or (is_bare and words[1:2] != ["="])


def nbship_runs(text: str) -> bool:
    try:
        read_cell(text)
    except SyntaxError:
        return False
    return True


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6).map("\n".join))
def test_a_cell_is_taken_exactly_if_ipython_runs_it(text: str) -> None:
    assert nbship_runs(text) == ipython_runs(text)


CELLS = (
    "!pip install -q \\\n    numpy\nimport one",
    "%pip install -q \\\n    numpy\nimport one",
    "%timeit -n 1 \\\n  f()\nimport one",
    "v = !echo a \\\n    b\nimport one",
    "if x:\n    !pip install \\\n        numpy\nimport one",
    'import one\n%matplotlib inline\nprint("loss=%s" % loss)\nf"{x=!r}"\nu = "https://h/?a=%20b"',
    "!ls\nimport one\ny = (a\n  % x\n  != x)",
    ">>> import one\n>>> x = 1",
    "    import one\n    x = 1",
    "\n\n%%time\nimport one",
    "%%capture out\n%%time\nimport one",
    "import one\nx?",
    "import one\nnp.mean??",
    "import one\nx = %time f()",
    "In [1]: import one\n   ...: import two",
    "%%python3\nimport one",
    "%%writefile a.py\nimport one",
)


@pytest.mark.parametrize("text", CELLS)
def test_the_imports_of_a_cell_are_found_on_their_lines(text: str) -> None:
    found = [node for node in ast.walk(parse_cell(text)) if isinstance(node, ast.Import)]
    lines = [n for n, line in enumerate(text.split("\n"), 1) if "import" in line]
    assert [node.lineno for node in found] == lines


@pytest.mark.parametrize(
    "text",
    [
        "%%bash\nif [ -f x ]; then ls; fi",
        "%%nothing known\n...(",
        "  %%html\n  <b>",
        "%%javascript\nx = {a: !x};",
        "ls -la (",
        "\n\npip install x",
        "%%time\ncat x",
    ],
)
def test_a_cell_that_is_not_python_has_an_empty_tree(text: str) -> None:
    assert parse_cell(text).body == []


def test_cell_magics_one_below_the_other_are_read_up_to_ten() -> None:
    assert parse_cell("%%time\n" * 9 + "import one").body
    with pytest.raises(SyntaxError):
        parse_cell("%%time\n" * 9 + "x = = 1")
    assert nbship_runs("%%time\n" * 11 + "x = = (")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("!ls \\\n  -la\nx = = 1", 3, 5),
        ("\n\n  x = = 1", 3, 7),
        ("%%time\nx = = 1", 2, 5),
        ("x = !ls\n\ny = %time f() \\\n z\nz = = 1", 5, 5),
        ("x = 1\npip install y", 2, 5),
        (">>> x = = 1", 1, 1),
        ("x = 1\0", 1, None),
        ("x = 1\n\0", 2, None),
    ],
)
def test_an_error_is_at_its_line_and_column(text: str, line: int, column: int | None) -> None:
    with pytest.raises(SyntaxError) as caught:
        read_cell(text)
    assert (caught.value.lineno, caught.value.offset) == (line, column)


def test_a_text_nested_too_deeply_is_no_python() -> None:
    with pytest.raises(SyntaxError, match="nested too deeply"):
        parse_cell("x = " + "-" * 100_000 + "1")


def test_ipython_is_not_asked_about_a_long_cell() -> None:
    prompts = ">>> x = 1\n" * 10
    assert parse_cell(prompts).body
    for long in (prompts + "y = 2  # " + "z" * 500, prompts * 101):
        with pytest.raises(SyntaxError):
            parse_cell(long)


def test_a_cell_that_ipythons_transformer_does_not_read_is_refused() -> None:
    with pytest.raises(SyntaxError):
        parse_cell("if x:\n    y\n  z\n>>> 1")


@pytest.mark.parametrize(
    ("text", "magic", "is_other"),
    [
        ("%%time\nx", "time", False),
        ("\n %%bash -e\n x", "bash", True),
        ("%%writefile a\nx", "writefile", True),
        ("x\n%%time", None, False),
        (" %%bash\nx", None, False),
        ("%%time?", None, False),
        ("%%\nx", "", True),
        ("x % 3", None, False),
    ],
)
def test_a_cell_magic_is_in_the_first_line(text: str, magic: str | None, *, is_other: bool) -> None:
    assert cell_magic(text) == magic
    assert has_other_language(text) == is_other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!ls \\\n -la\nx", "get_ipython()\n\nx"),
        ("if x:\n  y = !ls", "if x:\n  y = get_ipython()"),
        ("x? \ny", "x? \ny"),
        ("f(a)?", "f(a)?"),
        ("12?", "12?"),
        ("rows[0]??", "get_ipython()"),
        ("rows['a']?", "rows['a']?"),
        ("rows[0[1]?", "rows[0[1]?"),
        ("x???", "x???"),
        ("x = '''\n!ls\n'''\n%time\n'", "x = '''\n!ls\n'''\nget_ipython()\n'"),
        ("x = f'{y!r:>{w}}' # !\n!a", "x = f'{y!r:>{w}}' # !\nget_ipython()"),
        ("[\n!ls\n]\n!ls", "[\n!ls\n]\nget_ipython()"),
        (")\n!ls", ")\nget_ipython()"),
        ("x = \\\n !ls", "x = \\\n get_ipython()"),
        ("x = 1\n  = !ls", "x = 1\n  = !ls"),
        ("f'''{\n!ls\n", "f'''{\n!ls\n"),
        ("f'{'\n!ls", "f'{'\nget_ipython()"),
        ("f'{\"'\n!ls", "f'{\"'\nget_ipython()"),
        ("f'{a:{b}' '\n!ls", "f'{a:{b}' '\nget_ipython()"),
        ("f'{(}'\n!ls", "f'{(}'\nget_ipython()"),
        ("f'''a\nb{{}}{x:a\n}'''\n!ls", "f'''a\nb{{}}{x:a\n}'''\nget_ipython()"),
        ("f'{x:'\n!ls", "f'{x:'\nget_ipython()"),
        ("f'a\n!ls", "f'a\nget_ipython()"),
        ("f'}'\n!ls", "f'}'\nget_ipython()"),
        ("rf'\\{x}' f'\\N{DASH}{1}'\n!ls", "rf'\\{x}' f'\\N{DASH}{1}'\nget_ipython()"),
        ("f'{x:{{y}}}' '''\n!ls''' f'{'a' 'b'}'\n%x",
         "f'{x:{{y}}}' '''\n!ls''' f'{'a' 'b'}'\nget_ipython()"),
        ("f'{' " * 12 + "\n!ls", "f'{' " * 12 + "\nget_ipython()"),
    ],
)  # fmt: skip
def test_a_command_is_replaced_and_each_line_stays(text: str, expected: str) -> None:
    assert without_commands(text) == expected


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("pip install x", "Write it as a magic: # %pip install x"),
        ("x = = 1", ""),
    ],
)
def test_the_hint_names_the_magic_of_a_bare_command(line: str, hint: str) -> None:
    text = f"y = 1\n{line}"
    with pytest.raises(SyntaxError) as caught:
        read_cell(text)
    assert hint_of(text, caught.value) == hint
    assert hint_of("", caught.value) == ""


def test_the_names_of_the_magics_are_those_of_ipython() -> None:
    assert ipythons_line_magics() <= LINE_MAGICS


@pytest.mark.parametrize("name", sorted(ipythons_line_magics()))
def test_every_line_magic_runs_with_and_without_its_sign(name: str) -> None:
    for text in (f"%{name} a -b c", f"x = %{name} a", f"if 1:\n    %{name} a", f"{name} a -b c",
                 f"%{name}?", f"%{name} a \\\n  b"):  # fmt: skip
        assert nbship_runs(text)
        assert ipython_runs(text)


@pytest.mark.parametrize("name", sorted(ipythons_cell_magics()))
def test_every_cell_magic_is_read_as_ipython_reads_it(name: str) -> None:
    for below in ("x = 1", "if [ -f x ]; then ls; fi", "!ls \\\n -la", "import one"):
        text = f"%%{name} -a b\n{below}"
        assert nbship_runs(text) == ipython_runs(text)
