"""Text that a terminal may show: no escapes, no control characters."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def readable(text: str) -> str:
    """Return text that a terminal may have: no escapes, a progress bar as its last state."""
    plain = _ANSI.sub("", text).rstrip("\r\n")
    return _CONTROL.sub("", plain.rpartition("\r")[2])
