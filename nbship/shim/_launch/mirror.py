"""The mirror of a sample: real folders and copies of its files, in place of one link to it.

A link that stands for a mount is seen as a link: ``os.walk``, ``find`` and ``ls -R`` do not follow
it. A sandbox mounts the sample itself; without one, its files are copied as long as they are few:
small ones first, up to ``LIMIT`` bytes in all. Each larger file is a link to the sample's, because
copying it would take seconds and fill the disk. No file is linked hard: a write would reach the
sample. What a program writes into a copy changes the copy alone; into a linked file it changes the
sample, unless the program is Python with the shim. The copies keep the modes of the sample, and may
be written by their owner: what ``cp`` makes of a file that nobody may write cannot be written
either, which on Kaggle, as root, it can.

- A link from one place of the sample to another stays a link. One that leads out of the sample or
  to nothing, or in a circle, is left out: a sample is what its folder contains.
- A FIFO, a socket and a device are left out, because no dataset has one; so is what cannot be read.

A stand-alone file of the standard library: the launcher imports it by its path.

Side effects: makes folders, files and links below the target.
"""

import errno
import os
import shutil
import stat
from dataclasses import dataclass, field

LIMIT = 64 * 2**20  # bytes
_CANNOT_READ = "it cannot be read"
_OWNER = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What became of a sample: the bytes of the copies, the linked files and what was left out.

    Paths are relative to the sample; ``left_out`` says why, by path.
    """

    copied: int = 0
    linked: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """What a sample contains, by its path there: files with their size, links with their target."""

    folders: list[str] = field(default_factory=list)
    files: list[tuple[int, str]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def mirror(source: str, target: str, limit: int = LIMIT) -> Mirrored:
    """Make the folder ``target`` with what the folder ``source`` contains.

    ``limit`` is the most bytes to copy: for a next sample it is what this one has left.

    Raises:
        OSError: the target is there, or cannot be made.
    """
    top = os.path.realpath(source)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.mkdir(target)
    found = _find(top)
    for folder in found.folders:  # the folders above first
        os.mkdir(os.path.join(target, folder))
    for path, leads_to in found.links.items():
        os.symlink(leads_to, os.path.join(target, path))
    copied, linked = 0, []
    for size, path in sorted(found.files):
        real, there = os.path.join(top, path), os.path.join(target, path)
        if not os.access(real, os.R_OK):
            found.left_out[path] = _CANNOT_READ
        elif copied + size <= limit and _copy(real, there):
            copied += size
        else:
            os.symlink(real, there)
            linked.append(path)
    return Mirrored(copied, tuple(sorted(linked)), found.left_out)


def _find(top: str) -> _Found:
    found = _Found()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            names = sorted(os.listdir(os.path.join(top, folder)))
        except FileNotFoundError:
            found.left_out[folder or "."] = "it is not there"
            continue
        except OSError:
            found.left_out[folder or "."] = _CANNOT_READ
            continue
        for name in names:
            path = os.path.join(folder, name)
            try:
                _add(found, waiting, top, path)
            except OSError as error:
                found.left_out[path] = _reason(error)
    return found


def _add(found: _Found, waiting: list[str], top: str, path: str) -> None:
    """Add one entry of the sample to what is found there, or to the folders that wait.

    Raises:
        OSError: it is gone, or a link that leads nowhere.
    """
    real = os.path.join(top, path)
    facts = os.lstat(real)
    if stat.S_ISDIR(facts.st_mode):
        found.folders.append(path)
        waiting.append(path)
    elif stat.S_ISREG(facts.st_mode):
        found.files.append((facts.st_size, path))
    elif not stat.S_ISLNK(facts.st_mode):
        found.left_out[path] = "it is neither a file nor a folder"
    else:
        leads_to = os.path.realpath(real, strict=True)
        if leads_to == top or leads_to.startswith(f"{top}/"):
            found.links[path] = os.path.relpath(leads_to, os.path.dirname(real))
        else:
            found.left_out[path] = "the link leads out of the sample"


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "the link leads in a circle"
    if error.errno == errno.ENOENT:
        return "the link leads to nothing"
    return _CANNOT_READ


def _copy(real: str, there: str) -> bool:
    """Copy a file with its mode and dates; return whether it is there whole.

    It is not on a full disk, or where the file has changed its kind meanwhile.
    """
    try:
        shutil.copyfile(real, there, follow_symlinks=False)
        shutil.copystat(real, there, follow_symlinks=False)
        os.chmod(there, stat.S_IMODE(os.lstat(there).st_mode) | _OWNER)
    except OSError:
        if os.path.lexists(there):
            os.unlink(there)
        return False
    return True
