"""The kernel sources of a personal kernel follow to the person's own copies, where they can."""

import json
from typing import Any

import pytest

from tests.support.workspace import Local, Workspace

SHARED, COPY = "awa/prep-kernel", "awa/prep-kernel-dev-awa"
READER = "awa/after-kernel-dev-awa"
BY_PATTERN = """\
from pathlib import Path
(found,) = Path("/kaggle/input/notebooks").glob("*/prep-kernel*/words.txt")
print("read:", found.parent.name, found.read_text())
"""
BY_NAME = """\
print("read:", open("/kaggle/input/notebooks/awa/prep-kernel/words.txt").read())
"""


def script(name: str, body: str, *keys: str) -> str:
    header = [
        "/// script", "[tool.nbship.kaggle]", 'kernel_type = "script"',
        f'id = "awa/{name}-kernel"', f'title = "{name.title()} Kernel"', *keys, "///",
    ]  # fmt: skip
    return "# %%\n" + "".join(f"# {line}\n" for line in header) + f"\n# %%\n{body}"


@pytest.fixture
def lab(bare: Workspace) -> Workspace:
    bare.write("src_py/prep.py", script("prep", 'open("words.txt", "w").write("one")\n'))
    bare.write("src_py/after.py", script("after", BY_PATTERN, f'kernel_sources = ["{SHARED}"]'))
    bare.commit()
    return bare


class Awa:
    """What Awa does in the workspace, with the local Kaggle."""

    def __init__(self, lab: Workspace, up: Local) -> None:
        self.lab, self.up = lab, up

    def act(self, *words: str) -> str:
        done = self.lab.inside(*words, NBSHIP_PERSON="Awa", **self.up.env)
        assert done.code == 0, done.all
        return done.out

    def plan(self) -> dict[str, Any]:
        return dict(json.loads(self.act("plan", "after", "-t", "dev", "--json")))

    def sources_of_last_push(self) -> list[str]:
        (last,) = [r for r in self.lab.journal() if r["kernel"] == READER][-1:]
        return list(last["metadata"]["kernel_sources"])


def test_a_source_is_the_own_copy_once_it_has_a_complete_run(lab: Workspace, up: Local) -> None:
    awa = Awa(lab, up)
    awa.act("ship", "prep")
    # A push makes no other kernel: without a copy, the shared kernel is read.
    pushed = awa.act("push", "after", "-t", "dev")
    assert f"kernel source {SHARED}: the shared kernel, because {COPY} has no run" in pushed
    assert "| read: prep-kernel one" in awa.act("watch", "after", "-t", "dev")
    assert awa.sources_of_last_push() == [SHARED]
    assert not [record for record in lab.journal() if record["kernel"] == COPY]
    # A copy that was only saved has no output.
    awa.act("push", "prep", "-t", "dev", "--no-run")
    assert awa.plan()["nothing"].startswith("version 1, pushed by Awa at ")

    lab.replace("src_py/prep.py", '"one"', '"two"')
    lab.commit()
    awa.act("ship", "prep", "-t", "dev")
    plan = awa.act("plan", "after", "-t", "dev")
    assert f"kernel source {SHARED}: your own, {COPY}" in plan
    assert "a push would rehearse, then push" in plan  # another path is another run
    shipped = awa.act("ship", "after", "-t", "dev")
    assert f"inputs of {SHARED}" in shipped  # its own rehearsal has the outputs under the new path
    assert "| read: prep-kernel-dev-awa two" in shipped
    assert awa.sources_of_last_push() == [COPY]
    assert awa.plan()["nothing"].startswith("version 2, pushed by Awa at ")
    # The settings there are those of the header, with the copy in place of the shared kernel.
    assert awa.plan()["drift"] == "same"

    # The copy is behind its source now, and goes first; then its failure is no reason to go back.
    lab.replace("src_py/prep.py", '"two"', '"six"')
    lab.commit()
    shipped = awa.act("ship", "after", "-t", "dev", "--again")
    assert "after reads the outputs of prep, which goes first" in shipped
    assert "| read: prep-kernel-dev-awa six" in shipped
    lab.write("src_py/prep.py", script("prep", "raise SystemExit(3)\n"))
    lab.commit()
    failed = lab.inside(
        "ship", "prep", "-t", "dev", "--allow-unsmoked", NBSHIP_PERSON="Awa", **up.env
    )
    assert failed.code == 1, failed.all
    assert awa.plan()["nothing"].startswith("version 3, pushed by Awa at ")

    awa.act("drop", "prep", "-t", "dev", "--yes")
    plan = awa.act("plan", "after", "-t", "dev")
    assert f"kernel source {SHARED}: the shared kernel, because {COPY} has no run" in plan


def test_code_that_names_the_shared_kernel_reads_it(lab: Workspace, up: Local) -> None:
    awa = Awa(lab, up)
    lab.write("src_py/after.py", script("after", BY_NAME, f'kernel_sources = ["{SHARED}"]'))
    lab.commit()
    awa.act("ship", "prep")
    awa.act("ship", "prep", "-t", "dev")
    shipped = awa.act("ship", "after", "-t", "dev")
    why = f"the code names it, and would not find {COPY}"
    assert f"kernel source {SHARED}: the shared kernel, because {why}" in shipped
    assert "| read: one" in shipped
    assert awa.sources_of_last_push() == [SHARED]


def test_both_shipped_at_once_follow_each_other(lab: Workspace, up: Local) -> None:
    """Who asks for the copy upstream reads it, also where it is made by the same command."""
    shipped = Awa(lab, up).act("ship", "after", "prep", "-t", "dev")
    assert "read: prep-kernel-dev-awa one" in shipped


def test_on_main_and_on_the_local_kaggle_every_source_is_the_shared_kernel(
    lab: Workspace, up: Local
) -> None:
    awa = Awa(lab, up)
    awa.act("ship", "prep", "-t", "dev")
    shipped = awa.act("ship", "after")
    assert "| read: prep-kernel one" in shipped
    assert "kernel source" not in shipped
    assert lab.journal()[-1]["metadata"]["kernel_sources"] == [SHARED]
