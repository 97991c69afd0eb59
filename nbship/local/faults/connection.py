"""What spoils an answer on its way: it stands in the place of a handler's connection.

Side effects: the network; SIGKILL to the process that a rule names.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
from collections.abc import Callable, Coroutine
from http import HTTPStatus

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPConnection, HTTPHeaders, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

from nbship.local.faults.rules import Rule

_NO_LINGER = struct.pack("ii", 1, 0)  # closing the socket then resets the connection
_UNKNOWN_REASON = "Unknown"


class FaultyConnection(HTTPConnection):
    """The connection of one request, under one rule.

    Whatever the handler says goes through here. The connection is closed at the end, but for a
    slow answer, which is whole.
    """

    def __init__(self, inner: HTTP1Connection, rule: Rule) -> None:
        self._inner = inner
        self._rule = rule
        self._left = rule.bytes
        self._last: asyncio.Task[None] | None = None

    def set_max_body_size(self, size: int) -> None:
        """Let the handler say how much may come."""
        self._inner.set_max_body_size(size)

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Let the handler hear of a client that goes away."""
        self._inner.set_close_callback(callback)

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Send the head of the answer, and the body's first part."""
        return self._then(self._begin(start_line, headers, chunk or b""))

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Send a part of the body."""
        return self._then(self._body(chunk))

    def finish(self) -> None:
        """End the answer."""
        self._then(self._end())

    def _then(self, act: Coroutine[None, None, None]) -> asyncio.Future[None]:
        """Do one thing after the other, as tornado does not wait for the end of each."""
        before = self._last

        async def in_turn() -> None:
            if before:
                try:
                    await before
                except BaseException:
                    act.close()
                    raise
            await act

        task = asyncio.get_running_loop().create_task(in_turn())
        # Who waits for it hears of it; the last one has nobody who waits.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._last = task
        return task

    async def _begin(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes,
    ) -> None:
        if self._rule.keeps_answer:
            await self._inner.write_headers(start_line, headers)
            await self._body(chunk)

    async def _body(self, chunk: bytes) -> None:
        if not self._rule.keeps_answer:
            return
        if self._rule.action == "slow":
            size = self._rule.bytes or 1
            for start in range(0, len(chunk), size):
                await asyncio.sleep(self._rule.seconds)
                await self._inner.write(chunk[start : start + size])
            return
        part = chunk[: self._left]
        if part:
            await self._inner.write(part)
        self._left -= len(part)
        if len(part) < len(chunk):
            await self._stop()
            raise StreamClosedError

    async def _end(self) -> None:
        if self._rule.action == "slow":
            self._inner.finish()
        else:
            await self._stop()

    async def _stop(self) -> None:
        """Leave the client with what it has, in the way of the rule."""
        stream = self._inner.detach()
        with contextlib.suppress(StreamClosedError, OSError):
            await self._last_act(stream)
        stream.close()

    async def _last_act(self, stream: IOStream) -> None:
        rule = self._rule
        match rule.action:
            case "status":
                await stream.write(_raw(rule.status, rule.headers, rule.content_type, rule.body))
            case "junk":
                await stream.write(_raw(HTTPStatus.OK, rule.headers, rule.content_type, rule.body))
            case "hang":
                gone = asyncio.Event()
                stream.set_close_callback(gone.set)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gone.wait(), rule.seconds)
            case "kill":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rule.pid, signal.SIGKILL)
                _reset(stream)
            case "reset":
                _reset(stream)
            case _:  # cut: the client sees an end that comes too early
                pass


def _reset(stream: IOStream) -> None:
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def _raw(status: int, headers: dict[str, str], content_type: str, body: str) -> bytes:
    """Return an answer whose headers may be any, also such as contradict the body."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = _UNKNOWN_REASON
    content = body.encode("utf-8", "surrogatepass")
    said = {
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
        **headers,
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    head = f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n"
    return head.encode("latin-1", "replace") + content
