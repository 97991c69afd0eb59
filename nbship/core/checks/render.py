"""Findings as text for people and editors, as JSON, and as annotations of a pull request.

GitHub's format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nbship.core.checks.codes import Level, level_of
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import NbshipError
from nbship.model.workspace import Meaning

FORMATS = ("text", "json", "github")


def render(findings: Sequence[Diagnostic], form: str) -> Iterator[str]:
    """Yield the lines of the findings in one of the FORMATS."""
    return _RENDERERS[form](findings)


def summary(findings: Sequence[Diagnostic], notebooks: int) -> str:
    """Return the last line of a check that fails: how many findings where, and what to do.

    ``notebooks`` is how many notebooks it looked at.
    """
    files = len({finding.place.path for finding in findings})
    seen = f" ({_count(notebooks, 'notebook')})" if notebooks else ""
    return (
        f"check: {counted(findings)} in {_count(files, 'file')}{seen}: correct each at its line, "
        "or allow it there with '# nbship: allow CODE'"
    )


def counted(findings: Iterable[Diagnostic]) -> str:
    """Return how many findings of each level there are, as ``2 errors, 1 warning``."""
    numbers = Counter(map(level_of, findings))
    levels: tuple[Level, ...] = ("error", "warning")
    return ", ".join(_count(numbers[level], level) for level in levels if numbers[level])


def is_failure(findings: Iterable[Diagnostic], *, is_strict: bool) -> bool:
    """Return whether a check with these findings fails."""
    return any(is_strict or level_of(finding) == "error" for finding in findings)


def text_lines(findings: Iterable[Diagnostic]) -> Iterator[tuple[str, Meaning]]:
    """Yield the lines of the findings for people, each with its meaning."""
    for finding in findings:
        yield _line(finding), level_of(finding)
        yield from ((f"  → {hint}", "hint") for hint in finding.hints)


def _text(findings: Iterable[Diagnostic]) -> Iterator[str]:
    yield from (line for line, _ in text_lines(findings))


def _line(finding: Diagnostic) -> str:
    level = "warning: " if level_of(finding) == "warning" else ""
    return f"{finding.place}: {level}{finding.code} {finding.message}"


def _json(findings: Iterable[Diagnostic]) -> Iterator[str]:
    entries = [
        {
            "file": finding.place.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "level": level_of(finding),
            "code": finding.code,
            "message": finding.message,
            "hint": finding.hint,
        }
        for finding in findings
    ]
    yield json.dumps(entries, indent=2, ensure_ascii=False)


def _github(findings: Iterable[Diagnostic]) -> Iterator[str]:
    for finding in findings:
        text = "\n→ ".join([_line(finding), *finding.hints])
        yield _command(level_of(finding), finding.place, f"nbship {finding.code}", text)


def annotation(error: NbshipError) -> str:
    """Return GitHub's annotation of an error, at its line if it has one."""
    text = "\n".join(filter(None, [str(error), error.diagnostic.quote]))
    return _command("error", error.place, "nbship: a run failed", text)


def _command(level: Level, place: Place | None, title: str, text: str) -> str:
    where = {"file": place.path, **_position(place)} if place else {}
    properties = ",".join(
        f"{name}={_escaped(str(value), _PROPERTY)}"
        for name, value in {**where, "title": title}.items()
    )
    return f"::{level} {properties}::{_escaped(text, _MESSAGE)}"


def _position(place: Place) -> dict[str, int]:
    position = {"line": place.line, "col": place.column}
    return {name: number for name, number in position.items() if number is not None}


_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_MESSAGE, ":": "%3A", ",": "%2C"}


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return text.translate({ord(sign): code for sign, code in escapes.items()})


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


_RENDERERS: Mapping[str, Callable[[Sequence[Diagnostic]], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}
