"""The output of a session as one zip file, made while it is sent.

Side effects: reads the run's folder.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from nbship.local.sessions.outputs import output_files
from nbship.local.sessions.runner import WORKING

_CHUNK = 256 * 1024
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a zip file


class _Pipe:
    """What a zip file is written into: it cannot go back, so that all of it can be sent on."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        """Take a part."""
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Have nothing to do: what was written is there."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data, self._written = bytes(self._written), bytearray()
        return data


def packed(run_folder: Path) -> Iterator[bytes]:
    """Yield a zip file of all that a run has left, part by part; an empty one of nothing."""
    pipe = _Pipe()
    place = cast("IO[bytes]", pipe)  # all that writing one asks for
    with zipfile.ZipFile(place, "w") as archive:
        for file in output_files(run_folder):
            entry = zipfile.ZipInfo(file.name, max(file.modified.timetuple()[:6], _FIRST_DAY))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (
                (run_folder / WORKING / file.name).open("rb") as source,
                archive.open(entry, "w", force_zip64=True) as target,
            ):
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield pipe.taken()
    yield pipe.taken()
