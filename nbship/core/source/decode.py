"""Turn the bytes of a source into text, and tell a notebook from a module."""

import re

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

MOST_BYTES = 4_000_000  # of one source: four times what Kaggle takes
_MARKER = re.compile(r"^# *%%(?:%*[^\S\n].*)?$", re.MULTILINE)


def decode(path: str, data: bytes) -> Source:
    """Turn the bytes of a source into text: UTF-8, a BOM dropped, CRLF read as LF.

    Raises:
        SourceError: the bytes are not UTF-8; names the line. Or they are too many for a source.
    """
    if len(data) > MOST_BYTES:
        raise SourceError(
            f"more than {MOST_BYTES:,} bytes",
            place=Place(path),
            hint="Kaggle takes 1,000,000. Move data into a dataset.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # what follows a BOM
        raise SourceError(
            f"not UTF-8: byte 0x{error.object[error.start]:02x}",
            place=Place(path, line),
            code="encoding",
            hint="Save the file as UTF-8.",
        ) from None
    return Source(path, text.replace("\r\n", "\n"))


def is_notebook(text: str) -> bool:
    """Tell a notebook, which has a ``# %%`` line, from a module, which has none."""
    return "%%" in text and _MARKER.search(text) is not None
