"""What cannot be brought about from outside: failing disks, stubborn processes, silence."""

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
from nbship.local.sessions import processes, queue
from nbship.local.sessions.environment import SessionFolders
from nbship.local.sessions.outputs import follow_log
from nbship.local.sessions.queue import Runs
from nbship.local.storage.database import State, Status, Version
from nbship.local.storage.state_dir import Home
from nbship.local.storage.tags import read_tags
from tests.support.local_kaggle import DEADLINE, Json
from tests.support.polling import until

_SLEEP = "import time; print('up', flush=True); time.sleep(1000)"


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[SessionFolders]:
    home = Home(tmp_path / "home")
    home.folder.mkdir()
    with closing(State(home.database)) as state:
        tags = read_tags(home.tags)
        yield SessionFolders(home, tmp_path / "inputs", None, "http://127.0.0.1:1", state, tags)


def _save(worlds: SessionFolders, text: str, **more: object) -> int:
    request: Json = {
        "slug": "alice/some-script",
        "newTitle": "Some Script",
        "text": text,
        "language": "python",
        "kernelType": "script",
        **more,
    }
    return save_kernel(worlds, "alice", request).session_id or 0


def _session(worlds: SessionFolders, number: int) -> Version:
    version = worlds.state.session(number)
    assert version
    return version


async def _until(look: Callable[[], object]) -> None:
    await asyncio.to_thread(until, look, "what must happen in a run")


def _with_runs(worlds: SessionFolders, act: Callable[[Runs], Awaitable[None]]) -> None:
    async def whole() -> None:
        queue = Runs(worlds)
        try:
            await act(queue)
        finally:
            await queue.close()

    asyncio.run(whole())


def _events(worlds: SessionFolders, number: int) -> Path:
    return worlds.home.run_folder(_session(worlds, number)) / "events.jsonl"


def test_a_fate_is_written_down_when_the_disk_allows_it(
    worlds: SessionFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_RETRY", 0.01)
    finish, failures = State.finish, iter([True, True])

    def full_at_first(state: State, number: int, status: Status, message: str | None) -> None:
        if next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        finish(state, number, status, message)

    monkeypatch.setattr(State, "finish", full_at_first)
    number = _save(worlds, "pass")

    async def act(queue: Runs) -> None:
        queue.submit(number)
        await queue.drain()

    _with_runs(worlds, act)
    assert _session(worlds, number).status is Status.COMPLETE


def test_at_the_end_a_full_disk_holds_nobody_up(
    worlds: SessionFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    number, waiting = _save(worlds, _SLEEP), [_save(worlds, "pass") for _ in range(2)]

    async def act(queue: Runs) -> None:
        for session_id in (number, *waiting):
            queue.submit(session_id)
        await _until(_events(worlds, number).exists)
        monkeypatch.setattr(State, "finish", full)
        monkeypatch.setattr(State, "request_cancel", full)

    _with_runs(worlds, act)
    assert _session(worlds, number).status is Status.RUNNING


def test_a_runner_that_does_not_listen_is_killed(
    worlds: SessionFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_PATIENCE", 0.1)
    number = _save(worlds, _SLEEP)
    known = set(psutil.Process().children())

    async def act(queue: Runs) -> None:
        queue.submit(number)
        events = _events(worlds, number)
        await _until(lambda: events.exists() and events.stat().st_size)
        (runner,) = set(psutil.Process().children()) - known
        below = runner.children(recursive=True)
        assert below
        runner.send_signal(signal.SIGSTOP)
        await queue.cancel(number)
        assert not psutil.wait_procs([runner, *below], timeout=DEADLINE)[1]

    _with_runs(worlds, act)
    assert _session(worlds, number).status is Status.CANCEL_ACKNOWLEDGED


def test_cancelling_what_is_not_there_changes_nothing(worlds: SessionFolders) -> None:
    number = _save(worlds, "pass")

    async def act(queue: Runs) -> None:
        await queue.cancel(number)
        queue.submit(10**6)  # deleted meanwhile
        await queue.drain()

    _with_runs(worlds, act)
    assert _session(worlds, number).status is Status.QUEUED


def test_a_source_may_vanish_before_the_run(worlds: SessionFolders) -> None:
    place = worlds.inputs / "datasets" / "bob" / "words"
    place.mkdir(parents=True)
    number = _save(worlds, "pass", datasetDataSources=["bob/words"])
    version = _session(worlds, number)
    assert version.settings["datasetDataSources"] == ["bob/words"]
    place.rmdir()
    request = worlds.build(version)
    assert list((request.folder / "world" / "input").iterdir()) == []
    assert "PYTHONPATH" not in request.environment


@pytest.mark.parametrize(
    ("machine", "asked", "seconds"),
    [
        ({}, None, 12 * 3600),
        ({"enableTpu": True}, None, 9 * 3600),
        ({"enableTpu": True}, 10 * 3600, 9 * 3600),
        ({"enableGpu": True}, 60, 60),
    ],
)
def test_a_session_has_its_time(
    worlds: SessionFolders, machine: Json, asked: int | None, seconds: int
) -> None:
    more = machine if asked is None else {**machine, "sessionTimeoutSeconds": asked}
    assert _session(worlds, _save(worlds, "pass", **more)).timeout == seconds


def test_a_failed_transaction_leaves_no_trace(worlds: SessionFolders) -> None:
    def fail() -> None:
        with worlds.state.transaction():
            worlds.state.create_kernel("a", "b", "c", "script", is_private=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert worlds.state.kernels() == []
    with worlds.state.transaction():
        worlds.state.create_kernel("a", "b", "c", "script", is_private=True)
    assert len(worlds.state.kernels()) == 1


def test_a_silent_log_is_kept_alive(tmp_path: Path) -> None:
    turns = iter([True, True, False])

    async def follow() -> list[str]:
        return [part async for part in follow_log(tmp_path, lambda: next(turns), 0.0)]

    said = asyncio.run(follow())
    assert said == [": keepalive\n\n", ": keepalive\n\n", "data: END_OF_LOG\n\n"]


def test_a_log_is_read_on_from_where_it_was(tmp_path: Path) -> None:
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
        until(lambda: not child.is_running() or child.status() == "zombie", "the child's end")


def test_a_tree_is_ended() -> None:
    parent = _parent("tree")
    _end(parent, lambda: processes.end_tree(parent.pid))
    processes.end_tree(parent.pid)  # nothing is left to end
    processes.end_descendants(parent.pid)


def test_the_marked_are_ended_and_nobody_else() -> None:
    marked, other = _parent("this one"), _parent("another")
    _end(marked, lambda: processes.end_marked("MARK", "this one"))
    assert other.poll() is None
    _end(other, lambda: processes.end_tree(other.pid))
