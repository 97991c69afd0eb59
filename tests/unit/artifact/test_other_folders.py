"""A folder of the sources with another name or at another depth: the bundle and the failures."""

import json
import os.path
from collections.abc import Mapping
from dataclasses import replace

import pytest

from nbship.core.artifact.bundle import folder_in_bundle
from nbship.core.artifact.collected import Collected
from nbship.core.artifact.compile import Compiled, compile_notebook
from nbship.core.artifact.declared import fits
from nbship.core.artifact.imports import LocalModule
from nbship.core.failure.executed import ExecutedArtifact, sources_as_run
from nbship.core.failure.locate import locate
from nbship.core.failure.world import in_workspace, left_behind
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, notebook
from tests.unit.artifact.test_declared import unpacked

FOLDERS = ["src_py", "code", "kaggle/src", "kaggle/src_py", "a/b.c/my-src"]
MODULE = "def read():\n    raise OSError\n"
TABLE = 'files = ["v.json", "../data/t.bin"]\npackages = ["sahel"]'


def compiled(sources: str, table: str = TABLE, also: Mapping[str, bytes] | None = None) -> Compiled:
    """Return the artifact of a notebook in a folder, with a module and files in and beside it."""
    header = f"{KAGGLE}\n[tool.nbship.bundle]\n{table}" if table else KAGGLE
    text = notebook("# %%\nimport sahel.audio\nsahel.audio.read()", toml=header)
    files = {
        f"{sources}/a.py": text.encode(),
        f"{sources}/sahel/__init__.py": b"",
        f"{sources}/sahel/audio.py": MODULE.encode(),
        f"{sources}/v.json": b"{}",
        os.path.normpath(f"{sources}/../data/t.bin"): b"\0",
        **(also or {}),
    }

    def find(name: str) -> LocalModule | None:
        for path in (f"{name.replace('.', '/')}/__init__.py", f"{name.replace('.', '/')}.py"):
            if f"{sources}/{path}" in files:
                text = files[f"{sources}/{path}"].decode()
                return LocalModule(path, text, path.endswith("__init__.py"))
        return None

    def collect(pattern: str) -> Collected:
        found = {path: data for path, data in files.items() if fits(path, pattern)}
        return Collected(found, programs=frozenset(path for path in found if "bin" in path))

    source = Source(f"{sources}/a.py", text)
    return compile_notebook("a", source, find, collect, sources=sources)


def bundle_of(made: Compiled) -> str:
    cells = json.loads(made.artifact.text)["cells"]
    return str(next(cell["source"] for cell in cells if "_bundle" in cell["source"]))


@pytest.mark.parametrize("sources", FOLDERS)
def test_the_way_from_a_module_to_a_file_is_that_of_the_workspace(sources: str) -> None:
    made = compiled(sources)
    with unpacked(bundle_of(made)) as there:
        for path in made.data:
            way = os.path.relpath(path, f"{sources}/sahel")
            placed = os.path.normpath(f"{folder_in_bundle(sources)}/sahel/{way}")
            assert placed in there
        assert len(there) == len(made.data) == 4
    assert folder_in_bundle(sources).endswith("src_py")
    assert f"# The modules of {sources}/ that are imported here" in bundle_of(made)


@pytest.mark.parametrize("sources", FOLDERS)
@pytest.mark.parametrize("table", ["", TABLE])
def test_a_failure_in_a_module_has_its_path_in_the_workspace(sources: str, table: str) -> None:
    made = compiled(sources, table)
    cells = json.loads(made.artifact.text)["cells"]
    ran = ExecutedArtifact(cells, made.artifact.line_map, sources=sources)
    path = f"{sources}/sahel/audio.py"
    assert sources_as_run(ran)[path] == MODULE.split("\n")
    there = f"/tmp/nbship-a_b/{folder_in_bundle(sources)}"  # noqa: S108 (of a traceback)
    frame = locate(f"File {there}/sahel/audio.py:2, in read()\n---> 2 x\n\nOSError\n", ran).last
    assert frame is not None
    assert (frame.path, frame.line, frame.text) == (path, 2, "raise OSError")
    elsewhere = f"File /home/u/nbship-lab/lib/{folder_in_bundle(sources)}/sahel/audio.py:2, in x\n"
    assert not locate(f"{elsewhere}\nOSError\n", ran).frames
    failure = locate(f"OSError: no '{there}/v.json', '{there}' or '{there}x/v.json'", ran)
    shown = in_workspace(replace(failure, error=failure.error), sources).error
    usual = folder_in_bundle(sources)
    assert shown == f"OSError: no '{sources}/v.json', '{sources}' or '{usual}x/v.json'"
    hint = left_behind("No module named 'sahel'", "x", {path}.__contains__, sources)
    assert hint == ""
    init = {f"{sources}/sahel/__init__.py"}.__contains__
    assert left_behind("No module named 'sahel'", "x", init, sources)


def test_a_file_whose_place_is_in_the_folder_of_the_modules_is_refused() -> None:
    table = 'files = ["../src_py/t.json"]'
    with pytest.raises(SourceError) as caught:
        compiled("code", table, {"src_py/t.json": b"{}"})
    assert caught.value.message == (
        "src_py/t.json cannot be bundled: src_py/ in a bundle has the files of code/"
    )
    assert caught.value.hint == "Give the folder of the file another name."


def test_the_artifact_is_the_same_but_for_the_name_of_the_folder() -> None:
    """What runs does not depend on the name: only the comment that says where to edit it does."""
    texts = [bundle_of(compiled(folder)).replace(f"{folder}/ that", "x/ that")
             for folder in ("src_py", "code")]  # fmt: skip
    assert texts[0] == texts[1]
