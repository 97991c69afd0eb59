"""Google Drive: a folder of the rehearsal, which holds a copy of the samples.

Side effects: makes folders in the folder of the rehearsal, and nowhere else.
"""

import os
import shutil

import sitecustomize  # type: ignore[import-not-found] # on the same PYTHONPATH
from google.colab import facts

__all__ = ["flush_and_unmount", "mount"]

_ROOT = "MyDrive"
_mounted: dict[str, str] = {}  # by mount point, as the notebook writes it: its real folder


def mount(
    mountpoint: str,
    force_remount: bool = False,
    timeout_ms: int = 120_000,
    readonly: bool = False,
) -> None:
    """Make the folder, with ``MyDrive`` and the samples in it.

    Raises:
        ValueError: the folder has files, is no folder, or a link leads out of the rehearsal.
    """
    if " " in mountpoint:
        raise ValueError(f"A mount point has no spaces: {mountpoint!r}")
    real = _inside(mountpoint)
    if os.path.isdir(os.path.join(real, _ROOT)) and not force_remount:
        print(f"Drive is mounted at {mountpoint}; force_remount=True mounts it again.")
        return
    flush_and_unmount()
    if os.path.lexists(real) and not _is_empty(real):
        raise ValueError(f"The mount point {mountpoint} is no empty folder")
    os.makedirs(os.path.dirname(real), exist_ok=True)
    if os.path.lexists(real):
        os.rmdir(real)
    shutil.move(_kept(), real)  # the sandbox mounts both folders: a rename would fail
    _mounted[mountpoint] = real
    print(f"Mounted at {mountpoint}")


def flush_and_unmount(timeout_ms: int = 86_400_000) -> None:
    """Take the folder away; the next mount brings its files back."""
    while _mounted:
        _, real = _mounted.popitem()
        shutil.move(real, facts.read()["drive"])
        os.mkdir(real)


def _inside(mountpoint: str) -> str:
    """Return the real folder of a mount point, which is in the folder of the rehearsal.

    A folder of this machine that nobody has, such as /gdrive, is replaced by one in the rehearsal.

    Raises:
        ValueError: the folder of this machine has files, or a link leads there.
    """
    world = facts.read()["world"]
    plain = os.path.abspath(os.path.expanduser(mountpoint))
    if sitecustomize.WORLD is None:  # in the sandbox nothing is this machine's
        return os.path.realpath(plain)
    path: str = sitecustomize.WORLD.translate(plain)
    folder, name = os.path.split(path)
    real = os.path.join(os.path.realpath(folder), name)
    if _is_in(real, os.path.realpath(world)):
        return real
    if _is_in(path, world) or (os.path.lexists(path) and not _is_empty(path)):
        raise ValueError(f"The mount point {mountpoint} is outside the rehearsal, and has files")
    return str(sitecustomize.WORLD.add_mount(path))


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _is_empty(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path) and not os.listdir(path)


def _kept() -> str:
    """Return the folder that keeps Drive while it is not mounted; the first time, fill it."""
    kept = str(facts.read()["drive"])
    if not os.path.isdir(kept):
        sample = os.path.join(facts.read()["samples"], "drive")
        if os.path.isdir(sample):
            shutil.copytree(sample, os.path.join(kept, _ROOT))
        else:
            os.makedirs(os.path.join(kept, _ROOT))
        os.symlink(_ROOT, os.path.join(kept, "My Drive"))
    return kept
