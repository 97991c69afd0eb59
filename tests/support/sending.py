"""A push against a scripted Kaggle: the server, the push, and what the journal has of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.core.source.nbjson import cells_digest
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import journal
from nbship.errors import (
    KaggleError,
)
from nbship.model.push import Record
from nbship.model.target import BUILT_IN
from nbship.model.workspace import Context
from nbship.verbs.operations.push.send import (
    PushRequest,
    send,
)
from nbship.verbs.operations.run import Connection, Run
from tests.support.client import METADATA
from tests.support.scripted_server import (
    Answer,
    ScriptedServer,
    Seen,
    refusal,
    reply,
)
from tests.support.servers import KERNEL

TEXT = json.dumps({"cells": [{"cell_type": "code", "source": "print('mine')"}]})


OTHERS = json.dumps({"cells": [{"cell_type": "code", "source": "print('yours')"}]})


BUSY = reply({"error": "Maximum batch GPU session count of 2 reached."})


PATIENCE = Patience(save=1.0)


OF_THE_ACCOUNT = {
    "ListKernels": reply({"kernels": [{"ref": "/awa/old-one", "title": "TINY Kernel"}]}),
    "GetAcceleratorQuotaStatistics": reply({"quotaRefreshTime": "2026-11-28T00:00:00Z"}),
}


@dataclass
class Server:
    """A scripted Kaggle: its versions, its answers to saves, and false later answers."""

    versions: list[str] = field(default_factory=lambda: [OTHERS])
    saves: list[Answer | Callable[["Server"], Answer]] = field(default_factory=list)
    questions: list[Answer] = field(default_factory=list)  # lies, before the truth

    def __call__(self, seen: Seen) -> Answer:
        """Answer a request."""
        if seen.call == "SaveKernel":
            answer = self.saves.pop(0) if self.saves else taken
            return answer(self) if callable(answer) else answer
        if seen.call in OF_THE_ACCOUNT:
            return OF_THE_ACCOUNT[seen.call]
        if self.questions:
            return self.questions.pop(0)
        if not self.versions:
            return refusal(404, "no such kernel")
        if seen.call == "GetKernelSessionStatus":
            return reply({"status": "COMPLETE"})
        number = int(seen.json.get("versionLabel", f"v{len(self.versions)}")[1:])
        metadata = {"currentVersionNumber": len(self.versions)}
        return reply({"metadata": metadata, "blob": {"source": self.versions[number - 1]}})


def taken(server: Server) -> Answer:
    """Make the version, and answer with it."""
    server.versions.append(TEXT)
    return reply({"versionNumber": len(server.versions), "url": "https://example.org/v"})


def taken_but(answer: Answer) -> Callable[[Server], Answer]:
    """Make the version, and send another answer."""

    def save(server: Server) -> Answer:
        server.versions.append(TEXT)
        return answer

    return save


def intended(context: Context, base: int = 1) -> Record:
    """Return a push whose intent is in the journal."""
    record = Record(
        id="r1", state="intended", at="", name="tiny", target="main", server="local",
        kernel=KERNEL, digest="d", cells=cells_digest(TEXT), commit=None, base_version=base,
        overrides=(), line_map=(),
    )  # fmt: skip
    return journal.write(context.workspace, record)


def over(kaggle: Kaggle) -> Connection:
    return Connection(BUILT_IN["main"], kaggle)


def run(context: Context, kaggle: Kaggle, base: int = 1) -> Run:
    """Return the run of a push whose intent is in the journal."""
    return Run(context, over(kaggle), intended(context, base))


def second(context: Context, kaggle: Kaggle) -> Run:
    """Return the run of another push of the same cells."""
    return Run(context, over(kaggle), replace(intended(context), id="r2"))


def states(context: Context) -> list[str]:
    """Return all states in the journal, in order."""
    lines = context.workspace.path(context.workspace.layout.journal).read_text().splitlines()
    return [json.loads(line)["state"] for line in lines]


def saves(scripted: ScriptedServer) -> int:
    return sum(seen.call == "SaveKernel" for seen in scripted.seen)


ORDER = PushRequest(METADATA | {"id_no": None}, TEXT)


def notices(context: Context) -> list[str]:
    return context.report.notices  # type: ignore[attr-defined, no-any-return]


def failed(push: Run, request: PushRequest = ORDER) -> tuple[str, str]:
    """Return the message and the hint of a push that fails."""
    with pytest.raises(KaggleError) as caught:
        send(push, request)
    return caught.value.message, caught.value.hint
