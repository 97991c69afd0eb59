"""Tests of the README: its commands are those of CI, and its tables agree with the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nbship.frontends.verb_lists.daily import DAILY
from tests.support.pages import DOCS, blocks
from tests.support.paths import ROOT
from tests.support.sampling import sample
from tests.support.workspace import Workspace, new_workspace

README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = (DOCS / "reference" / "sources.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Return the README's sections by their headings."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL))


def test_the_two_commands_of_start_are_what_ci_runs() -> None:
    """The two blocks install from the package index, which no test may reach: .ci/run runs them."""
    main_job, tests = (block.text for block in blocks(sections()["Start"]))
    assert main_job.splitlines()[-1] == "doit ship:trainer -t local"
    assert tests.splitlines()[-1] == "python -m pytest"
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "block 1" in ci
    assert "block 2" in ci


def test_every_task_is_in_the_readme() -> None:
    for verb in DAILY:
        assert re.search(rf"^\| `{verb.name}\b", sections()["The tasks"], re.MULTILINE), verb.name


@pytest.mark.parametrize("text", [README, SOURCES], ids=["README.md", "sources.md"])
def test_a_header_in_the_documentation_is_a_valid_one(text: str, tmp_path: Path) -> None:
    [example] = (block.text for block in blocks(text) if block.text.startswith("# %%\n# ///"))
    workspace = new_workspace(tmp_path / "lab")
    workspace.write("src_py/trainer.py", example)
    checked = workspace.inside("check")
    assert "1 notebook is valid" in checked.out, checked.err


def test_help_has_examples() -> None:
    here = Workspace(ROOT)
    assert "Examples:" in here.inside("local", "--help").out
    assert "Example:" in here.inside("local", "env", "--help").out
    assert "nbship 0." in here.inside("--version").out


@pytest.mark.usefixtures("quick_imports")
@pytest.mark.parametrize("script", sample(["nothing", "build", "push", "smoke"], 2))
def test_the_benchmarks_run(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / f"{script}.py"), "--quick"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ratio" in done.stdout
