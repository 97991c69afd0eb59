"""The session line in a log: read once, from the run's own line."""

import pytest

from nbship.core.run.session_line import SessionFacts, minor_of, session_in
from nbship.model.run import LogEvent

LINE = "nbship: session 12, image gcr.io/k@sha256:1, Python 3.12.11, accelerator none"
FACTS = SessionFacts(12, "gcr.io/k@sha256:1", "Python 3.12.11", "none")


def event(text: str, stream: str = "stdout") -> LogEvent:
    return LogEvent(stream, 1.0, text)


def test_the_first_line_counts() -> None:
    other = LINE.replace("12,", "13,", 1)
    events = [event("0.00s\n", "stderr"), event("hello\n"), event(f"{LINE}\r\n"), event(other)]
    assert session_in(events) == FACTS
    assert session_in([]) is None


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (
            "nbship: session 7, image unknown, R 4.4.0, accelerator unknown",
            SessionFacts(7, "", "R 4.4.0", ""),
        ),
        (
            "nbship: session 7, image a, Python 3.13.0rc1+local, accelerator 2 x T4, L4",
            SessionFacts(7, "a", "Python 3.13.0rc1+local", "2 x T4, L4"),
        ),
    ],
)
def test_what_a_run_does_not_know_is_empty(line: str, facts: SessionFacts) -> None:
    assert session_in([event(f"\x1b[1m{line}\x1b[0m\n")]) == facts


@pytest.mark.parametrize(
    "line",
    [
        f"> {LINE}",
        f"{LINE[:-4]}",
        LINE.replace("12,", f"{'9' * 19},", 1),
        LINE.replace("12,", "-1,", 1),
        LINE.replace("Python", "Julia"),
        LINE.replace("none", "x" * 2000),
        LINE.replace("image g", "image g g"),
    ],
)
def test_a_line_of_another_form_is_none(line: str) -> None:
    found = session_in([event(line)])
    assert found is None or len(found.accelerator) <= 1000 - len(LINE) + len("none")


def test_a_line_is_read_up_to_1000_signs() -> None:
    line = LINE.replace("none", "x" * 2000)
    for size in (999, 1000, 1001):
        found = session_in([event(line[:size])])
        assert found is not None
        assert found.accelerator == line[LINE.index("none") : min(size, 1000)]


def test_stderr_has_none() -> None:
    assert session_in([event(LINE, "stderr")]) is None


@pytest.mark.parametrize(
    ("runtime", "minor"),
    [("Python 3.12.11", "3.12"), ("Python 3.7", "3.7"), ("R 4.4.0", ""), ("", "")],
)
def test_the_minor_version_of_python(runtime: str, minor: str) -> None:
    assert minor_of(runtime) == minor


def test_a_thousand_characters_of_a_line_are_read() -> None:
    rest = 1000 - len(LINE) + len("none")
    for more in (0, 1, 5000):
        found = session_in([event(LINE.replace("none", "x" * (rest + more)))])
        assert found
        assert found.accelerator == "x" * rest
    assert session_in([event("y" * 1000 + LINE)]) is None
