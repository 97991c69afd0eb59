"""Damaged files in the state folder of the local Kaggle: set aside, or named; none blocks."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.local.services.users import read_users
from nbship.local.storage.database import Database
from nbship.local.storage.dataset_store import Dataset, DatasetStore, DatasetVersion
from nbship.local.storage.json_files import read_json
from nbship.local.storage.state_dir import StateDir, StateDirError
from nbship.local.storage.tags import read_tags

DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "torn": lambda path: path.write_bytes(b'{"key": "a'),
    "other": lambda path: path.write_bytes(b'{"key": 5}'),
    "list": lambda path: path.write_bytes(b"[1]"),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "pipe": os.mkfifo,
    "folder": lambda path: (path / "x").mkdir(parents=True),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_key_is_set_aside_and_made_again(tmp_path: Path, damage: str) -> None:
    DAMAGES[damage](tmp_path / "credentials.json")
    key = StateDir(tmp_path).key()
    assert key
    assert StateDir(tmp_path).key() == key
    assert (tmp_path / "credentials.json.damaged").exists()
    assert (tmp_path / "credentials.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("read", [read_users, read_tags])
def test_a_persons_file_is_named_and_stays(
    tmp_path: Path, damage: str, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "file.json"
    DAMAGES[damage](path)
    with pytest.raises(StateDirError, match=r"file\.json"):
        read(path)
    assert path.exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_dataset_is_set_aside_with_its_versions(tmp_path: Path, damage: str) -> None:
    store = DatasetStore(tmp_path)
    folder = tmp_path / "awa/words"
    (folder / "v1").mkdir(parents=True)
    (folder / "v1/a.csv").write_text("1")
    DAMAGES[damage](folder / "dataset.json")
    assert store.find("awa", "words") is None
    assert store.owned("awa") == []
    assert (tmp_path / "awa/words.damaged/v1/a.csv").read_text() == "1"


def test_a_file_that_is_not_there_is_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
    assert DatasetStore(tmp_path).find("awa", "words") is None


def test_a_folder_that_others_can_read_is_closed_to_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    with StateDir(folder).lock():
        assert folder.stat().st_mode & 0o777 == 0o700
    [message] = caplog.messages
    assert "could be read by other users (mode 755)" in message
    caplog.clear()
    with StateDir(folder).lock():
        assert caplog.messages == []


@pytest.mark.parametrize("damage", ["text", "torn", "folder", "nowhere", "empty"])
def test_a_broken_database_is_set_aside(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kaggle.sqlite"
    database = Database(path)
    database.close()
    data = path.read_bytes()
    if damage == "text":
        path.write_bytes(b"no database" * 100)
    elif damage == "torn":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "nowhere":
        path.unlink()
        path.symlink_to("nowhere")
    else:
        path.write_bytes(b"")  # a new database
    database = Database.opened(path)
    assert database.fail_active("x") == 0
    database.close()
    is_kept = damage != "empty"
    assert os.path.lexists(tmp_path / "kaggle.sqlite.damaged") == is_kept
    assert len(caplog.messages) == is_kept


@pytest.mark.parametrize("name", ["lock", "runs", "datasets", "uploads", "cache"])
@pytest.mark.parametrize("damage", ["pipe", "nowhere", "folder or file"])
def test_what_is_in_the_way_is_set_aside_as_often_as_it_is_there(
    tmp_path: Path, name: str, damage: str
) -> None:
    path, aside = tmp_path / name, tmp_path / f"{name}.damaged"
    for _ in range(2):
        if damage == "pipe":
            os.mkfifo(path)
        elif damage == "nowhere":
            path.symlink_to("nowhere")
        elif name == "lock":
            (path / "x").mkdir(parents=True)
        else:
            path.write_text("x")
        with StateDir(tmp_path).lock():
            assert os.path.lexists(aside)
            assert not os.path.lexists(path) or path.is_file()
        path.unlink(missing_ok=True)


def test_a_dataset_that_is_whole_is_found(tmp_path: Path) -> None:
    fields = {"owner": "awa", "slug": "words"}
    names = [name for name in Dataset.__dataclass_fields__ if name != "versions"]
    version = dict.fromkeys(DatasetVersion.__dataclass_fields__, "") | {"number": 1}
    entry = dict.fromkeys(names, "") | fields | {"versions": [version]}
    (tmp_path / "awa/words").mkdir(parents=True)
    (tmp_path / "awa/words/dataset.json").write_text(json.dumps(entry))
    found = DatasetStore(tmp_path).find("awa", "words")
    assert found is not None
    assert found.latest.number == 1
