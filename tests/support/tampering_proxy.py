"""A liar between the client and the local Kaggle: passes requests on, and spoils some answers."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import requests

Lie = Literal[
    "500", "500-after", "drop", "drop-after", "html", "empty", "[]", "{}", "gone", "truth"
]


@dataclass
class Liar:
    """What lie is told about which method, and what was asked."""

    upstream: str
    method: str = "SaveKernel"
    lie: Lie = "truth"
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def lying(upstream: str) -> Iterator[Liar]:
    """Serve as an HTTP proxy in front of ``upstream`` for the length of a block."""
    liar = Liar(upstream)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _answer(self, liar)

        def do_GET(self) -> None:
            _answer(self, liar)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: http.server.BaseHTTPRequestHandler, liar: Liar) -> None:
    method = handler.path.rpartition("/")[2]
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    liar.asked.append(method)
    lie = liar.lie if liar.method in {method, "*"} else "truth"
    if lie == "gone":  # the last answer that anybody gets here
        handler.server.shutdown()
        handler.server.server_close()
        lie = "truth"
    if lie in {"truth", "500-after", "drop-after"}:
        answer = _ask(handler, liar, body)
        if lie == "truth":
            kind = answer.headers.get("Content-Type", "")
            return _say(handler, answer.status_code, kind, answer.content)
    if lie.startswith("drop"):
        handler.close_connection = True
        return None
    status, kind, content = {
        "500": (500, "application/json", b'{"error":{"code":500,"message":"backend is down"}}'),
        "500-after": (500, "text/plain", b"gateway"),
        "html": (200, "text/html", b"<html>Sign in</html>"),
        "empty": (200, "application/json", b""),
        "[]": (200, "application/json", b"[]"),
        "{}": (200, "application/json", b"{}"),
    }[lie]
    return _say(handler, status, kind, content)


def _ask(handler: http.server.BaseHTTPRequestHandler, liar: Liar, body: bytes) -> requests.Response:
    path = handler.path.removeprefix("http://localhost")
    wanted = {"Authorization", "Content-Type", "Accept"}
    headers = {name: value for name, value in handler.headers.items() if name in wanted}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            handler.command, liar.upstream + path, data=body, headers=headers, timeout=60
        )


def _say(
    handler: http.server.BaseHTTPRequestHandler, status: int, kind: str, content: bytes
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
