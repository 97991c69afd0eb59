"""The place of a failure in a cell, in a script and in R, for unusual texts too."""

from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.failure.executed import with_injected
from nbship.core.failure.locate import UNSAID, in_cell, locate
from nbship.model.workspace import Origin
from tests.acceptance.test_ipython_tracebacks import BUNDLE
from tests.support.failures import DIVISION, TRAINER, Found, at, brought, ran
from tests.support.usual import executed_artifact

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
    assert brought(text, executed_artifact(cells, line_map)) == at("NameError: y", 5)


def test_a_frame_in_the_bundle_cell_itself_is_not_ours() -> None:
    made = executed_artifact([{"cell_type": "code", "source": BUNDLE}], (None,))
    assert brought("Cell In[1], line 9\n----> 9 x\n\nOSError: disk full\n", made) == Found(
        "OSError: disk full"
    )


def test_a_cell_beyond_the_map_is_not_ours() -> None:
    """A version that was edited on the web has other cells than the source."""
    edited = executed_artifact(ran("x", "y").cells, (Origin(TRAINER, 100),))
    assert brought("Cell In[2], line 1\n----> 1 y\n\nNameError: y\n", edited).path is None


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
    assert brought(text, executed_artifact(cells, line_map)) == at(DIVISION, 8)


