"""The HTTP server: its port, its limits and its log of requests.

Side effects: the network (loopback only), and one line a request in the log.
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
    gate: type[ApiHandler],
    upload_gate: type[UploadHandler],
    **settings: Any,
) -> HTTPServer:
    """Begin to answer on these sockets."""
    application = Application(
        [
            (r".*/upload/[^/]+", upload_gate, {"registry": registry}),
            (r".*", gate, {"registry": registry}),
        ],
        log_function=_log_request,
        compress_response=False,
        **settings,
    )
    server = HTTPServer(application, max_body_size=_MAX_BODY, max_buffer_size=2 * _MAX_BODY)
    server.add_sockets(sockets)
    return server


def bind(port: int) -> list[Any]:
    """Take a port of this machine, which no other machine can reach; 0 takes any free one."""
    return list(bind_sockets(port, "127.0.0.1"))
