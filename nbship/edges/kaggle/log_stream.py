"""The live log of a run: an event stream, read line by line while the run goes on.

Side effects: sends requests to the server, and holds a connection as long as the log is read.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import requests
from urllib3.exceptions import HTTPError

from nbship.core.run.log import parse_log
from nbship.core.run.sse import Lines, event_of, is_end
from nbship.edges import clock
from nbship.edges.kaggle.retry import with_deadline
from nbship.edges.kaggle.session import GuardedSession, Server
from nbship.model.run import LogEvent, StreamEnd

MOST_LOG = 64 << 20  # bytes of a log that are read at once
_CONNECT = 10.0  # seconds
_SILENCE = 60.0  # seconds without a byte: the connection is taken for dead
_ANSWER = 90.0  # seconds until the log begins; Kaggle itself waits for up to 60 s
_QUIET = 300.0  # seconds without a line: time to ask what the run does
_LONGEST = 600.0  # seconds of one reading: the same
_CHUNK = 1 << 16


def stream(server: Server, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
    """Yield the lines of a run's log as they come, from the first one on, and last how it ended.

    A line that says our own secret comes without it.

    "cut" says nothing of the run: the connection was lost, or nothing came for a while.

    Raises:
        KaggleError: the server leads to where a local Kaggle cannot be.
    """
    with GuardedSession(server) as session:
        try:
            answer = with_deadline(_ANSWER, lambda: _open(session, server, kernel, version))
            with contextlib.closing(answer):
                for event in _read(answer):
                    yield event if isinstance(event, str) else _hidden(server, event)
        except (requests.RequestException, HTTPError, OSError, ValueError):
            yield "cut"


def _hidden(server: Server, event: LogEvent) -> LogEvent:
    return replace(event, text=server.hide(event.text))


def _open(
    session: requests.Session, server: Server, kernel: str, version: int
) -> requests.Response:
    # The live log is no call of the API's.
    base = server.endpoint if server.is_kaggle else f"{server.endpoint}/api"
    return session.get(
        f"{base}/v1/kernels/logs/stream/{kernel}",
        params={"versionLabel": f"v{version}"},
        headers={
            "Accept": "text/event-stream, */*",
            "Accept-Encoding": "identity",
            "Content-Type": None,
        },
        stream=True,
        timeout=(_CONNECT, _SILENCE),
    )


def _read(answer: requests.Response) -> Iterator[LogEvent | StreamEnd]:
    kind = answer.headers.get("Content-Type", "")
    if not answer.ok or "Content-Encoding" in answer.headers:
        yield "absent"
    elif kind.startswith("text/event"):
        yield from _events(answer)
    else:
        yield from _finished(answer)


def _events(answer: requests.Response) -> Iterator[LogEvent | StreamEnd]:
    """Yield what comes, until the end of the log, or until it is time to ask for the status."""
    lines, received = Lines(), 0
    began = heard = clock.seconds()
    while data := answer.raw.read1(_CHUNK, decode_content=False):
        received += len(data)
        for line in lines.feed(data):
            if is_end(line):
                yield "finished"
                return
            event = event_of(line)
            if event is not None:
                heard = clock.seconds()
                yield event
        now = clock.seconds()
        if now - heard > _QUIET or now - began > _LONGEST or received > MOST_LOG:
            break
    yield "cut"


def _finished(answer: requests.Response) -> Iterator[LogEvent | StreamEnd]:
    """Yield the log of a run that has ended, which comes as it is kept."""
    kept, began = bytearray(), clock.seconds()
    while data := answer.raw.read1(_CHUNK, decode_content=False):
        kept += data
        if len(kept) > MOST_LOG or clock.seconds() - began > _LONGEST:
            break
    events = parse_log(kept.decode(errors="replace"))
    yield from events
    yield "finished" if events else "absent"
