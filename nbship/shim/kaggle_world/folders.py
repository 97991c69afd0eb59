"""The entries of a folder, as ``os.scandir`` returns them, with their paths on Kaggle.

Side effects: reads folders.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any, Self

    from kaggle_world.paths import World


class Entry:
    """An entry of a folder below /kaggle; its ``path`` is the path below /kaggle."""

    __slots__ = ("_entry", "_is_sample", "path")

    def __init__(self, entry: Any, path: Any, *, is_sample: bool) -> None:
        self._entry, self.path, self._is_sample = entry, path, is_sample

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return repr(self._entry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)

    def is_symlink(self) -> bool:
        """Return whether the entry is a link on Kaggle."""
        return not self._is_sample and bool(self._entry.is_symlink())

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Return whether the entry is a folder."""
        return bool(self._entry.is_dir(follow_symlinks=follow_symlinks or self._is_sample))

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Return whether the entry is a file."""
        return bool(self._entry.is_file(follow_symlinks=follow_symlinks or self._is_sample))

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return the facts of the entry."""
        follow = follow_symlinks or self._is_sample
        found: os.stat_result = self._entry.stat(follow_symlinks=follow)
        return found


class Entries:
    """The result of ``os.scandir`` for a folder below /kaggle, which is called ``folder`` there."""

    def __init__(self, world: World, entries: Any, folder: Any) -> None:
        self._world, self._entries, self._folder = world, entries, folder

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Entry:
        entry = next(self._entries)
        is_sample = entry.is_symlink() and self._world.is_mount_link(entry.path)
        return Entry(entry, os.path.join(self._folder, entry.name), is_sample=is_sample)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder."""
        self._entries.close()
