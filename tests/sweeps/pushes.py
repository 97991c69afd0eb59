"""The sweep of pushes: a push never makes two versions, and never reports a wrong outcome.

The command: python -m tests.sweeps.pushes --count 1000 --seed 1 --jobs 2

Each case is a schedule of faults over one or two pushes to a local Kaggle, and a last push without
faults. The server's log says what really happened. Each command makes at most one version; its
output and the journal say rightly whether it pushed, did not push, or does not know; the last push
settles every open push. With an ordinary schedule, which a push should survive, the first push must
succeed. The exit code is 1 if a case differs.
"""

import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server as Address
from nbship.edges.workspace import journal, sources
from nbship.errors import NbshipError, OutcomeUnknown
from nbship.model.push import PushOptions, Record
from nbship.model.target import BUILT_IN
from nbship.model.workspace import Context
from nbship.verbs.operations.run import Connection
from nbship.verbs.push import push
from tests.support.local_kaggle import Server
from tests.support.report import RecordedReport
from tests.sweeps.reporting import Verdict, run

TURNS = ("ordinary", "nasty", "nasty")
HANG = 2.5  # seconds
PATIENCE = Patience(
    deadline=6.0, attempt=1.5, attempts=5, first=0.01, longest=0.02, save=1.5,
    looks=(0.0, 0.0, 0.0), saves=(0.0, 0.0),
)  # fmt: skip
LONGEST = 60.0  # seconds for one command, with several questions of which each has its deadline
OPTIONS = PushOptions(("--allow-running", "--allow-unsmoked"), no_run=True)
SOURCE = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "{user}/tiny-kernel"
# title = "Tiny Kernel"
# ///

