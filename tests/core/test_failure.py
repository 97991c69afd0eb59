"""A crash is brought back to the source: the right file, line and function, or none at all."""

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.bundle import bundle_cell
from nbship.core.failure import Ran, locate, with_injected
from nbship.model.notebook import Failure, Module
from nbship.model.workspace import Origin

TRAINER = "src_py/trainer.py"


def ran(*texts: str) -> Ran:
    """Say that these code cells ran; the first stands at line 100, the next at 200."""
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in texts]
    return Ran(cells, tuple(Origin(TRAINER, 100 * n) for n in range(1, len(texts) + 1)))


def at(error: str, line: int, function: str | None = None, path: str = TRAINER) -> Failure:
    return Failure(error, path, line, function)


# --- tracebacks that the installed IPython prints now ---

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
DIVISION = "ZeroDivisionError: division by zero"
RULE = "-" * 75
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
CASES: dict[str, tuple[list[str], Failure]] = {
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
    "an error without a word": (["raise KeyboardInterrupt"], at("KeyboardInterrupt:", 100)),
    "an error of another name": (
        ["class Stopped(Exception):\n    pass", "raise Stopped('here')"],
        at("Stopped: here", 200),
    ),
}  # fmt: skip
SCRIPT = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
from ipykernel.compiler import XCachingCompiler

told = {}
for name, cells in json.load(sys.stdin).items():
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(compiler_class=XCachingCompiler)
    shell.colors, out = sys.argv[1], io.StringIO()
    with contextlib.redirect_stdout(out):
        for cell in cells:
            if cell.strip():
                shell.run_cell(cell, store_history=True)
    told[name] = out.getvalue()
json.dump(told, sys.stdout)
"""


@pytest.fixture(scope="module", params=["nocolor", "linux"])
def tracebacks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Run every case's cells as a kernel does; return what IPython prints."""
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
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("case", CASES)
def test_what_this_ipython_prints_is_brought_back(case: str, tracebacks: dict[str, str]) -> None:
    cells, failure = CASES[case]
    assert locate(tracebacks[case], ran(*cells)) == failure


# --- tracebacks of other versions, as they stand in logs ---

IPYTHON_7 = """\
---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
/tmp/ipykernel_17/2406515221.py in <cell line: 0>()
      1 x = 1
----> 2 train(0)

/tmp/ipykernel_17/4056115492.py in train(x)
      1 def train(x):
----> 2     return 1 / x

ZeroDivisionError: division by zero
"""
TRAIN = ("def train(x):\n    return 1 / x", "x = 1\ntrain(0)")


def reported(count: int, traceback: str) -> str:
    """Return what papermill writes into a log on Kaggle around a cell's traceback."""
    return (
        "0.00s - Debugger warning: It seems that frozen modules are being used\n"
        "Traceback (most recent call last):\n"
        '  File "<string>", line 1, in <module>\n'
        '  File "/usr/local/lib/python3.12/dist-packages/papermill/execute.py", line 131, in '
        "execute_notebook\n    raise_for_execution_errors(nb, output_path)\n"
        "papermill.exceptions.PapermillExecutionError: \n"
        f"{'-' * 75}\n"
        f'Exception encountered at "In [{count}]":\n'
        f"{traceback}\n\n"
        "/usr/local/lib/python3.12/dist-packages/mistune.py:435: SyntaxWarning: invalid escape\n"
        "  cells[i][c] = re.sub('x', '|', cell)\n"
        "[NbConvertApp] Converting notebook __notebook__.ipynb to notebook\n"
        "[NbConvertApp] Writing 20749 bytes to __notebook__.ipynb\n"
    )


def test_ipython_7_says_the_line_after_its_frame_and_not_the_cell() -> None:
    assert locate(reported(2, IPYTHON_7), ran(*TRAIN)) == at(DIVISION, 101, "train")


def test_ipython_7_at_the_top_of_a_cell_is_the_cell_that_papermill_names() -> None:
    for frame in ("<cell line: 0>()", "<module>"):
        text = f"{RULE}\n/tmp/ipykernel_17/9.py in {frame}\n----> 2 train(0)\n\nNameError: n\n"
        assert locate(reported(2, text), ran(*TRAIN)) == at("NameError: n", 201)
        assert locate(text, ran(*TRAIN)) == Failure("NameError: n")


def test_ipython_7_gives_a_syntax_error_no_function() -> None:
    text = '  File "/tmp/ipykernel_17/9.py", line 2\n    y = = 2\nSyntaxError: invalid syntax\n'
    assert locate(reported(2, text), ran(*TRAIN)) == at("SyntaxError: invalid syntax", 201)


