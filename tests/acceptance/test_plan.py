"""``plan``: what a push would do; a saved plan is done exactly, or refused."""

import json
from collections.abc import Iterator

import pytest

from tests.support.workspace import KERNEL, SCRIPT, Local, Workspace, serving


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


# Each condition of a saved plan: another value in the file, and what a push with it says.
CONDITIONS: dict[str, tuple[object, str]] = {
    "format": (2, "--plan tiny.json is no plan of this nbship"),
    "nbship": ("0.0.0", "and was 0.0.0 in the plan"),
    "name": ("other", "the notebook is tiny now, and was other in the plan"),
    "target": ("dev", "the target is main now, and was dev in the plan"),
    "kernel": ("awa/other", f"the kernel is {KERNEL} now, and was awa/other in the plan"),
    "base_version": (7, f"{KERNEL} has version 0 now, and had version 7"),
    "artifact": ("0" * 64, "the artifact is {artifact} now, and was 000000000000"),
    "sent": ("0" * 64, "the metadata is not that of the plan"),
}
FREE = {"commit", "runs", "rehearses", "overrides"}  # the plan says them, and a push does them


def test_a_saved_plan_is_refused_for_each_of_its_conditions(lab: Workspace, up: Local) -> None:
    path = lab.root / "tiny.json"
    lab.inside("plan", "tiny", "--allow-unsmoked", "--out", "tiny.json", **up.env)
    saved = json.loads(path.read_text())
    assert set(saved) == {*CONDITIONS, *FREE, "guards"}
    before = up.writes()

    def refused(entries: object, code: int = 3) -> str:
        path.write_text(json.dumps(entries))
        result = lab.inside("push", "tiny", "--plan", "tiny.json", **up.env)
        assert result.code == code, result.all
        assert (up.writes(), lab.journal()) == (before, [])
        return result.err

    for name, (value, words) in CONDITIONS.items():
        said = refused(saved | {name: value}, code=2 if name == "format" else 3)
        assert words.format(artifact=saved["artifact"][:12]) in said, (name, said)
        if name != "format":
            assert said.count(" now, and ") + said.count("the metadata is not") == 1, said
    for guard, verdict in saved["guards"].items():
        other = "refuses" if verdict != "refuses" else "passes"
        said = refused(saved | {"guards": {**saved["guards"], guard: other}})
        assert f"the guard {guard} " in said
        assert "Make a new plan: doit plan:tiny --out FILE" in said
    path.write_text(json.dumps(saved))
    assert lab.inside("push", "tiny", "--plan", "tiny.json", **up.env).code == 0


def test_a_plan_names_the_inputs_with_their_present_versions(lab: Workspace, up: Local) -> None:
    sources = """\
# kernel_sources = ["awa/first-kernel", "awa/no-kernel"]
# dataset_sources = ["awa/made-here", "ous/hidden"]
# competition_sources = ["titanic"]
# model_sources = ["google/gemma/transformers/2b/2"]
"""
    first = SCRIPT.replace("tiny-kernel", "first-kernel").replace("Tiny Kernel", "First Kernel")
    lab.write("src_py/first.py", first)
    lab.replace("src_py/tiny.py", "# title", f"{sources}# title")
    lab.commit()
    assert lab.inside("ship", "first", "--allow-unsmoked", **up.env).code == 0
    lab.write("data/voices.txt", "one")
    listed = {"title": "made-here", "id": "awa/made-here", "licenses": [{"name": "CC0-1.0"}]}
    lab.write("data/dataset-metadata.json", json.dumps(listed))
    assert lab.kaggle("datasets", "create", "-p", "data", **up.env).code == 0
    assert lab.kaggle("datasets", "version", "-p", "data", "-m", "two", **up.env).code == 0

    planned = lab.inside("plan", "tiny", **up.env)
    assert planned.code == 0, planned.all
    assert (
        "inputs: awa/first-kernel (version 1, complete), awa/no-kernel (no version), "
        "awa/made-here (version 2, ready), ous/hidden (version unknown), titanic, "
        "google/gemma/transformers/2b/2\n"
    ) in planned.out
    assert "sources refuses: not ready on Kaggle: awa/no-kernel (no such kernel" in planned.out
    assert "is ready: ous/hidden (no such dataset, or not yours to read)" in planned.out
    inputs = json.loads(lab.inside("plan", "tiny", "--json", **up.env).out)["inputs"]
    assert inputs[2] == {"source": "awa/made-here", "version": 2, "state": "ready"}
    up.order({"call": "GetDataset", "action": "status", "status": 500, "times": -1})
    failing = lab.inside("plan", "tiny", **up.env)
    assert "awa/made-here (version unknown)" in failing.out
