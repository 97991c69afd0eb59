"""The live log of a run: an event stream, read line by line while the run goes on.

Side effects: sends requests to the server, and holds a connection as long as the log is read.
"""

import contextlib
import json
from collections.abc import Iterator

import requests

from nbship.core.log import as_event
from nbship.edges.network import GuardedSession, Server
from nbship.model.run import LogEvent

_END_OF_LOG = "END_OF_LOG"


def stream(server: Server, kernel: str, version: int) -> Iterator[LogEvent]:
    """Yield the lines of a run's log as they come, from the first one on.

    Ends at the end of the log, and also when the connection is lost: ask the status then.
    """
    with contextlib.suppress(requests.RequestException, OSError), GuardedSession(server) as session:
        answer = session.get(
            _address(server, kernel),
            params={"versionLabel": f"v{version}"},
            headers={"Accept": "text/event-stream, */*", "Content-Type": None},
            stream=True,
        )
        with contextlib.closing(answer):
            if answer.ok and answer.headers.get("Content-Type", "").startswith("text/event"):
                yield from _events(answer)


def _address(server: Server, kernel: str) -> str:
    """Return the address of a kernel's live log, which is no call of the API's."""
    base = server.endpoint if server.is_kaggle else f"{server.endpoint}/api"
    return f"{base}/v1/kernels/logs/stream/{kernel}"


def _events(answer: requests.Response) -> Iterator[LogEvent]:
    for raw in answer.iter_lines():
        line = raw.decode(errors="replace")
        if not line.startswith("data:"):
            continue
        payload = line.removeprefix("data:").strip()
        if payload == _END_OF_LOG:
            return
        with contextlib.suppress(ValueError, RecursionError):
            event = as_event(json.loads(payload))
            if event is not None:
                yield event
