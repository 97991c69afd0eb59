"""A workspace whose five folders have other names: each command works in it as elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.notebooks import cell, notebook
from tests.support.workspace import TINY, WORDS, Workspace

KEYS = """\
[tool.nbship]
sources = "kaggle/src"
notebooks = "kaggle/ipynb"
build = "made"
runs = "out/runs"
inputs = "samples"
"""
USUAL = ("src_py", "notebooks", "build", "runs", "tests")


@pytest.fixture
def moved(tmp_path: Path) -> Workspace:
    """Return a clone with a kernel that imports a module, in folders with other names."""
    lab = Workspace(tmp_path / "lab")
    lab.write("pyproject.toml", KEYS)
    lab.write("kaggle/src/deep/tiny.py", TINY)
    lab.write("kaggle/src/words.py", WORDS)
    lab.git("init", "-q", "-b", "main")
    result = lab.inside("init")
    assert result.code == 0, result.all
    lab.commit()
    return lab


def test_the_whole_trip(moved: Workspace) -> None:
    assert not [name for name in USUAL if (moved.root / name).exists()]
    attributes, ignored = (moved.root / name for name in (".gitattributes", ".gitignore"))
    assert "/made/** -text" in attributes.read_text()
    assert {"/made/", "/out/runs/", "/.nbship/"} <= set(ignored.read_text().split("\n"))
    below = replace(moved, root=moved.root / "kaggle/src/deep")
    for verb in ("sync", "check", "build", "smoke"):
        result = below.inside(verb)
        assert result.code == 0, result.all
    pair = moved.root / "kaggle/ipynb/deep/tiny.ipynb"
    assert "words.greet" in pair.read_text()
    assert (moved.root / "made/deep/tiny/kernel-metadata.json").exists()
    assert "sync: nothing to do for" in moved.inside("sync").out
    result = moved.inside("ship", "tiny", "-t", "local")
    assert result.code == 0, result.all
    (run,) = (moved.root / "out/runs").glob("*/deep.tiny-v1")
    assert (run / "greeting.txt").read_text() == "hello hello hello "
    assert (moved.root / "out/runs/journal.jsonl").exists()
    result = moved.doit("build:tiny", "push:tiny", "-t", "local", "sync")
    assert result.code == 0, result.all
    assert "push:deep/tiny" in result.out
    result = moved.inside("check", "tiny")
    assert "kaggle/src/deep/tiny.py" in result.out
    doctor = moved.inside("doctor")
    assert "JupyterLab pairs kaggle/ipynb/ with kaggle/src/" in doctor.out
    assert "wrong" not in doctor.out, doctor.out
    assert not [name for name in USUAL if (moved.root / name).exists()]


def test_a_failure_is_at_its_line_of_the_folder(moved: Workspace) -> None:
    moved.write(
        "kaggle/src/words.py", WORDS.replace('    return "hello " * count', "    return 1 / 0")
    )
    result = moved.inside("smoke", "deep/tiny")
    assert result.code == 1
    assert "kaggle/src/words.py:5 in greet: ZeroDivisionError" in result.err
    assert "called from kaggle/src/deep/tiny.py:" in result.err
    moved.write("kaggle/src/deep/tiny.py", "# %%\nimport tiny\n")
    moved.write("kaggle/src/deep/a.py", "# %%\nopen(\n")
    result = moved.inside("check")
    assert "kaggle/src/deep/a.py:2" in result.out
    assert "imports begin at kaggle/src/" in result.out


def test_outputs_that_git_removes_come_back(moved: Workspace) -> None:
    path = moved.write("kaggle/ipynb/x.ipynb", notebook(cell("a = 1", "aa")))
    assert moved.inside("sync", "x").code == 0
    assert (moved.root / "kaggle/src/x.py").exists()
    moved.git("add", "-f", "-A")
    moved.git("stash")
    moved.git("stash", "pop")
    assert "OUTPUT" not in path.read_text()
    assert moved.inside("sync", "x").code == 0
    cells = json.loads(path.read_text())["cells"]
    assert cells[0]["outputs"]
