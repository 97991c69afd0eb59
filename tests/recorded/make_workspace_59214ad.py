"""Recorder of a workspace that nbship at commit 59214ad made, with the programs of that commit.

Later versions must work in such a workspace: tests/acceptance/test_earlier_workspace.py checks it.
The recorder uses nothing of today's nbship. To record again, from the top of the repo:

    git worktree add /tmp/nbship-59214ad 59214ad
    python3 -m venv /tmp/venv-59214ad
    /tmp/venv-59214ad/bin/pip install /tmp/nbship-59214ad
    python -m tests.recorded.make_workspace_59214ad /tmp/venv-59214ad/bin/python

Side effects: makes a workspace in a temporary folder and runs its notebooks there; replaces the
files in tests/recorded/workspace_59214ad/.
"""

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.recorded.earlier_workspace import (
    DATABASE,
    FILES,
    FOLDER,
    GIT_CONFIG,
    HISTORY,
    MEMORY,
    PREFIX,
    PYTHON,
    ROOT,
    SQL,
    TASKS,
    signature,
)

COMMIT = "59214ad"
REPO = Path(__file__).parents[2]
TIMEOUT = 300  # seconds, for one program or one run
LOOK = 0.1  # seconds between two looks
DAY = "2026-01-15T10:00:00+00:00"  # of the commits, so that their hashes are the same each time
KEY = "made-up-key-of-the-recorded-kaggle"

KERNEL = """\
# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "awa/SLUG"
# title = "TITLE"
# MORE
# ///
"""
COLLECT = """\
# %% [markdown]
# # Collect

# %% tags=["parameters"]
COUNT = 3

# %%
from sahel.text import greet

print(greet(COUNT))

# %%
with open("greetings.txt", "w") as file:
    file.write(greet(COUNT))
"""
TEXT = '''\
"""Words of the voices."""


def greet(count):
    return "hello " * count
'''
TRAIN = """\
# %%
from pathlib import Path

from sahel.text import greet

# %%
greetings = Path("/kaggle/input/notebooks/awa/collect-voices/greetings.txt").read_text()
clips = Path("/kaggle/input/datasets/awa/voice-clips/clips.csv").read_text()
assert greetings.startswith(greet(1))
print("words:", len(greetings.split()), "clips:", len(clips.split()))

# %%
Path("model.txt").write_text(f"{len(greetings.split())} {len(clips.split())}")
"""
REPORT = """\
# %%
import os

from sahel.text import greet


def report():
    assert "KAGGLE_CONTAINER_NAME" not in os.environ, greet(2)


# %%
report()
"""
NOTES = """\
# %% [markdown]
# # Notes

# %% tags=["parameters"]
N = 3

# %%
for number in range(N):
    print("note", number)

# %%
total = N + 1
"""
INPUTS = "tests/inputs"
SAMPLE = f"{INPUTS}/datasets/awa/voice-clips/clips.csv"
CREDENTIALS = ".nbship/local/credentials.json"

# Not recorded: what other programs leave in the homes and temporary folders of runs, and the
# request.json of a run, which only that run reads. The database is recorded as SQL.
LEFT_OUT = re.compile(
    r"(^|/)__pycache__/|^\.git/|^\.nbship/cache/|^\.nbship/smoke/.+/(home|tmp)/"
    r"|^\.nbship/local/(cache/|kaggle\.sqlite|runs/[^/]+/[^/]+/v\d+/(home/|world/temp/|request\.json))"
)


def main() -> int:
    """Make the workspace and record it."""
    parser = argparse.ArgumentParser(description="Record a workspace of an earlier nbship.")
    parser.add_argument("python", type=Path, help=f"of an environment with nbship at {COMMIT}")
    python: Path = parser.parse_args().python.absolute()
    check_version(python)
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        lab = new_lab(Path(folder).resolve(), python)
        make(lab)
        record(lab)
    return 0


