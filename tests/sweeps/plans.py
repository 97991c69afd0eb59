"""The sweep of plans: right after a push, a plan is empty, and nobody has edited the version.

The command: python -m tests.sweeps.plans --count 500 --seed 1 --jobs 2

Each case is a header with any keys, whose kernel is pushed to a local Kaggle. The plan that is made
next has nothing to push, in this clone and in one without a journal. After one key or the code has
changed, there is something to push. The exit code is 1 if a case differs.
"""

import json
import random
import shutil
import sys
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from nbship.core.push.plan import Plan, make_plan
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server as Address
from nbship.edges.workspace import sources
from nbship.errors import NbshipError
from nbship.model.push import PushOptions
from nbship.model.target import BUILT_IN, Person
from nbship.model.workspace import Context
from nbship.verbs.operations.push.gather import built_for, gather
from nbship.verbs.operations.run import Connection
from nbship.verbs.push import push
from tests.support.local_kaggle import Server
from tests.support.report import RecordedReport
from tests.sweeps.reporting import Verdict, run

TURNS = ("ordinary", "script")
OPTIONS = PushOptions(("--allow-running", "--allow-unsmoked"), no_run=True)
PERSON = Person("Awa Ɓa & co", "")
DATASETS = ("awa/voices", "awa/words", "ous-sow/voices")
SERVERS: list[Server] = []
HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
{keys}
# ///

# %%
print({number})
"""


def check_case(kind: str, seed: str) -> Verdict:
    """Push a generated kernel, and plan again."""
    chance = random.Random(seed)  # noqa: S311 - chance, no secret
    server = _server()
    user = f"u{seed.replace('/', '-')}-{kind}"
    keys = _keys(chance, user, kind)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src_py").mkdir()
        (root / "pyproject.toml").write_text("[tool.nbship]\n")
        try:
            _push(server, root, user, keys)
        except NbshipError as error:
            return Verdict(kind, seed, accepted=False, reason=str(error))
        faults = [] if _plan(server, root, user, keys).nothing else ["something to push"]
        shutil.rmtree(root / "runs")  # the journal, as in another clone
        again = _plan(server, root, user, keys)
        if not again.nothing or again.facts.latest.made_by != "nbship":
            faults.append(f"elsewhere: made by {again.facts.latest.made_by}")
        if _plan(server, root, user, keys, number=2).nothing:
            faults.append("other code is nothing to push")
        other = _changed(chance, keys)
        if _plan(server, root, user, other).nothing:
            faults.append(f"nothing to push: {other}")
    return Verdict(kind, seed, accepted=True, fault="; ".join(faults))


def _keys(chance: random.Random, user: str, kind: str) -> dict[str, Any]:
    title = chance.choice(["Tiny Kernel", "tiny kernel", "Tiny-Kernel", "Tiny: Kernel!"])
    keys: dict[str, Any] = {"id": f"{user}/tiny-kernel", "title": title}
    if kind == "script":
        keys["kernel_type"] = kind
    for name in ("is_private", "enable_gpu", "enable_tpu", "enable_internet"):
        if chance.random() < 0.5:
            keys[name] = chance.choice([True, False])
    if keys.get("enable_gpu") and keys.get("enable_tpu"):
        keys["enable_tpu"] = False
    keys["dataset_sources"] = chance.sample(DATASETS, chance.randrange(len(DATASETS) + 1))
    keys["keywords"] = chance.sample(["nlp", "data cleaning", "no such tag"], chance.randrange(4))
    if chance.random() < 0.3 and not keys.get("enable_tpu"):
        keys["machine_shape"] = chance.choice(["NvidiaTeslaT4", "NvidiaL4"])
        keys["enable_gpu"] = True
    return keys


def _changed(chance: random.Random, keys: dict[str, Any]) -> dict[str, Any]:
    name = chance.choice(["is_private", "enable_internet", "dataset_sources", "keywords"])
    if name == "dataset_sources":
        rest = [each for each in DATASETS if each not in keys[name]]
        return keys | {name: [*keys[name], rest[0]] if rest else keys[name][1:]}
    if name == "keywords":
        return keys | {name: [*keys[name], "audio"]}
    default = name == "is_private"
    return keys | {name: not keys.get(name, default)}


def _write(root: Path, keys: dict[str, Any], number: int) -> None:
    lines = "\n".join(f"# {name} = {json.dumps(value)}" for name, value in keys.items())
    text = HEADER.format(keys=lines, number=number)
    (root / "src_py" / "tiny.py").write_text(text, encoding="utf-8")


def _context(root: Path) -> Context:
    workspace = sources.open_workspace(root)
    return Context(workspace, sources.read_catalogue(workspace), RecordedReport())


def _connection(server: Server, user: str) -> Connection:
    address = Address("local", server.url, Credentials(user, server.key), uses_proxy=False)
    return Connection(BUILT_IN["local"], Kaggle(address), PERSON)


def _push(server: Server, root: Path, user: str, keys: dict[str, Any]) -> None:
    _write(root, keys, 1)
    push(_context(root), "tiny", _connection(server, user), OPTIONS)


def _plan(server: Server, root: Path, user: str, keys: dict[str, Any], number: int = 1) -> Plan:
    _write(root, keys, number)
    context, connection = _context(root), _connection(server, user)
    built, spec = built_for(context, connection, "tiny")
    return make_plan(gather(context, built, spec, connection, OPTIONS), OPTIONS)


def _server() -> Server:
    """Return the server of this process, also of a process of a pool; it ends with the process."""
    if not SERVERS:
        folder = Path(tempfile.mkdtemp(prefix="nbship-sweep-"))
        for each in DATASETS:
            (folder / "inputs" / "datasets" / each).mkdir(parents=True)
        Finalize(None, close, exitpriority=10)
        SERVERS.append(Server(folder, ("--lifeline",)).start())
    return SERVERS[0]


def close() -> None:
    """End the server of this process, and remove its files."""
    while SERVERS:
        server = SERVERS.pop()
        server.stop()
        shutil.rmtree(server.folder)


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS))
