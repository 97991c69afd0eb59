"""Tests of the line of a failure in the source, with tracebacks of the installed IPython."""

import json
import subprocess
import sys

import pytest

from nbship.model.notebook import Module
from tests.support.failures import DIVISION, Found, at, brought, ran
from tests.support.usual import bundle_cell

pytestmark = pytest.mark.unmeasured

AUDIO = """\
import json

def read(p):
    x = 1
    return json.loads(p)

def call(f):
    return f()
"""
BUNDLE = bundle_cell(
    [
        Module("sahel/__init__.py", ""),
        Module("sahel/audio.py", AUDIO),
        Module("sahel/broken.py", "x = 1\ny = = 2\n"),
    ]
).text
DECORATED = """\
import functools
def d(f):
    @functools.wraps(f)
    def w(*a):
        return f(*a)
    return w
@d
def g():
    raise RuntimeError("a\\nb")
"""
HANDLED = """\
def f():
    try:
        1/0
    except ZeroDivisionError:
        raise ValueError('late')
"""
CAUSED = """\
def g():
    1/0
def f():
    try:
        g()
    except ZeroDivisionError as e:
        raise ValueError('late') from e
"""
CASES: dict[str, tuple[list[str], Found]] = {
    "in a cell": (["x = 1\n\n1/0"], at(DIVISION, 102)),
    "in a function of another cell": (
        ["def train(x):\n    return 1/x", "train(1)\ntrain(0)"],
        at(DIVISION, 101, "train"),
    ),
    "in a nested function": (
        ["def outer():\n    def inner():\n        1/0\n    inner()", "outer()"],
        at(DIVISION, 102, "outer.<locals>.inner"),
    ),
    "in a method": (
        ["class A:\n    def m(self):\n        return {}['k']", "A().m()"],
        at("KeyError: 'k'", 102, "A.m"),
    ),
    "in a lambda": (["f = lambda: 1/0\nf()"], at(DIVISION, 100, "<lambda>")),
    "in a generator": (["def g():\n    yield 1/0\nlist(g())"], at(DIVISION, 101, "g")),
    "in a decorated function": ([DECORATED, "g()"], at("RuntimeError: a", 108, "g")),
    "after an await": (["async def f():\n    1/0\n", "await f()"], at(DIVISION, 101, "f")),
    "in a library": (
        ["import json\njson.loads('{')"],
        at(
            "JSONDecodeError: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
            101,
        ),
    ),
    "in a bundled module": (
        [BUNDLE, "import sahel.audio", "y = 1\nsahel.audio.read('x')"],
        at("JSONDecodeError: Expecting value: line 1 column 1 (char 0)", 5, "read",
           "src_py/sahel/audio.py"),
    ),
    "in a cell, called back from a bundled module": (
        [BUNDLE, "import sahel.audio\ndef f():\n    return 1/0", "sahel.audio.call(f)"],
        at(DIVISION, 202, "f"),
    ),
    "a bundled module that is not Python": (
        [BUNDLE, "x = 1\nimport sahel.broken"],
        at("SyntaxError: invalid syntax", 2, None, "src_py/sahel/broken.py"),
    ),
    "a cell that is not Python": (["x = 1\ny = = 2\n"], at("SyntaxError: invalid syntax", 101)),
    "while another error was handled": ([HANDLED, "f()"], at("ValueError: late", 104, "f")),
    "from another error": ([CAUSED, "f()"], at("ValueError: late", 106, "f")),
    "below a cell magic": (["%%time\nx = 1\n1/0"], at(DIVISION, 100)),
    "in code made of text": (["x = 1\nexec('1/0')"], at(DIVISION, 101)),
    "after blank cells": (["", "x = 1", " \n", "1/0"], at(DIVISION, 400)),
    "an error without a word": (["raise KeyboardInterrupt"], at("KeyboardInterrupt", 100)),
    "an error of another name": (
        ["class Stopped(Exception):\n    pass", "raise Stopped('here')"],
        at("Stopped: here", 200),
    ),
}  # fmt: skip
SCRIPT = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
from ipykernel.compiler import XCachingCompiler

printed = {}
for name, cells in json.load(sys.stdin).items():
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(compiler_class=XCachingCompiler)
    shell.colors, out = sys.argv[1], io.StringIO()
    with contextlib.redirect_stdout(out):
        for cell in cells:
            if cell.strip():
                shell.run_cell(cell, store_history=True)
    printed[name] = out.getvalue()
json.dump(printed, sys.stdout)
"""


@pytest.fixture(scope="module", params=["nocolor", "linux"])
def tracebacks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Run the cells of every case as a kernel does, and return what IPython prints."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, request.param],
        input=json.dumps({name: cells for name, (cells, _) in CASES.items()}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"HOME": str(home), "IPYTHONDIR": str(home), "PATH": ""},
    )
    printed: dict[str, str] = json.loads(done.stdout)
    return printed


@pytest.mark.sample(2)
@pytest.mark.parametrize("case", CASES)
def test_what_this_ipython_prints_is_brought_back(case: str, tracebacks: dict[str, str]) -> None:
    cells, failure = CASES[case]
    assert brought(tracebacks[case], ran(*cells)) == failure
