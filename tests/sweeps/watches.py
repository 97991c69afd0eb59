"""The sweep of watches: a watch reports the right outcome of a run, and fetches complete files.

The command: python -m tests.sweeps.watches --count 500 --seed 1 --jobs 2

Each case is a run with a log and outputs, and a server that answers under a schedule of faults:
resets, refusals, junk, silence, truncated streams and files, replays that are shorter or doubled, a
status that lags behind. A watch that succeeds has the right outcome, each line of the log once, and
each file complete with its SHA-256 in the record; any other ends with a reason and within its time
limits. Pauses take no time. With an ordinary schedule the watch must succeed. The exit code is 1 if
a case differs.
"""

import hashlib
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nbship.core.run.log import render_log
from nbship.edges import clock
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.errors import NbshipError, RunFailed
from nbship.model.run import LogEvent
from nbship.model.target import BUILT_IN
from nbship.verbs.operations.run import Connection
from nbship.verbs.watch import watch
from tests.support.report import RecordedReport
from tests.support.runs import ANSWERS, LIMITS, SECRET, context_of, lay_out, quicken
from tests.support.scripted_server import CUT, Answer, ScriptedServer, Seen, reply, serving_script
from tests.sweeps.reporting import Verdict, run

TURNS = ("ordinary", "nasty", "nasty")
DEADLINE = 1800.0  # seconds, as the skipping clock counts: the longest patience with one thing
REAL = 60.0  # seconds of the real clock for one case
SSE = "text/event-stream"
HTML = reply(b"<html>Sign in</html>", kind="text/html")


@dataclass
class Truth:
    """A run as it really was, and the server that reports it step by step."""

    rng: random.Random
    is_nasty: bool
    lines: list[str]
    files: dict[str, bytes]
    verdict: str
    scripted: ScriptedServer
    queued: int  # requests until it runs
    running: int  # requests until the server reports its end
    in_a_row: dict[str, int] = field(default_factory=dict)

    def __call__(self, seen: Seen) -> Answer:
        """Answer a request, or make a fault; an ordinary server makes only one in a row."""
        what = seen.path.split("?")[0].rpartition("/")[2]
        most = 10**6 if self.is_nasty else 1
        rate = 0.6 if self.is_nasty else 0.25
        if self.in_a_row.get(what, 0) < most and self.rng.random() < rate:
            self.in_a_row[what] = self.in_a_row.get(what, 0) + 1
            return self._fault(seen)
        self.in_a_row[what] = 0
        return self._answer(seen)

    def _fault(self, seen: Seen) -> Answer:
        faults = [CUT, b"", reply(b"", 500), reply(b"", 503), reply(b"", 429, Retry_After="1")]
        # Nobody can tell that a whole file has other contents, or that a list has lost its files.
        if not seen.path.endswith(".bin"):
            faults += [HTML, reply(b"{"), reply([])]
        if self.is_nasty and not seen.path.endswith(".bin"):
            faults += [reply(b"no", 403), reply(b"", 404), b"x"]
        if self.is_nasty and self.rng.random() < 0.05:
            return self.scripted.hang(seen)
        whole = self._answer(seen)
        if isinstance(whole, bytes) and self.rng.random() < 0.3:
            return whole[: self.rng.randrange(len(whole))]
        return self.rng.choice(faults)

    def _answer(self, seen: Seen) -> Answer:
        if "GetKernelSessionStatus" in seen.path:
            return self._status()
        if "ListKernelSessionOutput" in seen.path:
            return self._page(seen)
        if "GetKernel" in seen.path:
            blob = {"source": "", "language": "python", "kernelType": "notebook", "slug": "x"}
            return reply({"metadata": {"currentVersionNumber": 1}, "blob": blob})
        if "/logs/stream/" in seen.path:
            return self._stream()
        return self._file(seen)

    def _status(self) -> Answer:
        if self.queued:
            self.queued -= 1
            return reply(self.rng.choice([{}, {"status": "QUEUED"}]))
        if self.running:
            self.running -= 1
            return reply({"status": "RUNNING"})
        return reply({"status": self.verdict})

    def _page(self, seen: Seen) -> Answer:
        names = sorted(self.files)
        start = int(seen.json.get("pageToken") or 0)
        page = [
            {"fileName": n, "url": f"{self.scripted.url}/{n}"} for n in names[start : start + 2]
        ]
        more = {"nextPageToken": str(start + 2)} if start + 2 < len(names) else {}
        return reply({"files": page, "log": self._log() if not start else "", **more})

    def _log(self) -> str:
        return render_log(self._events())

    def _events(self) -> list[LogEvent]:
        return [LogEvent("stdout", float(n), text) for n, text in enumerate(self.lines)]

    def _stream(self) -> Answer:
        """Stream the log up to some line; a hostile server also skips and reorders lines."""
        events = self._events()[: self.rng.randint(0, len(self.lines))]
        if self.is_nasty and self.rng.random() < 0.3:
            events = events[self.rng.randint(0, len(events)) :]
        if self.is_nasty and self.rng.random() < 0.2:
            self.rng.shuffle(events)
        parts = [f"data: {json.dumps(_entry(event))}\n\n".encode() for event in events]
        if len(events) == len(self.lines) and not self.running:
            parts.append(b"data: END_OF_LOG\n\n")
        head = reply(b"", kind=SSE, Content_Length="-")
        return [head, b"".join(parts)]

    def _file(self, seen: Seen) -> Answer:
        data = self.files[seen.path.lstrip("/")]
        tag = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        start = int(seen.headers.get("range", "bytes=0-")[6:-1])
        if start and self.rng.random() < 0.7 and seen.headers.get("if-range") == tag:
            content_range = f"bytes {start}-{len(data) - 1}/{len(data)}"
            return reply(data[start:], 206, ETag=tag, Content_Range=content_range)
        return reply(data, ETag=tag)


