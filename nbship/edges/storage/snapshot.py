"""Copies of folders that share their files with the original, so that they take no room.

Side effects: makes folders and hard links, or copies where a file system has no links.
"""

import os
import shutil
from pathlib import Path

from nbship.edges.storage.containment import refuse_links
from nbship.edges.storage.files import explain_write_errors


def take(source: Path, target: Path, *, without: str = "") -> None:
    """Make the folder ``target`` with the regular files below ``source``, at the same places.

    Links, pipes and what cannot be read are left out, and so is the entry ``without`` at the top.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    with explain_write_errors(target):
        refuse_links(target)
        target.mkdir(parents=True, exist_ok=True)
        for folder, folders, names in os.walk(source):
            there = target / Path(folder).relative_to(source)
            left_out = without if folder == str(source) else None
            folders[:] = [name for name in folders if name != left_out]
            for name in folders:
                if not Path(folder, name).is_symlink():
                    (there / name).mkdir(exist_ok=True)
            for name in names:
                if name != left_out:
                    _take_file(Path(folder, name), there / name)


def _take_file(file: Path, target: Path) -> None:
    if file.is_symlink() or not file.is_file():
        return
    try:
        os.link(file, target, follow_symlinks=False)
    except OSError:
        if os.access(file, os.R_OK):
            shutil.copyfile(file, target, follow_symlinks=False)