def test_a_cell_that_tells_its_number_is_known_by_it() -> None:
    """An executed notebook has its own counts, even if cells that ran were removed later."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": "x", "execution_count": 7},
        {"cell_type": "code", "source": "y", "execution_count": None},
    ]
    made = executed_artifact(cells, (Origin(TRAINER, 5), Origin(TRAINER, 8)))
    assert brought("Cell In[7], line 1\n----> 1 x\n\nNameError: x\n", made) == at("NameError: x", 5)
    assert made.count_of_cell(0) == 7
    assert made.count_of_cell(1) == 2


def test_a_cell_that_is_not_run_does_not_count() -> None:
    skipped = {"cell_type": "code", "source": "no", "metadata": {"tags": ["skip-execution"]}}
    made = executed_artifact([skipped, *ran("x").cells], (Origin(TRAINER, 5), Origin(TRAINER, 8)))
    assert brought("Cell In[1], line 1\n----> 1 x\n\nNameError: x\n", made) == at("NameError: x", 8)
    assert made.count_of_cell(0) is None


def test_where_a_cell_begins() -> None:
    [frame] = in_cell(ran("x\ny", "\n# why\nz\nz"), 1)
    assert (frame.line, frame.cell, frame.cell_line) == (200, 2, 200)
    assert in_cell(ran("x"), None) == ()
    assert in_cell(ran("x"), 3) == ()


def test_the_frame_of_a_module_without_a_line_is_none() -> None:
    text = "-----\n/tmp/nbship-a_b/src_py/voice.py in f()\n\nOSError: gone\n"
    assert brought(text, ran("x")) == Found("OSError: gone")


def test_of_a_recursion_its_two_ends_are_kept() -> None:
    frames = [f"Cell In[1], line {1 + n % 2}, in f(n)\n" for n in range(1000)]
    text = "".join(["Cell In[2], line 1\n", *frames, "\nRecursionError: too deep\n"])
    found = locate(text, ran("x\ny", "f(0)")).frames
    assert len(found) == 20
    assert (found[0].line, found[-1].line) == (200, 101)


def test_below_time_a_frame_is_in_the_cell_that_has_it() -> None:
    cells = ran("%%time\ndef f():\n    1 / 0", "f()", "%%time\nf()", "%%time\nx = 1")
    for frame, line in (("File <timed exec>:2, in f()", 102), ("File <timed exec>:1", 401)):
        assert brought(f"{frame}\n\n{DIVISION}\n", cells, cell=3).line == line
    for frame in ("File <timed exec>:2, in g()", "File <timed exec>:1"):
        assert brought(f"{frame}\n\n{DIVISION}\n", cells).line is None


# --- errors before the last one ---

LINK = "\nDuring handling of the above exception, another exception occurred:\n\n"
CAUSE = "The above exception was the direct cause of the following exception:"


def crash(error: str, line: int, cell: int = 1) -> str:
    """Return one error as IPython shows it."""
    name = error.partition(":")[0]
    return (
        f"{name:<41} Traceback (most recent call last)\n"
        f"Cell In[{cell}], line {line}, in f()\n----> {line} x\n\n{error}\n"
    )


def chained(*errors: str) -> str:
    return LINK.join(errors)


def test_the_errors_before_the_last_one_are_its_causes_in_their_order() -> None:
    text = chained(
        crash("KeyError: 1", 1), crash(DIVISION, 2, cell=2), crash("ValueError: late", 3)
    )
    failure = locate(text, ran("x\nx\nx", "x\nx\nx"))
    assert (failure.error, str(failure.last and failure.last.line)) == ("ValueError: late", "102")
    assert [(cause.error, [frame.line for frame in cause.frames]) for cause in failure.causes] == [
        ("KeyError: 1", [100]),
        (DIVISION, [201]),
    ]


@pytest.mark.parametrize(
    "runner",
    ["papermill.exceptions.PapermillExecutionError", "nbclient.exceptions.CellExecutionError"],
)
def test_what_the_runner_says_is_neither_the_error_nor_a_cause(runner: str) -> None:
    line = crash(f"{runner}: \nExecution failed", 9)
    for text in (
        chained(crash("KeyError: 1", 1), crash(DIVISION, 2), line),
        chained(crash("KeyError: 1", 1), line, crash(DIVISION, 2)),
    ):
        failure = locate(text, ran("x\nx\nx"))
        assert failure.error == DIVISION
        assert [frame.line for frame in failure.frames] == [101]
        assert [cause.error for cause in failure.causes] == ["KeyError: 1"]
    alone = locate(line, ran("x\nx\nx"))
    assert alone.error == UNSAID
    assert (alone.frames, alone.causes) == ((), ())


def test_an_error_alone_has_no_causes() -> None:
    assert locate(crash(DIVISION, 2), ran("x\nx")).causes == ()


# --- a script ---

# Lines 1 and 2 of the source, 7 lines of the bundle, and the source from line 3 on.
AS_SCRIPT = executed_artifact([], (Origin(TRAINER, 1), Origin(TRAINER, 3, 10)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, 1), (2, 2), (3, None), (9, None), (10, 3), (11, 4), (500, 493)],
)
def test_a_line_of_a_script_is_one_of_the_source_or_of_the_bundle(
    line: int, expected: int | None
) -> None:
    text = f'  File "/kaggle/src/script.py", line {line}, in <module>\nValueError: no\n'
    path = TRAINER if expected else None
    assert brought(text, AS_SCRIPT) == Found("ValueError: no", path, expected)


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
    assert brought(text, AS_SCRIPT) == at(DIVISION, 3, "train")


def test_a_script_that_begins_with_its_bundle() -> None:
    made = executed_artifact([], (Origin(TRAINER, 1, 8),))
    text = '  File "/kaggle/src/script.py", line {}\nSyntaxError: no\n'
    assert brought(text.format(7), made).line is None
    assert brought(text.format(8), made).line == 1


def test_a_notebook_has_no_script() -> None:
    text = '  File "/kaggle/src/script.py", line 1, in f\nValueError: no\n'
    assert brought(text, ran("x")) == Found("ValueError: no")


# --- R ---


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Error in f(3) : boom 3\nCalls: f\nExecution halted\n", "Error in f(3) : boom 3"),
        ("Error in f(3) : \n  a long story\nExecution halted\n", "Error in f(3) : a long story"),
        ("Error in f(3) : ", "Error in f(3) :"),
        ("Error: no\nExecution halted\n", "Error: no"),
        ("Execution halted\n", "the run failed without an error message"),
    ],
)
def test_an_error_of_r_is_known(text: str, error: str) -> None:
    assert brought(text, ran()) == Found(error)


def test_what_r_cannot_read_has_a_line_in_its_cell() -> None:
    error = "Error in parse(text = x, srcfile = src): <text>:2:6: unexpected '='"
    assert brought("", ran("x", "y <- 1\nx <- = 3"), error=error, cell=1) == at(error, 201)


# --- whatever the text ---

PIECES = st.sampled_from([
    "Cell In[1], line 2", "Cell In[0], line 1", "Input In [2], in f()", "----> 1 x", "--> 99 y",
    " /tmp/ipykernel_1/2.py in f()", " /tmp/ipykernel_1/2.py in <module>", "Error: x", "\x1b[31m",
    'File "/tmp/nbship-x/src_py/a.py", line 3, in g', "nbship-x/src_py/a.py:0, in h", " ", "\n",
    'Exception encountered at "In [2]":', 'Exception encountered at "In [0]":', "\r",
])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4)).map("".join))
def test_any_text_is_brought_to_a_whole_place_or_to_none(text: str) -> None:
    failure = brought(text, ran("x\ny", "z"))
    assert failure.error
    assert (failure.path is None) == (failure.line is None)
    assert failure.path in {None, TRAINER, "src_py/a.py"}


def test_a_long_line_takes_no_long_time() -> None:
    """A pattern that tries every beginning of a megabyte would run for hours."""
    assert brought("x" * 1_000_000 + "\n" + DIVISION, ran("x")) == Found(DIVISION)


def test_a_traceback_may_be_indented_as_in_an_error_of_a_child_process() -> None:
    text = dedent("""\
        RuntimeError: the child failed:
          File "/tmp/nbship-x/src_py/sahel/corpus.py", line 7, in load
        """)
    assert brought(text, ran()) == at(
        "RuntimeError: the child failed:", 7, "load", "src_py/sahel/corpus.py"
    )
