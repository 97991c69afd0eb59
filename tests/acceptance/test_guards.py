"""Each guard and each pair of guards through the local Kaggle: a refusal writes nothing there.

All cases share one workspace with its remote, and one server, whose own record of the requests says
what each of them has changed. A case has a notebook of its own.
"""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, takewhile
from pathlib import Path

import pytest

from nbship.core.push.guards import GUARDS
from tests.support.local_kaggle import Server
from tests.support.plans import APART
from tests.support.polling import DEADLINE, until
from tests.support.web_page import WebPage
from tests.support.workspace import CommandResult, Workspace, new_workspace, program

pytestmark = pytest.mark.unmeasured

OWNER = "awa"
FLAGS = {guard.name: guard.flag for guard in GUARDS}
TARGETS = """
[tool.nbship.targets.released]
branches = ["release/*"]

[tool.nbship.targets.thrifty]
reserve = 1000

[tool.nbship.targets.strict]
branches = ["release/*"]
reserve = 1000
"""
# By whether a guard for branches and one for the quota are to object.
TARGET = {(False, False): "main", (True, False): "released", (False, True): "thrifty",
          (True, True): "strict"}  # fmt: skip
OF_VERSIONS = {"one-run", "web-edit", "ahead"}  # they ask about a kernel that is there
FIRST = {"sessions"}  # it asks about a kernel that is not there
SLEEPS = "import time\ntime.sleep(600)\n"
IN_THE_WAY = "busy-kernel"  # it takes the one session with a TPU


@dataclass(frozen=True)
class Lab:
    """The workspace, its local Kaggle, and the variables that connect to it."""

    workspace: Workspace
    server: Server

    def nbship(self, *words: str) -> CommandResult:
        return self.workspace.inside(*words, **self.server.environment(OWNER, NBSHIP_PERSON="Awa"))

    def changes(self) -> list[str]:
        """Return what all requests so far have changed on the server."""
        return [entry["effect"] for entry in self.server.control.entries() if entry["effect"]]


def source(slug: str, broken: set[str], *, body: str) -> str:
    """Return a script whose header breaks some guards."""
    keys = ['kernel_type = "script"', f'id = "{OWNER}/{slug}"',
            f'title = "{slug.replace("-", " ").title()}"']  # fmt: skip
    if broken & {"quota", "sessions"}:
        keys.append(f'machine_shape = "{"TpuV5E8" if "sessions" in broken else "NvidiaTeslaT4"}"')
    if "sources" in broken:
        keys.append('kernel_sources = ["awa/no-such-kernel"]')
    skip = ["", "[tool.nbship.smoke]", 'skip = "needs a TPU"'] if "smoked" in broken else []
    lines = ["/// script", "[tool.nbship.kaggle]", *keys, *skip, "///"]
    return "# %%\n" + "".join(f"# {line}".rstrip() + "\n" for line in lines) + f"\n# %%\n{body}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    top = tmp_path_factory.mktemp("guards")
    workspace = new_workspace(top / "lab")
    pyproject = workspace.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + TARGETS)
    workspace.write("src_py/busy.py", source(IN_THE_WAY, {"sessions"}, body=SLEEPS))
    workspace.commit()
    workspace.git("branch", "-q", "side")
    workspace.git("clone", "-q", "--bare", ".", str(top / "lab.git"))
    workspace.git("remote", "add", "origin", str(top / "lab.git"))
    workspace.git("fetch", "-q")
    workspace.git("switch", "-q", "side")
    workspace.write("other.txt", "of another branch\n")
    workspace.commit()
    workspace.git("switch", "-q", "main")
    with Server(top / "kaggle", ("--faults", "--cancel-runs")) as server:
        made = Lab(workspace, server)
        pushed = made.nbship("push", "busy", "--allow-unsmoked")
        assert pushed.code == 0, pushed.all
        yield made


