"""The gate under faults: spoils what the rules say, and keeps account of what really happened.

Served only with ``--faults``. Side effects: the network; see ``spoiling``.
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
_ACCOUNT = "/control/log"
_BROWSERS_ONLY = ("Origin", "Sec-Fetch-Site")


@dataclass(slots=True)
class Recorder:
    """The rules in force, and all that was seen."""

    faults: Faults = field(default_factory=Faults)
    entries: list[Json] = field(default_factory=list)
    before: Registry | None = None  # the registry as it was before the last write


class _Recording(ApiHandler):
    """Every request comes in here, in place of the plain gate."""

    _rule: Rule | None = None
    _is_noted = False

    @property
    def witness(self) -> Recorder:
        """The account of this server."""
        return cast("Recorder", self.settings["witness"])

    def prepare(self) -> None:
        """Let the request in, under the rule that it falls to."""
        ApiHandler.prepare(self)
        if self.path.startswith(_CONTROL):
            self._is_noted = True
            if any(name in self.request.headers for name in _BROWSERS_ONLY):
                raise ApiError(HTTPStatus.FORBIDDEN, "No browser has a say here")
            return
        if self.path == "/healthz":
            self._is_noted = True
            return
        self._rule = self.witness.faults.take(self.call)
        if self._rule and self._rule.action == "stale":
            self.registry = self.witness.before or self.registry
        elif self._rule:
            connection = cast("HTTP1Connection", self.request.connection)
            self.request.connection = FaultyConnection(connection, self._rule)
        if self._is_answered_first:
            self.user = self._user_if_any()
            self.finish()
        else:
            super().prepare()

    async def get(self) -> None:
        """Answer with the account, or as ever."""
        if self.path == _ACCOUNT:
            self.send({"entries": self.witness.entries})
        else:
            await super().get()

    async def post(self) -> None:
        """Take new rules, or answer as ever."""
        if self.path == _RULES:
            self.witness.faults = Faults(parse(self.request.body))
            return self.send({})
        if self.call in WRITES:
            before = self.registry.as_of(self.registry.state.copy())
            await super().post()
            if self.effect:
                self.witness.before = before
            return None
        return await super().post()

    async def delete(self) -> None:
        """Forget the rules."""
        if self.path != _RULES:
            raise not_found(f"No such page: DELETE {self.path}")
        self.witness.faults = Faults()
        self.send({})

    # The signature is tornado's.
    def flush(self, include_footers: bool = False) -> asyncio.Future[None]:  # noqa: FBT001, FBT002
        """Note the answer before the first byte of it leaves."""
        if not self._is_noted:
            self._is_noted = True
            self._note()
        return super().flush(include_footers)

    def _note(self) -> None:
        rule = self._rule
        status = self.get_status()
        if rule and rule.action == "status":
            status = rule.status
        elif rule and rule.action == "junk":
            status = HTTPStatus.OK
        elif self._is_answered_first:
            status = 0
        self.witness.entries.append({
            "n": len(self.witness.entries) + 1,
            "call": self.call,
            "user": self.user,
            "status": int(status),
            "fault": rule.action if rule else None,
            "effect": self.effect,
        })  # fmt: skip

    @property
    def _is_answered_first(self) -> bool:
        """Whether the fault comes in place of the answer, without anything done for it.

        A log or a file is nothing but an answer, and a log may go on for hours.
        """
        if self._rule is None or self._rule.keeps_answer:
            return False
        return self._rule.comes_before or self.call in (STREAM, DOWNLOAD)

    def _user_if_any(self) -> str:
        try:
            return self.known_user()
        except ApiError:
            return ""


class RecordingHandler(_Recording):
    """The gate for all but files on their way up."""


class RecordingUploadHandler(_Recording, UploadHandler):
    """The gate for files on their way up."""
