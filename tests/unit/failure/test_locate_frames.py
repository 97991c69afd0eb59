"""A frame is told as a whole: its place, its function, what the line lines, and its cell."""

from typing import Any

import pytest

from nbship.core.artifact.bundle import BUNDLE_TAG
from nbship.core.failure.executed import ExecutedArtifact
from nbship.core.failure.ipykernel_hash import cell_number
from nbship.core.failure.locate import UNSAID, in_cell, locate, locate_in_log
from nbship.model.failure import Failure, Frame
from nbship.model.notebook import Module
from nbship.model.run import LogEvent
from nbship.model.workspace import Origin
from tests.support.failures import DIVISION, TRAINER, events, ran
from tests.support.usual import bundle_cell, executed_artifact, module_cells
from tests.unit.failure.test_traceback import reported

AUDIO = "src_py/sahel/audio.py"
BUNDLE = bundle_cell([
    Module("sahel/__init__.py", ""), Module("sahel/audio.py", "import json\n\n  x = 1  # here\n"),
])  # fmt: skip
KERNELS = "/tmp/ipykernel_17"  # noqa: S108 (of a traceback)
FILE = "/tmp/nbship-a_b/src_py/sahel/audio.py"  # noqa: S108 (of a traceback)


def frames(text: str, made: ExecutedArtifact, *, cell: int | None = None) -> tuple[Frame, ...]:
    return locate(text, made, cell=cell).frames


def code(text: str, **rest: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "metadata": {}, **rest}


def bundled(*texts: str) -> ExecutedArtifact:
    """Say that these cells ran behind a bundle."""
    bundle = code(BUNDLE.text, metadata={"tags": [BUNDLE_TAG]})
    made = ran(*texts)
    return executed_artifact([bundle, *made.cells], (None, *made.line_map))


def test_a_frame_in_a_cell_has_the_line_of_the_source_and_the_cells_number() -> None:
    text = (
        "Cell In[2], line 2\n----> 2 train(0)\n\n"
        "Cell In[1], line 2, in train(x)\n----> 2     return 1 / x\n\n"
        f"{DIVISION}\n"
    )
    made = ran("def train(x):\n    return 1 / x  # why", "x = 1\ntrain(0)")
    assert frames(text, made) == (
        Frame(TRAINER, 201, None, "train(0)", cell=2, cell_line=200),
        Frame(TRAINER, 101, "train", "return 1 / x  # why", cell=1, cell_line=100),
    )


def test_the_line_of_a_bundled_module_is_what_the_bundle_says() -> None:
    text = (
        f"Cell In[2], line 1\n----> 1 f()\n\nFile {FILE}:3, in read(p)\n---> 3 other\n\nOSError\n"
    )
    assert frames(text, bundled("f()")) == (
        Frame(TRAINER, 100, None, "f()", cell=2, cell_line=100),
        Frame(AUDIO, 3, "read", "x = 1  # here"),
    )


def in_cells(*texts: str) -> ExecutedArtifact:
    """Say that these cells ran behind a bundle with a cell for each module."""
    module = Module("sahel/audio.py", "import json\n\n  x = 1  # here\n")
    bundle = module_cells([module], [])
    made = ran(*texts)
    cells = [code(each.cell.text, metadata=each.cell.metadata) for each in bundle]
    origins = tuple(each.origin for each in bundle)
    return executed_artifact([*cells, *made.cells], (*origins, *made.line_map))


def test_the_line_of_a_module_in_a_cell_is_that_of_the_module() -> None:
    file = FILE.replace("nbship-a_b", "nbship-cells")
    text = f"Cell In[3], line 1\n----> 1 f()\n\nFile {file}:3, in read(p)\n---> 3 x\n\nOSError\n"
    assert frames(text, in_cells("f()")) == (
        Frame(TRAINER, 100, None, "f()", cell=3, cell_line=100),
        Frame(AUDIO, 3, "read", "x = 1  # here"),
    )


@pytest.mark.parametrize(("line", "found"), [(1, 1), (2, 1), (4, 3)])
def test_a_line_of_the_cell_of_a_module_is_one_of_the_module(line: int, found: int) -> None:
    shown = ("", "import json", "", "x = 1  # here")[line - 1]
    text = f"Cell In[2], line {line}\n----> {line} {shown}\n\nOSError\n"
    (frame,) = frames(text, in_cells("f()"))
    assert (frame.path, frame.line, frame.cell) == (AUDIO, found, 2)
    (whole,) = in_cell(in_cells("f()"), 1)
    assert (whole.path, whole.line, whole.is_whole_cell) == (AUDIO, 1, True)


@pytest.mark.parametrize("line", [4, 5, 99])
def test_a_line_beyond_the_file_is_what_the_traceback_shows(line: int) -> None:
    text = f"File {FILE}:{line}, in read(p)\n---> {line} shown\n\nOSError\n"
    assert frames(text, bundled("f()")) == (Frame(AUDIO, line, "read", "shown"),)
    assert frames(text, ran("f()")) == (Frame(AUDIO, line, "read", "shown"),)


