"""The part of a log that explains a failure, found in time linear in the size of the log."""

import sys
from collections.abc import Callable

import pytest

from nbship.core.failure.excerpt import excerpt_of
from nbship.core.failure.locate import UNSAID, locate_in_log
from nbship.core.failure.traceback import parse_errors
from nbship.model.run import LogEvent
from nbship.model.workspace import Origin
from tests.support.failures import DIVISION, TRAINER, Found, at, events, logged, ran
from tests.support.usual import executed_artifact
from tests.unit.failure.test_traceback import IPYTHON_7, TRAIN, reported

SCRIPT = executed_artifact([], (Origin(TRAINER, 1),), "x = 1\n1 / 0\n")
CRASH = (
    "Traceback (most recent call last):\n"
    '  File "/kaggle/src/script.py", line 2, in <module>\n'
    "    1 / 0\n"
    f"{DIVISION}\n"
)


def test_the_last_lines_before_a_failure_are_kept_from_every_stream() -> None:
    progress = [LogEvent("stdout", n, f"\x1b[1mepoch\x1b[0m {n}\r\n") for n in range(30)]
    progress[3:3] = [LogEvent("stderr", 3.0, "0.00s - Debugger warning: frozen modules\n")]
    log = [*progress, LogEvent("stdout", 30.0, "\n"), *events(reported(2, IPYTHON_7))]
    failure = locate_in_log(log, ran(*TRAIN))
    debugger = ("0.00s - Debugger warning: It seems that frozen modules are being used",)
    assert set(debugger).isdisjoint(failure.before)
    assert failure.before == tuple(f"epoch {n}" for n in range(20, 30))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_line_may_be_spread_over_events(size: int) -> None:
    text = reported(2, IPYTHON_7)
    pieces = [text[n : n + size] for n in range(0, len(text), size)]
    log = [LogEvent("stderr", 0.0, piece) for piece in pieces]
    failure = locate_in_log(log, ran(*TRAIN))
    assert failure.last
    assert (failure.error, failure.last.line) == (DIVISION, 101)


def test_what_the_output_says_is_not_taken_for_the_error_output() -> None:
    quoted = [LogEvent("stdout", 0.0, line.text) for line in events(reported(1, IPYTHON_7))]
    failure = locate_in_log([*quoted, *events(CRASH)], SCRIPT)
    assert (failure.error, failure.last and failure.last.line) == (DIVISION, 2)


def test_a_report_that_a_notebook_caught_is_not_why_it_failed() -> None:
    """A notebook that runs another with papermill may print its failure without failing."""
    caught = reported(1, IPYTHON_7).replace('  File "<string>"', '  File "/tmp/other.py"')
    dead = (
        "Traceback (most recent call last):\n"
        '  File "<string>", line 1, in <module>\n'
        '  File "/usr/lib/nbclient/client.py", line 9, in check\n'
        "    raise DeadKernelError\n"
        "nbclient.exceptions.DeadKernelError: Kernel died\n"
    )
    found = logged(caught + dead, ran(*TRAIN))
    assert found == Found("nbclient.exceptions.DeadKernelError: Kernel died")
    assert logged(caught + reported(2, "SystemExit: 2\n"), ran(*TRAIN)) == at("SystemExit: 2", 200)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("", "", 2),
        ("hello\n", "a second line of the message\n", 2),
        ("", "INFO:root:going on\n", None),
        ("", "[2026-11-25 03:00:00] going on\n", None),
        ("Exception in thread Thread-1 (f):\n", "", None),
        ("Task exception was never retrieved\n", "", None),
        ("", "[NbConvertApp] Converting notebook\n", 2),
        ("", "Exception ignored in: <x>\n" + CRASH.replace("ZeroDivisionError", "OSError"), 2),
        (CRASH.replace("line 2", "line 1") + "INFO:root:going on\n", "", 2),
    ],
)
def test_a_traceback_after_which_a_script_went_on_is_not_why_it_failed(
    before: str, after: str, line: int | None
) -> None:
    found = logged(before + CRASH + after, SCRIPT)
    assert found.line == line
    assert found.error == (DIVISION if line else UNSAID)


