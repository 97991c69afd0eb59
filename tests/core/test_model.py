"""The small views that the data offer."""

from pathlib import Path
from typing import get_args

import pytest

from nbship.model import Artifact, PushOptions, RunState, RunStatus, Workspace


def test_a_workspace_knows_its_folders() -> None:
    workspace = Workspace(root=Path("lab"), inputs=Path("lab/tests/inputs"))
    assert workspace.sources == Path("lab/src_py")
    assert workspace.build == Path("lab/build")
    assert workspace.runs == Path("lab/runs")
    assert workspace.state == Path("lab/.nbship")


def test_an_artifact_finds_its_notebook_among_its_files() -> None:
    files = {"kernel-metadata.json": b"{}", "trainer.ipynb": "{é}".encode()}
    artifact = Artifact("trainer", files, "digest", ())
    assert (artifact.notebook_file, artifact.text) == ("trainer.ipynb", "{é}")


@pytest.mark.parametrize("state", get_args(RunState))
def test_a_run_is_active_until_it_is_complete_failed_or_cancelled(state: RunState) -> None:
    assert RunStatus(state).is_active == (state not in {"complete", "error", "cancelled"})


def test_the_flags_given_are_recorded_by_their_names() -> None:
    assert PushOptions().overrides == ()
    assert PushOptions(allow_running=True).overrides == ("--allow-running",)
    assert PushOptions(allow_dirty=True, allow_running=True, allow_unsmoked=True).overrides == (
        "--allow-dirty", "--allow-running", "--allow-unsmoked",
    )  # fmt: skip
