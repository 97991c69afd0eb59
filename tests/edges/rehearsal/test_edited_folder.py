"""The folder of a kernel of an editor: what stays in it, and what is made anew."""

import os
import stat
from pathlib import Path

import pytest

from nbship.edges.rehearsal import edited_folder
from nbship.errors import WorkspaceError


def test_the_working_folder_and_the_home_stay_and_all_else_goes(tmp_path: Path) -> None:
    folders = edited_folder.make_folders(tmp_path / "1")
    assert all(map(Path.is_dir, (folders.working, folders.home, folders.temp)))
    for path in ("kaggle/working/a/model.bin", "home/.cache/b", "kaggle/input/c", "layer/bin/pip",
                 "kaggle/temp/d", "tmp/e", "launch.json", "upstream/f"):  # fmt: skip
        (tmp_path / "1" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "1" / path).write_text(path)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("")
    (tmp_path / "1/layer/lib").symlink_to(tmp_path / "kept")
    assert edited_folder.make_folders(tmp_path / "1") == folders
    left = {path.relative_to(tmp_path / "1").as_posix() for path in (tmp_path / "1").rglob("*")}
    assert left == {
        "home", "home/.cache", "home/.cache/b", "kaggle", "kaggle/working", "kaggle/working/a",
        "kaggle/working/a/model.bin", "tmp",
    }  # fmt: skip
    assert (tmp_path / "kept/file").exists()


@pytest.mark.parametrize("part", [".", "kaggle", "kaggle/working", "home"])
def test_nothing_is_made_or_removed_behind_a_link(tmp_path: Path, part: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("mine")
    place = tmp_path / "1" / part
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(mine)
    with pytest.raises(WorkspaceError, match="is a link"):
        edited_folder.make_folders(tmp_path / "1")
    assert [path.name for path in mine.iterdir()] == ["file"]


def test_a_connection_file_is_copied_for_its_owner_alone(tmp_path: Path) -> None:
    folders = edited_folder.make_folders(tmp_path / "1")
    (tmp_path / "kernel.json").write_text('{"key": "secret"}')
    for path in ("", str(tmp_path / "none.json"), str(tmp_path)):
        assert edited_folder.read_connection(path) is None
        edited_folder.write_connection(folders, None)
    data = edited_folder.read_connection(str(tmp_path / "kernel.json"))
    edited_folder.write_connection(folders, data)
    copy = folders.folder / edited_folder.CONNECTION
    assert copy.read_bytes() == data == b'{"key": "secret"}'
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600  # noqa: PTH116 - as os tells it
