"""The live log of a run: server-sent events, read line by line while the run continues.

Side effects: sends requests to the server, and keeps a connection open while the log is read.
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
from nbship.edges.kaggle.session import AnswerLimits, GuardedSession, Server
from nbship.model.run import LogEvent, StreamEnd

_CHUNK = 1 << 16  # bytes


def stream(server: Server, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
    """Yield the lines of a run's log from the first one on, then how the stream ended.

    Our secret is removed from each line. The end "cut" does not describe the run: the connection
    was lost, or one of ``server.limits`` was reached.

    Raises:
        KaggleError: the local Kaggle redirects to a host that is not on this machine.
    """
    with GuardedSession(server) as session:
        try:
            answer = with_deadline(
                server.limits.log_start, lambda: _open(session, server, kernel, version)
            )
            with contextlib.closing(answer):
                for event in _read(answer, server.limits):
                    yield event if isinstance(event, str) else _hidden(server, event)
        except (requests.RequestException, HTTPError, OSError, ValueError):
            yield "cut"


def _hidden(server: Server, event: LogEvent) -> LogEvent:
    return replace(event, text=server.hide(event.text))


def _open(
    session: requests.Session, server: Server, kernel: str, version: int
) -> requests.Response:
    # The live log is not a method of the API, so that its path has another form.
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
        timeout=(server.limits.connect, server.limits.log_silence),
    )


def _read(answer: requests.Response, limits: AnswerLimits) -> Iterator[LogEvent | StreamEnd]:
    kind = answer.headers.get("Content-Type", "")
    if not answer.ok or "Content-Encoding" in answer.headers:
        yield "absent"
    elif kind.startswith("text/event"):
        yield from _events(answer, limits)
    else:
        yield from _finished(answer, limits)


def _events(answer: requests.Response, limits: AnswerLimits) -> Iterator[LogEvent | StreamEnd]:
    """Yield events until the log ends, or until it is time to ask for the status of the run."""
    lines, received = Lines(), 0
    began = last_event = clock.seconds()
    while data := answer.raw.read1(_CHUNK, decode_content=False):
        received += len(data)
        for line in lines.feed(data):
            if is_end(line):
                yield "finished"
                return
            event = event_of(line)
            if event is not None:
                last_event = clock.seconds()
                yield event
        now = clock.seconds()
        is_quiet = now - last_event > limits.log_quiet
        if is_quiet or now - began > limits.log_longest or received > limits.log_size:
            break
    yield "cut"


def _finished(answer: requests.Response, limits: AnswerLimits) -> Iterator[LogEvent | StreamEnd]:
    """Yield the log of a run that has ended, which Kaggle sends as one JSON list."""
    data, began = bytearray(), clock.seconds()
    while chunk := answer.raw.read1(_CHUNK, decode_content=False):
        data += chunk
        if len(data) > limits.log_size or clock.seconds() - began > limits.log_longest:
            break
    events = parse_log(data.decode(errors="replace"))
    yield from events
    yield "finished" if events else "absent"
