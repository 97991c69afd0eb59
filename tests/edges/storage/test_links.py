"""Nothing is written, replaced or removed through a link, at whatever part of the path it is."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.edges.storage import containment, files, locks, run_folder
from nbship.errors import WorkspaceError

ACTS: dict[str, Callable[[Path], object]] = {
    "write_file": lambda path: files.write_file(path, b"x"),
    "write_cache": lambda path: files.write_cache(path, b"x"),
    "replace_file": lambda path: files.replace_file(path, b"x", expected=None),
    "append_line": lambda path: files.append_line(path, "x\n"),
    "remove_file": files.remove_file,
    "write_folder": lambda path: files.write_folder(path, {"f": b"x"}),
    "heal_folder": files.heal_folder,
    "fresh_folder": files.fresh_folder,
    "make_folder": files.make_folder,
    "open_log": files.open_log,
    "locked": lambda path: locks.locked(path).__enter__(),
    "run_folder": lambda path: run_folder.opened(path).__enter__(),
}
PATH = "build/deep/name"


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("kind", ["folder", "file", "nothing", "inside"])
def test_nothing_happens_behind_a_link(tmp_path: Path, act: str, part: int, kind: str) -> None:
    """The target has the same names below it as the workspace would."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    target = {"folder": outside, "file": outside / "file", "nothing": outside / "no",
              "inside": root / "src_py"}[kind]  # fmt: skip
    for folder in (outside, root / "src_py"):
        for below in ("deep/name", "name", "f"):
            (folder / below).mkdir(parents=True, exist_ok=True)
            (folder / below / "f").write_text("a person's")
    (outside / "file").write_text("a person's")
    parts = PATH.split("/")
    link = root.joinpath(*parts[:part])
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    before = snapshot(tmp_path)
    with pytest.raises(WorkspaceError) as error:
        ACTS[act](root / PATH)
    assert f"{link} is a link" in error.value.message
    assert "Replace the link" in error.value.hint
    assert snapshot(tmp_path) == before
    assert link.is_symlink()


def test_files_that_nbship_did_not_make_are_not_replaced(tmp_path: Path) -> None:
    for name in ("ours", "old", ".DS_Store", "__pycache__/x", ".ipynb_checkpoints/x"):
        files.write_file(tmp_path / "a" / name, b"")
    (tmp_path / "a/ours").unlink()
    os.mkfifo(tmp_path / "a/ours")
    containment.refuse_others(tmp_path / "a", {"ours", "old"})
    containment.refuse_others(tmp_path / "none", ())
    for other in ("notes.md", "data/x.csv", "old/x.csv"):
        files.remove(tmp_path / "a/old")
        files.write_file(tmp_path / "a" / other, b"")
        with pytest.raises(WorkspaceError, match="was not made by nbship") as error:
            containment.refuse_others(tmp_path / "a", {"ours", "old"})
        assert other.partition("/")[0] in error.value.message
        files.remove(tmp_path / "a" / other.partition("/")[0])
