"""The failing line of a cell without a frame: named where the cell leaves no doubt, else not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.failure.cell_line import failing_line
from nbship.core.failure.locate import in_cell, locate
from nbship.core.failure.report import FailureReport, details, markdown
from tests.support.failures import ran

EXIT = "An exception has occurred, use %tb to see the full traceback.\n\nSystemExit: {}"
DISPLAY = (
    "---------------------------------------------------------------------------",
    "TypeError                                 Traceback (most recent call last)",
    "File ~/lib/python3.11/site-packages/IPython/core/display.py:1132, in Image._data(self)",
    "File ~/lib/python3.11/site-packages/IPython/core/formatters.py:406, in __call__(self, obj)",
    "FileNotFoundError: No such file or directory: 'gone.jpeg'",
)
GONE = "FileNotFoundError: No such file or directory: 'gone.jpeg'"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('import sys\nx = load()\nif not x:\n    sys.exit("no data")\n', "no data", 4),
        ('x = f()\nif not x:\n    sys.exit("no data")\nsys.exit("done")', "done", 4),
        ('f()\nraise SystemExit(\n    "no data"\n)', "no data", 2),
        ('f()\nsys.exit(f"no data in {path}")', "no data in /kaggle/input", 2),
        ("f()\nsys.exit('two\\n lines')", "two lines", 2),
        ('%pip install x\n!ls\nsys.exit("no data")', "no data", 3),
        ('sys.exit("no data")', "any", 1),  # the only line
        ("# why\n\nrun()\n", "any", 3),
        # No line is certain:
        ('f()\nsys.exit("no data")\nsys.exit("no data")', "no data", None),
        ('f()\nsys.exit("no data")', "other", None),
        ("f()\nsys.exit(text)", "no data", None),
        ("f()\nsys.exit(f'{a}')", "no data", None),
        ("f()\ng()", "no data", None),
        ("f(\nsys.exit('no data')", "no data", None),  # not Python
        # A number may be the exit of what the cell calls, for example of argparse:
        ("args = parse()\nsys.exit(2)", "2", None),
        ("x = len([])\nsys.exit(2)", "2", 2),
        ("x = 1\nsys.exit()", "", 2),
        ("x = 1\nraise SystemExit", "", 2),
        ("x = 1\nraise ValueError", "", None),
        ("x = 1\nsys.exit(None)", "None", 2),
        ("f()\nsys.exit(*codes)", "no data", None),
        ("a[0]()\nsys.exit('no data')", "no data", 2),
    ],
)
def test_an_exit_is_found_by_what_it_says(text: str, message: str, line: int | None) -> None:
    error = f"SystemExit: {message}".strip()
    assert failing_line(text, error, EXIT.format(message).split("\n")) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\nImage('gone.jpeg')", 2),
        ("x = f()\nImage('gone.jpeg')", 2),
        ("x = f()\nImage(\n    'gone.jpeg'\n)", 2),
        ("display(Image('gone.jpeg'))\nx = 1", 1),
        ("x = 1\ndisplay(Image(path))", 2),
        ("x = 1\nImage(path)", 2),
        ("x = f()\nImage(path)", None),  # f may have displayed something
        ("display(a)\nImage('gone.jpeg')", None),
        ("x = f()\nImage('gone.jpeg');", None),
        ("x = f()\ny = 1", None),
        ("x = (\ny = 1", None),
        ("# only\n# comments", None),
    ],
)
def test_a_value_that_cannot_be_displayed_is_found(text: str, line: int | None) -> None:
    assert failing_line(text, GONE, DISPLAY) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = f()\nImage('gone.jpeg')", 2),
        ("x = f()\nImage(path)", None),
        ("x = 1\nImage(path)", None),  # a figure, for example
        ("show('gone.jpeg')\nImage('gone.jpeg')", None),
    ],
)
def test_without_any_frame_the_error_has_to_name_the_value(text: str, line: int | None) -> None:
    bare = [text for text in DISPLAY if not text.startswith("File")]
    assert failing_line(text, GONE, bare) == line


def test_a_figure_is_displayed_at_the_end_of_its_cell() -> None:
    figure = (*DISPLAY, "File ~/IPython/core/pylabtools.py:152, in print_figure(fig)")
    assert failing_line("plt.title('$')\nplt.plot()", "ValueError: bad", figure) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n%nosuch a b", 2),
        ("x = 1\ny = %nosuch", 2),
        ("%nosuch\n%nosuch", None),
        ("x = 1\n%nosuchmagic", None),
        ("x = 1\n%%nosuch", None),
    ],
)
def test_an_unknown_magic_is_found(text: str, line: int | None) -> None:
    error = "UsageError: Line magic function `%nosuch` not found."
    assert failing_line(text, error, (error,)) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('x <- 1\nload_it( "gone.csv" )\ny <- 2', 2),
        ("x <- 1\nload_it('gone.csv')", 2),
        ('load_it("gone.csv")\nload_it("gone.csv")', None),
        ("x <- 1\ny <- 2", None),
    ],
)
def test_an_error_of_r_is_found_by_its_first_call(text: str, line: int | None) -> None:
    report = ("Error in file(name): cannot open", "Traceback:", "", '1. load_it("gone.csv")')
    assert failing_line(text, report[0], report) == line
    with_place = (*report[:-1], '1. load_it("gone.csv")   # at line 2-3 of file <text>')
    assert failing_line(text, report[0], with_place) == line


@given(
    st.text("ab(:\n'\"%!\\\t# f\x00é", max_size=80), st.sampled_from(["SystemExit: a", GONE, "x"])
)
def test_any_cell_has_a_line_of_its_own_or_none(text: str, error: str) -> None:
    line = failing_line(text, error, DISPLAY)
    assert line is None or 1 <= line <= len(text.split("\n"))


def test_the_report_names_the_cell_and_quotes_nothing_where_no_line_is_known() -> None:
    artifact = ran("first = 1", "second = f()\nsys.exit(text)\nthird = 3")
    failure = locate(EXIT.format("no data"), artifact, error="SystemExit: no data", cell=1)
    report = FailureReport(failure, "smoke", "src_py/trainer.py", "The log", "log.txt")
    assert failure.last
    assert (failure.last.line, failure.last.text, failure.last.is_whole_cell) == (200, "", True)
    words = "in the cell In [2], which begins here; which of its lines failed is not known"
    assert details(report) == (words,)
    assert f"## The cell\n\n```text\n{words}\n```" in markdown(report)


def test_a_cell_that_was_ended_is_named_as_a_whole_unless_it_has_one_line() -> None:
    artifact = ran("# wait\nsleep(600)", "a()\nb()")
    [one] = in_cell(artifact, 0)
    assert (one.line, one.text, one.is_whole_cell) == (101, "sleep(600)", False)
    [whole] = in_cell(artifact, 1)
    assert (whole.line, whole.text, whole.is_whole_cell) == (200, "", True)
    assert in_cell(artifact, None) == in_cell(artifact, 3) == ()