def test_what_is_said_a_while_later_is_said_by_a_script_that_went_on() -> None:
    said = "wandb: done\n"
    log = [*events(CRASH), LogEvent("stderr", 0.5, said)]
    assert locate_in_log(log, SCRIPT).frames
    for text in (said, "[NbConvertApp] Converting notebook\n", "\n", " \t\n"):
        log = [*events(CRASH), LogEvent("stderr", 2.0, text)]
        assert bool(locate_in_log(log, SCRIPT).frames) is (text != said)


def test_a_log_that_is_cut_short_tells_what_it_can() -> None:
    text = reported(2, IPYTHON_7)
    for end in range(0, len(text), 13):
        found = logged(text[:end], ran(*TRAIN))
        assert found.path in {None, TRAINER}
    assert logged(text[: text.index(" in <cell line: 0>")], ran(*TRAIN)) == at(UNSAID, 200)


def test_a_thread_that_died_is_not_what_ended_a_log_that_is_cut_short() -> None:
    died = f"Exception in thread Thread-1 (f):\n{CRASH}"
    begun = CRASH.partition("    1 / 0")[0]
    assert excerpt_of(events(died + begun)).lines == ()
    assert excerpt_of(events(CRASH + begun)).lines == tuple(CRASH.split("\n"))


def test_the_report_of_the_program_that_runs_notebooks_may_be_all_there_is() -> None:
    dead = (
        'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
        "nbclient.exceptions.DeadKernelError: Kernel died\n"
    )
    found = excerpt_of(events(dead + CRASH))
    assert found.lines == tuple((dead + CRASH).split("\n"))
    assert (found.count, found.before) == (None, ())


def test_of_two_reports_the_last_one_is_why_a_notebook_failed() -> None:
    report = 'Exception encountered at "In [{}]":\nValueError: {}\n'
    found = excerpt_of(events(report.format(1, "caught") + report.format(7, "raised")))
    assert (found.count, found.lines) == (7, ("ValueError: raised", ""))
    assert excerpt_of(events(report.format(3, "alone"))).count == 3


@pytest.mark.parametrize("blank", ["", "\n", "  \n", "\r\n"])
def test_a_report_that_begins_with_a_blank_line_is_empty(blank: str) -> None:
    """IPython 8 and 9 print an ExceptionGroup's traceback above an empty report."""
    report = f'Exception encountered at "In [2]":\n{blank}'
    found = excerpt_of(events(CRASH + report))
    assert (found.count, found.lines) == (2, tuple(CRASH.split("\n")))


def test_of_a_large_report_only_so_much_is_read() -> None:
    line = "x" * 5000
    begun = 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>'
    found = excerpt_of([LogEvent("stderr", 0.0, "\n".join([begun, *[line] * 1000]))])
    most, longest = 4 << 20, 4000
    whole = (most - len(begun)) // (len(line) + 1)
    assert len(found.lines) == 2 + whole + 1
    assert set(map(len, found.lines[2:-1])) == {longest}
    assert len(found.lines[-1]) == min(longest, most - len(begun) - whole * (len(line) + 1) - 1)


def test_of_a_large_report_of_a_cell_only_so_much_is_read() -> None:
    lines = ["ValueError: x", *["y" * 99] * 50_000]
    report = "\n".join(['Exception encountered at "In [2]":', *lines])
    found = excerpt_of([LogEvent("stderr", 0.0, report)])
    assert sum(len(line) + 1 for line in found.lines) == (4 << 20) + 1


def test_in_a_log_that_begins_with_its_report_the_first_cell_counts() -> None:
    """The message of the error may be such a report itself."""
    runner = 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
    report = 'Exception encountered at "In [{}]":\nValueError: {}\n'
    found = excerpt_of(events(runner + report.format(2, "outer") + report.format(9, "inner")))
    assert (found.count, found.lines[0], found.before) == (2, "ValueError: outer", ())


