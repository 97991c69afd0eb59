"""The output of a run as one zip file, compressed while it is sent.

Side effects: reads the run's folder.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from nbship.local.sessions.outputs import output_files
from nbship.local.sessions.runner import WORKING

_CHUNK = 256 * 1024
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file can hold


class _Buffer:
    """The target of the zip file. It cannot seek, so written bytes never change and can be sent."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._pending += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: zipfile requires the method."""

    def take(self) -> bytes:
        """Return and remove the bytes written since the last call."""
        data, self._pending = bytes(self._pending), bytearray()
        return data


def zip_parts(run_folder: Path) -> Iterator[bytes]:
    """Yield the parts of a zip file with all output files of a run; without any, an empty zip."""
    buffer = _Buffer()
    file_like = cast("IO[bytes]", buffer)  # zipfile calls write and flush only
    with zipfile.ZipFile(file_like, "w") as archive:
        for file in output_files(run_folder):
            entry = zipfile.ZipInfo(file.name, max(file.modified.timetuple()[:6], _FIRST_DAY))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (
                (run_folder / WORKING / file.name).open("rb") as source,
                archive.open(entry, "w", force_zip64=True) as target,
            ):
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield buffer.take()
    yield buffer.take()
