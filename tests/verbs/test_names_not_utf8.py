"""Files whose names are not UTF-8: every verb ends with its result, or with an error."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.edges.workspace import pairs, sources
from nbship.errors import NbshipError
from nbship.model.workspace import Context
from nbship.verbs.build import build
from nbship.verbs.check import check
from nbship.verbs.sync import sync
from tests.support.report import RecordedReport
from tests.support.workspace import HEADER, Workspace

ODD = "\udcff"
SHOWS = "# %% [markdown]\n# ![](attachment:a.png)\n"
BUNDLES = HEADER.replace("# ///\n", '# [tool.nbship.bundle]\n# files = ["data/*"]\n# ///\n')
FILES = {
    f"src_py/{ODD}.py": "# %%\nx = 1\n",
    f"src_py/{ODD}/inside.py": "# %%\nx = 1\n",
    f"src_py/module{ODD}.py": "x = 1\n",
    f"src_py/tiny.assets/{ODD}.png": "picture",
    f"src_py/data/{ODD}.txt": "data",
    f"notebooks/{ODD}.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    f"notebooks/{ODD}/inside.ipynb": "",
}
VERBS: tuple[Callable[[Context, str], object], ...] = (sync, build, lambda c, _: check(c))


@pytest.mark.parametrize("path", FILES)
def test_each_verb_ends_with_a_result_or_an_error(tmp_path: Path, path: str) -> None:
    lab = Workspace(tmp_path)
    lab.write("src_py/tiny.py", (BUNDLES if "data/" in path else HEADER) + SHOWS)
    lab.write("src_py/tiny.assets/a.png", "picture")
    lab.write("src_py/data/b.txt", "data")
    lab.write(path, FILES[path])
    workspace = sources.open_workspace(lab.root)
    context = Context(workspace, sources.read_catalogue(workspace), RecordedReport("| ", "~ "))
    for name in {*pairs.pair_names(workspace, context.catalogue), *context.catalogue}:
        for verb in VERBS:
            with contextlib.suppress(NbshipError):
                verb(context, name)
