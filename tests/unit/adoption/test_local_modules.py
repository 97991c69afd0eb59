"""The modules of a project that its notebooks import: found where they are, or left alone."""

import json
from pathlib import PurePosixPath

import pytest

from nbship.core.adoption.local_modules import (
    LocalImport,
    folder_of_modules,
    local_imports,
    moves,
)
from tests.support.old_lab import old_notebook

FILES = (
    "src/features/__init__.py", "src/features/io.py", "src/util.py", "notebooks/helper.py",
    "rootmod.py", "deep/er/far.py", "README.md", "lib/util.py", "json.py",
)  # fmt: skip


def found(code: str, path: str = "notebooks/n.ipynb") -> list[str]:
    data = old_notebook((code, "")) if path.endswith(".ipynb") else code
    return [each.path for each in local_imports({path: data.encode()}, FILES)]


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        ("from features.io import load", ["src/features"]),
        ("import features", ["src/features"]),
        ("import helper", ["notebooks/helper.py"]),
        ("import rootmod", ["rootmod.py"]),
        ("import src.features", ["src"]),
        ("import util", ["lib/util.py"]),
        ("import numpy, json, far, README", []),
        ("%matplotlib inline\nimport util", ["lib/util.py"]),
        ("def (:", []),
        ("from . import helper", ["notebooks/helper.py"]),
        ("import util, rootmod, helper", ["notebooks/helper.py", "rootmod.py", "lib/util.py"]),
    ],
)
def test_an_import_is_answered_by_the_nearest_file(code: str, paths: list[str]) -> None:
    assert found(code) == paths


def test_a_module_beside_a_notebook_is_found_at_any_depth() -> None:
    assert found("import far", "deep/er/n.ipynb") == ["deep/er/far.py"]
    assert found("import far", "deep/n.ipynb") == []


def test_an_import_names_its_notebook_and_its_module() -> None:
    data = old_notebook(("def (:", ""), ("import features.io", ""))
    assert local_imports({"notebooks/n.ipynb": data.encode()}, FILES) == (
        LocalImport(notebook="notebooks/n.ipynb", name="features", path="src/features"),
    )


@pytest.mark.parametrize("path", ["rootmod.py", "notebooks/helper.py", "deep/er/far.py"])
def test_a_source_does_not_import_itself(path: str) -> None:
    assert found(f"import {PurePosixPath(path).stem}", path) == []


def test_a_text_cell_imports_nothing() -> None:
    content = json.loads(old_notebook(("import rootmod", "")))
    content["cells"][0] = {"cell_type": "markdown", "metadata": {}, "source": "import rootmod"}
    assert local_imports({"n.ipynb": json.dumps(content).encode()}, FILES) == ()


def test_sources_count_as_well_and_what_cannot_be_read_has_no_imports() -> None:
    assert found("import rootmod\n", "notebooks/n.py") == ["rootmod.py"]
    assert found("library(x)\n", "notebooks/n.R") == []
    assert local_imports({"n.ipynb": b"{"}, FILES) == ()
    assert local_imports({"n.ipynb": json.dumps([]).encode()}, FILES) == ()


def test_the_folder_of_most_modules_is_that_of_the_sources() -> None:
    imports = [
        LocalImport("n", "a", "lib/a.py"), LocalImport("n", "b", "src/b.py"),
        LocalImport("n", "c", "src/c"), LocalImport("n", "d", "d.py"),
        LocalImport("n", "e", "notebooks/e.py"), LocalImport("n", "f", "notebooks/f.py"),
        LocalImport("n", "g", "notebooks/g.py"), LocalImport("n", "z", "tools/z.py"),
        *(LocalImport("n", name, f"x/y/{name}.py") for name in "hijk"),
    ]  # fmt: skip
    assert folder_of_modules(imports, {"notebooks"}) == "src"
    assert folder_of_modules(imports[3:4], {"notebooks"}) == ""
    beside = [LocalImport("n", "x", "x.py"), *imports[:1], imports[3]]
    assert folder_of_modules(beside, {"notebooks"}) == "lib"


def test_a_module_elsewhere_is_named_once_with_the_command_that_moves_it() -> None:
    imports = [
        LocalImport("one.ipynb", "a", "lib/a.py"), LocalImport("two.ipynb", "a", "lib/a.py"),
        LocalImport("one.ipynb", "b", "src/b.py"), LocalImport("one.ipynb", "c", "my lib/c.py"),
    ]  # fmt: skip
    assert list(moves(imports, "src")) == [
        "one.ipynb imports lib/a.py; to bundle it, move it: git mv lib/a.py src/a.py",
        "one.ipynb imports my lib/c.py; to bundle it, move it: git mv 'my lib/c.py' src/c.py",
    ]