def check_case(kind: str, seed: str) -> Verdict:
    """Make a run and a schedule from the seed, watch it, and check the result."""
    rng = random.Random(seed)  # noqa: S311 - chance
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        serving_script() as scripted,
    ):
        quicken(patch)
        truth = Truth(
            rng,
            kind == "nasty",
            lines=[f"{rng.choice(['epoch', 'loss', 'é'])} {n}\n" for n in range(rng.randrange(30))],
            files={f"out{n}.bin": rng.randbytes(rng.choice([0, 5, 70_000])) for n in range(5)},
            verdict=rng.choice(["COMPLETE", "COMPLETE", "ERROR"])
            if kind == "nasty"
            else "COMPLETE",
            scripted=scripted,
            queued=rng.randrange(3),
            running=rng.randrange(5),
        )
        scripted.script = truth
        lab = Path(folder, "lab")
        lay_out(lab)
        context, report = context_of(lab)
        server = Server(
            "local", scripted.url, Credentials("awa", SECRET), uses_proxy=False, limits=ANSWERS
        )
        began, real = clock.seconds(), time.monotonic()
        try:
            watch(context, "tiny", Connection(BUILT_IN["local"], Kaggle(server, limits=LIMITS)), 1)
            error = None
        except NbshipError as caught:
            error = caught
        took, really = clock.seconds() - began, time.monotonic() - real
        return _verdict(kind, seed, truth, report, error, lab, took if really < REAL else 1e9)


def _verdict(
    kind: str,
    seed: str,
    truth: Truth,
    report: RecordedReport,
    error: NbshipError | None,
    lab: Path,
    took: float,
) -> Verdict:
    run_folder = lab / "runs/2026-11-25/tiny-v1"
    shown = [line for line in report.lines if f"{line}\n" in truth.lines]
    faults = {
        f"it took {took:.0f} s": took > DEADLINE + 2,
        "a line was shown twice": len(shown) != len(set(shown)),
        "a failed run ended well": error is None and truth.verdict == "ERROR",
        "a run that is complete was called failed": isinstance(error, RunFailed)
        and truth.verdict == "COMPLETE",
        "no reason": error is not None and not error.message.isprintable(),
        "a part of a file has the name of the whole": _partial(run_folder, truth),
    }
    if error is None:
        faults |= {
            "lines are missing": len(shown) != len(truth.lines),
            "the record is wrong": not _is_recorded(run_folder, truth),
            "parts are left": (run_folder / "_nbship/parts").exists(),
        }
    fault = "; ".join(what for what, is_so in faults.items() if is_so)
    reason = "" if error is None else type(error).__name__
    return Verdict(kind, seed, accepted=error is None, reason=reason, fault=fault)


def _partial(folder: Path, truth: Truth) -> bool:
    """Return whether an existing file differs from the run's output."""
    paths = [folder / name for name in truth.files]
    return any(path.exists() and path.read_bytes() != truth.files[path.name] for path in paths)


def _is_recorded(folder: Path, truth: Truth) -> bool:
    record = json.loads((folder / "_nbship/record.json").read_text())
    recorded = {file["name"]: (file["size"], file["sha256"]) for file in record["files"]}
    real = {n: (len(d), hashlib.sha256(d).hexdigest()) for n, d in truth.files.items()}
    return recorded == real and all((folder / name).exists() for name in real)


def _entry(event: LogEvent) -> dict[str, object]:
    return {"stream_name": event.stream, "time": event.time, "data": event.text}


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS))
