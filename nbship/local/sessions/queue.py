"""The queue of sessions: at most two run at once, each in its own process with a deadline.

Side effects: starts and kills processes, creates run folders, saves the result of each session.
"""

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from pathlib import Path

from nbship.local.sessions.environment import (
    CONTAINER,
    REQUEST,
    SessionFolders,
    machine_environment,
)
from nbship.local.sessions.processes import end_marked, end_tree
from nbship.local.sessions.runner import Request
from nbship.local.sessions.zygote import Zygote
from nbship.local.storage.database import Status, Version

_AT_ONCE = 2
# In seconds.
_PACKAGE_ROOT = Path(__file__).resolve().parents[3]
_LOG = logging.getLogger("nbship.local")


class Runs:
    """The sessions that wait and the sessions that run."""

    def __init__(
        self, folders: SessionFolders, *, patience: float = 10.0, retry: float = 1.0
    ) -> None:
        """Begin without sessions.

        ``patience`` are the seconds until a runner that does not exit is killed, ``retry`` those
        between two attempts to save a result.
        """
        self._folders = folders
        self._patience, self._retry = patience, retry
        self._database = folders.database
        self._waiting: deque[int] = deque()
        self._running: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._closing = False
        self._zygote = Zygote(folders)

    @property
    def unfinished(self) -> int:
        """The number of sessions that wait or run."""
        return len(self._waiting) + len(self._running)

    def submit(self, session_id: int) -> None:
        """Run a queued session as soon as fewer than two others run."""
        self._waiting.append(session_id)
        self._fill()

    def request_cancel(self, session_id: int) -> None:
        """Let a waiting or running session end; a running one takes a while."""
        if session_id in self._waiting:
            self._database.finish(session_id, Status.CANCEL_ACKNOWLEDGED)
            self._waiting.remove(session_id)
        elif session_id in self._running:
            self._running[session_id][1].set()
            with contextlib.suppress(sqlite3.Error):  # ending the session matters more
                self._database.request_cancel(session_id)

    async def cancel(self, session_id: int) -> None:
        """End a waiting or running session, and return when all its processes have ended."""
        self.request_cancel(session_id)
        if session_id in self._running:
            await asyncio.wait({self._running[session_id][0]})

    async def drain(self) -> None:
        """Wait until no session waits or runs."""
        while self._running:
            await asyncio.wait({task for task, _ in self._running.values()})

    async def close(self) -> None:
        """Cancel all sessions."""
        self._closing = True
        for session_id in list(self._waiting):
            with contextlib.suppress(sqlite3.Error):  # the next start of the server repairs it
                await self.cancel(session_id)
        self._waiting.clear()
        await asyncio.gather(*map(self.cancel, list(self._running)))
        await asyncio.to_thread(self._zygote.close)

    def _fill(self) -> None:
        while self._waiting and len(self._running) < _AT_ONCE:
            session_id = self._waiting.popleft()
            stop = asyncio.Event()
            task = asyncio.create_task(self._run(session_id, stop))
            self._running[session_id] = (task, stop)

    async def _run(self, session_id: int, stop: asyncio.Event) -> None:
        try:
            status, message = await self._run_to_end(session_id, stop)
        except (OSError, sqlite3.Error) as error:
            status, message = Status.ERROR, f"The session could not be run: {error}"
            _LOG.error("session %d: %s", session_id, message)
        try:
            if status is Status.CANCEL_ACKNOWLEDGED and not self._closing:
                await asyncio.sleep(self._folders.quirks.saving)
            await self._save_result(session_id, status, message)
        finally:
            del self._running[session_id]
            self._fill()

    async def _save_result(self, session_id: int, status: Status, message: str | None) -> None:
        """Save how a session ended; if the disk is full, try again every second."""
        while True:
            try:
                return self._database.finish(session_id, status, message)
            except sqlite3.Error as error:
                _LOG.error("session %d: cannot save: %s", session_id, error)
                if self._closing:
                    return None
                await asyncio.sleep(self._retry)

    async def _run_to_end(self, session_id: int, stop: asyncio.Event) -> tuple[Status, str | None]:
        version = self._database.session(session_id)
        if version is None or stop.is_set():
            return Status.CANCEL_ACKNOWLEDGED, None
        self._database.start(session_id)
        request = self._folders.build(version, self._zygote.socket_name)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "nbship.local.sessions.runner",
            str(request.folder / REQUEST),
            cwd=request.folder,
            env={**machine_environment(os.environ), "PYTHONPATH": str(_PACKAGE_ROOT)},
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,
        )
        try:
            return await _wait_for_end(process, version, stop)
        finally:
            await _clean_up(process, request, self._patience)


async def _wait_for_end(
    process: Process, version: Version, stop: asyncio.Event
) -> tuple[Status, str | None]:
    """Wait for the runner's result, the deadline or a cancellation."""
    assert process.stdout  # noqa: S101 - for mypy: it is a pipe
    answer = asyncio.create_task(process.stdout.read())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(
            {answer, stopped}, timeout=version.timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if not answer.done():
            return Status.CANCEL_ACKNOWLEDGED, None
        code = await process.wait()
        return _parse_result(answer.result(), code)
    finally:
        answer.cancel()
        stopped.cancel()


def _parse_result(answer: bytes, code: int) -> tuple[Status, str | None]:
    try:
        result = json.loads(answer)
    except ValueError:
        return Status.ERROR, f"The session ended without a result (exit code {code})."
    if not result["isFinished"]:
        return Status.CANCEL_ACKNOWLEDGED, None
    failure = result["failureMessage"]
    return (Status.ERROR, failure) if failure else (Status.COMPLETE, None)


async def _clean_up(process: Process, request: Request, patience: float) -> None:
    """Kill all processes of a session, and remove the link to its temporary folder."""
    assert process.stdin  # noqa: S101 - for mypy: it is a pipe
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        await asyncio.to_thread(end_tree, process.pid)
    # Finds processes that the runner missed: without a subreaper, or if it was killed itself.
    await asyncio.to_thread(end_marked, CONTAINER, request.environment[CONTAINER])
    await asyncio.to_thread(Path(request.environment["TMPDIR"]).unlink, missing_ok=True)
