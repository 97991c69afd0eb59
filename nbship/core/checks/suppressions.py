"""Allow comments: ``# nbship: allow CODE[, CODE]`` on the line of a finding, or alone above it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbship.core.checks.codes import RULES
from nbship.diagnostics import Diagnostic, Place, did_you_mean
from nbship.model.workspace import Source

_SIGN = "nbship: allow"
_COMMENT = re.compile(r"#\s*nbship: allow\b[ \t]*(.*)$", re.MULTILINE)
_ALONE = re.compile(r"[\s#]*")


@dataclass(frozen=True, slots=True)
class Allowed:
    """One code of an allow comment, and the lines for which it allows the code."""

    code: str
    place: Place
    lines: tuple[int, ...]


def apply_allow_comments(
    source: Source, findings: Iterable[Diagnostic], *, is_complete: bool = True
) -> Iterator[Diagnostic]:
    """Yield the findings of one file that no comment allows, and the codes that allow nothing.

    Without ``is_complete`` unused codes are not reported: a part of the file was not checked, and
    may have what they allow.
    """
    if _SIGN not in source.text:
        yield from findings
        return
    every = list(_allowed(source))
    allowed = {(a.code, line) for a in every for line in a.lines}
    used = set()
    for finding in findings:
        key = (finding.code, finding.place.line or 0)
        if key in allowed and RULES[finding.code].can_allow:
            used.add(key)
        else:
            yield finding
    if is_complete:
        for a in every:
            rule = RULES.get(a.code)
            is_used = any((a.code, line) in used for line in a.lines)
            if not is_used and not (rule and rule.keeps_allow):
                yield _unused(a)


def _allowed(source: Source) -> Iterator[Allowed]:
    lines = source.text.split("\n")
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) if _SIGN in line else None
        if match is None:
            continue
        is_alone = _ALONE.fullmatch(line[: match.start()]) is not None
        at = match.start(1) + 1
        for part in re.split(r"(,)", match[1]):
            code = part.strip()
            if code != ",":
                column = at + len(part) - len(part.lstrip())
                place = Place(source.path, number, column)
                yield Allowed(code, place, (number, number + 1) if is_alone else (number,))
            at += len(part)


def _unused(allowed: Allowed) -> Diagnostic:
    code, hint = allowed.code, "Remove the comment."
    if not code:
        message = "this comment names no code"
    elif code not in RULES:
        message = f"unknown code {code!r}{did_you_mean(code, RULES)}"
        hint = "Write the code that the finding shows, or remove the comment."
    elif RULES[code].can_allow:
        message = f"this comment allows nothing: no {code} on this line or the next"
    else:
        message = f"{code} cannot be allowed: correct the mistake"
    return Diagnostic(allowed.place, "unused-allow", message, (hint,))