def check_version(python: Path) -> None:
    """End the command if this Python has not the nbship of the commit."""
    code = "import nbship, pathlib; print(pathlib.Path(nbship.__file__).parents[1])"
    site = run([str(python), "-P", "-c", code], REPO, dict(os.environ)).strip()
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "GIT_INDEX_FILE": f"{folder}/index"}
        run(["git", "read-tree", COMMIT], REPO, env)
        git = ["git", f"--work-tree={site}"]
        changed = run([*git, "diff", "--name-only", COMMIT, "--", "nbship"], REPO, env)
    if changed:
        first = changed.splitlines()[0]
        sys.exit(f"{python} has another nbship than {COMMIT}: {first} differs, or others as well")


def run(argv: list[str], folder: Path, env: dict[str, str], codes: tuple[int, ...] = (0,)) -> str:
    """Run a program and return what it prints; an exit code not in ``codes`` ends the command."""
    done = subprocess.run(
        argv, cwd=folder, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode not in codes:
        sys.exit(f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Lab:
    """The workspace, the old environment's Python, and the variables of its programs."""

    root: Path
    python: Path
    env: dict[str, str]

    def run(self, *argv: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a program in the workspace and return what it prints."""
        return run(list(argv), self.root, self.env, codes)

    def doit(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        return self.run(str(self.python), "-m", "doit", *arguments, codes=codes)

    def program(self, name: str) -> str:
        return str(self.python.with_name(name))

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, (path, old)
        self.write(path, text.replace(old, new))

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-q", "-m", "work")

    def ask(self, query: str, *values: object) -> Any:
        """Return the first value that the database of the local Kaggle has for a query."""
        with closing(sqlite3.connect(self.root / DATABASE)) as database:
            row = database.execute(query, values).fetchone()
        return row and row[0]


def new_lab(folder: Path, python: Path) -> Lab:
    """Return an empty workspace in a folder, with its own home folder."""
    env = {
        "HOME": str(folder / "home"),
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": DAY,
        "GIT_COMMITTER_DATE": DAY,
        "NBSHIP_LOOPBACK_ONLY": "1",
    }
    for made in ("home", "lab"):
        (folder / made).mkdir()
    (folder / "gitconfig").write_text("[user]\n\tname = Awa\n\temail = awa@example.org\n")
    return Lab(folder / "lab", python, env)


def make(lab: Lab) -> None:
    """Use the old nbship in the workspace like a person."""
    for path, text in sources().items():
        lab.write(path, text)
    lab.run("git", "init", "-q", "-b", "main")
    lab.run(lab.program("nbship"), "doctor", "--fix")
    lab.commit()
    lab.write(CREDENTIALS, json.dumps({"key": KEY}))
    with local_kaggle(lab):
        make_dataset(lab)
    lab.write(SAMPLE, "sample.wav\n")
    pair(lab)
    lab.doit("build")
    lab.doit("smoke")
    for path, text in words().items():  # new files, so that the cache is written again
        lab.write(path, text)
    with local_kaggle(lab) as url:
        lab.doit("ship:train", "-t", "local")  # voices/collect, which it reads, goes first
        lab.doit("ship:report", "-t", "local", codes=(1,))
        push_and_be_killed(lab, url, "voices/collect", "awa/collect-voices")
        push_and_hear_nothing(lab, url, "train")
    lab.doit("build")
    # One edit on each side, which no sync has seen yet.
    lab.edit("src_py/notes.py", "total = N + 1\n", "total = N + 2  # edited in the source\n")
    lab.edit("notebooks/train.ipynb", "import greet", "import greet  # edited in the notebook")


def sources() -> dict[str, str]:
    """Return the files that a person writes, by path."""
    smoke = "\n#\n# [tool.nbship.smoke]\n# parameters = { COUNT = 1 }\n# timeout = 60"
    reads = 'kernel_sources = ["awa/collect-voices"]\n# dataset_sources = ["awa/voice-clips"]'
    return {
        "src_py/voices/collect.py": kernel("Collect Voices", f"is_private = true{smoke}", COLLECT),
        "src_py/train.py": kernel("Train Voices", reads, TRAIN),
        # It passes its rehearsal, and fails on Kaggle.
        "src_py/report.py": kernel("Report Voices", 'kernel_type = "script"', REPORT),
        "src_py/notes.py": NOTES,
        "src_py/sahel/__init__.py": "",
        "src_py/sahel/text.py": TEXT,
        **words(),
        f"{INPUTS}/notebooks/awa/collect-voices/greetings.txt": "hello hello ",
        "pyproject.toml": f'[tool.nbship]\ninputs = "{INPUTS}"\n',
        ".gitignore": "__pycache__/\n",
        "dodo.py": run(["git", "show", f"{COMMIT}:dodo.py"], REPO, dict(os.environ)),
    }


def words() -> dict[str, str]:
    """Return many modules, because the cache of file facts is written only if many are new."""
    return {f"src_py/words/w{number:02}.py": f"WORD = {number}\n" for number in range(33)}


def kernel(title: str, more: str, cells: str) -> str:
    """Return the source of a Kaggle kernel."""
    slug = title.lower().replace(" ", "-")
    header = KERNEL.replace("SLUG", slug).replace("TITLE", title).replace("MORE", more)
    return f"{header}\n{cells}"


def pair(lab: Lab) -> None:
    """Pair all notebooks, run some, and edit a source so that the notebook loses an output."""
    lab.doit("sync")
    run_cells(lab, "notebooks/notes.ipynb", "", "note 0\nnote 1\nnote 2\n", "")
    run_cells(lab, "notebooks/train.ipynb", "", "", "words: 2 clips: 1\n", "")
    run_cells(lab, "notebooks/voices/collect.ipynb", "", "", "hello hello hello \n", "")
    lab.doit("sync")
    lab.edit("src_py/voices/collect.py", "print(greet(COUNT))", "print(greet(COUNT).title())")
    lab.doit("sync")
    lab.commit()


def run_cells(lab: Lab, path: str, *printed: str) -> None:
    """Add to each code cell of a notebook its output, as JupyterLab saves it."""
    content = json.loads((lab.root / path).read_text(encoding="utf-8"))
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    for number, (cell, text) in enumerate(zip(cells, printed, strict=True), start=1):
        output = {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
        cell["execution_count"] = number
        cell["outputs"] = [output] if text else []
    lab.write(path, json.dumps(content, indent=1) + "\n")


@contextmanager
def local_kaggle(lab: Lab) -> Iterator[str]:
    """Run a local Kaggle with --faults for the duration of a block; yield its address."""
    with subprocess.Popen(
        [lab.program("nbship"), "local", "--faults"], cwd=lab.root, env=lab.env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        try:
            assert server.stdout
            yield re.findall(r"http://[\w.:]+", server.stdout.readline())[0]
        finally:
            server.terminate()


def make_dataset(lab: Lab) -> None:
    """Make a dataset on the local Kaggle with the stock command line.

    The local Kaggle refuses it if a sample has the same name.
    """
    output = lab.run(lab.program("nbship"), "local", "env")
    env = lab.env | dict(re.findall(r"^export (\w+)=(.*)$", output, re.MULTILINE))
    licences = [{"name": "CC0-1.0"}]
    metadata = {"id": "awa/voice-clips", "title": "Clips of voices", "licenses": licences}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "dataset-metadata.json").write_text(json.dumps(metadata))
        Path(folder, "clips.csv").write_text("one.wav\ntwo.wav\nthree.wav\nfour.wav\n")
        output = run([lab.program("kaggle"), "datasets", "create", "-p", folder], lab.root, env)
    if not (lab.root / ".nbship/local/datasets/awa/voice-clips").is_dir():
        sys.exit(output)


def push_and_be_killed(lab: Lab, url: str, name: str, pushed: str) -> None:
    """Kill a push that has made version 2 and has no answer: the journal keeps "intended"."""
    order(url, {"call": "SaveKernel", "phase": "after", "action": "hang", "seconds": TIMEOUT})
    query = (
        "SELECT 1 FROM versions JOIN kernels ON id = kernel_id"
        " WHERE owner || '/' || slug = ? AND number = 2"
    )
    argv = [str(lab.python), "-m", "doit", f"push:{name}", "-t", "local"]
    with subprocess.Popen(argv, cwd=lab.root, env=lab.env, stdout=subprocess.DEVNULL) as push:
        wait_until(lambda: lab.ask(query, pushed))
        push.kill()
    wait_for_runs(lab)


def push_and_hear_nothing(lab: Lab, url: str, name: str) -> None:
    """Make version 2 and lose the answer to the push: the journal keeps "unknown"."""
    order(
        url,
        {"call": "SaveKernel", "phase": "after", "action": "reset"},
        {"call": "GetKernel", "action": "status", "status": 403, "skip": 1, "times": -1},
    )
    lab.doit(f"push:{name}", "-t", "local", codes=(1,))
    wait_for_runs(lab)


def order(url: str, *rules: dict[str, Any]) -> None:
    """Replace the fault rules of the local Kaggle."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy on the way
        session.delete(f"{url}/control/faults", timeout=TIMEOUT).raise_for_status()
        session.post(f"{url}/control/faults", json=rules, timeout=TIMEOUT).raise_for_status()


def wait_for_runs(lab: Lab) -> None:
    """Wait until no run is active."""
    query = "SELECT count(*) FROM versions WHERE status IN ('QUEUED', 'RUNNING')"
    wait_until(lambda: not lab.ask(query))


def wait_until(is_so: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + TIMEOUT
    while not is_so():
        if time.monotonic() > end:
            sys.exit("waited too long")
        time.sleep(LOOK)


def record(lab: Lab) -> None:
    """Write the recording."""
    FOLDER.mkdir(exist_ok=True)
    tasks = lab.doit("list", "--all", "--quiet")
    texts = {
        FILES: json.dumps(dict(contents(lab)), ensure_ascii=False, indent=1),
        HISTORY: lab.run("git", "fast-export", "--all"),
        GIT_CONFIG: lab.run("git", "config", "--local", "--get-regexp", r"^(filter|diff)\."),
        SQL: "\n".join(dump(lab)),
        TASKS: "\n".join(line.split()[0] for line in tasks.splitlines()),
    }
    for file, text in texts.items():
        file.write_text(f"{neutral(lab, text).rstrip()}\n", encoding="utf-8")


def contents(lab: Lab) -> Iterator[tuple[str, list[str] | str]]:
    """Yield each file of the workspace with its lines, and each link with its target."""
    for file in sorted(lab.root.rglob("*")):
        path = file.relative_to(lab.root).as_posix()
        if LEFT_OUT.search(path):
            continue
        if file.is_symlink():
            yield path, str(file.readlink())
        elif path == MEMORY:
            yield path, [remembered(lab)]
        elif file.is_file():
            yield path, file.read_bytes().decode().split("\n")


def remembered(lab: Lab) -> str:
    """Return the cache of file facts; the signature of a valid entry is replaced by null."""
    memory = json.loads((lab.root / MEMORY).read_bytes())
    for path, entry in memory["facts"].items():
        if (lab.root / path).exists() and entry[0] == signature(lab.root / path):
            entry[0] = None
    return json.dumps(memory, ensure_ascii=False)


def dump(lab: Lab) -> Iterator[str]:
    """Yield the SQL that makes the database, without the tokens of the sessions."""
    with closing(sqlite3.connect(lab.root / DATABASE)) as database:
        database.execute("UPDATE versions SET token = 'made-up-token-' || session_id")
        yield from database.iterdump()


def neutral(lab: Lab, text: str) -> str:
    """Return a text without the paths and the name of this machine."""
    node = os.uname().nodename
    return (
        text.replace(str(lab.root), ROOT)
        .replace(str(lab.python.with_name("python3")), PYTHON)
        .replace(str(lab.python), PYTHON)
        .replace(str(lab.python.parents[1]), PREFIX)
        .replace(f" on {node} since", " on a-machine since")
    )


if __name__ == "__main__":
    sys.exit(main())