def test_the_line_zero_of_a_file_is_none_of_its_lines() -> None:
    text = f"File {FILE}:0, in read(p)\n\nOSError\n"
    bundle = bundle_cell([Module("sahel/audio.py", "x = 1")]).text
    made = executed_artifact([code(bundle, metadata={"tags": [BUNDLE_TAG]})], (None,))
    assert frames(text, made) == (Frame(AUDIO, 0, "read", ""),)
    assert frames(text.replace(":0", ":1"), made) == (Frame(AUDIO, 1, "read", "x = 1"),)


def test_a_frame_in_a_script_has_the_line_of_the_source_or_of_the_traceback() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/kaggle/src/script.py", line 2, in <module>\n    shown\n'
        f"{DIVISION}\n"
    )
    line_map = (Origin(TRAINER, 1),)
    with_text = executed_artifact([], line_map, "x = 1\n  1 / 0  # why\n")
    assert frames(text, with_text) == (Frame(TRAINER, 2, None, "1 / 0  # why"),)
    without = executed_artifact([], line_map)
    assert frames(text, without) == (Frame(TRAINER, 2, None, "shown"),)


def test_equal_frames_in_a_row_are_one() -> None:
    frame = "Cell In[1], line 1, in f()\n----> 1 f()\n\n"
    other = "Cell In[1], line 2, in f()\n----> 2 g()\n\n"
    text = f"{frame}{frame}{other}{frame}RecursionError: deep\n"
    assert [frame.line for frame in frames(text, ran("f()\ng()"))] == [100, 101, 100]


@pytest.mark.parametrize("depth", [19, 20, 21, 25])
def test_of_more_than_twenty_frames_the_ten_at_each_end_are_kept(depth: int) -> None:
    numbers = range(1, depth + 1)
    text = "".join(f"Cell In[1], line {n}, in f{n}()\n----> {n} x{n}\n\n" for n in numbers)
    made = ran("\n".join(f"x{n}" for n in numbers))
    found = [frame.line - 99 for frame in frames(f"{text}NameError: x\n", made)]
    whole = list(numbers)
    assert found == (whole if depth <= 20 else [*whole[:10], *whole[-10:]])


# --- which line of a cell ---


@pytest.mark.parametrize(
    ("cell", "frame", "line"),
    [
        # What IPython counts from the first line that is not blank.
        ("\n\nx = 1\ny", "line 2\n----> 2 y", 3),
        ("x = 1\ny", "line 2\n----> 2 y", 1),
        # The nearest line with the text that is shown, above and below.
        ("y\nx\nx\ny\nx", "line 3\n----> 3 y", 3),
        ("y\nx\nx\nx\ny", "line 2\n----> 2 y", 0),
        ("a\nb  # why\nc", "line 1\n----> 1 b", 1),
        ("a\n# b\nb", "line 1\n----> 1 b", 2),
        # A line without a text is the one that is counted, within the cell.
        ("a\nb\nc", "line 2", 1),
        ("a\nb\nc", "line 9", 2),
        # What is shown stands nowhere in the cell.
        ("a\nb\nc", "line 2\n----> 2 z", 1),
        ("\n\n\ny\ny", "line 2\n----> 2 y", 4),
        ("def f():\n    y  # why", "line 1\n----> 1 y  # why", 1),
        # A comprehension's text is another one.
        ("a\nb\nc", "line 3, in <listcomp>(.0)\n----> 3 a", 2),
    ],
)
def test_a_line_is_found_in_its_cell(cell: str, frame: str, line: int) -> None:
    (found,) = frames(f"Cell In[1], {frame}\n\nNameError: n\n", ran(cell))
    assert found.line == 100 + line


def test_below_capture_the_rest_of_a_cell_has_the_number_of_the_next_one() -> None:
    made = ran("%%capture\nx = 1\ny", "z = 2")
    (found,) = frames("Cell In[2], line 2\n----> 2 y\n\nNameError: y\n", made)
    assert (found.line, found.cell) == (102, 1)


def test_below_capture_a_line_without_its_text_is_in_the_cell_that_has_so_many() -> None:
    made = ran("%%capture\na\nb", "z")
    (found,) = frames("Cell In[2], line 3\n\nNameError: y\n", made)
    assert (found.line, found.cell) == (102, 1)


def test_a_frame_of_the_failing_cell_is_at_the_nearest_line_with_its_text() -> None:
    """IPython 7 gives the cell no name that is known."""
    text = f"{KERNELS}/9.py in <module>\n----> 3 y\n\nNameError: y\n"
    (found,) = frames(text, ran("a", "y\nb\nc\ny"), cell=1)
    assert (found.line, found.cell) == (203, 2)


def test_a_function_of_ipython_7_is_in_the_cell_that_has_the_line_at_its_number() -> None:
    text = f"{KERNELS}/9.py in f()\n----> 2 y\n\nNameError: y\n"
    (found,) = frames(text, ran("a\ny", "y\na", "z"))
    assert (found.line, found.cell) == (101, 1)


