"""The comments with which a person allows a finding: ``# nbship: allow CODE[, CODE]``."""

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
    """One code that a comment allows, and on which lines."""

    code: str
    place: Place
    lines: tuple[int, ...]


def settle(
    source: Source, findings: Iterable[Diagnostic], *, is_complete: bool = True
) -> Iterator[Diagnostic]:
    """Yield the findings of one file that no comment allows, and the comments that allow none.

    Where the file could not be checked as a whole, nobody can say of a comment that it is unused.
    """
    found = list(findings)
    if _SIGN not in source.text:
        yield from found
        return
    allowed = list(_allowed(source))
    used = set()
    for finding in found:
        by = [a for a in allowed if a.code == finding.code and finding.place.line in a.lines]
        if by and RULES[finding.code].can_allow:
            used.update(by)
        else:
            yield finding
    if is_complete:
        for a in allowed:
            rule = RULES.get(a.code)
            if a not in used and not (rule and rule.keeps_allow):
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
    code = allowed.code
    if code not in RULES:
        message = f"there is no check {code!r}{did_you_mean(code, RULES)}"
    elif RULES[code].can_allow:
        message = f"nothing to allow here: no {code} on this line or the next"
    else:
        message = f"{code} cannot be allowed: mend what it names"
    return Diagnostic(allowed.place, "unused-allow", message, ("Take the comment out.",))
