"""Folders as bytes: what is sent comes out the same, and nothing gets in or out by a link."""

import os
from pathlib import Path

import pytest

from nbship.edges.cluster.parcel import TooLarge, pack, pack_files, unpack
from nbship.errors import WorkspaceError


def test_a_folder_comes_out_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    for path, text in {"a.txt": "a", "deep/er/b.txt": "", "deep/c": "c" * 10_000}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "empty/inner").mkdir(parents=True)
    (folder / "link").symlink_to("a.txt")
    unpack(pack(folder, 1 << 20), tmp_path / "other")
    found = {p.relative_to(tmp_path / "other").as_posix() for p in (tmp_path / "other").rglob("*")}
    assert found == {
        "a.txt", "deep", "deep/er", "deep/er/b.txt", "deep/c", "empty", "empty/inner", "link",
    }  # fmt: skip
    assert (tmp_path / "other/link").read_text() == "a"
    assert not (tmp_path / "other/link").is_symlink()
    (tmp_path / "nothing").mkdir()
    unpack(pack(tmp_path / "nothing", 1), tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_what_leads_out_of_a_folder_or_is_no_file_is_not_sent(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "lost").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    assert pack(folder, 100) == {}


def test_more_than_may_be_sent_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * 60)
    assert len(pack(tmp_path, 120)) == 2
    with pytest.raises(TooLarge):
        pack(tmp_path, 119)


def test_files_that_are_not_there_are_left_out_and_long_ones_are_cut(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("abc")
    assert pack_files(tmp_path, ("a", "b"), 2) == {"a": b"ab"}


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "out/x", "C:/x", "x\0", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(WorkspaceError, match="refused"):
        unpack({name: b"1"}, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