# %%
print({number})
"""
Rule = dict[str, Any]
JUNK = ("", "[]", "{}", "null", "<html>Sign in</html>", '{"versionNumber": 0}', '{"error": ""}')
QUESTIONS = ("GetKernel", "GetKernelSessionStatus")
SERVERS: list[Server] = []  # of this process, which may check many cases


@dataclass
class PushOutcome:
    """The outcome of a push that a command reported, and what the command really did."""

    outcome: str  # pushed, present, not pushed, unknown
    version: int | None
    made: list[int]
    ids: set[str] = field(default_factory=set)  # of the records that it began

    def fault(self) -> str:
        """Return what is wrong with the outcome, or an empty text."""
        if len(self.made) > 1:
            return f"made versions {self.made}"
        if self.outcome == "pushed" and self.made != [self.version]:
            return f"says version {self.version}, made {self.made}"
        if self.outcome in {"not pushed", "present"} and self.made:
            return f"says nothing was pushed, made {self.made}"
        return ""


def check_case(kind: str, seed: str) -> Verdict:
    """Push under a schedule of faults, and compare the report with what happened."""
    chance = random.Random(seed)  # noqa: S311 - chance, no secret
    server = _server()
    user = f"u{seed.replace('/', '-')}-{kind}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src_py").mkdir()
        (root / "pyproject.toml").write_text("[tool.nbship]\n")
        outcomes: list[PushOutcome] = []
        faults: list[str] = []
        for number in range(chance.choice([1, 2])):
            content = chance.choice([0, number])
            rules = _ordinary(chance) if kind == "ordinary" else _nasty(chance)
            began = time.monotonic()
            outcomes.append(_command(server, root, user, content, rules))
            if time.monotonic() - began > LONGEST:
                faults.append(f"took {time.monotonic() - began:.0f} s")
        last = _command(server, root, user, 9, [])
        if last.outcome != "pushed":
            faults.append(f"without a fault: {last.outcome}")
        records = journal.read(sources.open_workspace(root))
        faults += [fault for one in (*outcomes, last) if (fault := one.fault())]
        faults += _disagreements(records, [*outcomes, last])
    first = outcomes[0].outcome
    return Verdict(
        kind, seed, accepted=first == "pushed", reason="" if first == "pushed" else first,
        fault="; ".join(faults),
    )  # fmt: skip


def _command(server: Server, root: Path, user: str, content: int, rules: list[Rule]) -> PushOutcome:
    """Push once, like a separate command."""
    (root / "src_py" / "tiny.py").write_text(SOURCE.format(user=user, number=content))
    _post(server, rules)
    workspace = sources.open_workspace(root)
    before = {record.id for record in journal.read(workspace)}
    before_push = len(_entries(server))
    address = Address("local", server.url, Credentials(user, server.key), uses_proxy=False)
    report = RecordedReport()
    context = Context(workspace, sources.read_catalogue(workspace), report)
    version = None
    try:
        record = push(
            context,
            "tiny",
            Connection(BUILT_IN["local"], Kaggle(address, patience=PATIENCE)),
            OPTIONS,
        ).record
        is_there = any("nothing to push" in line for line in report.lines)
        outcome, version = "present" if is_there else "pushed", record.version
    except OutcomeUnknown:
        outcome = "unknown"
    except NbshipError:
        outcome = "not pushed"
    _post(server, [])
    made = [
        int(entry["effect"].rpartition(" ")[2])
        for entry in _entries(server)[before_push:]
        if entry["effect"].startswith(f"saved {user}/")
    ]
    ids = {record.id for record in journal.read(workspace)} - before
    return PushOutcome(outcome, version, made, ids)


def _disagreements(records: tuple[Record, ...], outcomes: list[PushOutcome]) -> list[str]:
    """Return the differences between the settled journal and the server's log.

    It cannot be known which of several pushes of the same cells made a version, nor does it matter.
    """
    found = []
    for cells in {record.cells for record in records}:
        equal = [record for record in records if record.cells == cells]
        ids = {record.id for record in equal}
        made = sorted(version for one in outcomes if one.ids & ids for version in one.made)
        pushed = sorted(record.version or 0 for record in equal if record.state == "pushed")
        others = [record for record in equal if record.state != "pushed"]
        is_settled = all(one.state in {"failed", "refused"} and not one.version for one in others)
        if pushed != made or not is_settled:
            states = [(record.state, record.version) for record in equal]
            found.append(f"recorded as {states}, made {made}")
    if any(one.made and not one.ids for one in outcomes):
        found.append("a version without a record")
    return found


def _ordinary(chance: random.Random) -> list[Rule]:
    """Return faults that a push survives: failed reads, and a lost or a refused save."""
    question = chance.choice([
        _rule("GetKernel", "status", status=chance.choice([429, 500, 502, 503, 504])),
        _rule("GetKernelSessionStatus", "reset"),
        _rule("GetKernel", "junk", body=chance.choice(JUNK)),
        _rule("*", "slow", phase="body", bytes=100, seconds=0.001),
    ])  # fmt: skip
    question |= {"skip": chance.randrange(3), "times": chance.randint(1, 3)}
    save = chance.choice([
        _rule("SaveKernel", "status", status=chance.choice([429, 503]), times=chance.randint(1, 2)),
        _rule("SaveKernel", "status", phase="after", status=chance.choice([500, 502, 503, 504])),
        _rule("SaveKernel", chance.choice(["reset", "cut"]), phase="after"),
        _rule("SaveKernel", "junk", phase="after", body=chance.choice(JUNK)),
        _rule("SaveKernel", "cut", phase="body", bytes=chance.randrange(60)),
    ])  # fmt: skip
    return [save, question] if question["call"] != "*" else [save]


def _nasty(chance: random.Random) -> list[Rule]:
    """Return any faults, and a Kaggle whose answers lag behind.

    They may lag for longer than nbship looks. Only if Kaggle made the version and still answered
    that it was too busy, they lag for two requests at most: nbship promises no more.
    """
    rules = [_save_fault(chance) for _ in range(chance.randint(0, 3))]
    rules += [_question_fault(chance) for _ in range(chance.randint(0, 3))]
    if chance.random() < 0.3:
        behind = chance.choice([
            _rule("GetKernel", "stale"),
            _rule("GetKernel", "status", status=chance.choice([403, 404])),
        ])  # fmt: skip
        was_busy = any(rule.get("status") == 503 for rule in rules)
        times = chance.randint(1, 2) if was_busy else chance.randint(1, 12)
        rules.append(behind | {"skip": chance.randrange(6), "times": times})
    chance.shuffle(rules)
    return rules


def _save_fault(chance: random.Random) -> Rule:
    action = chance.choices(["status", "reset", "cut", "junk", "hang"], [5, 3, 3, 3, 0.2])[0]
    phase = chance.choice(["before", "after"])
    lost = [500, 502, 503, 504]
    status = chance.choice([*lost, 400, 401, 409, 429, 429] if phase == "before" else lost)
    return _rule(
        "SaveKernel", action, phase=phase, status=status, bytes=chance.randrange(90), seconds=HANG,
        body=chance.choice(JUNK), times=chance.choice([1, 1, 2, -1]), skip=chance.choice([0, 0, 1]),
    )  # fmt: skip


def _question_fault(chance: random.Random) -> Rule:
    action = chance.choices(
        ["status", "reset", "cut", "junk", "slow", "hang"], [5, 3, 3, 3, 1, 0.1]
    )
    status = chance.choice([400, 401, 429, 500, 502, 503, 504])
    pause = chance.choice(["1", "-5", "1000000000", "Wed, 25 Nov 2099 12:00:00 GMT", "soon"])
    return _rule(
        chance.choice(QUESTIONS), action[0], status=status, headers={"Retry-After": pause},
        bytes=chance.randrange(1, 90), seconds=HANG if action == ["hang"] else 0.001,
        body=chance.choice(JUNK), skip=chance.randrange(8), times=chance.choice([1, 2, 5, -1]),
        phase="body" if action == ["slow"] else chance.choice(["before", "after", "body"]),
    )  # fmt: skip


def _rule(call: str, action: str, **more: Any) -> Rule:
    return {"call": call, "action": action, **more}


def _server() -> Server:
    """Return the server of this process, also of a process of a pool; it ends with the process."""
    if not SERVERS:
        folder = tempfile.mkdtemp(prefix="nbship-sweep-")
        Finalize(None, close, exitpriority=10)
        SERVERS.append(Server(Path(folder), ("--faults", "--lifeline")).start())
    return SERVERS[0]


def close() -> None:
    """End the server of this process, and remove its files."""
    while SERVERS:
        server = SERVERS.pop()
        server.stop()
        shutil.rmtree(server.folder)


def _post(server: Server, rules: list[Rule]) -> None:
    server.control.set_faults(*rules)


def _entries(server: Server) -> list[dict[str, Any]]:
    return server.control.entries()


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS))
