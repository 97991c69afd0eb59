"""Folders as bytes: what is sent to a worker, and what comes back. Links are not followed out.

Side effects: reads and writes files.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbship.edges.storage import containment, files
from nbship.errors import WorkspaceError

Parcel = Mapping[str, bytes]  # by path, with forward slashes; a folder without files ends with one


class TooLarge(WorkspaceError):
    """The files have more bytes than may be sent."""


def pack(folder: Path, most: int) -> dict[str, bytes]:
    """Return the files below a folder.

    Raises:
        TooLarge: they have more than ``most`` bytes.
        WorkspaceError: a file cannot be read.
    """
    packed: dict[str, bytes] = {}
    top, left = folder.resolve(), most
    for each, folders, names in os.walk(folder):
        shown = Path(each).relative_to(folder).as_posix()
        if not (folders or names):
            packed[f"{shown}/"] = b""
        for name in names:
            path = Path(each, name)
            if not path.is_file() or not path.resolve().is_relative_to(top):
                continue  # a pipe, a device, or a link out of the folder
            data = files.read_bytes(path, most=left + 1) or b""
            left -= len(data)
            if left < 0:
                raise TooLarge(f"more than {most >> 20} MB")
            packed[(Path(each, name)).relative_to(folder).as_posix()] = data
    return packed


def pack_files(folder: Path, names: Iterable[str], most: int) -> dict[str, bytes]:
    """Return those of these files of a folder that are there, each cut to ``most`` bytes.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    found = {name: files.read_bytes(folder / name, most=most) for name in names}
    return {name: data for name, data in found.items() if data is not None}


def unpack(parcel: Parcel, folder: Path) -> None:
    """Write the files of a parcel into a folder.

    Raises:
        WorkspaceError: a name leads out of the folder, or the disk cannot be written.
    """
    files.make_folder(folder)
    for name, data in parcel.items():
        path = containment.contained(folder, name) if name != "./" else folder
        if name.endswith("/"):
            files.make_folder(path)
        else:
            files.write_cache(path, data)
