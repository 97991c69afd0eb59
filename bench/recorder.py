"""A proxy before the local Kaggle, which notes when each request of a program arrives."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_TIMEOUT = 60.0  # seconds for one request
_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding"})


@dataclass(slots=True)
class Recorder:
    """The address of the proxy, and the requests since ``begin``: the call, and seconds from it."""

    url: str
    began: float = 0.0
    seen: list[tuple[str, float]] = field(default_factory=list)

    def begin(self) -> None:
        """Forget what was before, and start the clock."""
        self.seen.clear()
        self.began = time.perf_counter()

    def note(self, path: str) -> None:
        """Note a request that has arrived."""
        self.seen.append((path.rpartition("/")[2], time.perf_counter() - self.began))

    def before(self, call: str) -> tuple[int, float]:
        """Return how many requests came before the first of this name, and after how long it came.

        Raises:
            LookupError: there was none.
        """
        for number, (name, seconds) in enumerate(self.seen):
            if name == call:
                return number, seconds
        raise LookupError(call)


@contextlib.contextmanager
def recording(server: str) -> Iterator[Recorder]:
    """Run a proxy to a server for the duration of a block."""
    target = urlsplit(server)
    recorder = Recorder("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            recorder.note(parts.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(
                target.hostname or "", target.port, timeout=_TIMEOUT
            )
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            connection.request(self.command, parts.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - the names are those of http.server

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.daemon_threads = True
    recorder.url = f"http://127.0.0.1:{proxy.server_address[1]}"
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        proxy.shutdown()
        proxy.server_close()
