"""The HTTP side: who may ask, what is asked, and how the answer or the refusal is sent.

Side effects: the network (loopback only), and one line a request in the log.
"""

import asyncio
import base64
import binascii
import hmac
import inspect
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from nbship.local import wire
from nbship.local.home import Home
from nbship.local.kernels import Kernels, Rpc
from nbship.local.log import render_array
from nbship.local.outputs import finished_log, follow_log, output_file
from nbship.local.state import State, Status
from nbship.local.wire import ApiError, Json, not_found

_LOG = logging.getLogger("nbship.local")
_MAX_BODY = 10 * 1024 * 1024
_CHUNK = 256 * 1024
_KEEPALIVE = 10.0
_FAREWELL = 1.0
_TOKEN_USER = "local"  # noqa: S105 - the name of whoever comes with a token, no secret
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_USER = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_KERNELS = "kernels.KernelsApiService"
_INTROSPECT = "security.OAuthService/IntrospectToken"
_RPC = re.compile(r"/(?:api/)?v1/([A-Za-z.]+/[A-Za-z]+)")
_STREAM = re.compile(r"/(?:api/)?v1/kernels/logs/stream/([^/]+)/([^/]+)")
_FILE = re.compile(r"/kf/([0-9]{1,18})/([^/]+)/(.+)")


@dataclass(frozen=True, slots=True)
class House:
    """All that an answer can be made from."""

    home: Home
    state: State
    kernels: Kernels
    key: str
    pid: int
    # Each is done when someone who follows a log has heard of its end.
    following: set[asyncio.Future[None]] = field(default_factory=set)
    has_lifeline: bool = False  # it ends with the command that started it

    def as_of(self, state: State) -> "House":
        """Return the same house with another memory."""
        return replace(self, state=state, kernels=self.kernels.over(state))

    async def farewell(self) -> None:
        """Give those who follow a log the time to hear of its end."""
        if self.following:
            await asyncio.wait(self.following, timeout=_FAREWELL)