@dataclass(frozen=True)
class Case:
    """A notebook for which some guards object, and the target on which they do."""

    lab: Lab
    name: str
    broken: set[str]

    @property
    def kernel(self) -> str:
        return f"{OWNER}/{self.name}"

    @property
    def target(self) -> str:
        return TARGET["branch" in self.broken, "quota" in self.broken]

    def push(self, *flags: str) -> CommandResult:
        return self.lab.nbship("push", self.name, "-t", self.target, *flags)

    def write(self, body: str, slug: str = "", but: str = "") -> None:
        text = source(slug or self.name, self.broken - {but}, body=body)
        self.lab.workspace.write(f"src_py/{self.name}.py", text)

    def publish(self) -> None:
        self.lab.workspace.commit()
        self.lab.workspace.git("push", "-q", "-f", "origin", "main")

    def arrange(self) -> None:
        """Bring the workspace, its repository and the kernel into the state of the case."""
        git, broken = self.lab.workspace.git, self.broken
        if "same-id" in broken:
            self.write("print(1)\n", slug=f"{self.name}-old")
            self.publish()
        self.write("print(1)\n")
        self.publish()
        if broken & OF_VERSIONS:
            self._make_versions()
        if "upstream" in broken:
            git("commit", "-q", "--allow-empty", "-m", "only here")
        if "half-merged" in broken:
            git("merge", "-q", "--no-commit", "--no-ff", "side")
        if "clean-tree" in broken:
            self.write("print(3)\n")

    def _make_versions(self) -> None:
        """Push a version, with what the others do after it; then go on here."""
        workspace = self.lab.workspace
        runs_here = "one-run" in self.broken and "web-edit" not in self.broken
        self.write(SLEEPS if runs_here else "print(2)\n", but="sources")
        workspace.commit()
        options = [] if runs_here else ["--no-run"]
        pushed = self.push(*FLAGS.values(), *options)
        assert pushed.code == 0, pushed.all
        if "web-edit" in self.broken:
            page = WebPage(self.lab.server.url, self.kernel, self.lab.server.key)
            execution = "SAVE_AND_RUN_ALL" if "one-run" in self.broken else "QUICK_SAVE"
            page.save(page.read()["blob"]["source"] + SLEEPS, kernelExecutionType=execution)
        if "ahead" in self.broken:
            workspace.git("reset", "-q", "--hard", "HEAD^")
        self.write("print('ours')\n")
        self.publish()

    def tidy(self) -> None:
        """Leave nothing to the next case: no run, no merge, no file, no unpublished commit."""
        git = self.lab.workspace.git
        if "half-merged" in self.broken:
            git("reset", "-q", "--merge")
        git("checkout", "-q", "--force", "main")
        (self.lab.workspace.root / f"src_py/{self.name}.py").unlink()
        self.publish()
        slug = {"userName": OWNER, "kernelSlug": self.name}
        self.lab.server.post("DeleteKernel", OWNER, **slug)


SINGLES = [{name} for name in FLAGS]
PAIRS = [
    set(pair)
    for pair in combinations(FLAGS, 2)
    if frozenset(pair) not in APART and not (set(pair) & FIRST and set(pair) & OF_VERSIONS)
]


def words_of(broken: set[str]) -> str:
    return "-and-".join(sorted(broken))


@pytest.fixture
def case(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Case]:
    broken: set[str] = request.param
    made = Case(lab, words_of(broken), broken)
    made.arrange()
    yield made
    made.tidy()


def refused(case: Case, *flags: str) -> list[str]:
    """Return the flags of the guards that refuse a push, in their order; it has written nothing."""
    before, journal = case.lab.changes(), case.lab.workspace.journal()
    result = case.push(*flags)
    assert result.code == 3, result.all
    assert result.err.startswith(f"push of {case.name} to {case.target} refused: "), result.err
    assert case.lab.changes() == before
    assert case.lab.workspace.journal() == journal
    return re.findall(r"\((--allow-[\w-]+) pushes anyway\)", result.err)


def flags_of(broken: set[str]) -> list[str]:
    return [flag for name, flag in FLAGS.items() if name in broken]


