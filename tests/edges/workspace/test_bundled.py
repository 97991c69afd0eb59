"""The files that a header names, on a real disk: which are found, and which are not taken."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.core.artifact.collected import Collected
from nbship.digest import sha256
from nbship.edges.workspace import bundled, sources
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Workspace

Write = Callable[[str, str | bytes], Path]
LINK = "it is a link, and git keeps where a link leads, not what is there"


def test_the_files_that_fit_are_read_byte_by_byte_and_sources_as_text(
    workspace: Workspace, write: Write
) -> None:
    write("src_py/a/v.bin", b"\xff\r\n")
    write("src_py/a/m.py", b"\xef\xbb\xbfX = 1\r\n")
    write("src_py/a/.git/x.bin", b"")
    write("src_py/a/deep/w.bin", b"w")
    found = bundled.collect(workspace, "src_py/a/**")
    assert found == Collected(
        {"src_py/a/v.bin": b"\xff\r\n", "src_py/a/m.py": b"X = 1\n", "src_py/a/deep/w.bin": b"w"}
    )
    assert bundled.names(workspace, "src_py/a/**") == sorted(found.files)
    for path, data in found.files.items():
        assert bundled.digest(workspace, path) == sha256(data)
    assert bundled.collect(workspace, "src_py/a/v.bin").files == {"src_py/a/v.bin": b"\xff\r\n"}
    assert bundled.collect(workspace, "gone/**") == bundled.collect(workspace, "x") == Collected()
    write("top.bin", b"t")
    assert list(bundled.collect(workspace, "*.bin").files) == ["top.bin"]


def test_that_a_file_can_be_executed_is_kept(workspace: Workspace, write: Write) -> None:
    paths = ("src_py/run.sh", "src_py/tool.py")
    files = [write(path, "#!/bin/sh\n") for path in paths]
    assert bundled.collect(workspace, "src_py/*").programs == frozenset()
    before = [bundled.digest(workspace, path) for path in paths]
    for file in files:
        file.chmod(0o744)
    assert bundled.collect(workspace, "src_py/*").programs == frozenset(paths)
    after = [bundled.digest(workspace, path) for path in paths]
    assert all(one != other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("where", ["file", "folder", "above"])
@pytest.mark.parametrize("pattern", ["src_py/a/b/v.bin", "src_py/a/b/*", "src_py/a/b", "src_py/**"])
def test_a_link_is_not_followed_wherever_it_leads(
    workspace: Workspace, write: Write, tmp_path: Path, where: str, pattern: str
) -> None:
    secret = tmp_path / "outside"
    (secret / "b").mkdir(parents=True)
    (secret / "b/v.bin").write_bytes(b"secret")
    link = workspace.root / {"file": "src_py/a/b/v.bin", "folder": "src_py/a/b"}.get(
        where, "src_py/a"
    )
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to({"file": secret / "b/v.bin", "folder": secret / "b"}.get(where, secret))
    found = bundled.collect(workspace, pattern)
    assert found == Collected({}, {link.relative_to(workspace.root).as_posix(): LINK})
    assert bundled.digest(workspace, "src_py/a/b/v.bin") is None
    write("src_py/other.txt", "x")


def test_a_link_to_a_folder_beside_what_fits_does_not_matter(
    workspace: Workspace, write: Write, tmp_path: Path
) -> None:
    write("src_py/a/v.bin", b"v")
    (workspace.root / "src_py/a/data").symlink_to(tmp_path)
    assert list(bundled.collect(workspace, "src_py/a/*.bin").files) == ["src_py/a/v.bin"]


def test_what_is_no_file_or_no_text_is_named(workspace: Workspace, write: Write) -> None:
    (workspace.root / "src_py/a").mkdir()
    os.mkfifo(workspace.root / "src_py/a/pipe")
    write("src_py/a/m.py", b"\xff")
    assert bundled.collect(workspace, "src_py/a").refused == {
        "src_py/a/pipe": "it is a pipe, a socket or a device",
        "src_py/a/m.py": "not UTF-8: byte 0xff",
    }


def test_a_file_whose_name_is_not_utf_8_is_refused(workspace: Workspace, write: Write) -> None:
    write("src_py/a/\udcff.txt", b"x")
    refused = {"src_py/a/\udcff.txt": "its name is not UTF-8"}
    assert bundled.collect(workspace, "src_py/a") == Collected({}, refused)


def test_more_than_the_limit_is_not_read(workspace: Workspace, write: Write) -> None:
    write("src_py/a/v.bin", b"v" * 6)
    write("src_py/a/w.bin", b"w" * 5)
    assert bundled.collect(workspace, "src_py/a", most=10) == Collected(
        sizes={"src_py/a/v.bin": 6, "src_py/a/w.bin": 5}
    )
    assert len(bundled.collect(workspace, "src_py/a", most=11).files) == 2


def test_a_folder_that_cannot_be_read_is_named(workspace: Workspace, write: Write) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    write("src_py/a/v.bin", b"v").parent.chmod(0)
    with pytest.raises(Exception, match="cannot read src_py/a: Permission denied"):
        bundled.collect(workspace, "src_py/a")


# --- sources and modules behind a link ---


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_source_or_module_behind_a_link_is_refused(
    workspace: Workspace, tmp_path: Path, *, is_folder: bool
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/m.py").write_text("TOKEN = 'x'\n")
    (tmp_path / "outside/__init__.py").touch()
    if is_folder:
        (workspace.root / "src_py/pack").symlink_to(tmp_path / "outside")
        name, path, what = "pack.m", "src_py/pack/m.py", "src_py/pack is a link"
    else:
        (workspace.root / "src_py/m.py").symlink_to(tmp_path / "outside/m.py")
        name, path, what = "m", "src_py/m.py", "it is a link"
    for refuse in (
        lambda: sources.find_module(workspace, name),
        lambda: sources.read(workspace, path),
    ):
        with pytest.raises(SourceError) as caught:
            refuse()
        assert str(caught.value).startswith(f"{path}: {what}, and git keeps where a link leads")
    assert sources.text_digest(workspace, path) is None


def test_the_folder_of_the_sources_must_be_no_link(tmp_path: Path) -> None:
    """All commands say so at once: none of its files could be built."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "src_py").symlink_to("outside")
    with pytest.raises(WorkspaceError, match=r"^src_py is a link, and git keeps"):
        sources.open_workspace(tmp_path)


def test_a_link_in_place_of_a_file_with_the_same_text_changes_the_digest(
    workspace: Workspace, write: Write, tmp_path: Path
) -> None:
    file = write("src_py/m.py", "X = 1\n")
    assert sources.text_digest(workspace, "src_py/m.py") == sha256(b"X = 1\n")
    file.rename(tmp_path / "m.py")
    file.symlink_to(tmp_path / "m.py")
    assert sources.text_digest(workspace, "src_py/m.py") is None
