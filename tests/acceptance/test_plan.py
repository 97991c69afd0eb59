"""``plan``: what a push would do; a saved plan is done exactly, or refused."""

import json
from collections.abc import Iterator

import pytest

from tests.support.workspace import KERNEL, SCRIPT, Local, Workspace, serving

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.fixture
def tiny() -> str:
    return SCRIPT


@pytest.fixture
def up(lab: Workspace) -> Iterator[Local]:
    with serving(lab, "--faults") as local:
        yield local


def test_a_plan_is_read_saved_and_done(lab: Workspace, up: Local) -> None:
    first = lab.doit("plan:tiny", **up.env)
    assert first.code == 0, first.all
    assert f"plan     tiny  {KERNEL} on the local Kaggle (target main), a new kernel" in first.out
    assert "upstream warns: this repository has no remote" in first.out
    assert "a push would rehearse, then push" in first.out
    assert lab.journal() == []
    assert "SaveKernel" not in up.calls()

    saved = lab.inside("plan", "tiny", "--allow-unsmoked", "--out", "tiny.json", **up.env)
    assert "next: doit push:tiny --plan tiny.json" in saved.out
    done = lab.inside("push", "tiny", "--plan", "tiny.json", **up.env)
    assert done.code == 0, done.all
    assert lab.journal()[-1]["overrides"] == ["--allow-unsmoked"]

    after = json.loads(lab.inside("plan", "tiny", "--json", **up.env).out)
    assert after["nothing"].startswith("version 1, pushed by ")
    assert (after["base_version"], after["drift"]) == (1, "same")

    again = lab.inside("push", "tiny", "--plan", "tiny.json", **up.env)
    assert again.code == 3
    assert f"{KERNEL} has version 1 now, and had version 0" in again.err
    assert "Make a new plan: doit plan:tiny --out FILE" in again.err
    lab.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    changed = lab.inside("plan", "tiny", **up.env)
    assert "src_py/tiny.py:15 has changed here" in changed.out
    assert "clean-tree refuses: not committed: src_py/tiny.py" in changed.out
    assert "a push would be refused: clean-tree" in changed.out
    lab.write("other.json", "{}")
    for words, line in (
        (("plan", "tiny", "--out", "other.json"), "--out other.json is no plan"),
        (("push", "tiny", "--plan", "other.json"), "--plan other.json is no plan of this nbship"),
        (("push", "tiny", "--plan", "no.json"), "--plan no.json: no such file"),
    ):
        wrong = lab.inside(*words, **up.env)
        assert (wrong.code, line in wrong.err) == (2, True), wrong.all
    assert len([call for call in up.calls() if call == "SaveKernel"]) == 1
