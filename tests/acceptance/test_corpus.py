"""Tests with real notebooks of other repositories: .ipynb → src_py → artifact keeps the cells."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.workspace import Workspace
from tests.sweeps.one_answer import essence

pytestmark = pytest.mark.usefixtures("unmeasured")

CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of this repo")
def test_every_notebook_of_the_corpus_arrives_with_equal_cells(bare: Workspace) -> None:
    found = sorted(CORPUS.glob("*/*.ipynb"))
    assert found
    for number, path in enumerate(found):
        goal = bare.root / f"notebooks/n{number}.ipynb"
        goal.parent.mkdir(exist_ok=True)
        shutil.copy(path, goal)
    synced = bare.doit("run", "-c", "sync")
    built = bare.doit("run", "-c", "build")
    assert synced.code == 0, synced.err  # a .py can hold all of these
    refused = []
    for number, path in enumerate(found):
        assert cells(bare.root / f"notebooks/n{number}.ipynb") == cells(path), path
        artifact = bare.root / f"build/n{number}/n{number}.ipynb"
        if artifact.exists():
            assert cells(artifact) == cells(path), path
        else:
            refused.append(number)
            assert re.search(rf"^src_py/n{number}\.py:\d+:\d+: ", built.err, re.MULTILINE)
    assert (built.code == 0) == (refused == [])
    assert len(refused) <= 2, built.err  # cells with a bare "pip install", which is no Python


def cells(path: Path) -> list[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [essence(cell) for cell in content["cells"]]
