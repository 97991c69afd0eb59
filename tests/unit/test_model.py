"""The properties of the data classes."""

from typing import get_args

import pytest

from nbship.model.notebook import Artifact, Built
from nbship.model.run import RunState, RunStatus
from nbship.model.spec import KaggleSpec, Spec


@pytest.mark.parametrize("code", ["trainer.ipynb", "trainer.py", "trainer.R"])
def test_an_artifact_finds_what_runs_among_its_files(code: str) -> None:
    files = {"kernel-metadata.json": b"{}", code: "{é}".encode()}
    artifact = Artifact("trainer", files, "digest", (), "rehearsal")
    assert (artifact.code_file, artifact.text) == (code, "{é}")


@pytest.mark.parametrize(
    ("spec", "is_script"),
    [
        (Spec(), False),
        (Spec(kaggle=KaggleSpec("a/b", "B")), False),
        (Spec(kaggle=KaggleSpec("a/b", "B", kernel_type="script")), True),
    ],
)
def test_what_was_built_knows_its_source_and_how_it_runs(spec: Spec, *, is_script: bool) -> None:
    built = Built(Artifact("x", {}, "", (), ""), spec, ("src_py/x.R", "src_py/m.py"), is_fresh=True)
    assert (built.source, built.is_script) == ("src_py/x.R", is_script)


@pytest.mark.parametrize("state", get_args(RunState))
def test_a_run_is_active_until_it_is_complete_failed_or_cancelled(state: RunState) -> None:
    assert RunStatus(state).is_active == (state not in {"complete", "error", "cancelled"})
