"""Tests of the present code in a workspace and clone that commit 59214ad made.

How it was recorded: tests/recorded/make_workspace_59214ad.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from nbship.core.artifact.session import has_session_line, without_session
from tests.recorded import earlier_workspace
from tests.support.workspace import Workspace, executed, serving

pytestmark = pytest.mark.unmeasured

NOTEBOOKS = ("train", "voices/collect")
KERNELS = ("report", *NOTEBOOKS)
EDITED = ("src_py/notes.py", "notebooks/train.ipynb")  # after the last recorded sync


@pytest.fixture
def earlier(tmp_path: Path) -> Workspace:
    """Return the workspace as the earlier nbship left it."""
    root = tmp_path / "lab"
    earlier_workspace.unpack(root)
    return Workspace(root)


def test_every_earlier_task_is_there(earlier: Workspace) -> None:
    assert "from nbship.tasks import (" in (earlier.root / "dodo.py").read_text()
    result = earlier.doit("list", "--all", "--quiet")
    assert result.code == 0, result.all
    assert earlier_workspace.task_names() <= set(result.out.split())


def test_doit_rehearses_only_what_was_edited_and_builds_the_same_bytes(earlier: Workspace) -> None:
    """Without the session line, which the earlier nbship did not know."""
    artifacts = {name: earlier.artifact(name) for name in NOTEBOOKS}
    passed = {name: _smoked(earlier, name) for name in NOTEBOOKS}
    _leave_the_session_line_out(earlier)

    assert earlier.doit("build").code == 0  # the headers have changed
    result = earlier.doit("check", *(f"smoke:{name}" for name in (*NOTEBOOKS, "notes")))
    assert result.code == 0, result.all
    done = executed(result)
    assert "check" in done
    assert {task for task in done if task.startswith("smoke:")} == {"smoke:notes"}
    assert b"edited in the source" in earlier.artifact("notes")["notes.ipynb"]
    assert {name: earlier.artifact(name) for name in NOTEBOOKS} == artifacts
    assert {name: _smoked(earlier, name) for name in NOTEBOOKS} == passed

    for name in NOTEBOOKS:  # without them, none is up to date
        for file in (earlier.root / "build" / name).iterdir():
            file.unlink()
    result = earlier.doit("build")
    assert result.code == 0, result.all
    assert {name: earlier.artifact(name) for name in NOTEBOOKS} == artifacts


def test_the_session_line_is_all_that_a_new_build_adds(earlier: Workspace) -> None:
    before = {name: _own(earlier, name) for name in KERNELS}
    assert earlier.doit("build").code == 0
    for name in KERNELS:
        assert any(map(has_session_line, _texts(earlier, name)))
    assert {name: _own(earlier, name) for name in KERNELS} == before


def test_sync_brings_each_edit_to_the_other_side_and_keeps_outputs(earlier: Workspace) -> None:
    result = earlier.doit("sync")
    assert result.code == 0, result.all
    assert "notebooks/notes.ipynb is updated from the source" in result.out
    assert "src_py/train.py is updated from the notebook" in result.out

    notes = _printed(earlier, "notes")
    assert notes["total = N + 2  # edited in the source"] == ""
    assert notes['for number in range(N):\n    print("note", number)'] == "note 0\nnote 1\nnote 2\n"
    source = (earlier.root / "src_py/train.py").read_text()
    assert "from sahel.text import greet  # edited in the notebook\n" in source
    assert "words: 2 clips: 1\n" in _printed(earlier, "train").values()

    result = earlier.doit("sync")
    assert result.code == 0, result.all
    assert executed(result) == set()


def test_an_output_that_an_earlier_sync_dropped_comes_back(earlier: Workspace) -> None:
    """The sync reads the copy that the earlier one kept: .nbship/sync/voices/collect.ipynb."""
    assert set(_printed(earlier, "voices/collect").values()) == {""}
    earlier.replace(
        "src_py/voices/collect.py", "print(greet(COUNT).title())", "print(greet(COUNT))"
    )
    result = earlier.doit("sync:voices/collect")
    assert result.code == 0, result.all
    assert "hello hello hello \n" in _printed(earlier, "voices/collect").values()


def test_pushes_that_were_left_open_are_settled_and_upstream_runs_count(earlier: Workspace) -> None:
    """The local Kaggle still has its earlier versions, their outputs and its datasets."""
    before = earlier.journal()
    killed, unheard = before[-3], before[-1]
    assert (killed["state"], unheard["state"]) == ("intended", "unknown")

    _leave_the_session_line_out(earlier)
    with serving(earlier):
        result = earlier.doit("ship:train", "-t", "local")
        assert result.code == 0, result.all
        shipped = earlier.journal()[len(before) :]
        # The earlier runs count: the versions without an answer are found, and none is made.
        assert {entry["state"] for entry in shipped} == {"pushed", "complete"}
        assert result.out.count("nothing to push: version 2") == 2
        assert _settled(shipped, killed) == ("complete", 2)
        assert _settled(shipped, unheard) == ("complete", 2)
        assert shipped[-1]["state"] == "complete"
        # Three words of the earlier output, four lines of the earlier dataset.
        assert (earlier.root / shipped[-1]["folder"] / "model.txt").read_text() == "3 4"

        result = earlier.doit("push:voices/collect", "-t", "local")
        assert result.code == 0, result.all

    assert _settled(earlier.journal(), killed) == ("complete", 2)
    assert earlier.journal()[: len(before)] == before


def test_earlier_versions_can_be_watched(earlier: Workspace) -> None:
    [folder] = (earlier.root / "runs").glob("*/voices.collect-v1")
    record, output = folder / "_nbship" / "record.json", folder / "greetings.txt"
    files = json.loads(record.read_text())["files"]
    output.unlink()

    with serving(earlier):
        result = earlier.doit("watch:voices/collect", "-t", "local", "--version", "1")
        assert result.code == 0, result.all
        assert output.read_text() == "hello hello hello "
        assert json.loads(record.read_text())["files"] == files

        result = earlier.doit("watch:report", "-t", "local", "--version", "1")
        assert result.code == 1, result.all
        assert result.err.startswith("src_py/report.py:18 in report: AssertionError: hello hello")

    assert len(list((earlier.root / "runs").glob("*/*-v*"))) == len(KERNELS)


def test_the_settings_of_the_clone_strip_and_show_notebooks(earlier: Workspace) -> None:
    changed = earlier.git("status", "--porcelain").out.split()
    assert changed == ["M", EDITED[1], "M", EDITED[0]]
    assert earlier.git("rev-parse", "HEAD").out.strip() == earlier.journal()[-1]["commit"]
    result = earlier.inside("doctor")
    assert result.code == 0, result.all
    # The settings work; the doctor only notes what --fix would set today.
    assert {line.split()[0] for line in result.out.splitlines()} == {"ok", "note", "→"}

    shown = earlier.git("diff", "--", EDITED[1]).out
    assert "-from sahel.text import greet\n" in shown
    assert "+from sahel.text import greet  # edited in the notebook\n" in shown
    assert '"cells"' not in shown
    assert "words: 2" not in shown

    assert "words: 2" in (earlier.root / EDITED[1]).read_text()
    earlier.git("add", EDITED[1])
    staged = earlier.git("show", f":{EDITED[1]}").out
    assert "edited in the notebook" in staged
    assert not any(cell.get("outputs") for cell in json.loads(staged)["cells"])

    earlier.git("stash")
    assert earlier.git("status", "--porcelain").out == ""
    assert "edited in" not in "".join((earlier.root / path).read_text() for path in EDITED)
    earlier.git("stash", "pop")
    assert all("edited in" in (earlier.root / path).read_text() for path in EDITED)


def _leave_the_session_line_out(workspace: Workspace) -> None:
    for name in NOTEBOOKS:
        table = "# [tool.nbship.session]\n# line = false\n# ///\n"
        workspace.replace(f"src_py/{name}.py", "# ///\n", table)


def _texts(workspace: Workspace, name: str) -> list[str]:
    """Return the code of an artifact, by cell."""
    file = next(each for each in workspace.artifact(name) if "metadata" not in each)
    text = workspace.artifact(name)[file].decode()
    return [cell["source"] for cell in json.loads(text)["cells"]] if file[-1] == "b" else [text]


def _own(workspace: Workspace, name: str) -> list[str]:
    """Return the code of an artifact without the session line."""
    return [without_session(text) for text in _texts(workspace, name)]


def _smoked(workspace: Workspace, name: str) -> bytes:
    return (workspace.root / ".nbship/smoked" / f"{name}.json").read_bytes()


def _printed(workspace: Workspace, name: str) -> dict[str, str]:
    """Return what each code cell of a notebook printed, by its text."""
    content = json.loads((workspace.root / "notebooks" / f"{name}.ipynb").read_text())
    return {
        "".join(cell["source"]): "".join(
            text for output in cell["outputs"] for text in output["text"]
        )
        for cell in content["cells"]
        if cell["cell_type"] == "code"
    }


def _settled(entries: list[dict[str, Any]], push: dict[str, Any]) -> tuple[str, int | None]:
    """Return the final state and the version of a push."""
    last = [entry for entry in entries if entry["id"] == push["id"]][-1]
    return last["state"], last["version"]
