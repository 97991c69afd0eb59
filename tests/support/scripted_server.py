"""A server on loopback that sends the responses of a test's script, byte for byte."""

import contextlib
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

DEADLINE = 30.0
CUT = None  # instead of an answer: the server resets the connection


@dataclass(frozen=True)
class Seen:
    """A request that the server received."""

    method: str
    path: str
    headers: dict[str, str]  # by lower-case name
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def call(self) -> str:
        """The called method of Kaggle's API."""
        return self.path.rpartition("/")[2]


Answer = bytes | Iterable[bytes] | None
Script = Callable[[Seen], Answer]


@dataclass
class ScriptedServer:
    """A running scripted server: its script, its address and the requests that it received."""

    script: Script
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)  # set at the end of the block

    def hang(self, _: Seen) -> bytes:
        """Send nothing until the end of the block."""
        self.over.wait(DEADLINE)
        return b""

    def drip(self, data: bytes, pause: float = 0.02) -> Script:
        """Return a script that sends data and then single spaces until the end of the block."""

        def script(_: Seen) -> Iterator[bytes]:
            yield data
            while not self.over.wait(pause):
                yield b" "

        return script


def reply(
    body: object = b"", status: int = 200, kind: str = "application/json", **headers: str
) -> bytes:
    """Return an answer; a body that is not bytes becomes JSON. "-" removes a header."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {
        "Content-Type": kind,
        "Content-Length": str(len(data)),
        "Connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value != "-")
    return f"HTTP/1.1 {status} Words of the status\r\n{head}\r\n".encode() + data


def refusal(status: int, message: str) -> bytes:
    """Return a refusal in Kaggle's format."""
    return reply({"error": {"code": status, "message": message}}, status)


def steps(*answers: Answer) -> Script:
    """Return a script that sends the answers in order, and then repeats the last one."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextlib.contextmanager
def serving_script(
    script: Script = lambda _: reply({}), host: str = "127.0.0.1"
) -> Iterator[ScriptedServer]:
    """Run a scripted server for the duration of a block."""
    scripted = ScriptedServer(script)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                seen = _read(self.rfile)  # type: ignore[arg-type]
                if seen is None:
                    return
                scripted.seen.append(seen)
                answer = scripted.script(seen)
                if answer is None:
                    _reset(self.connection)
                for part in [answer] if isinstance(answer, bytes) else answer or ():
                    self.connection.sendall(part)

    class TcpServer(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        block_on_close = False

    with TcpServer((host, 0), Handler) as server:
        port = server.server_address[1]
        scripted.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield scripted
        finally:
            scripted.over.set()
            server.shutdown()
            thread.join()


def dead_url() -> str:
    """Return an address without a server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def _read(file: socket.SocketIO) -> Seen | None:
    lines = []
    while line := file.readline():
        if line == b"\r\n":
            break
        lines.append(line.decode("latin-1").rstrip("\r\n"))
    if not lines:
        return None
    method, path, _ = lines[0].split(" ")
    pairs = (line.split(": ", 1) for line in lines[1:])
    headers = {name.lower(): value for name, value in pairs}
    body = file.read(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, body or b"")


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
