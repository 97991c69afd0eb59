"""The live log shows the notebook's own lines, and not those of the programs that run it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.runner_words import RunnerWords
from nbship.model.run import LogEvent

BEGINS = "Traceback (most recent call last):\n"
IN_STRING = '  File "<string>", line 1, in <module>\n'
REPORT = (
    BEGINS,
    IN_STRING,
    '  File "/usr/local/lib/python3.12/dist-packages/papermill/execute.py", line 131, in run\n',
    "    raise_for_execution_errors(nb, output_path)\n",
    "papermill.exceptions.PapermillExecutionError: \n",
    "---------------------------------------------------------------------------\n",
    'Exception encountered at "In [1]":\n',
    "SystemExit: 2\n",
    "\n",
)
NBCONVERT = (
    "/usr/local/lib/python3.12/dist-packages/traitlets/traitlets.py:2915: FutureWarning: odd\n",
    "  warn(\n",
    "/usr/lib/python3/dist-packages/mistune.py:435: SyntaxWarning: invalid escape\n",
    "  cells[i] = 1\n",
    "[NbConvertApp] Converting notebook __notebook__.ipynb to notebook\n",
    "[NbConvertApp] Writing 20749 bytes to __notebook__.ipynb\n",
)
# Lines of a notebook, some of which look like the beginning of the report.
OWN = (
    "epoch 1\n",
    "  indented\n",
    "    deeper\n",
    BEGINS,
    '  File "/kaggle/src/x.py", line 1, in <module>\n',
    "ValueError: caught\n",
    "/kaggle/working/mine.py:3: UserWarning: mine\n",
    "[NbConvert] no\n",
)


def shown(*lines: str, stream: str = "stderr") -> list[str]:
    """Return the lines of a log that are shown."""
    words = RunnerWords()
    events = [own for line in lines for own in words.feed(LogEvent(stream, 0.0, line))]
    return [event.text for event in (*events, *words.rest())]


@given(st.lists(st.sampled_from(OWN), max_size=12))
def test_the_notebooks_own_lines_stay_and_the_others_go(own: list[str]) -> None:
    assert shown(*own) == own
    assert shown(*own, *NBCONVERT) == own
    assert shown(*own, *REPORT, *NBCONVERT) == own


@given(st.lists(st.sampled_from((*OWN, *REPORT, *NBCONVERT)), max_size=20))
def test_output_on_stdout_stays(lines: list[str]) -> None:
    assert shown(*lines, stream="stdout") == lines


def test_a_program_of_the_notebook_may_fail_in_a_string() -> None:
    """A ``python -c`` that fails begins as papermill's report does."""
    own = [BEGINS, IN_STRING, "ZeroDivisionError: division by zero\n", "still here\n"]
    assert shown(*own) == own
    assert shown(*own, *REPORT) == own
    assert shown(BEGINS, IN_STRING) == [BEGINS, IN_STRING]


def test_python_3_13_shows_the_line_of_a_string() -> None:
    code = "    import papermill; papermill.execute_notebook()\n"
    assert shown(*REPORT[:2], code, "    ~~~~^^^^\n", *REPORT[2:]) == []
    own = [*REPORT[:2], *[code] * 20, "ValueError: mine\n"]
    assert shown(*own) == own


def test_papermill_that_the_notebook_itself_runs_may_fail() -> None:
    own = [BEGINS, REPORT[2], "ValueError: mine\n"]
    assert shown(*own) == own


@pytest.mark.parametrize(("count", "is_report"), [(0, True), (6, True), (7, False)])
def test_a_report_has_few_lines_of_code_before_papermills(count: int, *, is_report: bool) -> None:
    lines = [*REPORT[:2], *["    code\n"] * count, REPORT[2]]
    assert shown(*lines) == ([] if is_report else lines)


def test_after_a_warning_its_line_of_code_goes_and_no_other() -> None:
    assert shown(NBCONVERT[0], "epoch 1\n") == ["epoch 1\n"]
    assert shown(*NBCONVERT[:2], "epoch 1\n", "  mine\n") == ["epoch 1\n", "  mine\n"]


@pytest.mark.parametrize(("length", "is_own"), [(4096, False), (4097, True)])
def test_of_a_long_line_the_first_4096_characters_are_read(length: int, *, is_own: bool) -> None:
    words = "/nbclient/x.py:1: UserWarning: "
    line = f"{words.rjust(length, 'a')}{'b' * 5000}\n"
    assert shown(line) == ([line] if is_own else [])


def test_lines_are_held_back_for_each_stream_alone() -> None:
    words = RunnerWords()
    first, out = LogEvent("stderr", 0.0, BEGINS), LogEvent("stdout", 0.0, "x\n")
    assert words.feed(first) == ()
    assert words.feed(out) == (out,)
    assert words.rest() == (first,)