def but_smoked(case: Case) -> list[str]:
    """Return the flag for a rehearsal, which is made where it is not skipped: it takes a second."""
    return [] if "smoked" in case.broken else [FLAGS["smoked"]]


@pytest.mark.parametrize("case", SINGLES, ids=words_of, indirect=True)
def test_each_guard_refuses_without_a_write_until_its_flag_is_given(case: Case) -> None:
    assert refused(case, *but_smoked(case)) == flags_of(case.broken)
    flags = sorted([*flags_of(case.broken), *but_smoked(case)], key=list(FLAGS.values()).index)
    pushed = case.push(*flags)
    if "sessions" in case.broken:  # the service has none, whatever the flag says
        assert (pushed.code, "session count of 1 reached" in pushed.err) == (4, True), pushed.all
    else:
        assert pushed.code == (4 if "sources" in case.broken else 0), pushed.all
    record = case.lab.workspace.journal()[-1]
    assert (record["name"], record["overrides"]) == (case.name, flags)
    assert record["state"] == ("refused" if "sessions" in case.broken else "pushed")


@pytest.mark.sample(2)
@pytest.mark.parametrize("case", PAIRS, ids=words_of, indirect=True)
def test_each_pair_of_guards_refuses_without_a_write(case: Case) -> None:
    assert refused(case, *but_smoked(case)) == flags_of(case.broken)
    one = min(case.broken)
    left = case.broken - {one}
    assert refused(case, FLAGS[one], *but_smoked(case)) == flags_of(left)


# --- --wait ---------------------------------------------------------------------------------------

SAYS_WHO = "import os\nprint(os.environ['KAGGLE_CONTAINER_NAME'], flush=True)\n"


@pytest.fixture
def running(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Case]:
    """Return a kernel whose version 1 runs until somebody cancels it, and whose source is newer."""
    made = Case(lab, f"waits-{request.node.name.rpartition('_')[2]}", set())
    made.write(SAYS_WHO + SLEEPS)
    made.publish()
    pushed = made.push(FLAGS["smoked"])
    assert pushed.code == 0, pushed.all
    made.write("print('newer')\n")
    made.publish()
    yield made
    made.tidy()


def session_of(case: Case) -> int:
    """Return the number of the session of version 1, which its log begins with."""
    server = case.lab.server
    url = f"{server.url}/api/v1/kernels/logs/stream/{case.kernel}?versionLabel=v1"
    until(lambda: server.status_of(case.kernel) == "RUNNING", "run of version 1")
    with server.session.get(url, auth=(OWNER, server.key), stream=True, timeout=DEADLINE) as log:
        lines = (line for line in log.iter_lines(decode_unicode=True) if "webtier" in line)
        return int(re.findall(r"-(\d+)-webtier", next(lines))[0])


@contextmanager
def waiting(case: Case) -> "Iterator[subprocess.Popen[str]]":
    """Start a push that waits, and return it when it has said so."""
    command = [program("nbship"), "push", case.name, "--wait", FLAGS["smoked"]]
    with subprocess.Popen(
        command, cwd=case.lab.workspace.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=case.lab.server.environment(OWNER, NBSHIP_PERSON="Awa"),
    ) as push:  # fmt: skip
        assert push.stdout
        told = f"{case.kernel} version 1 is running: waiting until it ends, Ctrl-C ends the wait"
        said = list(takewhile(lambda line: told not in line, push.stdout))
        assert push.poll() is None, said
        yield push


def test_a_push_waits_for_the_very_run_and_then_pushes(running: Case) -> None:
    session = session_of(running)
    before = running.lab.changes()
    with waiting(running) as push:
        assert running.lab.changes() == before
        running.lab.server.call("CancelKernelSession", OWNER, kernelSessionId=session)
        out, err = push.communicate(timeout=DEADLINE)
    assert push.returncode == 0, out + err
    assert f"version 2 of {running.kernel}" in out
    record = running.lab.workspace.journal()[-1]
    assert (record["version"], record["overrides"]) == (2, [FLAGS["smoked"]])


