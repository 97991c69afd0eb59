"""The handler of every request: it authenticates the user, validates the request and answers.

Side effects: the network (loopback only); the methods have their own.
"""

import asyncio
import base64
import binascii
import hmac
import inspect
import logging
import os
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from tornado.httputil import format_timestamp
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from nbship.local.protocol import ranges, routes, validation
from nbship.local.protocol.routes import DOWNLOAD, SECRET, STREAM, Route
from nbship.local.protocol.rpc import Archive, Redirect
from nbship.local.protocol.validation import ApiError, FieldType, Json, not_found
from nbship.local.services import secrets
from nbship.local.services.registry import Registry
from nbship.local.sessions.log import render_array
from nbship.local.sessions.outputs import finished_log, follow_log, output_file
from nbship.local.sessions.zip_stream import zip_parts
from nbship.local.storage.database import Status, Version

_LOG = logging.getLogger("nbship.local")
_CHUNK = 256 * 1024
_KEEPALIVE = 10.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_STREAM_FIELDS = {
    "userName": validation.STRING,
    "kernelSlug": validation.STRING,
    "versionLabel": validation.STRING,
    "kernelSessionId": validation.INTEGER,
    "waitForLogsUrlSeconds": validation.INTEGER,
}
_LONGEST_WAIT = 300  # seconds
_TICK = 0.1


