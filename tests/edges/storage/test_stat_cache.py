"""The cache never returns a fact that differs from the content of the file."""

import json
import os
import time
from pathlib import Path

import pytest

from nbship.edges.storage import locks
from nbship.edges.storage.stat_cache import StatCache
from nbship.errors import WorkspaceError

AGE = 10.0  # seconds: more than one step of a file system's clock


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the clock forward, so that the files of a test are old enough to be cached."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + int(AGE * 1e9))


def text(data: bytes) -> str:
    return data.decode()


def never(_: bytes) -> str:
    pytest.fail("read again")


def stored(root: Path) -> dict[str, object]:
    facts: dict[str, object] = json.loads((root / ".nbship/memory.json").read_text())["facts"]
    return facts


@pytest.mark.usefixtures("later")
def test_what_nobody_touched_is_not_read_again_and_another_command_knows_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    assert cache.get("a", text) == "one"
    assert cache.get("a", never) == "one"
    cache.save()
    assert StatCache(tmp_path, tmp_path / ".nbship/memory.json").get("a", never) == "one"


@pytest.mark.usefixtures("later")
def test_content_decides_where_size_and_time_were_put_back(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    before = file.stat()
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    cache.get("a", text)
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert cache.get("a", text) == "two"


@pytest.mark.usefixtures("later")
def test_another_file_of_the_same_size_and_time_is_another_file(tmp_path: Path) -> None:
    for name, content in (("a", "one"), ("b", "two")):
        (tmp_path / name).write_text(content)
        os.utime(tmp_path / name, ns=(0, 0))
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    assert cache.get("a", text) == "one"
    (tmp_path / "b").rename(tmp_path / "a")
    assert cache.get("a", text) == "two"


def test_a_file_that_was_changed_just_now_is_not_remembered(tmp_path: Path) -> None:
    """It may change again within one step of the clock, with the same size and times."""
    (tmp_path / "a").write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    cache.get("a", text)
    cache.save()
    assert not (tmp_path / ".nbship").exists()


@pytest.mark.usefixtures("later")
def test_a_file_that_changes_while_it_is_read_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")

    def slow(data: bytes) -> str:
        file.write_text("longer")
        return data.decode()

    assert cache.get("a", slow) == "one"
    assert cache.get("a", text) == "longer"


@pytest.mark.usefixtures("later")
def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    cache.get("a", text)
    cache.save()
    (tmp_path / "a").unlink()
    assert cache.get("a", text) is None
    cache.save()
    assert stored(tmp_path) == {}


@pytest.mark.usefixtures("later")
def test_a_folder_is_known_by_the_names_in_it(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/b").touch()
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    assert cache.listing("f") == ["b"]
    (tmp_path / "f/a").touch()
    assert cache.listing("f") == ["a", "b"]
    assert cache.listing("none") == []
    assert cache.listing("f/a") == []


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WorkspaceError, match="it is a pipe, a socket or a device"):
        StatCache(tmp_path, tmp_path / ".nbship/memory.json").get("pipe", text)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b'{"format": "other", "facts": {}}', b"[" * 100_000]
)
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a").write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    cache.get("a", text)
    cache.save()
    (tmp_path / ".nbship/memory.json").write_bytes(damage)
    assert StatCache(tmp_path, tmp_path / ".nbship/memory.json").get("a", text) == "one"


@pytest.mark.usefixtures("later")
def test_what_another_command_writes_just_now_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    cache.get("a", text)
    with locks.locked(tmp_path / ".nbship/memory.lock"):
        cache.save()
    assert not (tmp_path / ".nbship/memory.json").exists()
    cache.save()
    assert list(stored(tmp_path)) == ["a"]
    cache.save()  # nothing new: nothing is written


@pytest.mark.usefixtures("later")
def test_a_few_news_are_not_worth_writing_down(tmp_path: Path) -> None:
    cache = StatCache(tmp_path, tmp_path / ".nbship/memory.json")
    for name in "abc":
        (tmp_path / name).write_text(name)
        cache.get(name, text)
    cache.save(few=3)
    assert not (tmp_path / ".nbship").exists()
    cache.save(few=2)
    assert set(stored(tmp_path)) == set("abc")
