"""Tests of the README: its commands run, and its tables agree with the code."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.usefixtures("unmeasured")

README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVER = "nbship local\n"  # the one command that stays up, in a terminal of its own


def sections() -> dict[str, str]:
    """Return the README's sections by their headings."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL))


def blocks(text: str) -> list[str]:
    """Return the bash blocks of a text."""
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a copy of this project's files as a new git repository, like a fresh clone."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    folder = tmp_path / "clone"
    for path in filter(None, tracked.split("\0")):
        if (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as cloned"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def shell() -> dict[str, str]:
    """Return an environment in which programs installed beside this Python come first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path}


@pytest.fixture
def server(clone: Path, shell: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {SERVER}"], cwd=clone, env=shell, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    assert "serving" in process.stdout.readline()
    yield
    process.send_signal(signal.SIGINT)
    process.wait(60)
    process.stdout.close()


def run(block: str, clone: Path, shell: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block], cwd=clone, env=shell, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.usefixtures("server")
def test_the_tour_works_as_it_is_typed(clone: Path, shell: dict[str, str]) -> None:
    tour = blocks(sections()["A tour in five minutes"])
    assert SERVER in tour
    outputs = [run(block, clone, shell) for block in tour if block != SERVER]
    assert outputs[0].count("-- build:") == 4  # the second build has nothing to do
    assert outputs[1].count("passed in") == 4
    assert "train_fula_tts-v1" in outputs[2]
    assert "KernelWorkerStatus.COMPLETE" in outputs[3]


def test_the_two_commands_of_start_are_what_ci_runs() -> None:
    """The two blocks install from the package index, which no test may reach: .ci/run runs them."""
    main_job, tests = blocks(sections()["Start"])
    assert main_job.splitlines()[-1] == "doit ship:trainer -t local"
    assert tests.splitlines()[-1] == "python -m pytest"
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "block 1" in ci
    assert "block 2" in ci


def test_no_bash_block_stands_where_no_test_runs_it() -> None:
    run_here = {"Start", "A tour in five minutes"}
    assert {name for name, text in sections().items() if blocks(text)} == run_here


def test_every_task_and_flag_is_in_the_readme(clone: Path, shell: dict[str, str]) -> None:
    listed = run("doit list", clone, shell)
    for task in (line.split()[0] for line in listed.splitlines()):
        assert re.search(rf"^\| `{task}\b", sections()["The tasks"], re.MULTILINE), task
    for flag in re.findall(r"--allow-\w+", run("doit help push:trainer", clone, shell)):
        assert f"`{flag}`" in sections()["The tasks"]


def test_the_header_in_the_readme_is_a_valid_one(clone: Path, shell: dict[str, str]) -> None:
    [example] = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (clone / "src_py" / "trainer.py").write_text(example, encoding="utf-8")
    assert "4 notebooks are valid" in run("doit check", clone, shell)


def test_help_has_examples(clone: Path, shell: dict[str, str]) -> None:
    assert "Examples:" in run("nbship local --help", clone, shell)
    assert "Example:" in run("nbship local env --help", clone, shell)
    assert "nbship 0." in run("nbship --version", clone, shell)


@pytest.mark.usefixtures("quick_imports")
@pytest.mark.parametrize("script", ["build", "nothing", "push", "smoke"])
def test_the_benchmarks_run(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / f"{script}.py"), "--quick"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ratio" in done.stdout
