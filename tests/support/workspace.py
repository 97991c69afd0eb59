"""A workspace in its own git repository, and the programs that a test starts in it."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from nbship.testing import Control
from tests.support import forked
from tests.support.paths import ROOT

TIMEOUT = 120
KERNEL = "awa/tiny-kernel"
HEADER = """\
# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "awa/tiny-kernel"
# title = "Tiny Kernel"
#
# [tool.nbship.smoke]
# parameters = { COUNT = 1 }
# timeout = 60
# ///
"""
TINY = (
    HEADER
    + """
# %% [markdown]
# # Tiny

# %% tags=["parameters"]
COUNT = 3

# %%
import words

print(words.greet(COUNT))
open("greeting.txt", "w").write(words.greet(COUNT))
"""
)
# The same as a script, which a rehearsal and a run start without papermill and Jupyter.
SCRIPT_HEADER = HEADER.replace("# id", '# kernel_type = "script"\n# id').replace(
    "# parameters = { COUNT = 1 }\n", ""
)
SCRIPT = (
    SCRIPT_HEADER
    + """
# %%
import os

COUNT = 3
if "rehearsal" in os.environ["KAGGLE_CONTAINER_NAME"]:
    COUNT = 1

# %%
import words

print(words.greet(COUNT))
open("greeting.txt", "w").write(words.greet(COUNT))
"""
)
WORDS = """\
\"\"\"Words for a test.\"\"\"


def greet(count):
    return "hello " * count
"""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code and the output of a program."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder in which a test runs programs."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def run(self, *argv: str, **env: str) -> CommandResult:
        done = forked.run(argv, self.root, {**os.environ, **env}, TIMEOUT)
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def doit(self, *arguments: str, **env: str) -> CommandResult:
        return self.run(sys.executable, "-m", "doit", *arguments, **env)

    def nbship(self, *arguments: str, **env: str) -> CommandResult:
        return self.run(program("nbship"), *arguments, **env)

    def inside(self, *arguments: str, **env: str) -> CommandResult:
        """Run ``nbship`` in this process: the same front end, without the start of a program."""
        from nbship.cli import main
        from nbship.edges.rehearsal import zygotes

        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, env),
            patch.object(sys, "argv", ["nbship", *arguments]),
            chdir(self.root),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main()
        if any(vars(zygotes)["_OURS"].sockets):
            zygotes.end()  # one that has imported nothing for a notebook serves the next test, too
        return CommandResult(int(end.value.code or 0), out.getvalue(), err.getvalue())

    def kaggle(self, *arguments: str, **env: str) -> CommandResult:
        return self.run(program("kaggle"), *arguments, **env)

    def git(self, *arguments: str) -> CommandResult:
        result = self.run("git", *arguments)
        assert result.code == 0, result.err
        return result

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "work")
        return self.git("rev-parse", "HEAD").out.strip()

    def journal(self) -> list[dict[str, Any]]:
        path = self.root / "runs" / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def artifact(self, name: str) -> dict[str, bytes]:
        folder = self.root / "build" / name
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}

    def code(self, name: str) -> str:
        """Return the text of an artifact's code cells."""
        cells = json.loads(self.artifact(name)[f"{name}.ipynb"])["cells"]
        return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def executed(result: CommandResult) -> set[str]:
    """Return the tasks that doit ran; it prints two dashes before those that are up to date."""
    return set(re.findall(r"^\.  (\S+)$", result.out, re.MULTILINE))


def new_workspace(root: Path) -> Workspace:
    """Make a workspace in a git repository, with only a dodo.py."""
    workspace = Workspace(root)
    workspace.write("dodo.py", (ROOT / "dodo.py").read_text())
    workspace.write("pyproject.toml", '[tool.nbship]\ninputs = "tests/inputs"\n')
    workspace.write(".gitignore", "/build/\n/runs/\n/.nbship/\n__pycache__/\n")
    workspace.write("src_py/.keep", "")
    workspace.git("init", "-q", "-b", "main")
    return workspace


@dataclass(frozen=True, slots=True)
class Local:
    """A running local Kaggle, and the variables that connect to it."""

    url: str
    env: dict[str, str]
    process: "subprocess.Popen[str]"

    def order(self, *rules: dict[str, Any]) -> None:
        """Set the fault rules of the server, which runs with --faults."""
        Control(self.url).set_faults(*rules)

    def calls(self) -> list[str]:
        """Return the names of the calls that reached the server, in order."""
        return [entry["call"] for entry in Control(self.url).entries()]

    def writes(self) -> list[str]:
        """Return what the calls have changed on the server, by its own record."""
        return [entry["effect"] for entry in Control(self.url).entries() if entry["effect"]]


Serve = Callable[[Workspace], Any]


@contextmanager
def serving(workspace: Workspace, *options: str) -> Iterator[Local]:
    """Run ``nbship local`` in the background for the duration of a block."""
    process = subprocess.Popen(
        [program("nbship"), "local", *options], cwd=workspace.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    try:
        first = process.stdout.readline()
        result = workspace.inside("local", "env")
        env = dict(re.findall(r"^export (\w+)=(.*)$", result.out, re.MULTILINE))
        yield Local(re.findall(r"http://\S+", first)[0], env, process)
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        process.stdout.close()
