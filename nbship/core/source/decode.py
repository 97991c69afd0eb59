"""The decoding of a source: its bytes as text, and whether the text is a notebook or a module."""

import re

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import KAGGLE_BYTES, Source

MOST_BYTES = 4 * KAGGLE_BYTES  # of one source
# Why the content of a link is not taken.
IS_A_LINK = "is a link, and git keeps where a link leads, not what is there"
# jupytext indents the marker of an indented cell; elsewhere it may be a comment of a function.
_SIGN = r"# *%%(?:%*[^\S\n].*)?$"
_FIRST_MARKER = re.compile(rf"\s*{_SIGN}", re.MULTILINE)
_MARKER = re.compile(rf"^{_SIGN}", re.MULTILINE)


def decode(path: str, data: bytes) -> Source:
    """Decode the bytes of a source from UTF-8, without a BOM and with LF for CRLF.

    Raises:
        SourceError: the bytes are not UTF-8 (names the line), or there are more than 4,000,000.
    """
    if len(data) > MOST_BYTES:
        raise SourceError(
            f"more than {MOST_BYTES:,} bytes",
            place=Place(path),
            hint=f"Kaggle accepts {KAGGLE_BYTES:,}. Move data into a dataset.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # error.object is without the BOM
        raise SourceError(
            f"not UTF-8: byte 0x{error.object[error.start]:02x}",
            place=Place(path, line),
            code="encoding",
            hint="Save the file as UTF-8.",
        ) from None
    return Source(path, text.replace("\r\n", "\n"))


def linked(path: str, link: str) -> SourceError:
    """Return the error for a source or module that is a link, or lies behind one.

    No commit holds the content that would be pushed, and the link may lead to a file that nobody
    should see.
    """
    what = "it" if link == path else link
    return SourceError(
        f"{what} {IS_A_LINK}",
        place=Place(path),
        code="link",
        hint="Replace the link by the file itself.",
    )


def unreadable_source(path: str, reason: str, folder: str) -> SourceError:
    """Return the error for a file below ``folder`` that exists and cannot be read."""
    return SourceError(
        f"cannot be read: {reason}",
        place=Place(path),
        code="unreadable",
        hint=f"Make it a file or a folder that you can read, or move it out of {folder}/.",
    )


def is_notebook(text: str) -> bool:
    """Return whether a source is a notebook, with a ``# %%`` line, and not a module."""
    if "%%" not in text:
        return False
    return _MARKER.search(text) is not None or _FIRST_MARKER.match(text) is not None
