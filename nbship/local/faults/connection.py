"""A connection that spoils the answer: it wraps the connection of a request handler.

Side effects: writes to the network; sends SIGKILL to the process that a rule names, and SIGTERM to
this one.
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

    The handler writes its answer through this object. The connection is closed at the end, except
    after an answer that is slow or the last one, which is complete.
    """

    def __init__(self, inner: HTTP1Connection, rule: Rule) -> None:
        self._inner = inner
        self._rule = rule
        self._remaining = rule.bytes
        self._last: asyncio.Task[None] | None = None

    def set_max_body_size(self, size: int) -> None:
        """Set the largest accepted request body, in bytes."""
        self._inner.set_max_body_size(size)

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Register a function to call when the client closes the connection."""
        self._inner.set_close_callback(callback)

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Send the status line and headers, and the first part of the body."""
        return self._then(self._begin(start_line, headers, chunk or b""))

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Send a part of the body."""
        return self._then(self._body(chunk))

    def finish(self) -> None:
        """Finish the answer."""
        self._then(self._end())

    def _then(self, step: Coroutine[None, None, None]) -> asyncio.Future[None]:
        """Run a step after the previous ones; tornado does not wait for each to finish."""
        previous = self._last

        async def in_turn() -> None:
            if previous:
                try:
                    await previous
                except BaseException:
                    step.close()
                    raise
            await step

        task = asyncio.get_running_loop().create_task(in_turn())
        # Retrieve the exception: nothing awaits the last step, and asyncio would log it.
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
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
        if self._rule.action == "leave":
            await self._inner.write(chunk)
            return
        if self._rule.action == "slow":
            size = self._rule.bytes or 1
            for start in range(0, len(chunk), size):
                await asyncio.sleep(self._rule.seconds)
                await self._inner.write(chunk[start : start + size])
            return
        part = chunk[: self._remaining]
        if part:
            await self._inner.write(part)
        self._remaining -= len(part)
        if len(part) < len(chunk):
            await self._stop()
            raise StreamClosedError

    async def _end(self) -> None:
        if self._rule.action == "slow":
            self._inner.finish()
        elif self._rule.action == "leave":
            os.kill(os.getpid(), signal.SIGTERM)
            self._inner.finish()
        else:
            await self._stop()

    async def _stop(self) -> None:
        """End the connection in the way that the rule demands."""
        stream = self._inner.detach()
        with contextlib.suppress(StreamClosedError, OSError):
            await self._break_off(stream)
        stream.close()

    async def _break_off(self, stream: IOStream) -> None:
        rule = self._rule
        match rule.action:
            case "status":
                await stream.write(_raw(rule.status, rule.headers, rule.content_type, rule.body))
            case "junk":
                await stream.write(_raw(HTTPStatus.OK, rule.headers, rule.content_type, rule.body))
            case "hang":
                closed = asyncio.Event()
                stream.set_close_callback(closed.set)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(closed.wait(), rule.seconds)
            case "kill":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rule.pid, signal.SIGKILL)
                _reset(stream)
            case "reset":
                _reset(stream)
            case _:  # cut: the client receives the end of the stream too early
                pass


def _reset(stream: IOStream) -> None:
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def _raw(status: int, headers: dict[str, str], content_type: str, body: str) -> bytes:
    """Return an answer with any headers, including those that contradict the body."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = _UNKNOWN_REASON
    content = body.encode("utf-8", "surrogatepass")
    all_headers = {
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
        **headers,
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    head = f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n"
    return head.encode("latin-1", "replace") + content
