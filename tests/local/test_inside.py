"""Cases that a client cannot cause: failing disks, processes that do not exit, silent logs."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from nbship.local.services.save_kernel import save_kernel
from nbship.local.sessions import processes
from nbship.local.sessions.environment import SessionFolders
from nbship.local.sessions.outputs import follow_log
from nbship.local.sessions.queue import Runs
from nbship.local.storage.database import Database, Status, Version
from nbship.local.storage.state_dir import StateDir
from nbship.local.storage.tags import read_tags
from tests.support.local_kaggle import DEADLINE, Json
from tests.support.polling import until
from tests.support.programs import is_alive

_SLEEP = "import time; print('up', flush=True); time.sleep(1000)"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[SessionFolders]:
    state_dir = StateDir(tmp_path / "home")
    state_dir.folder.mkdir()
    with closing(Database(state_dir.database_path)) as database:
        tags = read_tags(state_dir.tags)
        yield SessionFolders(
            state_dir, tmp_path / "inputs", None, "http://127.0.0.1:1", database, tags
        )


def _save(folders: SessionFolders, text: str, **more: object) -> int:
    request: Json = {
        "slug": "alice/some-script",
        "newTitle": "Some Script",
        "text": text,
        "language": "python",
        "kernelType": "script",
        **more,
    }
    return save_kernel(folders, "alice", request).session_id or 0


def _session(folders: SessionFolders, number: int) -> Version:
    version = folders.database.session(number)
    assert version
    return version


async def _until(look: Callable[[], object]) -> None:
    await asyncio.to_thread(until, look, "a step of the run")


def _with_runs(
    folders: SessionFolders, act: Callable[[Runs], Awaitable[None]], **limits: float
) -> None:
    async def whole() -> None:
        queue = Runs(folders, **limits)
        try:
            await act(queue)
        finally:
            await queue.close()

    asyncio.run(whole())


def _events(folders: SessionFolders, number: int) -> Path:
    return folders.state_dir.run_folder(_session(folders, number)) / "events.jsonl"


def test_the_result_is_saved_after_the_disk_was_full(
    folders: SessionFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, failures = Database.finish, iter([True, True])

    def full_at_first(database: Database, number: int, status: Status, message: str | None) -> None:
        if next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        finish(database, number, status, message)

    monkeypatch.setattr(Database, "finish", full_at_first)
    number = _save(folders, "pass")

    async def act(queue: Runs) -> None:
        queue.submit(number)
        await queue.drain()

    _with_runs(folders, act, retry=0.01)
    assert _session(folders, number).status is Status.COMPLETE


def test_a_full_disk_does_not_delay_the_end(
    folders: SessionFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    number, waiting = _save(folders, _SLEEP), [_save(folders, "pass") for _ in range(2)]

    async def act(queue: Runs) -> None:
        for session_id in (number, *waiting):
            queue.submit(session_id)
        await _until(_events(folders, number).exists)
        monkeypatch.setattr(Database, "finish", full)
        monkeypatch.setattr(Database, "request_cancel", full)

    _with_runs(folders, act)
    assert _session(folders, number).status is Status.RUNNING


def test_a_runner_that_does_not_exit_is_killed(folders: SessionFolders) -> None:
    number = _save(folders, _SLEEP)
    existing = set(psutil.Process().children())

    async def act(queue: Runs) -> None:
        queue.submit(number)
        events = _events(folders, number)
        await _until(lambda: events.exists() and events.stat().st_size)
        (runner,) = set(psutil.Process().children()) - existing
        below = runner.children(recursive=True)
        assert below
        runner.send_signal(signal.SIGSTOP)
        await queue.cancel(number)
        assert not psutil.wait_procs([runner, *below], timeout=DEADLINE)[1]

    _with_runs(folders, act, patience=0.1)
    assert _session(folders, number).status is Status.CANCEL_ACKNOWLEDGED


def test_cancelling_an_unknown_session_changes_nothing(folders: SessionFolders) -> None:
    number = _save(folders, "pass")

    async def act(queue: Runs) -> None:
        await queue.cancel(number)
        queue.submit(10**6)  # deleted meanwhile
        await queue.drain()

    _with_runs(folders, act)
    assert _session(folders, number).status is Status.QUEUED


def test_a_source_may_vanish_before_the_run(folders: SessionFolders) -> None:
    source = folders.inputs / "datasets" / "bob" / "words"
    source.mkdir(parents=True)
    number = _save(folders, "pass", datasetDataSources=["bob/words"])
    version = _session(folders, number)
    assert version.settings["datasetDataSources"] == ["bob/words"]
    source.rmdir()
    request = folders.build(version)
    assert list((request.folder / "world" / "input").iterdir()) == []
    assert "PYTHONPATH" not in request.environment


@pytest.mark.parametrize(
    ("machine", "requested", "seconds"),
    [
        ({}, None, 12 * 3600),
        ({"enableTpu": True}, None, 9 * 3600),
        ({"enableTpu": True}, 10 * 3600, 9 * 3600),
        ({"enableGpu": True}, 60, 60),
    ],
)
def test_a_session_has_a_longest_duration(
    folders: SessionFolders, machine: Json, requested: int | None, seconds: int
) -> None:
    more = machine if requested is None else {**machine, "sessionTimeoutSeconds": requested}
    assert _session(folders, _save(folders, "pass", **more)).timeout == seconds


def test_a_failed_transaction_leaves_no_trace(folders: SessionFolders) -> None:
    def fail() -> None:
        with folders.database.transaction():
            folders.database.create_kernel("a", "b", "c", "script", is_private=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert folders.database.kernels() == []
    with folders.database.transaction():
        folders.database.create_kernel("a", "b", "c", "script", is_private=True)
    assert len(folders.database.kernels()) == 1


def test_a_silent_log_is_kept_alive(tmp_path: Path) -> None:
    turns = iter([True, True, False])

    async def follow() -> list[str]:
        return [part async for part in follow_log(tmp_path, lambda: next(turns), 0.0)]

    parts = asyncio.run(follow())
    assert parts == [": keepalive\n\n", ": keepalive\n\n", "data: END_OF_LOG\n\n"]


def test_a_log_is_read_incrementally(tmp_path: Path) -> None:
    steps = iter([b"one\ntwo", b"\nthree\n", b"torn"])

    def write() -> bool:
        step = next(steps)
        with (tmp_path / "events.jsonl").open("ab") as file:
            file.write(step)
        return step != b"torn"

    async def follow() -> str:
        return "".join([part async for part in follow_log(tmp_path, write, 99.0)])

    assert asyncio.run(follow()).split("\n\n")[:-1] == [
        "data: one",
        "data: two",
        "data: three",
        "data: END_OF_LOG",
    ]


def _parent(mark: str) -> subprocess.Popen[str]:
    child = "import time; time.sleep(1000)"
    code = (
        "import subprocess, sys, time;"
        f"print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True);"
        "time.sleep(1000)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "MARK": mark},
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(parent: subprocess.Popen[str], end: Callable[[], None]) -> None:
    with parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        end()
        assert parent.wait(DEADLINE) < 0
        until(lambda: not is_alive(child.pid), "the child's end")


def test_a_process_tree_is_killed() -> None:
    parent = _parent("tree")
    _end(parent, lambda: processes.end_tree(parent.pid))
    processes.end_tree(parent.pid)  # nothing is left to end
    processes.end_descendants(parent.pid)


def test_only_processes_with_the_variable_are_killed() -> None:
    marked, other = _parent("this one"), _parent("another")
    _end(marked, lambda: processes.end_marked("MARK", "this one"))
    assert other.poll() is None
    _end(other, lambda: processes.end_tree(other.pid))
