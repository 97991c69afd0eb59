"""secret: a token or a key in a source, found by its form.

A quick search decides whether the detector is needed, whose import takes a third of a second. It
never misses what the detector would find: a test shows this for each pattern.
"""

import re
from collections.abc import Iterator
from functools import cache

from nbship.core.checks.facts import ParsedFile
from nbship.diagnostics import Diagnostic, Place

# Each text that a pattern of the detector matches contains one of these signs, in small letters.
# Some signs are parts of common words: for these there is a pattern, which must match as well.
_SIGNS = {
    "a3t": r"a3t[a-z0-9]{17}",
    "abia": r"abia[0-9a-z]{16}",
    "acca": r"acca[0-9a-z]{16}",
    "akia": r"akia[0-9a-z]{16}",
    "asia": r"asia[0-9a-z]{16}",
    "aws": r"aws.*[0-9a-z/+]{40}",
    "accountkey=": "",
    "ghp_": "", "gho_": "", "ghu_": "", "ghs_": "", "ghr_": "", "github_pat_": "",
    "glpat-": "", "gldt-": "", "glft-": "", "glsoat-": "", "glrt-": "", "gr1348941": "",
    "glcbt-": "", "glimt-": "", "glptt-": "", "glagent-": "", "gloas-": "",
    "eyj": r"eyj[a-z0-9\-_=]+\.",
    "_authtoken=": "",
    "npm_": r"npm_[a-z0-9]{36}",
    "sk-": r"sk-[a-z0-9\-_]{28}",
    "private key": "", "putty-user-key-file-2": "",
    "pypi-age": "",
    "sg.": r"sg\.[a-z0-9_\-]{22}\.",
    "xox": r"xox[abopsr]-",
    "hooks.slack.com/services/t": "",
    "sq0csp-": "",
    "k_live_": "",
    "hf_": r"hf_[a-z0-9]{30}",
    "kgat_": "",
    "kaggle_key": "",
    "username": r"username.*[0-9a-f]{32}",
    "wandb": r"wandb.*[0-9a-f]{40}|wandb_v1_",
    "aiza": r"aiza[0-9a-z_\-]{35}",
}  # fmt: skip

HINT = "Revoke it, and read it from Kaggle's secrets or an environment variable."


def secrets(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield each token or key with its place and its kind, never the secret itself."""
    for line, column, kind in secrets_in(file.source.text):
        place = Place(file.source.path, line, column)
        yield Diagnostic(place, "secret", f"this looks like a secret: {kind}", (HINT,))


def secrets_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the line and the column of each token or key in a text, and its kind."""
    if not may_hold(text):
        return
    from nbship.core.checks.rules.secret_patterns import detect

    for number, line in enumerate(text.split("\n"), 1):
        if may_hold(line):
            yield from ((number, column, kind) for column, kind in detect(line))


def may_hold(text: str) -> bool:
    """Return False only if the detector would find nothing in the text."""
    small = text.lower() if text.isascii() else text.casefold()
    return any(
        sign in small and (not more or _compiled(more).search(small) is not None)
        for sign, more in _SIGNS.items()
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed; most of them never are."""
    return re.compile(pattern)
