"""The HTTP server: its port, its limits and its log of requests.

Side effects: the network (loopback only); one log line for each request.
"""

import errno
import logging
import re
import socket
import time
from collections.abc import Iterable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from nbship.local.http.handler import ApiHandler, plain
from nbship.local.http.upload_handler import UploadHandler
from nbship.local.services.registry import Registry

_LOG = logging.getLogger("nbship.local")
_NO_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE = 0.1  # seconds until a connection is accepted again, when there is no descriptor for it
_SILENCE = 60.0  # seconds between two log lines about that
_MAX_BODY = 10 * 1024 * 1024


def _log_request(handler: RequestHandler) -> None:
    label = getattr(handler, "label", "") or plain((handler.request.uri or "").partition("?")[0])
    refusal = re.sub(r"[^\x20-\x7e]", "?", getattr(handler, "refusal", ""))[:300]
    line = f"{handler.request.method} {label} {handler.get_status()}"
    _LOG.info("%s", f"{line}: {refusal}" if refusal else line)


def listen(
    registry: Registry,
    sockets: Iterable[Any],
    handler: type[ApiHandler],
    upload_handler: type[UploadHandler],
    **settings: Any,
) -> HTTPServer:
    """Start to answer requests on these sockets, and return the running server."""
    application = Application(
        [
            (r".*/upload/[^/]+", upload_handler, {"registry": registry}),
            (r".*", handler, {"registry": registry}),
        ],
        log_function=_log_request,
        compress_response=False,
        **settings,
    )
    server = HTTPServer(application, max_body_size=_MAX_BODY, max_buffer_size=2 * _MAX_BODY)
    server.add_sockets(sockets)
    return server


class Listener(socket.socket):
    """A listening socket that waits when the process has no descriptor for a connection.

    Without the wait, the connection that cannot be accepted wakes the server again and again.
    """

    _said = float("-inf")  # the time of the last log line, on the monotonic clock

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection.

        Raises:
            BlockingIOError: there is none now, or no descriptor for it.
        """
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _NO_RESOURCES:
                raise
            if time.monotonic() - self._said > _SILENCE:
                self._said = time.monotonic()
                _LOG.warning("connections wait: %s", error.strerror)
            time.sleep(_PAUSE)
            raise BlockingIOError from None


def bind(port: int) -> list[Any]:
    """Open a port on the loopback address only; 0 takes any free port.

    Raises:
        OSError: the port is in use.
    """
    return [Listener(fileno=found.detach()) for found in bind_sockets(port, "127.0.0.1")]
