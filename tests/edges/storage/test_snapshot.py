"""A snapshot has the files of a folder, without copying them, and nothing that leads out."""

import os
from pathlib import Path

import pytest

from nbship.edges.storage import snapshot


def _found(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def _make(top: Path) -> Path:
    for name in ("a.txt", "in/b.txt", "_ours/c.txt", "in/_ours/d.txt"):
        (top / "of" / name).parent.mkdir(parents=True, exist_ok=True)
        (top / "of" / name).write_text(name)
    (top / "out.txt").write_text("out")
    (top / "of/link").symlink_to("../out.txt")
    (top / "of/folder").symlink_to("in")
    os.mkfifo(top / "of/pipe")
    return top / "of"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_snapshot_has_the_regular_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    source, target = _make(tmp_path), tmp_path / "to/here"
    if not has_links:
        monkeypatch.setattr(os, "link", _refuse)
    snapshot.take(source, target, without="_ours")
    assert _found(target) == ["a.txt", "in", "in/_ours", "in/_ours/d.txt", "in/b.txt"]
    assert (target / "a.txt").read_text() == "a.txt"
    assert (target / "a.txt").samefile(source / "a.txt") is has_links


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError
