"""The report of a failure: lines that are safe on a terminal, and Markdown that no text breaks."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.checks.render import annotation
from nbship.core.failure.message import CANCELLED, choose_message
from nbship.core.failure.report import (
    FailureReport,
    Now,
    details,
    fenced,
    first_line,
    in_a_line,
    markdown,
)
from nbship.diagnostics import Place
from nbship.errors import RunFailed
from nbship.model.failure import Failure, Frame
from nbship.model.run import RunStatus

CALL = Frame("src_py/trainer.py", 44, None, "load('')", cell=5, cell_line=40)
LAST = Frame("src_py/sahel/voice.py", 12, "load", "return json.loads(text)")
WHOLE = Failure(
    "ValueError: no voice",
    (CALL, LAST),
    ("epoch 1", "epoch 2"),
    (Failure("KeyError: 'k'", (LAST,)), Failure("OSError: gone")),
)


def account(failure: Failure = WHOLE, now: Now = "same") -> FailureReport:
    log = "runs/2026-11-25/trainer-v3/_nbship/log.txt"
    return FailureReport(failure, "version 3 on Kaggle", "src_py/trainer.py", "The log", log, now)


def test_a_failure_is_a_line_and_what_belongs_to_it() -> None:
    assert first_line(account()) == "ValueError: no voice (version 3 on Kaggle)"
    assert details(account()) == (
        "return json.loads(text)",
        "called from src_py/trainer.py:44 (In [5])",
        "after src_py/sahel/voice.py:12 in load: KeyError: 'k'",
        "after OSError: gone",
    )


def test_a_line_in_a_cell_tells_of_its_cell() -> None:
    shown = details(account(Failure("E: e", (CALL,))))
    assert shown == ("load('')", "in the cell In [5], which begins at line 40")


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (48, "in the current file: src_py/sahel/voice.py:48"),
        ("unknown", "the line number is that of the version that ran; the line may have moved"),
        ("gone", "the current src_py/sahel/voice.py does not contain this line"),
    ],
)
def test_the_report_names_the_line_in_the_current_file(now: Now, line: str) -> None:
    assert line in details(account(now=now))
    assert line in markdown(account(now=now))


def test_a_line_of_which_nothing_else_is_said_is_the_same_today() -> None:
    whole = account()
    plain = FailureReport(whole.failure, whole.what, whole.source, whole.log_name, whole.log)
    assert details(plain) == details(account(now="same"))


def test_the_report_of_a_group_names_its_members() -> None:
    group = Failure("ExceptionGroup: two (2 sub-exceptions)", (LAST,), parts=WHOLE.causes)
    assert first_line(account(group)) == (
        "ExceptionGroup: two (2 sub-exceptions): KeyError: 'k'; OSError: gone (version 3 on Kaggle)"
    )
    assert (
        details(account(group))[-1]
        == "in the group: src_py/sahel/voice.py:12 in load: KeyError: 'k'"
    )


def test_of_many_callers_the_nearest_are_named() -> None:
    frames = tuple(Frame("src_py/a.py", line, "f") for line in range(1, 10))
    shown = details(account(Failure("E: e", frames)))
    assert shown[0] == "called from src_py/a.py:8 in f"
    assert shown[-1] == "and 2 calls above"


def test_without_a_line_it_is_what_the_log_said_last() -> None:
    lost = Failure("Kernel died", before=("epoch 0", "epoch 1", "epoch 2"))
    assert details(account(lost)) == ("the last line of the log: epoch 2",)
    assert details(account(Failure("Kernel died"))) == ()
    assert "src_py/trainer.py: Kernel died" in markdown(account(lost))


def test_markdown_keeps_all_that_is_known() -> None:
    text = markdown(account())
    assert text.startswith("# A failure in `src_py/trainer.py`, version 3 on Kaggle\n")
    for known in ("voice.py:12 in load: ValueError: no voice", "trainer.py:44 (In [5])", "epoch 1",
                  "KeyError: 'k'", "The log: `runs/2026-11-25/"):  # fmt: skip
        assert known in text


WHOLE_MARKDOWN = """\
# A failure in `src_py/trainer.py`, version 3 on Kaggle

```text
src_py/sahel/voice.py:12 in load: ValueError: no voice
```

## The line

```text
return json.loads(text)
called from src_py/trainer.py:44 (In [5])
after src_py/sahel/voice.py:12 in load: KeyError: 'k'
```

## The calls, the innermost last

```text
src_py/trainer.py:44 (In [5])
    load('')
src_py/sahel/voice.py:12 in load
    return json.loads(text)
```

## The errors before it

```text
src_py/sahel/voice.py:12 in load: KeyError: 'k'
OSError: gone
```

## The errors in the group

```text
E: part
```

## The log before the failure

```text
epoch 1
epoch 2
```

