"""The HTTP server: its port, its limits and its log of requests.

Side effects: the network (loopback only); one log line for each request.
"""

import logging
import re
from collections.abc import Iterable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from nbship.local.http.handler import ApiHandler, plain
from nbship.local.http.upload_handler import UploadHandler
from nbship.local.services.registry import Registry

_LOG = logging.getLogger("nbship.local")
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


def bind(port: int) -> list[Any]:
    """Open a port on the loopback address only; 0 takes any free port.

    Raises:
        OSError: the port is in use.
    """
    return list(bind_sockets(port, "127.0.0.1"))
