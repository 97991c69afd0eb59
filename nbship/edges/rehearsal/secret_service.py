"""The server that a rehearsed notebook asks for secrets, as it asks Kaggle.

The values are in the memory of this process only: in no file, no argument and no variable. The
notebook has a token, which is made up for one rehearsal.

Side effects: listens on a port of 127.0.0.1, in a thread; reads a file of the workspace.
"""

import contextlib
import json
import secrets
import selectors
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from nbship.core.kaggle.user_secrets import UserSecrets, answer, given_secrets
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.spec import Spec
from nbship.model.workspace import Workspace

_TIMEOUT = 10.0  # seconds for one request
_MOST = 1 << 16  # bytes of a request


def secrets_for(workspace: Workspace, spec: Spec) -> UserSecrets:
    """Return the values of the secrets that a notebook declares.

    They are those of its kernel's owner, in the file that the local Kaggle reads too.

    Raises:
        WorkspaceError: the file cannot be read.
    """
    if spec.kaggle is None or not spec.smoke.secrets:
        return UserSecrets()
    shown = workspace.layout.local_secrets
    data = files.read_bytes(workspace.path(shown)) or b"{}"
    try:
        owner = spec.kaggle.id.partition("/")[0].lower()
        return given_secrets(spec.smoke.secrets, data, owner, spec.kaggle.id_no)
    except ValueError as error:
        raise WorkspaceError(
            f"{shown}: {error}", hint='Write {"OWNER": {"LABEL": "value"}}.'
        ) from None


def service_of(spec: Spec, known: UserSecrets) -> AbstractContextManager[Mapping[str, str]]:
    """Return the server of a notebook's secrets, which yields the variables that name it.

    Without internet, a notebook reaches none on Kaggle either.
    """
    if spec.kaggle is None or not spec.kaggle.enable_internet:
        return contextlib.nullcontext({})
    return serving(known)


@contextlib.contextmanager
def serving(known: UserSecrets) -> Iterator[Mapping[str, str]]:
    """Answer requests for secrets during a block; return the variables that name the server."""
    token = secrets.token_hex()
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener:
        serve = partial(_serve, _Service(known, token), listener, theirs)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield {
                "KAGGLE_URL_BASE": f"http://127.0.0.1:{port}",
                "KAGGLE_USER_SECRETS_TOKEN": token,
            }
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            thread.join(_TIMEOUT)


@dataclass(frozen=True, slots=True)
class _Service:
    known: UserSecrets
    token: str


def _serve(service: _Service, listener: socket.socket, ending: socket.socket) -> None:
    """Answer one connection after the other, until the other end of ``ending`` is closed."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(ending, selectors.EVENT_READ)
        while all(key.fileobj is not ending for key, _ in selector.select()):
            # A program that goes away, or speaks no HTTP, ends its own connection only.
            with contextlib.suppress(OSError, ValueError, RecursionError):
                connection, address = listener.accept()
                with connection:
                    connection.settimeout(_TIMEOUT)
                    _answer(service, connection, address)


def _answer(service: _Service, connection: socket.socket, address: tuple[str, int]) -> None:
    """Answer one request over HTTP."""
    from http import HTTPStatus  # only if a notebook asks
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(min(length, _MOST))
            given = self.headers.get("X-Kaggle-Authorization") or ""
            if not secrets.compare_digest(given.encode(), f"Bearer {service.token}".encode()):
                self.send_error(HTTPStatus.UNAUTHORIZED)
                return
            data = json.dumps(answer(service.known, self.path, json.loads(body))).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    Handler(connection, address, None)  # type: ignore[arg-type] # it asks its server nothing
