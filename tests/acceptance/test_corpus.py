"""Tests with real notebooks of other repositories: .ipynb → src_py → artifact keeps the cells."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.jupyter import jupyter
from tests.support.paths import ROOT
from tests.support.sampling import sample
from tests.support.workspace import Workspace
from tests.sweeps.one_answer import cells_in
from tests.sweeps.real import fault_of_git, fault_of_lab

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("quick_imports")]

NOT_PYTHON = re.compile(r"^(\S+?:\d+:\d+): .*not Python", re.MULTILINE)
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of this repo")
def test_all_readers_agree_about_every_notebook_of_the_corpus(
    bare: Workspace, tmp_path: Path
) -> None:
    found = sample(sorted(CORPUS.glob("*/*.ipynb")), 3)
    assert found
    for name in ("pyproject.toml", ".gitattributes"):
        shutil.copy(ROOT / name, bare.root / name)
    bare.inside("doctor", "--fix")
    (bare.root / "notebooks").mkdir(exist_ok=True)
    pairs = [(f"n{number}", path) for number, path in enumerate(found)]
    for name, path in pairs:
        shutil.copy(path, bare.root / f"notebooks/{name}.ipynb")
    synced = bare.doit("sync")
    assert synced.code == 0, synced.err  # a source can hold all of these
    built, checked = bare.doit("build"), bare.inside("check")
    refused = set(NOT_PYTHON.findall(built.err))
    assert refused == set(NOT_PYTHON.findall(checked.out)), checked.all
    assert len(refused) == built.code <= 1, built.err  # one has two statements in a line
    assert checked.code == built.code
    for name, path in pairs:
        assert cells_in(bare.root / f"notebooks/{name}.ipynb") == cells_in(path), path
        if f"src_py/{name}.py" not in {place.partition(":")[0] for place in refused}:
            assert cells_in(bare.root / f"build/{name}/{name}.ipynb") == cells_in(path), path
    assert fault_of_git(bare) == ""
    (tmp_path / "jupyter").mkdir()
    with jupyter(bare, tmp_path / "jupyter") as lab:
        faults = [fault_of_lab(bare.root, name, lab) for name, _ in pairs]
    assert faults == [""] * len(pairs)