def test_a_push_that_waited_overwrites_nobody_who_came_first(running: Case) -> None:
    session = session_of(running)
    with waiting(running) as push:
        page = WebPage(running.lab.server.url, running.kernel, running.lab.server.key)
        assert page.save("print('first')\n") == 2
        running.lab.server.call("CancelKernelSession", OWNER, kernelSessionId=session)
        out, err = push.communicate(timeout=DEADLINE)
    assert push.returncode == 3, out + err
    assert err.startswith(
        f"push of {running.name} to main refused: {running.kernel} has version 2 now, and had "
        "version 1 when the push began\n"
    )
    assert running.lab.workspace.journal()[-1]["version"] == 1


def test_ctrl_c_ends_a_wait_with_one_line_and_no_push(running: Case) -> None:
    session_of(running)
    before = running.lab.changes()
    with waiting(running) as push:
        push.send_signal(signal.SIGINT)
        _, err = push.communicate(timeout=DEADLINE)
    assert push.returncode == 130
    assert err == f"interrupted: nothing was pushed, and {running.kernel} version 1 goes on\n"
    assert running.lab.changes() == before
    assert running.lab.workspace.journal()[-1]["version"] == 1


def test_a_ship_does_not_wait_for_a_run_that_it_has_not_started(running: Case) -> None:
    before = running.lab.changes()
    result = running.lab.nbship("ship", running.name, FLAGS["smoked"])
    assert result.code == 3, result.all
    assert result.err.startswith(f"push of {running.name} to main refused: {running.kernel} is ")
    assert "Ctrl-C ends the wait" not in result.out
    assert running.lab.changes() == before


def test_a_run_is_seen_below_a_later_version_that_does_not_run(running: Case) -> None:
    saved = running.push(FLAGS["smoked"], "--no-run")
    assert saved.code == 0, saved.all
    running.write("print('newest')\n")
    running.publish()
    assert refused(running, FLAGS["smoked"]) == [FLAGS["one-run"]]
    says = running.push(FLAGS["smoked"]).err
    assert re.search(rf"{running.kernel} is \w+ \(version 1, pushed by Awa at ", says), says
    assert f"Wait for it: doit push:{running.name} --wait" in says


# --- data sources ---------------------------------------------------------------------------------


def test_a_dataset_that_is_not_ready_refuses_and_one_that_nobody_tells_of_is_said(
    bare: Workspace, tmp_path: Path
) -> None:
    """Kaggle would drop both without a word, and run the notebook without them."""
    header = source("reads-voices", set(), body="print(1)\n").replace(
        "# title", '# dataset_sources = ["awa/made-here", "ous/hidden"]\n# title'
    )
    bare.write("src_py/reads.py", header)
    bare.commit()
    bare.write("data/voices.txt", "one")
    listed = {"title": "made-here", "id": "awa/made-here", "licenses": [{"name": "CC0-1.0"}]}
    bare.write("data/dataset-metadata.json", json.dumps(listed))
    with Server(tmp_path / "kaggle", ("--faults", "--dataset-delay", "3600")) as server:
        lab = Lab(bare, server)
        made = bare.kaggle("datasets", "create", "-p", "data", **server.environment(OWNER))
        assert made.code == 0, made.all
        before = lab.changes()
        result = lab.nbship("push", "reads", FLAGS["smoked"])
        assert result.code == 3, result.all
        assert (
            "refused: not ready on Kaggle: awa/made-here (still processed); Kaggle does not tell "
            "whether it is ready: ous/hidden (no such dataset, or not yours to read)\n"
        ) in result.err
        assert (
            f"Wait for them, or correct the header. ({FLAGS['sources']} pushes anyway)"
            in result.err
        )
        assert (lab.changes(), bare.journal()) == (before, [])

        bare.replace("src_py/reads.py", '"awa/made-here", ', "")
        bare.commit()
        told = lab.nbship("push", "reads", FLAGS["smoked"])
        assert "note     Kaggle does not tell whether it is ready: ous/hidden (" in told.out
        assert told.err.startswith("Kaggle dropped dataset 'ous/hidden': version 1 runs without")