def test_ipython_7_prefers_the_failing_cell_where_two_have_the_same_line() -> None:
    text = (
        f"{RULE}\n/tmp/ipykernel_17/9.py in f()\n      1 def f():\n----> 2     1 / 0\n\n{DIVISION}"
    )
    twice = ran("def f():\n    1 / 0", "def f():\n    1 / 0\nf()")
    assert locate(reported(2, text), twice) == at(DIVISION, 201, "f")
    assert locate(text, twice) == at(DIVISION, 101, "f")


def test_ipython_7_in_a_function_whose_line_no_cell_has_is_nowhere() -> None:
    for arrow in ("----> 2     2 / 0\n", "----> 9     1 / 0\n", "----> 2\n", ""):
        text = f"{RULE}\n/tmp/ipykernel_17/9.py in f()\n{arrow}\n{DIVISION}\n"
        assert locate(text, ran("def f():\n    1 / 0\nf()")) == Failure(DIVISION)


def test_ipython_7_keeps_our_line_apart_from_that_of_a_library_below() -> None:
    text = """\
Error                                     Traceback (most recent call last)
/tmp/ipykernel_17/9.py in f(p)
      1 def f(p):
----> 2     return json.loads(p)

/usr/lib/python3.8/json/__init__.py in loads(s, cls)
    356     if (cls is None and object_hook is None):
--> 357         return _default_decoder.decode(s)

JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""
    cells = ran("def f(p):\n    return json.loads(p)", "f('x')")
    assert locate(reported(2, text), cells) == at(
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0)", 101, "f"
    )


def test_ipython_7_names_the_files_of_bundled_modules() -> None:
    text = """\
Error                                     Traceback (most recent call last)
/tmp/ipykernel_17/9.py in <module>
----> 1 read('x')

/tmp/nbship-k2_x9/src_py/sahel/audio.py in read(p)
      4     x = 1
----> 5     return json.loads(p)

/usr/lib/python3.8/json/__init__.py in loads(s, cls)
--> 357         return _default_decoder.decode(s)

