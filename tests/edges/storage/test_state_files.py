"""Every state file under every damage: it is set aside with one notice, and counts as missing."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbship import config
from nbship.core.artifact.manifest import Manifest, render_manifest
from nbship.core.pairing.sync_state import SyncState
from nbship.edges.storage import files, locks, state_files
from nbship.edges.storage.stat_cache import StatCache
from nbship.edges.workspace import artifacts, pairs, smoke_results
from nbship.frontends import doit_database
from nbship.model.notebook import SmokeResult
from nbship.model.workspace import Origin, Workspace

MANIFEST = Manifest("b", {"src_py/x.py": "1"}, ("numpy",), {"x.ipynb": "2"}, {"N": 1},
                    (None, Origin("src_py/x.py", 3)), "r")  # fmt: skip
SYNCED = SyncState("text", "1", "2", "tool")
RESULT = SmokeResult("d", {"N": 1}, 1.5)
ENTRIES = {"build:x": {"_values_:": {}, "checker:": "MD5Checker", "deps:": ["a"],
                       "a": [1.0, 2, "3"]}}  # fmt: skip
Damage = Callable[[Path], object]


def _save_facts(workspace: Workspace) -> None:
    """Save one fact: a folder that does not change while the test runs."""
    cache = StatCache(workspace.root, workspace.root / ".nbship/memory.json")
    cache._facts["x"] = [[1, 2, 3, 4], "fact"]  # noqa: SLF001 - a fact that needs no old file
    cache._changed.add("x")  # noqa: SLF001
    cache.save()


def _facts(workspace: Workspace) -> object:
    cache = StatCache(workspace.root, workspace.root / ".nbship/memory.json")
    return cache._facts or None  # noqa: SLF001


def _lock(workspace: Workspace) -> None:
    with locks.locked(workspace.root / ".nbship/locks/x.build"):
        pass


# By path: the function that writes the file, and the one that reads it.
STATES: dict[str, tuple[Callable[[Workspace], object], Callable[[Workspace], object]]] = {
    ".nbship/memory.json": (_save_facts, _facts),
    ".nbship/build/x.json": (
        lambda w: files.write_cache(artifacts.manifest_path(w, "x"), render_manifest(MANIFEST)),
        lambda w: artifacts.read_manifest(w, "x"),
    ),
    ".nbship/smoked/x.json": (
        lambda w: smoke_results.save(w, "x", RESULT),
        lambda w: smoke_results.find(w, "d", "x"),
    ),
    ".nbship/sync/x.json": (
        lambda w: pairs.save_state(w, "x", SYNCED),
        lambda w: pairs.read(w, "x").last,
    ),
    ".nbship/doit.json": (
        lambda w: files.write_cache(w.root / ".nbship/doit.json", json.dumps(ENTRIES).encode()),
        lambda w: doit_database.read(w.root / ".nbship/doit.json"),
    ),
}  # fmt: skip


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    (path / "below").mkdir(parents=True)


def _socket(path: Path) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def _link(path: Path) -> None:
    """Put a link to the same content in the place of the file."""
    elsewhere = path.rename(path.with_name("elsewhere"))
    path.symlink_to(elsewhere)


def _link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _written(data: bytes) -> Damage:
    return lambda path: path.write_bytes(data)


DAMAGES: dict[str, Damage] = {
    "empty": _written(b""),
    "torn": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one byte less": lambda path: path.write_bytes(path.read_bytes().rstrip()[:-1]),
    "zeros": _written(b"\0" * 500),
    "no UTF-8": _written(b"\xff\xfe{}"),
    "text": _written(b"<<<<<<< HEAD\n"),
    "list": _written(b"[]"),
    "null": _written(b"null"),
    "number": _written(b"3"),
    "other keys": _written(b'{"x": 1}'),
    "deep list": _written(b"[" * 100_000),
    "deep object": _written(b'{"a":' * 100_000),
    "long number": _written(b"9" * 5000),
    "pipe": _pipe,
    "folder": _folder,
    "socket": _socket,
    "link": _link,
    "link to nowhere": _link_to_nowhere,
}
THING = ("pipe", "folder", "socket")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return config.parse_workspace(tmp_path, "")


@pytest.fixture
def notices() -> Iterator[list[str]]:
    """Return the list that receives the notices during the test."""
    found: list[str] = []
    state_files.listen(found.append)
    yield found
    state_files.listen(lambda _: None)


@pytest.mark.parametrize("path", STATES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_file_is_set_aside_and_counts_as_missing(
    workspace: Workspace, notices: list[str], path: str, damage: str
) -> None:
    write, read = STATES[path]
    write(workspace)
    whole = read(workspace)
    assert whole is not None
    assert notices == []
    file = workspace.root / path
    DAMAGES[damage](file)
    assert read(workspace) is None
    folder, name = file.parent.name, file.name
    [notice] = notices
    assert notice.startswith(f"{folder}/{name} cannot be used (")
    assert notice.endswith(f": it is set aside as {name}.damaged")
    assert os.path.lexists(file.with_name(f"{name}.damaged"))
    assert read(workspace) is None
    assert len(notices) == 1  # said once
    write(workspace)
    assert read(workspace) == whole


@pytest.mark.parametrize("damage", THING)
def test_what_is_no_file_in_the_place_of_a_lock_is_set_aside(
    workspace: Workspace, notices: list[str], damage: str
) -> None:
    _lock(workspace)
    DAMAGES[damage](workspace.root / ".nbship/locks/x.build")
    _lock(workspace)
    assert len(notices) == 1
    assert (workspace.root / ".nbship/locks/x.build").is_file()


@pytest.mark.parametrize("damage", THING)
def test_a_kept_notebook_that_is_no_file_counts_as_missing(
    workspace: Workspace, notices: list[str], damage: str
) -> None:
    file = workspace.root / ".nbship/sync/x.ipynb"
    files.write_file(file, b"x")
    DAMAGES[damage](file)
    assert pairs.read(workspace, "x").earlier is None
    assert len(notices) == 1


def test_the_next_file_that_is_set_aside_replaces_the_last_one(
    tmp_path: Path, notices: list[str]
) -> None:
    """Whatever the last one is: a pipe must not be opened, nor what is behind a link removed."""
    file, aside = tmp_path / "f", tmp_path / "f.damaged"
    kinds = (*THING, "link", "link to nowhere", "text")
    for kind in kinds:
        file.write_text(kind)
        DAMAGES[kind](file)
        state_files.set_aside(file, "why")
        assert not os.path.lexists(file)
    assert aside.is_file()
    assert len(notices) == len(kinds)
    assert (tmp_path / "elsewhere").read_text() == "link"


def test_a_file_that_cannot_be_set_aside_is_not_used(
    tmp_path: Path, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f"
    file.write_text("x")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)
    assert state_files.read_state(file, lambda _: None) is None
    assert notices == [f"{tmp_path.name}/f cannot be used (it is damaged): it is not used"]


@pytest.mark.parametrize(
    "entry",
    [
        5, [], {"_values_:": []}, {"deps:": 1}, {"deps:": [1]}, {"checker:": 3},
        {"checker:": "MD5Checker", "f": [1, 2]}, {"checker:": "MD5Checker", "f": 5.0},
    ],
)  # fmt: skip
def test_an_entry_of_another_form_is_not_passed_to_doit(tmp_path: Path, entry: object) -> None:
    file = tmp_path / "doit.json"
    file.write_text(json.dumps({"a": {"checker:": "TimestampChecker", "f": 1.0}}))
    assert doit_database.read(file) is not None
    file.write_text(json.dumps({"a": entry}))
    assert doit_database.read(file) is None
