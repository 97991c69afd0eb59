"""The part of a file that a request asks for (RFC 9110, sections 13.1.5 and 14.2). Pure."""

import re

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


def requested(header: str, size: int) -> range | None:
    """Return the bytes that a ``Range`` header asks for, of a file of ``size`` bytes.

    None means the whole file: there is no such header, or it has a form that a server may ignore.
    The range is empty if the file has none of these bytes; the answer is then 416.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:  # the last bytes of the file
        return range(max(0, size - int(match["last"])), size)
    first, last = int(match["first"]), int(match["last"] or size)
    if last < first:
        return None
    return range(min(first, size), min(last + 1, size))
