"""secret: a token or a key in a source, found by its form.

A quick search decides whether the detector is needed, whose import takes a third of a second. It
never misses what the detector would find: a test shows this for each pattern. Long lines are
searched in pieces: some of the detector's patterns take a time that grows with the square.
"""

import re
from collections.abc import Iterator
from functools import cache

from nbship.core.checks.facts import ParsedFile
from nbship.diagnostics import Diagnostic, Place

# Each text that a pattern of the detector matches contains one of these signs, in small letters.
_ALONE = (
    "accountkey=",
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
    "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "gr1348941",
    "glcbt-", "glimt-", "glptt-", "glagent-", "gloas-",
    "_authtoken=",
    "private key", "putty-user-key-file-2",
    "pypi-age",
    "hooks.slack.com/services/t",
    "sq0csp-",
    "k_live_",
    "kgat_",
    "kaggle_key",
)  # fmt: skip
# Some signs are parts of common words: with the pattern of what follows the sign,
_BEGINNINGS = {
    "a3t": r"[a-z0-9]{17}",
    "abia": r"[0-9a-z]{16}",
    "acca": r"[0-9a-z]{16}",
    "akia": r"[0-9a-z]{16}",
    "asia": r"[0-9a-z]{16}",
    "eyj": r"[a-z0-9\-_=]+\.",
    "npm_": r"[a-z0-9]{36}",
    "sk-": r"[a-z0-9\-_]{28}",
    "sg.": r"[a-z0-9_\-]{22}\.",
    "xox": r"[abopsr]-",
    "hf_": r"[a-z0-9]{30}",
    "aiza": r"[0-9a-z_\-]{35}",
}
# and with the pattern of what is in the same line, from the first sign on.
_NAMES = {
    "aws": r"[0-9a-z/+]{40}",
    "username": r"[0-9a-f]{32}",
    "wandb": r"[0-9a-f]{40}|wandb_v1_",
}
_SIGNS = {
    **dict.fromkeys(_ALONE, ""),
    **{sign: re.escape(sign) + rest for sign, rest in _BEGINNINGS.items()},
    **_NAMES,
}

HINT = "Revoke it, and read it from Kaggle's secrets or an environment variable."


# Characters of a long line: a piece, what is before it, and the longest token that it may begin.
_PIECE = 500
_BEFORE = 50
_LONGEST = 500


def secrets(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield each token or key with its place and its kind, never the secret itself."""
    for line, column, kind in secrets_in(file.source.text):
        place = Place(file.source.path, line, column)
        yield Diagnostic(place, "secret", f"this looks like a secret: {kind}", (HINT,))


def secrets_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the line and the column of each token or key in a text, and its kind."""
    small = _small(text)
    signs = [sign for sign in _SIGNS if sign in small]
    if not signs:
        return
    lines = zip(text.split("\n"), small.split("\n"), strict=True)
    for number, (line, small_line) in enumerate(lines, 1):
        if any(sign in small_line for sign in signs):
            yield from ((number, column, kind) for column, kind in _in_line(line))


def may_hold(line: str) -> bool:
    """Return False only if the detector would find nothing in the line."""
    small = _small(line)
    return any(
        sign in small and _compiled(more).search(small, small.find(sign)) is not None
        for sign, more in _SIGNS.items()
    )


def _in_line(line: str) -> Iterator[tuple[int, str]]:
    """Yield the column, from 1, and the kind of each secret in a line."""
    for start in range(0, len(line), _PIECE):
        first = max(start - _BEFORE, 0)
        piece = line[first : start + _PIECE + _LONGEST]
        if not may_hold(piece):
            continue
        from nbship.core.checks.rules.secret_patterns import detect

        for column, kind in detect(piece):
            if start < first + column <= start + _PIECE:
                yield first + column, kind


def _small(text: str) -> str:
    return text.lower() if text.isascii() else text.casefold()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed; most of them never are."""
    return re.compile(pattern)