class Gate(RequestHandler):
    """Every request comes in here."""

    house: House
    label = ""  # what the log says of the request: its method and kernel, never a credential
    call = ""  # what is asked for, in a word: a method's name, "stream", "download", else the path
    user = ""  # who asks
    effect = ""  # what the request has changed

    def initialize(self, house: House) -> None:
        """Take what the application was made with."""
        self.house = house

    def prepare(self) -> None:
        """Refuse what is not meant for this machine: a web page's rebound name, a proxy's use."""
        try:
            target = urlsplit(self.request.uri or "/")
            hosts = [urlsplit(f"//{self.request.host}").hostname]
            if target.netloc:
                hosts.append(target.hostname)
        except ValueError as error:
            raise wire.bad_request("The address is not one") from error
        if not _LOOPBACK.issuperset(hosts):
            raise ApiError(HTTPStatus.FORBIDDEN, "Only this machine is served")
        self._path = target.path
        self._query = target.query
        self.call = _call(target.path)

    async def get(self) -> None:
        """Answer healthz, a file or a log stream."""
        if self._path == "/healthz":
            identity = self.house.home.identity
            lifeline = self.house.has_lifeline
            answer = {"ok": True, "pid": self.house.pid, "home": identity, "lifeline": lifeline}
            self.write(answer)
        elif match := _FILE.fullmatch(self._path):
            await self._send_file(int(match[1]), match[2], unquote(match[3]))
        elif match := _STREAM.fullmatch(self._path):
            await self._send_log(unquote(match[1]), unquote(match[2]))
        else:
            self._user()
            raise not_found(f"No such page: GET {self._path}")

    async def post(self) -> None:
        """Answer a method of the API."""
        match = _RPC.fullmatch(self._path)
        name = match[1] if match else ""
        if name == _INTROSPECT:
            return self._introspect()
        user = self._user()
        rpc = self._rpc(name)
        if rpc is None:
            raise not_found(f"No such method: POST {self._path}")
        request = wire.checked(self.request.body, rpc.fields)
        self.label = f"{name.rpartition('/')[2]} {_kernel(request)}".rstrip()
        answer = rpc.answer(user, request)
        answer = await answer if inspect.isawaitable(answer) else answer
        self.effect = rpc.effect(request, answer)
        self._send(answer)
        return None

    def _rpc(self, name: str) -> Rpc | None:
        service, _, method = name.partition("/")
        return self.house.kernels.methods.get(method) if service == _KERNELS else None

    def _introspect(self) -> None:
        fields = {"token": wire.STRING}
        token = wire.checked(self.request.body, fields).get("token", "")
        self.label = "IntrospectToken"
        if self._is_key(token):
            self._send({"active": True, "username": _TOKEN_USER})
        else:
            self._send({"active": False})

    def _user(self) -> str:
        """Return who asks, or refuse."""
        scheme, _, credential = self.request.headers.get("Authorization", "").partition(" ")
        user, key = _TOKEN_USER, credential.strip()
        if scheme.lower() == "basic":
            user, _, key = _decoded(credential).partition(":")
        elif scheme.lower() != "bearer":
            key = ""
        if not self._is_key(key) or not _USER.fullmatch(user.lower()):
            raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized access")
        self.user = user.lower()
        return self.user

    def _is_key(self, key: str) -> bool:
        return hmac.compare_digest(key.encode("utf-8", "replace"), self.house.key.encode())

    def _send(self, answer: Json) -> None:
        self.set_header("Content-Type", "application/json")
        self.write(answer)

    async def _send_log(self, owner: str, slug: str) -> None:
        self.label = f"logs/stream {_plain(f'{owner}/{slug}')}"
        user = self._user()
        arguments = self.request.query_arguments if self._query else {}
        if unknown := arguments.keys() - {"versionLabel"}:
            raise wire.bad_request(f'Unknown name "{min(unknown)}" in the query')
        label = self.get_query_argument("versionLabel", None)
        version = self.house.kernels.find_session(user, owner, slug, label)
        if version.status is Status.QUEUED:
            raise not_found(f"{owner}/{slug} is queued: there is no log yet")
        folder = self.house.home.run_folder(version)
        if version.status and not version.status.is_active:
            self.set_header("Content-Type", "application/json")
            self.finish(finished_log(folder) or render_array([]))
            return

        def is_active() -> bool:
            now = self.house.state.session(version.session_id)
            return bool(now and now.status and now.status.is_active)

        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        heard = asyncio.get_running_loop().create_future()
        self.house.following.add(heard)
        try:
            await self.flush()
            async for event in follow_log(folder, is_active, _KEEPALIVE):
                self.write(event)
                await self.flush()
        finally:
            self.house.following.discard(heard)
            heard.set_result(None)

    async def _send_file(self, session_id: int, token: str, name: str) -> None:
        self.label = f"file of session {session_id}"
        version = self.house.state.session(session_id)
        expected = version.token if version else ""
        if not hmac.compare_digest(token.encode(), expected.encode()) or version is None:
            raise not_found("No such file")
        path = output_file(self.house.home.run_folder(version), name)
        if path is None:
            raise not_found("No such file")
        with path.open("rb") as file:
            await self._stream(file, path.stat().st_size, path.stat().st_mtime)

    async def _stream(self, file: BinaryIO, size: int, modified: float) -> None:
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Length", str(size))
        self.set_header("Last-Modified", datetime.fromtimestamp(modified, UTC))
        while chunk := file.read(_CHUNK):
            self.write(chunk)
            await self.flush()

    def compute_etag(self) -> None:
        """Leave the ETag out: Kaggle has none, and tornado would hold answers back for it."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log only what should not happen; a refusal has its line in the access log."""
        if not isinstance(value, ApiError | HTTPError | StreamClosedError) and typ and value:
            _LOG.error("%s failed", self.label, exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send a refusal in Kaggle's shape."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = HTTPStatus(status_code).phrase
        if isinstance(error, ApiError):
            status_code, message = error.code, error.message
            self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(wire.error_body(status_code, message))


def _call(path: str) -> str:
    if match := _RPC.fullmatch(path):
        return match[1].rpartition("/")[2]
    if _STREAM.fullmatch(path):
        return "stream"
    return "download" if _FILE.fullmatch(path) else _plain(path)


def _decoded(credential: str) -> str:
    try:
        return base64.b64decode(credential.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _kernel(request: Json) -> str:
    named = request.get("slug") or "/".join(
        request[field] for field in ("userName", "kernelSlug") if field in request
    )
    return _plain(named)


def _plain(text: str) -> str:
    """Return a text that cannot break out of its line in the log."""
    return re.sub(r"[^\w./-]", "?", text)[:120]


def _log_request(handler: RequestHandler) -> None:
    label = getattr(handler, "label", "") or _plain((handler.request.uri or "").partition("?")[0])
    _LOG.info("%s %s %d", handler.request.method, label, handler.get_status())


def listen(
    house: House, sockets: Iterable[Any], gate: type[Gate] = Gate, **settings: Any
) -> HTTPServer:
    """Begin to answer on these sockets."""
    application = Application(
        [(r".*", gate, {"house": house})],
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