def test_a_log_without_a_word() -> None:
    assert excerpt_of([]).lines == ()
    assert logged("", ran("x")) == Found(UNSAID)
    assert locate_in_log([LogEvent("stdout", 0.0, "bye\n")], SCRIPT).before == ("bye",)


def steps(act: Callable[[], object]) -> int:
    """Return how many lines of Python a call executes: the same number on any machine."""
    count = 0

    def trace(*_: object) -> object:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        act()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "epoch 1\n",
        CRASH,
        "Traceback (most recent call last):\n",
        'Exception encountered at "In [1]":\n',
        'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n',
        "  + Exception Group Traceback (most recent call last):\n",
        "During handling of the above exception, another exception occurred:\n",
    ],
)
def test_the_work_grows_with_a_log_and_no_faster(piece: str) -> None:
    def work(size: int) -> int:
        log = events(piece * size)
        return steps(lambda: locate_in_log(log, SCRIPT))

    assert work(400) < 2.5 * work(200) + 2000


@pytest.mark.parametrize(
    "piece",
    ["x", "/nbship-a/src_py/", "a.", "_", "\x1b]", "\x1b[1", "Cell In [1], in ", "<", "/", "-", " ",
     "nbship-", "/ipykernel_1/", 'File "', "| ", "+-", "src_py/a/"],
)  # fmt: skip
def test_no_line_takes_long(piece: str) -> None:
    """A pattern that tries every beginning of a megabyte would run for hours."""
    for start in ("", '  File "/', "/home/", "File /", "  | "):
        line = start + piece * (1_000_000 // len(piece))
        assert logged(f"{line}\n{CRASH}", SCRIPT).error
        assert logged(reported(2, f"{line}\n{IPYTHON_7}"), ran(*TRAIN)).error


SENTENCE = "During handling of the above exception, another exception occurred:"


@pytest.mark.parametrize("after", ["", "KeyError: 3", "as the log says", "  "])
def test_a_message_may_hold_the_sentence_between_two_errors(after: str) -> None:
    heading = f"{'ValueError':<42}Traceback (most recent call last)"
    frame = ["Cell In[2], line 1", "----> 1 raise ValueError(text)"]
    [crash] = parse_errors([heading, *frame, "", "ValueError: x", "", SENTENCE, "", after])
    assert crash.error == "ValueError: x"
    assert [(spot.count, spot.line) for spot in crash.frames] == [(2, 1)]
    two = parse_errors(["KeyError: 3", "", SENTENCE, "", heading, *frame, "", "ValueError: x"])
    assert [crash.error for crash in two] == ["KeyError: 3", "ValueError: x"]


def test_a_log_may_begin_with_blank_lines() -> None:
    found = logged(f"\n\n{CRASH}", SCRIPT)
    assert (found.error, found.line) == (DIVISION, 2)


def test_quotes_and_blank_lines_around_a_message_are_not_what_was_said_before_it() -> None:
    """A traceback of a pool's process stands in quotes; it is fatal whatever they look like."""
    for quotes in ('"""', '  """  ', "", "  "):
        text = f"Exception in thread Thread-1 (f):\n{quotes}\n{CRASH}"
        assert logged(text, SCRIPT).line is None
        text = f"epoch 1\n{quotes}\n{CRASH}"
        assert logged(text, SCRIPT).line == 2


def test_blank_lines_are_not_kept_before_a_failure() -> None:
    log = [LogEvent("stdout", 0.0, text) for text in ("epoch 1\n", "  \n", "\t", "epoch 2\n")]
    assert excerpt_of(log).before == ("epoch 1", "epoch 2")


def test_of_a_long_line_before_a_failure_the_end_is_kept() -> None:
    log = [LogEvent("stdout", 0.0, "a" + "b" * 4000), LogEvent("stdout", 0.0, "c" * 3999 + "\n")]
    assert excerpt_of(log).before == ("b" * 4000, "c" * 3999)


def test_a_log_may_begin_in_the_middle_of_a_chain() -> None:
    found = logged(f"{SENTENCE}\n\n{CRASH}", SCRIPT)
    assert (found.error, found.line) == (DIVISION, 2)
