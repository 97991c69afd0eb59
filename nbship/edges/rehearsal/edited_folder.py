"""The folder of a kernel that an editor starts, laid out as that of a rehearsal.

``/kaggle/working`` and the home stay from one kernel to the next, because they may hold what took
hours. All else is made anew, as at the start of a session on Kaggle: also what pip has installed.

Side effects: makes and removes files below the caller's folder.
"""

from pathlib import Path

from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.errors import Unreadable

CONNECTION = "connection.json"
_MOST = 1 << 16  # bytes of a connection file


def make_folders(folder: Path) -> KaggleFolders:
    """Make the folders of a kernel, without inputs.

    Raises:
        WorkspaceError: a link is in the way, or the disk cannot be written.
    """
    folders = KaggleFolders.below(folder)
    clear(folders)
    for path in (folders.working, folders.home, folders.temp):
        files.make_folder(path)
    return folders


def clear(folders: KaggleFolders) -> None:
    """Remove what is not to stay.

    Raises:
        WorkspaceError: a link is in the way, or something cannot be removed.
    """
    files.make_folder(folders.root)
    stays = {folders.root, folders.working, folders.home}
    for path in (*folders.root.iterdir(), *folders.folder.iterdir()):
        if path not in stays:
            files.remove(path)


def read_connection(path: str) -> bytes | None:
    """Return the content of a connection file, None if there is none: the kernel makes it then."""
    try:
        return files.read_bytes(Path(path), most=_MOST) if path else None
    except Unreadable:
        return None


def write_connection(folders: KaggleFolders, data: bytes | None) -> None:
    """Copy a connection file for the kernel, which does not see the folder of the editor's.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    if data is not None:
        files.write_file(folders.folder / CONNECTION, data, mode=0o600)
