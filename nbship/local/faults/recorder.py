"""Request handlers under fault rules, and a record of what each request really did.

Used only with ``--faults``. Side effects: the network; see ``connection``.
"""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from nbship.local.faults.connection import FaultyConnection
from nbship.local.faults.rules import WRITES, Faults, Rule, parse
from nbship.local.http.handler import ApiHandler
from nbship.local.http.upload_handler import UploadHandler
from nbship.local.protocol.routes import DOWNLOAD, STREAM
from nbship.local.protocol.validation import ApiError, Json, not_found
from nbship.local.services.registry import Registry

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

_CONTROL = "/control/"
_RULES = "/control/faults"
_ENTRIES = "/control/log"
_BROWSERS_ONLY = ("Origin", "Sec-Fetch-Site")


@dataclass(slots=True)
class Recorder:
    """The active rules, and an entry for every request."""

    faults: Faults = field(default_factory=Faults)
    entries: list[Json] = field(default_factory=list)
    before: Registry | None = None  # the services as they were before the last write


class _Recording(ApiHandler):
    """A handler that applies the rules and records each request."""

    _rule: Rule | None = None
    _is_recorded = False

    @property
    def recorder(self) -> Recorder:
        """The recorder of this server."""
        return cast("Recorder", self.settings["recorder"])

    def prepare(self) -> None:
        """Accept the request, and apply the rule that matches it."""
        ApiHandler.prepare(self)
        if self.path.startswith(_CONTROL):
            self._is_recorded = True
            if any(name in self.request.headers for name in _BROWSERS_ONLY):
                raise ApiError(HTTPStatus.FORBIDDEN, "Requests from browsers are refused")
            return
        if self.path == "/healthz":
            self._is_recorded = True
            return
        self._rule = self.recorder.faults.take(self.call)
        if self._rule and self._rule.action == "stale":
            self.registry = self.recorder.before or self.registry
        elif self._rule:
            connection = cast("HTTP1Connection", self.request.connection)
            self.request.connection = FaultyConnection(connection, self._rule)
        if self._skips_call:
            self.user = self._user_if_any()
            self.finish()
        else:
            super().prepare()

    async def get(self) -> None:
        """Answer with the record at /control/log, else as without faults."""
        if self.path == _ENTRIES:
            self.send({"entries": self.recorder.entries})
        else:
            await super().get()

    async def post(self) -> None:
        """Replace the rules at /control/faults, else answer as without faults."""
        if self.path == _RULES:
            self.recorder.faults = Faults(parse(self.request.body))
            return self.send({})
        if self.call in WRITES:
            before = self.registry.with_database(self.registry.database.copy())
            await super().post()
            if self.effect:
                self.recorder.before = before
            return None
        return await super().post()

    async def delete(self) -> None:
        """Delete the rules at /control/faults."""
        if self.path != _RULES:
            raise not_found(f"No such page: DELETE {self.path}")
        self.recorder.faults = Faults()
        self.send({})

    # The signature is tornado's.
    def flush(self, include_footers: bool = False) -> asyncio.Future[None]:  # noqa: FBT001, FBT002
        """Record the request before the first byte of the answer is sent."""
        if not self._is_recorded:
            self._is_recorded = True
            self._record()
        return super().flush(include_footers)

    def _record(self) -> None:
        rule = self._rule
        status = self.get_status()
        if rule and rule.action == "status":
            status = rule.status
        elif rule and rule.action == "junk":
            status = HTTPStatus.OK
        elif self._skips_call:
            status = 0
        self.recorder.entries.append({
            "n": len(self.recorder.entries) + 1,
            "call": self.call,
            "user": self.user,
            "status": int(status),
            "fault": rule.action if rule else None,
            "effect": self.effect,
        })  # fmt: skip

    @property
    def _skips_call(self) -> bool:
        """Whether the fault replaces the call, which then is not executed.

        A log stream and a download change nothing, so a fault that replaces their answer need not
        wait for it: a log stream can last for hours.
        """
        if self._rule is None or self._rule.keeps_answer:
            return False
        return self._rule.replaces_call or self.call in (STREAM, DOWNLOAD)

    def _user_if_any(self) -> str:
        try:
            return self.authenticate()
        except ApiError:
            return ""


class RecordingHandler(_Recording):
    """The handler of all requests except uploads."""


class RecordingUploadHandler(_Recording, UploadHandler):
    """The handler of uploads."""