@pytest.mark.parametrize(
    ("function", "line"), [("f(x)", 101), ("A.g(self)", 103), ("<lambda>(x)", 100), ("h(x)", 100)]
)
def test_a_function_without_a_line_is_where_it_is_defined(function: str, line: int) -> None:
    made = ran("x = 1\ndef f(x): y\nclass A:\n    def g(self): y")
    (found,) = frames(f"Input In [1], in {function}\n\nNameError: y\n", made)
    assert found.line == line


def test_below_time_a_function_is_in_the_cell_that_defines_just_it() -> None:
    made = ran(
        "%%time\ndef f(x):\n    y", "%%time\ndef ff(x):\n    y", "%%time\nasync def g():\n  y"
    )
    for function, line in (("f", 102), ("ff", 202), ("g", 302)):
        (found,) = frames(f"File <timed exec>:2, in {function}()\n\nNameError: y\n", made)
        assert (found.line, found.function) == (line, function)


def test_of_several_cells_with_the_line_that_is_shown_the_last_one_is_taken() -> None:
    made = ran("y", "a\ny", "%%capture\nb", "z")
    (found,) = frames("Cell In[4], line 2\n----> 2 y\n\nNameError: y\n", made)
    assert (found.line, found.cell) == (201, 2)


def test_a_number_of_ipython_7_names_a_cell_by_its_text() -> None:
    first, second = "x = 1\ny", "%%capture\nx = 2\ny"
    made = ran(first, second, "z")
    for text, cell, line in (
        (first, 1, 101),
        (second, 2, 201),
        ("x = 2\ny\n", 2, 202),
    ):
        number = cell_number(text)
        report = f"{KERNELS}/{number}.py in f()\n----> 2 y\n\nNameError: y\n"
        if cell == 2 and line == 201:
            report = report.replace("----> 2 y", "----> 2 x = 2")
        (found,) = frames(report, made, cell=2)
        assert (found.line, found.cell, found.function) == (line, cell, "f")


# --- what failed, where no frame says it ---


def test_an_error_by_its_last_line_when_there_is_no_traceback() -> None:
    made = ran("%nope", "x")
    failure = locate("UsageError: Line magic function `%nope` not found.\n", made, cell=0)
    assert failure.error == "UsageError: Line magic function `%nope` not found."
    assert [frame.line for frame in failure.frames] == [100]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("UsageError: no such magic\n", "UsageError: no such magic"),
        ("a note: UsageError\n", UNSAID),
        ("note: UsageError\n", UNSAID),
        ("my Error: no\n", UNSAID),
        ("papermill.exceptions.PapermillExecutionError: x\n", UNSAID),
        ("IPython.core.error.UsageError: no\n", "IPython.core.error.UsageError: no"),
    ],
)
def test_what_was_said_just_before_an_empty_report_is_why(lines: str, error: str) -> None:
    log = [*events("UsageError: earlier\n"), *events(lines), *events(reported(1, "\n"))]
    failure = locate_in_log(log, ran("%nope"))
    assert failure.error == error
    assert [frame.line for frame in failure.frames] == [100]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["Error in f() : no", "Execution halted"], "Error in f() : no"),
        (["Error in f() :", "  a long", "story"], "Error in f() : a long"),
        (["Error in f() : no", "  more"], "Error in f() : no"),
        (
            ["Error in f() : first", "Error in g() : last", "Execution halted"],
            "Error in g() : last",
        ),
        (["Error: bare"], "Error: bare"),
        (["An Error in the text"], UNSAID),
    ],
)
def test_the_last_error_of_r_is_told(lines: list[str], error: str) -> None:
    assert locate("\n".join(lines), ran()) == Failure(error)
    log = [LogEvent("stdout", 0.0, "Error in h() : shown\n")]
    log += [LogEvent("stderr", 0.0, f"{line}\n") for line in lines]
    assert locate_in_log(log, executed_artifact([], ())).error == error


def test_the_line_that_r_cannot_read_is_in_the_failing_cell() -> None:
    made = ran("x", "y <- 1\nx <- = 3\nz")
    unread = "Error in parse(text = x): <text>:2:6: unexpected '='"
    [found] = locate("", made, error=unread, cell=1).frames
    assert found == Frame(TRAINER, 201, None, "x <- = 3", cell=2, cell_line=200)
    [whole] = locate("", made, error="Error: no", cell=1).frames
    assert whole == Frame(TRAINER, 200, cell=2, cell_line=200, is_whole_cell=True)
    assert locate("", made, error=unread).frames == ()


def test_cells_are_counted_from_one_and_blank_ones_not_at_all() -> None:
    cells = [code("x"), code(" \n\t"), code(""), {**code("r"), "cell_type": "raw"}, code("y")]
    made = executed_artifact(cells, ())
    assert made.executed() == [0, 4]
    assert [made.cell_of_count(count) for count in (-1, 0, 1, 2, 3)] == [None, None, 0, 4, None]
    assert [made.count_of_cell(cell) for cell in range(5)] == [1, None, None, None, 2]
