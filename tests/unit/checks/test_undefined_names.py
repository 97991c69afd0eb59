"""Undefined names: found at the line of the source, across the cells; what is uncertain is not."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.python.magic_names import LINE_MAGICS
from tests.support.checked import KAGGLE, PATH, SCRIPT, check_names, code, notebook


def undefined(text: str | dict[str, str | bytes]) -> list[tuple[str, str]]:
    """Return the place and the message of each undefined name."""
    findings = check_names(text)
    assert {finding.code for finding in findings} <= {"undefined-name"}
    return [(str(f.place).removeprefix(f"{PATH}:"), f.message) for f in findings]


def cells(*texts: str, toml: str = KAGGLE) -> str:
    return notebook(*(f"# %%\n{text}" for text in texts), toml=toml)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (cells("def train(x): pass", "model = trian(1)"), "12:9",
         "undefined name 'trian'; did you mean 'train'?"),
        (cells("x = 1", "é = 'é'; f = é + unknown"), "12:18", "undefined name 'unknown'"),
        (cells("print(later)", "later = 1"), "9:7",
         "'later' is used above the cell that defines it, which begins in line 12"),
        (cells("def f():\n    return [missing for _ in 'x']"), "10:13", "undefined name 'missing'"),
        (cells("class A(Base):\n    x = other"), "9:9", "undefined name 'Base'"),
        (cells("# %time f()\nx = 1", "y = lost"), "13:5", "undefined name 'lost'"),
        (cells("if True:\n    !ls\n    print(lost)"), "11:11", "undefined name 'lost'"),
        (cells("def f(x: Lost): pass"), "9:10", "undefined name 'Lost'"),
        (cells("await lost()"), "9:7", "undefined name 'lost'"),
        (cells("path = __file__"), "9:8", "undefined name '__file__'"),
        (cells("pwd", toml=SCRIPT), "10:1", "undefined name 'pwd'"),
        (cells("x = 1\npwd"), "10:1", "undefined name 'pwd'"),
        (cells("get_ipython()", toml=SCRIPT), "10:1", "undefined name 'get_ipython'"),
        (cells('x = f"{lost}"'), "9:8", "undefined name 'lost'"),
        (cells("try:\n    lost()\nexcept ValueError:\n    pass"), "10:5", "undefined name 'lost'"),
        (cells("try:\n    pass\nexcept NameError:\n    lost()"), "12:5", "undefined name 'lost'"),
    ],
)  # fmt: skip
def test_a_name_that_nothing_defines_is_found(text: str, place: str, message: str) -> None:
    assert (place, message) in undefined(text)


@pytest.mark.parametrize(
    "text",
    [
        cells("x = 1", "def f():\n    return x + later", "later = 1", "f()"),
        cells("import numpy as np, os.path", "np.ones(os.path.sep)"),
        cells("def f():\n    global made\n    made = 1", "f(); print(made)"),
        cells("with open('x') as f, open('y') as (a, *b):\n    pass", "print(f, a, b)"),
        cells("for i in range(3):\n    pass", "print(i); [j for j in 'x']; (k := 1)", "print(k)"),
        cells("match 1:\n    case {'a': caught, **rest}:\n        pass", "print(caught, rest)"),
        cells("try:\n    pass\nexcept OSError as e:\n    print(e)"),
        cells("class A:\n    x = 1\n    y = [x]\n    def f(self):\n        return __class__"),
        cells("display(get_ipython(), In, Out, _, __, _3, _i, _ii, _i12, _oh, exit, quit)"),
        cells("print(__name__, __doc__, __builtins__, len)"),
        cells("path = __file__", toml=SCRIPT),
        cells("try:\n    lost\nexcept NameError:\n    lost = 1"),
        cells("try:\n    lost()\nexcept (ValueError, Exception):\n    pass"),
        cells("try:\n    lost()\nexcept:\n    pass"),
        cells("def f():\n    x: Lost = 1"),
        cells("from __future__ import annotations", "def f(x: Lost) -> Lost:\n    pass"),
        cells("from __future__ import annotations\ny: Lost = 1"),
        cells('def f(x: "Lost"): pass'),
        cells("async def f():\n    async with open('x') as y:\n        [z async for z in y]"),
        cells("# %time value = f()\ndef f(): pass", "print(value)"),
        cells("%%capture out\n1", "print(out)"),
        cells("%%time\nx = 1", "x"),
        cells("%%bash --out listing\nls", "print(listing)"),
        cells("%%cython\ndef fast(int n): return n", "fast(1)"),
        cells("%%writefile lost.py\nprint(lost)"),
        cells("files = !ls", "files, lost_in_shell = files, 1"),
        cells("x = 1\nx?\n?x"),
        notebook('# %% language="bash"\n# echo $lost'),
        notebook('# %% tags=["raises-exception"]\nlost()'),
        notebook('# %% tags=["parameters"]\nCOUNT = 3', "# %%\nprint(COUNT)"),
        notebook("# %% [markdown]\n# lost", "# %% [raw]\n# lost"),
    ],
)  # fmt: skip
def test_a_name_that_is_defined_or_need_not_be_is_no_finding(text: str) -> None:
    assert undefined(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "from words import *", "exec('lost = 1')", "globals()['lost'] = 1", "locals()['lost'] = 1",
        "vars()['lost'] = 1", "%run other.py", "# %run other.py", "%pylab inline", "%load x.py",
        "%load_ext sql", "%store -r", "get_ipython().run_line_magic('run', 'x.py')",
        "get_ipython().push({'lost': 1})", "import builtins; builtins.lost = 1",
        "sys = __import__('sys'); sys.modules['__main__'].lost = 1",
    ],
)  # fmt: skip
def test_where_any_name_may_be_defined_nothing_is_judged(line: str) -> None:
    assert undefined(cells(line, "lost()")) == []


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "%load_ext autoreload",
        "vars(len)",
        "import sys\nsys.modules",
        "%cd ..",
    ],
)
def test_where_no_name_is_defined_it_is(line: str) -> None:
    assert len(undefined(cells(line, "lost()"))) == 1


@pytest.mark.parametrize("magic", sorted(LINE_MAGICS))
def test_no_magic_makes_a_name_undefined(magic: str) -> None:
    assert undefined(cells(f"%{magic} name", "print(name)")) == []
    assert undefined(cells(f"value = %{magic} name", "print(value)")) == []
    assert undefined(cells(magic)) == undefined(cells(f"# {magic}")) == []


def test_newer_syntax_may_hide_a_name() -> None:
    text = cells("type Lost = int\ndef f[T](x: T) -> Lost: pass", "f(Lost)")
    assert "undefined-name" not in {finding.code for finding in check_names(text)}


def test_modules_are_judged_by_themselves() -> None:
    files: dict[str, str | bytes] = {
        "src_py/a.py": code("from lab import f\nf()"),
        "src_py/lab.py": "import os\n\n\ndef f():\n    return os, lost, __file__, __name__\n",
    }
    assert undefined(files) == [("src_py/lab.py:5:16", "undefined name 'lost'")]


def test_each_name_is_found_once_and_what_depends_on_a_mistake_is_not_judged() -> None:
    assert len(undefined(cells("lost(); lost()", "lost()"))) == 1
    assert [f.code for f in check_names(cells("x = (", "lost()"))] == ["not-python"]


def test_code_without_a_symbol_table_is_not_judged() -> None:
    assert undefined(cells("def f(x):\n    global x", "lost()")) == []


def test_a_cell_that_ipython_rewrites_keeps_its_names() -> None:
    assert undefined(cells(">>> value = 1\n... ", "print(value)")) == []


@dataclass(frozen=True)
class Statement:
    """A statement with the names that it gives, needs at once, and needs when it is called."""

    text: str
    gives: str = ""
    needs: str = ""
    later: str = ""


NAMES = st.sampled_from("pqrs")
STATEMENTS = st.one_of(
    st.builds(lambda n: Statement(f"{n} = 1", gives=n), NAMES),
    st.builds(lambda n: Statement(f"import {n}", gives=n), NAMES),
    st.builds(lambda n: Statement(f"from x import y as {n}", gives=n), NAMES),
    st.builds(lambda n: Statement(f"print({n})", needs=n), NAMES),
    st.builds(lambda n: Statement(f"for {n} in 'x':\n    print({n})", gives=n), NAMES),
    st.builds(lambda n: Statement(f"[{n} for {n} in 'x']"), NAMES),
    st.builds(lambda n: Statement(f"lambda {n}: {n}"), NAMES),
    st.builds(lambda n: Statement(f"lambda: {n}", later=n), NAMES),
    st.builds(lambda n, m: Statement(f"{n}{n} = {m}", gives=n * 2, needs=m), NAMES, NAMES),
    st.builds(
        lambda n, m: Statement(f"def {n}():\n    return {m}", gives=n, later=m), NAMES, NAMES
    ),
    st.builds(lambda n, m: Statement(f"def {n}({m}):\n    return {m}", gives=n), NAMES, NAMES),
    st.builds(lambda n, m: Statement(f"class {n}:\n    {m} = 1", gives=n), NAMES, NAMES),
)


@given(st.lists(STATEMENTS, min_size=1, max_size=6))
def test_a_name_is_found_if_and_only_if_python_would_miss_it(statements: list[Statement]) -> None:
    every = {statement.gives for statement in statements}
    before: set[str] = set()
    missed: set[str] = set()
    for statement in statements:
        missed |= {statement.needs} - before - {""}
        missed |= {statement.later} - every - {""}
        before.add(statement.gives)
    found = {
        message.split("'")[1] for _, message in undefined(cells(*(s.text for s in statements)))
    }
    assert found == missed
