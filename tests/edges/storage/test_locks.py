"""Locks: an error names the owner, and a lock is released when its owner ends."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nbship.edges.storage import locks
from nbship.errors import WorkspaceError
from tests.support.polling import until
from tests.support.programs import child

HOLD = """
    import sys
    from pathlib import Path
    from nbship.edges.storage import locks

    with locks.locked(Path(sys.argv[1])):
        print("ready", flush=True)
        sys.stdin.read()
"""


def test_a_lock_names_its_owner_and_is_free_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "locks/tiny.build"
    owner = child(HOLD, path)
    assert owner.stdout
    owner.stdout.readline()
    with pytest.raises(WorkspaceError) as error, locks.locked(path):
        pytest.fail("two have the lock")
    assert re.fullmatch(
        rf"tiny is locked by process {owner.pid} on \S+ since "
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
        error.value.message,
    )
    assert "Wait" in error.value.hint
    owner.kill()
    owner.communicate(timeout=60)
    with locks.locked(path):
        assert path.read_text().startswith(f"process {os.getpid()} on ")
        second = child(HOLD, path)
        _, err = second.communicate(timeout=60)
        assert second.returncode == 1
        assert f"tiny is locked by process {os.getpid()}" in err


def test_a_lock_ends_with_its_block_also_in_a_mishap(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), locks.locked(path):
        raise KeyError
    with locks.locked(path):
        pass


def test_an_owner_without_a_name_is_another_process(tmp_path: Path) -> None:
    """On a full disk the owner cannot write its name into the lock."""
    path = tmp_path / "awa%2Ftiny.push"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match=r"^awa/tiny is locked by another process$"):
            locks.locked(path).__enter__()


def test_who_takes_a_lock_may_say_a_moment_later_who_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tiny.push"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        late = threading.Timer(0.05, lambda: path.write_text("process 4711 since then"))
        late.start()
        with pytest.raises(WorkspaceError, match="locked by process 4711 since then"):
            locks.locked(path).__enter__()
        late.join()


def test_a_lock_is_waited_for_where_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with child(HOLD, path) as owner:
        assert owner.stdin
        assert owner.stdout
        owner.stdout.readline()
        leaving = threading.Timer(0.1, owner.stdin.close)
        leaving.start()
        with locks.locked(path, patience=60.0):
            assert path.read_text().startswith(f"process {os.getpid()} on ")
        leaving.join()
    assert path.read_text() == ""


def test_a_lock_does_not_pass_to_what_its_owner_starts(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.locked(path):
        heir = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with locks.locked(path):
        pass
    heir.communicate(b"\n", timeout=60)


def test_an_interrupted_owner_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    owner = child(HOLD, path)
    assert owner.stdout
    owner.stdout.readline()
    owner.send_signal(signal.SIGINT)
    owner.communicate(timeout=60)

    def is_free() -> bool:
        with locks.locked(path):
            return True

    assert until(is_free, "the lock")


def test_the_first_lock_that_nobody_holds_is_taken(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.lock" for number in (1, 2, 3)]
    with locks.first_free(paths) as first, locks.first_free(paths) as second:
        assert (first, second) == (1, 2)
        other = child(HOLD, paths[2])
        assert other.stdout
        other.stdout.readline()
        other.kill()
        other.communicate(timeout=60)
        with locks.first_free(paths) as third:
            assert third == 3
            assert paths[2].read_text().startswith(f"process {os.getpid()} on ")
    with locks.first_free(paths) as again:
        assert again == 1
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError), locks.first_free([tmp_path / "file/1.lock"]):
        pytest.fail("there is no such folder")
