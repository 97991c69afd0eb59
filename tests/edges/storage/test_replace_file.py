"""Replacement of a file that another program may have changed since it was read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.edges.storage import files
from nbship.errors import WorkspaceError


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o640)
    assert files.replace_file(path, b"new", expected=b"old")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "b" / "a.py"
    assert files.replace_file(path, b"new", expected=None)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(("there", "expected"), [(b"saved", b"old"), (b"saved", None)])
def test_what_was_saved_meanwhile_stays(
    tmp_path: Path, there: bytes, expected: bytes | None
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(there)
    assert not files.replace_file(path, b"new", expected=expected)
    assert path.read_bytes() == there
    assert [file.name for file in tmp_path.iterdir()] == ["a.py"]


def test_what_was_deleted_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    assert not files.replace_file(tmp_path / "a.py", b"new", expected=b"old")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_removed_or_was_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x")
    files.remove_file(path)
    files.remove_file(path)
    with pytest.raises(WorkspaceError, match="cannot write"):
        files.remove_file(tmp_path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "write_file": lambda path: files.write_file(path, b"new data"),
    "replace_file": lambda path: files.replace_file(path, b"new data", expected=None),
    "append_line": lambda path: files.append_line(path, "new data"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_brought_to_the_disk_is_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    """An fsync before the data is handed to the system would sync an empty file."""
    sizes: list[int] = []
    really = os.fsync

    def fsync(file: int) -> None:
        sizes.append(os.fstat(file).st_size)
        really(file)

    monkeypatch.setattr(os, "fsync", fsync)
    WRITERS[writer](tmp_path / "a")
    assert sizes == [len(b"new data")]
    assert (tmp_path / "a").read_bytes() == b"new data"
