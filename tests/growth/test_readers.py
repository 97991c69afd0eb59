"""Each reader of text from outside does less than three times the work for twice the text.

Counted are the calls of functions, Python's and the built-in ones, and for those that copy a text
its length. The steps of regular expressions: ``test_patterns.py``.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nbship.core.failure.traceback import parse_errors
from nbship.core.metadata.script_block import read_header
from nbship.core.run.log import parse_log, render_log
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, PATH, check, code, notebook
from tests.support.usual import compile_notebook

_COPIES = frozenset({"encode", "decode", "split", "splitlines", "replace", "lower", "casefold"})
Make = Callable[[int], str]
MARKDOWN = "# %% [markdown]\n"

LINE: dict[str, Make] = {
    "eyJ": lambda n: code("x = '" + "eyJ" * n + "'"),
    "aws": lambda n: code("x = '" + "aws " * n + "'"),
    "=": lambda n: code("x = " + "= " * n),
    "brackets": lambda n: code("x = " + "(" * n),
    "blanks": lambda n: code("x = 1" + " " * n + "!"),
    "signs": lambda n: code("# " * n + "x"),
    "questions": lambda n: code("?" * n),
    "f-strings": lambda n: code("!ls\nx = " + "f'{" * n),
    "newer f-strings": lambda n: code("x = " + "f'{a['b']}' " * n),
    "quotes": lambda n: code("!ls\nx = " + "'\"" * n),
    "indices": lambda n: code("x" + "[0]" * n + "?"),
    "inputs": lambda n: code("x = [" + "'/kaggle/input/a'," * n + "]"),
    "allow comments": lambda n: code("x = 1  # nbship: allow " + "secret," * n),
    "tokens": lambda n: code("x = '" + f"hf_{'QwErTyUiOpAs' * 3} " * n + "'"),
    "import": lambda n: code("import " + ".".join("a" * n)),
    "pictures": lambda n: notebook(MARKDOWN + "# " + "`![a](a.png) " * n),
    "missing pictures": lambda n: notebook(MARKDOWN + "# " + "![a](attachment:a.png) " * n),
}
LINES: dict[str, Make] = {
    "blank lines and a magic": lambda n: code("x = 1" + "\n" * n + "!ls"),
    "blank lines and a mistake": lambda n: code("x = 1" + "\n" * n + "y = = 1"),
    "magics": lambda n: code("!ls\n" * n),
    "magics in comments": lambda n: code("# !ls\n" * n),
    "help": lambda n: code("x?\n" * n),
    "continued": lambda n: code("!ls \\\n" * n),
    "nested cell magics": lambda n: code("%%time\n" * n),
    "triple quotes": lambda n: code("!ls\n" + "'''\n" * n),
    "words of shells": lambda n: code("# ls\n" * n + "x"),
    "accidental commands": lambda n: code("# copy it all\n" * n + "x"),
    "paths": lambda n: code("x = '/kaggle/input/a'\n" * n),
    "conflicts": lambda n: code("<<<<<<< a\n=======\n>>>>>>> b\n" * n),
    "allow comments": lambda n: code("x = 1  # nbship: allow secret\n" * n),
    "cells": lambda n: notebook(*["# %%\nx = 1"] * n),
    "missing pictures": lambda n: notebook(MARKDOWN + "# ![a](attachment:a.png)\n" * n),
    "pictures": lambda n: notebook(MARKDOWN + "# ![a](a.png)\n" * n),
    "imports": lambda n: code("import a.b.c\n" * n),
    "names": lambda n: code("\n".join(f"print(n{i})" for i in range(n))),
    "keys": lambda n: notebook(
        toml=KAGGLE + "\n[tool.nbship.smoke]\n" + "\n".join(f"k{i} = 1" for i in range(n))
    ),
    "an array": lambda n: notebook(toml=KAGGLE + "\nx = [\n" + "1,\n" * n + "]"),
}
HEADERS: dict[str, Make] = {
    "keys": lambda n: notebook(toml="\n".join(f"k{i} = 1" for i in range(n))),
    "tables": lambda n: notebook(toml="\n".join(f"[t{i}]\nx = 1" for i in range(n))),
    "an array": lambda n: notebook(toml="x = [\n" + "'a',\n" * n + "]\ny = 1"),
    "a string": lambda n: notebook(toml='x = """\n' + "[\n" * n + '"""\ny = 1'),
}


def work(do: Callable[[], object]) -> int:
    """Return the calls that a function makes, with the lengths of the texts that are copied."""
    count = 0

    def profile(_: Any, event: str, function: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
        if event == "c_call" and function.__name__ in _COPIES:
            text = getattr(function, "__self__", "")
            count += len(text) // 100 if isinstance(text, (str, bytes)) else 0

    sys.setprofile(profile)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


def grows_linearly(read: Callable[[str], object], make: Make, size: int) -> bool:
    read(make(1))  # the imports
    one, two = (work(partial(read, make(n))) for n in (size, 2 * size))
    return two < 3 * one


def build(text: str) -> object:
    try:
        return compile_notebook("a", Source(PATH, text), lambda _: None)
    except SourceError:
        return None


@pytest.mark.parametrize("name", LINE)
def test_check_reads_a_long_line(name: str) -> None:
    assert grows_linearly(check, LINE[name], 500)


@pytest.mark.parametrize("name", LINES)
def test_check_reads_many_lines(name: str) -> None:
    assert grows_linearly(check, LINES[name], 200)


@pytest.mark.parametrize("name", [*LINES, "inputs"])
def test_the_build_reads_many_lines(name: str) -> None:
    assert grows_linearly(build, {**LINES, "inputs": LINE["inputs"]}[name], 60)


@pytest.mark.parametrize("name", HEADERS)
def test_the_places_of_a_headers_keys(name: str) -> None:
    def places(text: str) -> None:
        header = read_header(Source(PATH, text))
        for key in [*header.tables, "nowhere"]:
            header.place("", key)

    assert grows_linearly(places, HEADERS[name], 300)


TRACEBACKS: dict[str, Callable[[int], list[str]]] = {
    "frames": lambda n: ["Traceback (most recent call last):", *['  File "a.py", line 1'] * n,
                         "ValueError: x"],
    "a chain": lambda n: ["Traceback (most recent call last):", "ValueError: x", "",
                          "During handling of the above exception, another exception occurred:",
                          ""] * n,
    "a message": lambda n: ["Traceback (most recent call last):", "ValueError: x", *["y"] * n],
    "blank lines": lambda n: ["Traceback (most recent call last):", *[""] * n, "ValueError: x"],
    "dashes": lambda n: ["-" * 75, *["----> 1 x"] * n, "ValueError: x"],
}  # fmt: skip


@pytest.mark.parametrize("name", TRACEBACKS)
def test_a_traceback(name: str) -> None:
    one, two = (work(partial(parse_errors, TRACEBACKS[name](n))) for n in (300, 600))
    assert two < 3 * one


def test_a_log() -> None:
    def read(text: str) -> str:
        return render_log(parse_log(text))

    for piece in ('"x"', '"x\\n"', '"\\r"'):
        entry = f'{{"stream_name": "stdout", "time": 1, "data": {piece}}}'
        one, two = (work(partial(read, f"[{','.join([entry] * n)}]")) for n in (300, 600))
        assert two < 3 * one
