"""Tests of hostile responses: one line each, within seconds, no file outside the run's folder.

`python -m tests.acceptance.hostile.test_answers` writes the present lines to
`expected_answers.txt`.
"""

import os
import re
import resource
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.errors import NbshipError, RunFailed
from nbship.model.run import FetchOptions
from nbship.model.target import BUILT_IN
from nbship.verbs.operations.run import Connection
from nbship.verbs.watch import watch
from tests.acceptance.hostile.answers import (
    GOOD,
    HANG,
    OK,
    Case,
    all_cases,
    answer_of,
    listing,
    plant,
)
from tests.support.runs import ANSWERS, LIMITS, SECRET, context_of, lay_out, quicken
from tests.support.sampling import sample
from tests.support.scripted_server import Answer, ScriptedServer, Seen, reply, serving_script

EXPECTED = Path(__file__).with_name("expected_answers.txt")
CASES = all_cases()
SECONDS = 8.0  # of the processor, for one case
KIBIBYTES = 600 * 1024  # of this whole process, with all of its imports


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a case."""

    code: int
    line: str
    lines: list[str]
    seconds: float
    outside: set[str]
    stored: dict[str, bytes]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken(monkeypatch)


def end_of(case: Case, root: Path) -> Ended:
    """Watch a run with a server that sends the responses of the case."""
    lab, outside = root / "lab", root / "outside"
    run = lab / "runs/2026-11-25/tiny-v1"
    lay_out(lab)
    outside.mkdir()
    (outside / "victim").write_text("mine")
    plant(case, run, outside)
    before = _listing(root)
    context, report = context_of(lab)
    began = time.process_time()
    with serving_script() as scripted:
        scripted.script = _Script(case, scripted)
        server = Server(
            "local", scripted.url, Credentials("awa", SECRET), uses_proxy=False, limits=ANSWERS
        )
        try:
            connection = Connection(BUILT_IN["local"], Kaggle(server, limits=LIMITS))
            watch(context, "tiny", connection, 1, FetchOptions(most=case.most))
            code, line = 0, ""
        except NbshipError as error:
            code, line = error.exit_code, str(error)
            # The report of a failed run has its own tests.
            line = "a failed run" if isinstance(error, RunFailed) else line
            report.lines += [str(error), *error.hint.split("\n")]
        not_fetched = [text for text in report.lines if text.startswith("not fetched: ")]
    shown = _ours(not_fetched[0] if not_fetched else line)
    seconds = time.process_time() - began
    return Ended(code, shown, report.lines, seconds, _listing(root) ^ before, _stored(run))


def _ours(line: str) -> str:
    """Return a line without the messages of libraries, which differ between versions."""
    return re.sub(r"(makes no sense): .*", r"\1", line)


class _Script:
    """The responses of a case, in order, by kind of request."""

    def __init__(self, case: Case, scripted: ScriptedServer) -> None:
        self._case, self._liar = case, scripted
        self._asked = {"status": 0, "outputs": 0}
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Answer:
        case = self._case
        if "GetKernelSessionStatus" in seen.path:
            return self._say(seen, self._turn("status", case.status))
        if "ListKernelSessionOutput" in seen.path:
            url = case.url.format(url=self._liar.url)
            default = (listing(*case.names, url=url),)
            return self._say(seen, self._turn("outputs", case.outputs or default))
        if "GetKernel" in seen.path:
            blob = {"source": "", "language": "python", "kernelType": "notebook", "slug": "x"}
            return reply({"metadata": {"currentVersionNumber": 1}, "blob": blob})
        if "/logs/stream/" in seen.path:
            return self._say(seen, case.stream)
        return self._say(seen, case.file)

    def _turn(self, what: str, answers: tuple[object, ...]) -> object:
        with self._lock:
            number = self._asked[what]
            self._asked[what] += 1
        return answers[min(number, len(answers) - 1)]

    def _say(self, seen: Seen, made: object) -> Answer:
        if made == HANG:
            return self._liar.hang(seen)
        return answer_of(made)


def _listing(root: Path) -> set[str]:
    """Return all paths outside the folders that nbship writes to."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*")}
    own = ("lab/.nbship", "lab/runs")
    return {path for path in found if not path.startswith(own)}


def _stored(run: Path) -> dict[str, bytes]:
    """Return the fetched outputs, without links and nbship's own files."""
    found = {}
    for folder, _, names in os.walk(run):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and "_nbship" not in path.parts:
                found[path.relative_to(run).as_posix()] = path.read_bytes()
    return found


def expected() -> dict[str, str]:
    entries = EXPECTED.read_text(encoding="utf-8").splitlines()
    return dict(entry.split(" => ", 1) for entry in entries)


def faults(case: Case, ended: Ended, root: Path) -> list[str]:
    """Return what is wrong with the outcome; the checks hold for every case."""
    unprintable = [line for line in ended.lines if not line.isprintable()]
    is_good = all(data == b"good" for data in ended.stored.values())
    victim = (root / "outside/victim").read_text() == "mine"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    checks = {
        "ended well": ended.code == 0,
        "no line": not ended.line,
        f"raw: {unprintable[:1]!r}": bool(unprintable),
        f"outside: {ended.outside}": bool(ended.outside) or not victim,
        "stored what is not good": case.file == GOOD and not is_good,
        "kept what is beside the bad one": OK in case.names[1:] and OK not in ended.stored,
        f"{ended.seconds:.1f} s": ended.seconds > SECONDS,
        f"{most >> 10} MiB": most > KIBIBYTES,
        "the key is printed": any(SECRET in line for line in ended.lines),
    }
    return [what for what, is_so in checks.items() if is_so]


def test_there_are_two_hundred_cases_and_each_has_its_line() -> None:
    assert len(CASES) >= 200
    assert {_title(case) for case in CASES} == set(expected())


@pytest.mark.parametrize("case", sample(CASES, 16), ids=lambda case: ascii(case.name)[:40])
def test_a_hostile_answer_ends_in_one_line(case: Case, tmp_path: Path) -> None:
    ended = end_of(case, tmp_path)
    assert faults(case, ended, tmp_path) == []
    assert ascii(ended.line)[1:-1][:300] == expected()[_title(case)]


def _title(case: Case) -> str:
    return ascii(case.name)[1:-1]


def main() -> None:
    """Write the line of each case, and print everything else that is wrong."""
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        for case in CASES:
            with pytest.MonkeyPatch.context() as inner, tempfile.TemporaryDirectory() as folder:
                quicken(inner)
                began = time.monotonic()
                ended = end_of(case, Path(folder))
                wrong = faults(case, ended, Path(folder))
                took = time.monotonic() - began
                if wrong or took > 3:
                    print(case.name[:60], wrong, f"{took:.1f} s")  # noqa: T201 - a command
            lines.append(f"{_title(case)} => {ascii(ended.line)[1:-1][:300]}\n")
        patch.undo()
    EXPECTED.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
