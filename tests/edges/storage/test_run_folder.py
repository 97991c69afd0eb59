"""A run's folder: nothing is written outside of it, and each file in it is complete."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.edges.storage.run_folder import RunFolder, opened
from nbship.errors import KaggleError, WorkspaceError

KEY = "0123"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("mine")
    return tmp_path / "run"


@pytest.fixture
def run(folder: Path) -> Iterator[RunFolder]:
    with opened(folder) as run:
        yield run


def put(run: RunFolder, *path: str, data: bytes = b"theirs") -> None:
    run.grow(KEY, "", 0, [data])
    run.place(KEY, path)


def test_a_file_grows_under_another_name_and_gets_its_own_when_it_is_whole(
    run: RunFolder, folder: Path
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"ab"
        assert not (folder / "x").exists()
        yield b"cd"

    assert run.grow(KEY, "tag", 0, chunks()) == (4, hashlib.sha256(b"abcd").hexdigest())
    run.place(KEY, ("x", "y"))
    assert (folder / "x/y").read_bytes() == b"abcd"
    assert run.digest(("x", "y")) == (4, hashlib.sha256(b"abcd").hexdigest())
    run.tidy()
    assert list((folder / "_nbship").iterdir()) == []


def test_what_broke_off_is_there_to_go_on_with(run: RunFolder) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"abcd"
        raise KaggleError("gone")

    with pytest.raises(KaggleError):
        run.grow(KEY, '"tag"', 0, chunks())
    assert run.partial(KEY) == (4, '"tag"')
    assert run.grow(KEY, '"tag"', 4, [b"ef"]) == (6, hashlib.sha256(b"abcdef").hexdigest())
    assert run.grow(KEY, "", 2, [b"x"]) == (3, hashlib.sha256(b"abx").hexdigest())
    assert run.partial(KEY) == (0, "")  # it has no note
    run.drop(KEY)
    run.drop(KEY)
    run.tidy()


@pytest.mark.parametrize(
    ("link", "path"),
    [("a", ("a",)), ("a", ("a", "b")), ("x/a", ("x", "a", "b")), ("_nbship", ("b",)),
     ("_nbship/parts", ("b",)), ("_nbship/parts/0123", ("b",))],
)  # fmt: skip
def test_no_link_is_followed(folder: Path, link: str, path: tuple[str, ...]) -> None:
    with opened(folder) as run:
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        target = folder.parent / (
            "outside/file" if path == (link,) or "0123" in link else "outside"
        )
        (folder / link).symlink_to(target)
        with pytest.raises(WorkspaceError, match="a link or a file is in the way"):
            put(run, *path)
    assert [file.name for file in (folder.parent / "outside").iterdir()] == ["file"]
    assert (folder.parent / "outside/file").read_text() == "mine"


def test_a_link_that_is_planted_in_the_middle_is_not_followed(run: RunFolder, folder: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"theirs"
        (folder / "a").rmdir()
        (folder / "a").symlink_to(folder.parent / "outside")

    (folder / "a").mkdir()
    run.grow(KEY, "", 0, chunks())
    with pytest.raises(WorkspaceError, match="in the way"):
        run.place(KEY, ("a", "file"))
    assert (folder.parent / "outside/file").read_text() == "mine"


def test_a_folder_that_changes_places_with_a_link_stays_the_one_that_was_opened(
    run: RunFolder, folder: Path
) -> None:
    folder.rename(folder.parent / "moved")
    folder.symlink_to(folder.parent / "outside")
    put(run, "file")
    assert (folder.parent / "outside/file").read_text() == "mine"
    assert (folder.parent / "moved/file").read_text() == "theirs"


def test_what_is_no_file_has_no_digest(run: RunFolder, folder: Path) -> None:
    (folder / "folder").mkdir()
    (folder / "link").symlink_to(folder.parent / "outside/file")
    os.mkfifo(folder / "pipe")
    for name in ("folder", "link", "pipe", "nothing"):
        assert run.digest((name,)) is None
    with pytest.raises(WorkspaceError, match="cannot write 'folder': Is a directory"):
        put(run, "folder")


def test_a_run_folder_that_is_a_link_is_not_opened(folder: Path) -> None:
    folder.symlink_to(folder.parent / "outside")
    with pytest.raises(WorkspaceError, match="is a link"), opened(folder):
        pass