The log: `runs/2026-11-25/trainer-v3/_nbship/log.txt`
"""


def test_the_whole_markdown() -> None:
    assert markdown(account(replace(WHOLE, parts=(Failure("E: part"),)))) == WHOLE_MARKDOWN


def test_markdown_of_a_failure_without_a_line_names_the_source_and_has_no_empty_section() -> None:
    assert markdown(account(Failure("Kernel died"))) == (
        "# A failure in `src_py/trainer.py`, version 3 on Kaggle\n\n"
        "```text\nsrc_py/trainer.py: Kernel died\n```\n\n"
        "The log: `runs/2026-11-25/trainer-v3/_nbship/log.txt`\n"
    )


@pytest.mark.parametrize("count", [5, 6, 7, 8])
def test_six_callers_are_told_and_how_many_more_there_are(count: int) -> None:
    frames = tuple(Frame("src_py/a.py", line, "f") for line in range(1, count + 2))
    shown = details(account(Failure("E: e", frames)))
    callers = [f"called from src_py/a.py:{line} in f" for line in range(count, 0, -1)]
    more = [f"and {count - 6} calls above"] if count > 6 else []
    assert shown == (*callers[:6], *more)


def test_of_many_errors_the_last_before_it_and_the_first_in_it_are_told() -> None:
    causes = tuple(Failure(f"E{n}: before") for n in range(6))
    parts = tuple(Failure(f"P{n}: in it", (LAST,)) for n in range(6))
    alone = Failure("Q: without a line")
    failure = Failure("E: e", (LAST,), causes=causes, parts=(alone, *parts))
    assert details(account(failure))[1:] == (
        *(f"after E{n}: before" for n in range(2, 6)),
        *(f"in the group: src_py/sahel/voice.py:12 in load: P{n}: in it" for n in range(4)),
    )
    assert first_line(account(failure)).startswith("E: e: Q: without a line; P0: in it; P1: in it;")


def test_a_line_is_at_most_500_signs_without_escapes_and_line_ends() -> None:
    assert in_a_line("a\n  b\x1b[31m\tc\r\n") == "a b c"
    assert in_a_line("x" * 501) == "x" * 500
    assert len(first_line(account(Failure("x" * 600)))) == 500 + len(" (version 3 on Kaggle)")


@pytest.mark.parametrize(
    ("text", "fence"),
    [("a", "```"), ("``", "```"), ("a```b", "````"), ("````", "`````"), ("``` `````", "``````")],
)
def test_a_fence_is_longer_than_any_in_it(text: str, fence: str) -> None:
    assert fenced(text) == f"{fence}text\n{text}\n{fence}"


SIGNS = st.text(st.sampled_from("`~#\n\r\x1b[31m\x9b\x07 <>|a"), max_size=40)


@given(SIGNS, SIGNS, st.lists(SIGNS, max_size=3))
def test_nothing_breaks_out_of_the_markdown(error: str, line: str, before: list[str]) -> None:
    frame = Frame("src_py/a.py", 1, "f", line)
    text = markdown(account(Failure(f"E: {error}", (frame,), tuple(before))))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    fence = None
    outside = []
    for shown in text.split("\n"):
        if fence is None and (opened := re.match(r"(`{3,})text$", shown)):
            fence = opened[1]
        elif fence is not None and re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}\s*", shown):
            fence = None
        elif fence is None and shown:
            outside.append(shown)
    assert fence is None
    assert all(shown.startswith(("# ", "## ", "The log: `")) for shown in outside), outside


@given(SIGNS)
def test_the_lines_are_plain(text: str) -> None:
    report = account(Failure(text, (Frame("src_py/a.py", 1, None, text),), (text,)))
    for line in (first_line(report), *details(report)):
        assert "\n" not in line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line)


def test_github_is_told_of_the_line() -> None:
    error = RunFailed(
        "ValueError: 100 %\nno", place=Place("src_py/a,b.py", 3), function="f", quote="x\ny"
    )
    assert annotation(error) == (
        "::error file=src_py/a%2Cb.py,line=3,title=nbship%3A a run failed::"
        "src_py/a,b.py:3 in f: ValueError: 100 %25%0Ano%0Ax%0Ay"
    )
    assert annotation(RunFailed("odd")) == "::error title=nbship%3A a run failed::odd"


# --- whose words tell of it ---

MEMORY = "Your notebook tried to allocate more memory than is available."
TIME = "Your notebook was stopped because it exceeded the max allowed execution duration."


@pytest.mark.parametrize(
    ("found", "status", "expected"),
    [
        (WHOLE, RunStatus("error"), WHOLE),
        (WHOLE, RunStatus("error", "ValueError: no"), WHOLE),
        (WHOLE, RunStatus("error", MEMORY), Failure(MEMORY, before=WHOLE.before)),
        (WHOLE, RunStatus("error", TIME), Failure(TIME, before=WHOLE.before)),
        (WHOLE, RunStatus("cancelled"), Failure(CANCELLED, before=WHOLE.before)),
        (WHOLE, RunStatus("cancelled", TIME), Failure(TIME, before=WHOLE.before)),
        (Failure("Kernel died"), RunStatus("error", "no kernel"), Failure("no kernel")),
        (Failure("Kernel died"), RunStatus("error"), Failure("Kernel died")),
        (Failure("MemoryError", (LAST,)), RunStatus("error", MEMORY),
         Failure("MemoryError", (LAST,))),
    ],
)  # fmt: skip
def test_what_kaggle_ended_has_no_line_of_its_own(
    found: Failure, status: RunStatus, expected: Failure
) -> None:
    assert choose_message(found, status) == expected