ValueError: odd
"""
    found = locate(reported(1, text), ran("read('x')"))
    assert found == at("ValueError: odd", 5, "read", "src_py/sahel/audio.py")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        pytest.param(
            "Input In [2], in <cell line: 2>()\n      1 x = 1\n----> 2 train(0)\n\n"
            f"Input In [1], in train(x)\n----> 2     return 1 / x\n\n{DIVISION}\n",
            at(DIVISION, 101, "train"),
            id="IPython 8.0",
        ),
        pytest.param(
            f"Input In [2], in <module>\n      1 x = 1\n----> 2 train(0)\n\n{DIVISION}\n",
            at(DIVISION, 201),
            id="IPython 8.0, at the top",
        ),
        pytest.param(
            "  Input In [2]\n    y = = 2\n        ^\nSyntaxError: invalid syntax\n",
            Failure("SyntaxError: invalid syntax"),
            id="IPython 8.0, a syntax error without a line",
        ),
        pytest.param(
            "Cell In[2], line 2\n      1 x = 1\n----> 2 train(0)\n\n"
            f"Cell In[1], line 2, in train(x)\n----> 2     return 1 / x\n\n{DIVISION}\n",
            at(DIVISION, 101, "train"),
            id="IPython 8 and 9",
        ),
        pytest.param(
            "Cell In [2], line 1\n----> 1 x\n\nNameError: name 'x' is not defined\n",
            at("NameError: name 'x' is not defined", 200),
            id="IPython 8.5",
        ),
        pytest.param(
            "Traceback (most recent call last):\n"
            '  File "/tmp/nbship-a_b/src_py/sahel/audio.py", line 12, in read\n    x\n'
            '  File "/usr/lib/python3.12/json/decoder.py", line 3, in raw_decode\n'
            "sahel.audio.VoiceError: none\n",
            at("sahel.audio.VoiceError: none", 12, "read", "src_py/sahel/audio.py"),
            id="Python",
        ),
        pytest.param(
            "File /tmp/nbship-a_b/src_py/sahel/audio.py:12, in Clip.read(self, p)\n"
            "---> 12 x\n\nOSError",
            at("OSError", 12, "Clip.read", "src_py/sahel/audio.py"),
            id="IPython 8 and 9, a bundled module",
        ),
        pytest.param("SystemExit: 2\n", Failure("SystemExit: 2"), id="an exit has no frame"),
        pytest.param(
            "Cell In[9], line 1\n----> 1 x\n\nNameError: x\n",
            Failure("NameError: x"),
            id="a cell that is not there",
        ),
        pytest.param(
            "ok\n/tmp/nbship-a_b/src_py/sahel/audio.py:12: UserWarning: slow\n  warn('slow')\n",
            Failure("the run failed without saying why"),
            id="a warning is no frame",
        ),
        pytest.param("", Failure("the run failed without saying why"), id="nothing"),
    ],
)  # fmt: skip
def test_a_frame_of_any_version_is_brought_back(text: str, failure: Failure) -> None:
    assert locate(text, ran(*TRAIN)) == failure


@pytest.mark.parametrize(
    "text",
    [
        "An exception has occurred, use %tb to see the full traceback.\n\nSystemExit: 2\n",
        "  Input In [2]\n    y = = 2\n        ^\nSystemExit: 2\n",
        "Cell In[9], line 1\n----> 1 x\n\nSystemExit: 2\n",
        "-----\n/tmp/ipykernel_17/9.py in f()\n----> 2     2 / 0\n\nSystemExit: 2\n",
    ],
)
def test_without_a_frame_of_ours_it_is_the_beginning_of_the_failing_cell(text: str) -> None:
    assert locate(reported(2, text), ran(*TRAIN)) == at("SystemExit: 2", 200)
    assert locate(text, ran(*TRAIN), cell=0) == at("SystemExit: 2", 100)
    assert locate(text, ran(*TRAIN)) == Failure("SystemExit: 2")


def test_the_failing_cell_given_goes_before_the_one_encountered() -> None:
    assert locate(reported(2, "SystemExit: 2\n"), ran(*TRAIN), cell=0).line == 100
    assert locate(reported(2, "SystemExit: 2\n"), ran(*TRAIN), cell=7).line is None
    assert locate(reported(9, "SystemExit: 2\n"), ran(*TRAIN)).line is None


def test_an_error_of_its_own_name_is_known_by_the_heading() -> None:
    heading = "Stopped                                   Traceback (most recent call last)"
    text = f"{heading}\nCell In[1], line 1\n\nStopped: here\n"
    assert locate(reported(1, text), ran("x")) == at("Stopped: here", 100)


def test_the_error_given_is_told_and_not_what_the_text_ends_with() -> None:
    assert locate(IPYTHON_7, ran(*TRAIN), error="E: own words").error == "E: own words"
    assert locate("", ran(), error="the kernel died") == Failure("the kernel died")


def test_colours_do_not_hide_a_frame() -> None:
    text = (
        "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[1]\x1b[39m\x1b[32m, line 2\x1b[39m, in "
        "\x1b[36mtrain\x1b[39m\x1b[34m(x)\x1b[39m\n"
        "\x1b[32m----> \x1b[39m\x1b[32m2\x1b[39m     \x1b[38;5;28;01mreturn\x1b[39;00m 1/x\n\n"
        "\x1b[31mZeroDivisionError\x1b[39m: division by zero"
    )
    assert locate(text, ran(*TRAIN)) == at(DIVISION, 101, "train")


# --- which cell is meant ---


def test_markdown_and_blank_cells_do_not_count() -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": "# T"},
        {"cell_type": "code", "source": ["\n", " "]},
        {"cell_type": "raw", "source": "r"},
        {"cell_type": "code", "source": ["x = 1\n", "y"]},
    ]
    line_map = tuple(Origin(TRAINER, line) for line in (1, 2, 3, 4))
    text = "Cell In[1], line 2\n----> 2 y\n\nNameError: y\n"
    assert locate(text, Ran(cells, line_map)) == at("NameError: y", 5)


def test_a_frame_in_the_bundle_cell_itself_is_not_ours() -> None:
    made = Ran([{"cell_type": "code", "source": BUNDLE}], (None,))
    assert locate("Cell In[1], line 9\n----> 9 x\n\nOSError: disk full\n", made) == Failure(
        "OSError: disk full"
    )


def test_a_cell_beyond_the_map_is_not_ours() -> None:
    """A version of the kernel that somebody edited on the web has cells of its own."""
    edited = Ran(ran("x", "y").cells, (Origin(TRAINER, 100),))
    assert locate("Cell In[2], line 1\n----> 1 y\n\nNameError: y\n", edited).path is None


def test_the_cell_that_papermill_injects_shifts_the_map() -> None:
    parameters = {"cell_type": "code", "source": "N = 1", "metadata": {"tags": ["parameters"]}}
    injected = {
        "cell_type": "code",
        "source": "N = 0",
        "metadata": {"tags": ["injected-parameters"]},
    }
    division = {"cell_type": "code", "source": "1 / N"}
    added = {"cell_type": "code", "source": "later"}
    cells: list[dict[str, Any]] = [parameters, injected, division, added]
    line_map = with_injected(cells, (Origin(TRAINER, 5), Origin(TRAINER, 8)))
    assert line_map == (Origin(TRAINER, 5), None, Origin(TRAINER, 8), None)
    text = f"Cell In[3], line 1\n----> 1 1 / N\n\n{DIVISION}\n"
    assert locate(text, Ran(cells, line_map)) == at(DIVISION, 8)


# --- a script ---

# Lines 1 and 2 of the source, 7 lines of the bundle, and the source from line 3 on.
AS_SCRIPT = Ran([], (Origin(TRAINER, 1), Origin(TRAINER, 3, 10)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, 1), (2, 2), (3, None), (9, None), (10, 3), (11, 4), (500, 493)],
)
def test_a_line_of_a_script_is_one_of_the_source_or_of_the_bundle(
    line: int, expected: int | None
) -> None:
    text = f'  File "/kaggle/src/script.py", line {line}, in <module>\nValueError: no\n'
    path = TRAINER if expected else None
    assert locate(text, AS_SCRIPT) == Failure("ValueError: no", path, expected)


def test_a_script_is_known_wherever_its_world_lies_and_its_functions_are_named() -> None:
    text = dedent("""\
        Traceback (most recent call last):
          File "/home/awa/my lab/.nbship/smoke/x/kaggle/src/script.py", line 12, in <module>
            train(0)
          File "/home/awa/my lab/.nbship/smoke/x/kaggle/src/script.py", line 10, in train
            return 1 / x
                   ~~^~~
        ZeroDivisionError: division by zero
        """)
    assert locate(text, AS_SCRIPT) == at(DIVISION, 3, "train")


def test_a_script_that_begins_with_its_bundle() -> None:
    made = Ran([], (Origin(TRAINER, 1, 8),))
    text = '  File "/kaggle/src/script.py", line {}\nSyntaxError: no\n'
    assert locate(text.format(7), made).line is None
    assert locate(text.format(8), made).line == 1


def test_a_notebook_has_no_script() -> None:
    text = '  File "/kaggle/src/script.py", line 1, in f\nValueError: no\n'
    assert locate(text, ran("x")) == Failure("ValueError: no")


# --- R ---


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Error in f(3) : boom 3\nCalls: f\nExecution halted\n", "Error in f(3) : boom 3"),
        ("Error in f(3) : \n  a long story\nExecution halted\n", "Error in f(3) : a long story"),
        ("Error in f(3) : ", "Error in f(3) :"),
        ("Error: no\nExecution halted\n", "Error: no"),
        ("Execution halted\n", "the run failed without saying why"),
    ],
)
def test_an_error_of_r_is_known(text: str, error: str) -> None:
    assert locate(text, ran()) == Failure(error)


def test_what_r_cannot_read_has_a_line_in_its_cell() -> None:
    error = "Error in parse(text = x, srcfile = src): <text>:2:6: unexpected '='"
    assert locate("", ran("x", "y <- 1\nx <- = 3"), error=error, cell=1) == at(error, 201)


# --- whatever the text ---

PIECES = st.sampled_from([
    "Cell In[1], line 2", "Cell In[0], line 1", "Input In [2], in f()", "----> 1 x", "--> 99 y",
    " /tmp/ipykernel_1/2.py in f()", " /tmp/ipykernel_1/2.py in <module>", "Error: x", "\x1b[31m",
    'File "/tmp/nbship-x/src_py/a.py", line 3, in g', "nbship-x/src_py/a.py:0, in h", " ", "\n",
    'Exception encountered at "In [2]":', 'Exception encountered at "In [0]":', "\r",
])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4)).map("".join))
def test_any_text_is_brought_to_a_whole_place_or_to_none(text: str) -> None:
    failure = locate(text, ran("x\ny", "z"))
    assert failure.error
    assert (failure.path is None) == (failure.line is None)
    assert failure.path in {None, TRAINER, "src_py/a.py"}


def test_a_long_line_takes_no_long_time() -> None:
    """A pattern that tries every beginning of a megabyte would run for hours."""
    assert locate("x" * 1_000_000 + "\n" + DIVISION, ran("x")) == Failure(DIVISION)


def test_a_traceback_may_be_indented_as_in_an_error_of_a_child_process() -> None:
    text = dedent("""\
        RuntimeError: the child failed:
          File "/tmp/nbship-x/src_py/sahel/corpus.py", line 7, in load
        """)
    assert locate(text, ran()) == at(
        "RuntimeError: the child failed:", 7, "load", "src_py/sahel/corpus.py"
    )
