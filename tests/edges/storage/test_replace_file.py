"""Replacement of a file that another program may have changed since it was read."""

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