class ApiHandler(RequestHandler):
    """The handler of all requests except uploads."""

    registry: Registry
    path = ""
    route = Route()
    label = ""  # the request in the log: method and kernel, never a credential
    call = ""  # a method's name, "stream", "download", ..., or the path if it is unknown
    user = ""  # the authenticated user
    effect = ""  # what the request has changed

    def initialize(self, registry: Registry) -> None:
        """Store the services of this server."""
        self.registry = registry

    def prepare(self) -> None:
        """Refuse other hosts: a rebound DNS name of a web page, or use as a proxy.

        Raises:
            ApiError: the request names another host than this machine.
        """
        try:
            target = urlsplit(self.request.uri or "/")
            hosts = [urlsplit(f"//{self.request.host}").hostname]
            if target.netloc:
                hosts.append(target.hostname)
        except ValueError as error:
            raise validation.bad_request("The URL is malformed") from error
        if not _LOOPBACK.issuperset(hosts):
            raise ApiError(HTTPStatus.FORBIDDEN, "Only requests to this machine are served")
        self.path = target.path
        self.route = routes.find(self.request.method or "", target.path)
        self.call = self.route.name or plain(target.path)

    async def get(self) -> None:
        """Answer /healthz, a file, a log stream or the alias of a method."""
        if self.path == "/healthz":
            identity = self.registry.state_dir.identity
            lifeline = self.registry.has_lifeline
            self.write(
                {
                    "ok": True,
                    "pid": self.registry.pid,
                    "home": identity,
                    "lifeline": lifeline,
                    "sessions": self.registry.kernels.unfinished_sessions,
                }
            )
        elif self.route.name == DOWNLOAD:
            fields = self.route.fields
            await self._send_file(int(fields["session"]), fields["token"], fields["name"])
        else:
            await self._answer()

    async def post(self) -> None:
        """Answer a method of the API or a request for a secret."""
        if self.route.name == SECRET:
            self.label = "secret"
            authorization = self.request.headers.get("X-Kaggle-Authorization", "")
            request = self.read_request(secrets.FIELDS)
            state_dir, database = self.registry.state_dir, self.registry.database
            self.send(secrets.answer(state_dir.secrets, database, authorization, request))
        else:
            await self._answer()

    async def _answer(self) -> None:
        """Answer a method or a log stream."""
        if self.route.name == STREAM:
            return await self._send_log()
        rpc = self.registry.methods.get(self.route.method)
        user = self.user = "" if rpc and rpc.is_public else self.authenticate()
        if rpc is None:
            raise not_found(f"No such method: {self.request.method} {self.path}")
        self.label = self.route.name
        request = self.read_request(rpc.fields)
        self.label = f"{self.route.name} {_kernel_name(request)}".rstrip()
        answer = rpc.answer(user, request)
        answer = await answer if inspect.isawaitable(answer) else answer
        self.effect = rpc.effect(request, answer)
        if isinstance(answer, Redirect):
            return self.redirect(answer.url)
        if isinstance(answer, Archive):
            return await self._send_zip(answer)
        return self.send(answer)

    def read_request(self, fields: Mapping[str, FieldType]) -> Json:
        """Return the request: the fields in the path, and those in the body or in a GET's query.

        Raises:
            ApiError: a field is unknown, invalid or given twice.
        """
        in_path = validation.from_texts(self.route.fields, fields)
        if self.request.method != "GET":
            return {**validation.checked(self.request.body, fields), **in_path}
        texts = {}
        for name, values in self.request.query_arguments.items():
            if len(values) > 1 or name in in_path:
                raise validation.bad_request(f"'{plain(name)}' is given twice")
            texts[name] = values[0].decode("utf-8", "replace")
        return validation.validated({**validation.from_texts(texts, fields), **in_path}, fields)

    def authenticate(self) -> str:
        """Return the user's name.

        Raises:
            ApiError: the request has no valid credential.
        """
        scheme, _, credential = self.request.headers.get("Authorization", "").partition(" ")
        user = None
        if scheme.lower() == "basic":
            name, _, key = _decoded(credential).partition(":")
            user = self.registry.users.with_key(name, key)
        elif scheme.lower() == "bearer":
            user = self.registry.users.with_token(credential.strip())
        if user is None:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized access")
        return user

    def send(self, answer: Json) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json")
        self.write(answer)

    async def _send_log(self) -> None:
        self.label = f"logs/stream {_kernel_name(self.route.fields)}"
        user = self.user = self.authenticate()
        request = self.read_request(_STREAM_FIELDS)
        self.label = f"logs/stream {_kernel_name(request)}"
        version = await self._started_session(user, request)
        if version.status is Status.QUEUED:
            raise not_found(f"{version.owner}/{version.slug} is queued: there is no log yet")
        folder = self.registry.state_dir.run_folder(version)
        if version.status and not version.status.is_active:
            self.set_header("Content-Type", "application/json")
            self.finish(finished_log(folder) or render_array([]))
            return

        def is_active() -> bool:
            now = self.registry.database.session(version.session_id)
            return bool(now and now.status and now.status.is_active)

        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        finished = asyncio.get_running_loop().create_future()
        self.registry.log_streams.add(finished)
        try:
            await self.flush()
            async for event in follow_log(folder, is_active, _KEEPALIVE):
                self.write(event)
                await self.flush()
        finally:
            self.registry.log_streams.discard(finished)
            finished.set_result(None)

    async def _started_session(self, user: str, request: Json) -> Version:
        """Return the session; if it is queued, wait as long as the request allows.

        The field ``waitForLogsUrlSeconds`` holds the seconds.
        """
        patience = min(request.get("waitForLogsUrlSeconds", 0), _LONGEST_WAIT)
        deadline = time.monotonic() + patience
        while True:
            version = self._session(user, request)
            if version.status is not Status.QUEUED or time.monotonic() >= deadline:
                return version
            await asyncio.sleep(_TICK)

    def _session(self, user: str, request: Json) -> Version:
        if "kernelSessionId" in request:
            return self.registry.kernels.session(user, request["kernelSessionId"])
        owner, slug = request.get("userName", ""), request.get("kernelSlug", "")
        return self.registry.kernels.find_session(user, owner, slug, request.get("versionLabel"))

    async def _send_file(self, session_id: int, token: str, name: str) -> None:
        self.label = f"file of session {session_id}"
        version = self.registry.database.session(session_id)
        expected = version.token if version else ""
        if not hmac.compare_digest(token.encode(), expected.encode()) or version is None:
            raise not_found("No such file")
        path = output_file(self.registry.state_dir.run_folder(version), name)
        if path is None:
            raise not_found("No such file")
        with path.open("rb") as file:
            await self._stream(file, os.fstat(file.fileno()))

    async def _send_zip(self, archive: Archive) -> None:
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f'attachment; filename="{archive.name}"')
        for part in zip_parts(archive.run_folder):
            self.write(part)
            await self.flush()

    async def _stream(self, file: BinaryIO, status: os.stat_result) -> None:
        """Send a file or the part that is asked for, as the server of Kaggle's files does."""
        tag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
        modified = format_timestamp(datetime.fromtimestamp(status.st_mtime, UTC))
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Last-Modified", modified)
        self.set_header("ETag", tag)
        is_same = self.request.headers.get("If-Range", tag) in {tag, modified}
        asked = self.request.headers.get("Range", "") if is_same else ""
        part = ranges.requested(asked, status.st_size)
        if part is not None:
            await self._stream_part(file, part, status.st_size)
        else:
            await self._send_bytes(file, status.st_size)

    async def _stream_part(self, file: BinaryIO, part: range, size: int) -> None:
        if not part:
            self.set_status(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.set_header("Content-Range", f"bytes */{size}")
            return
        self.set_status(HTTPStatus.PARTIAL_CONTENT)
        self.set_header("Content-Range", f"bytes {part[0]}-{part[-1]}/{size}")
        file.seek(part.start)
        await self._send_bytes(file, len(part))

    async def _send_bytes(self, file: BinaryIO, size: int) -> None:
        self.set_header("Content-Length", str(size))
        while size and (chunk := file.read(min(_CHUNK, size))):
            size -= len(chunk)
            self.write(chunk)
            await self.flush()

    def compute_etag(self) -> None:
        """Omit the ETag: Kaggle sends none, and tornado would answer 304 without a body for it."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log unexpected exceptions only; a refusal has its line in the access log."""
        if not isinstance(value, ApiError | HTTPError | StreamClosedError) and typ and value:
            _LOG.error("%s failed", self.label, exc_info=(typ, value, tb))

    refusal = ""  # why the request is invalid, for the log

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send an error as Kaggle nests it."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = HTTPStatus(status_code).phrase
        if isinstance(error, ApiError):
            status_code, message = error.code, error.message
            self.refusal = message if error.code is HTTPStatus.BAD_REQUEST else ""
            self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(validation.error_body(status_code, message))


def _decoded(credential: str) -> str:
    try:
        return base64.b64decode(credential.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _kernel_name(request: Json) -> str:
    name = request.get("slug") or "/".join(
        request[field] for field in ("userName", "kernelSlug") if field in request
    )
    return plain(name)


def plain(text: str) -> str:
    """Replace every character that could forge a log line, and shorten the text to 120 letters."""
    return re.sub(r"[^\w./-]", "?", text)[:120]
