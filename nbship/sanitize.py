"""Text that is safe to print on a terminal: no escape sequences, no control characters."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def readable(text: str) -> str:
    """Return one line without escape sequences and control characters.

    Of a progress bar, only the last state is kept: the text after the last carriage return.
    """
    plain = _ANSI.sub("", text).rstrip("\r\n")
    return _CONTROL.sub("", plain.rpartition("\r")[2])
