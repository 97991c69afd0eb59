"""Files between the browser and the notebook: uploads are samples, downloads stay where they are.

Side effects: writes the uploaded files.
"""

import os
from pathlib import Path

from google.colab import facts

__all__ = ["download", "upload", "upload_file", "view"]


def upload(target_dir: str = "") -> dict[str, bytes]:
    """Write the samples for uploads into a folder, and return their contents by path."""
    samples = _samples()
    found: dict[str, bytes] = {}
    for name, data in samples.items():
        path = _free(os.path.join(target_dir, name))
        if target_dir:
            os.makedirs(target_dir, exist_ok=True)
        Path(path).write_bytes(data)
        print(f"Saving {name} to {path}")
        found[path] = data
    if not samples:
        print(f"files.upload(): no sample in {facts.read()['samples_shown']}/upload")
    return found


def upload_file(filename: str) -> None:
    """Write the only sample for uploads to a file.

    Raises:
        ValueError: there is none, or more than one.
    """
    samples = _samples()
    if len(samples) != 1:
        folder = f"{facts.read()['samples_shown']}/upload"
        raise ValueError(f"upload_file() needs one sample in {folder}, which has {len(samples)}")
    Path(filename).write_bytes(*samples.values())


def download(filename: str) -> None:
    """Say where a file is.

    Raises:
        FileNotFoundError: there is no such file.
    """
    _refuse_missing(filename)
    print(f"files.download(): {_shown(filename)}")


def view(filepath: str) -> None:
    """Say where a file or folder is.

    Raises:
        FileNotFoundError: there is no such file.
    """
    _refuse_missing(filepath)
    print(f"files.view(): {_shown(filepath)}")


def _samples() -> dict[str, bytes]:
    folder = Path(facts.read()["samples"], "upload")
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: path.read_bytes() for path in entries if path.is_file()}


def _free(path: str) -> str:
    """Return the first free path of ``a.txt``, ``a (1).txt`` and so on, as Colab does."""
    stem, ending = os.path.splitext(path)
    number = 0
    while os.path.lexists(path):
        number += 1
        path = f"{stem} ({number}){ending}"
    return path


def _refuse_missing(path: str) -> None:
    if not os.path.exists(path):
        raise FileNotFoundError(f"Cannot find file: {path}")


def _shown(path: str) -> str:
    """Return a path of the notebook as a path of the workspace."""
    known = facts.read()
    text = os.path.abspath(path)
    for folder in ("/content", known["content"]):
        if os.path.commonpath([text, folder]) == folder:
            return os.path.join(known["content_shown"], os.path.relpath(text, folder))
    return path
