"""Tests of nbship diff and rescue: an edit in Kaggle's web page comes back into the source."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.web_page import Json, WebPage
from tests.support.workspace import KERNEL, SCRIPT, Local, Workspace

pytestmark = pytest.mark.usefixtures("quick_imports")
SOURCE = "src_py/tiny.py"
RAN = {"output_type": "stream", "name": "stdout", "text": ["hello"]}
PICTURE = {"p.png": {"image/png": "iVBORw0KGgo="}}


@pytest.fixture
def page(up: Local) -> WebPage:
    """Return the web page of the small kernel."""
    return WebPage(up.url, KERNEL, up.env["KAGGLE_KEY"])


def pushed(lab: Workspace) -> None:
    done = lab.inside(
        "push", "tiny", "-t", "local", "--allow-unsmoked", "--allow-dirty", "--no-run"
    )
    assert done.code == 0, done.err


def text(lab: Workspace) -> str:
    return (lab.root / SOURCE).read_text(encoding="utf-8")


def run(lab: Workspace, verb: str, *, code: int = 0) -> str:
    result = lab.inside(verb, "tiny", *(["-t", "local"] if verb != "build" else []))
    assert result.code == code, result.all
    return result.all


def edit_web(cells: list[Json], old: str, new: str) -> None:
    """Change a text in each cell but that of the bundle, which the editor does not touch."""
    for cell in cells:
        if "nbship-bundle" not in str(cell["metadata"]):
            cell["source"] = cell["source"].replace(old, new)


def test_edits_in_the_web_page_come_back(lab: Workspace, page: WebPage) -> None:
    (lab.root / "tests/inputs/datasets/awa/voices").mkdir(parents=True)
    lab.replace(SOURCE, '# title = "Tiny Kernel"', '# title = "Tiny Kernel"  # its name')
    lab.commit()
    pushed(lab)
    assert f"{SOURCE} has the cells and settings of version 1 of {KERNEL}" in run(lab, "diff")
    before = text(lab)
    assert "nothing to rescue" in run(lab, "rescue")
    assert text(lab) == before

    def edit(cells: list[Json]) -> None:
        edit_web(cells, "(words.greet(COUNT))", "(words.greet(COUNT), 'web')")
        cells[-1]["outputs"] = [RAN]
        end = {"source": ["# The end\n", "![](attachment:p.png)"], "attachments": PICTURE}
        cells.append({"cell_type": "markdown", "metadata": {}, **end})
        del cells[0]["id"]

    settings = {"enableInternet": True, "datasetDataSources": ["awa/voices"]}
    assert page.edit(edit, **settings) == 2
    lab.replace(SOURCE, "COUNT = 3", "COUNT = 4")  # not committed
    mine = text(lab)
    seen = run(lab, "diff")
    for line in (
        "version 2 of awa/tiny-kernel was edited on the local Kaggle, and src_py/tiny.py has",
        "dataset_sources: +awa/voices",
        "enable_internet: false → true",
        "the picture p.png was changed",
        "src_py/tiny.py:18 has changed here",
        "    +# The end",
        "next: doit rescue:tiny -t local",
    ):
        assert line in seen
    assert text(lab) == mine
    done = run(lab, "rescue")
    assert "rescue   tiny  2 cells, enable_internet, dataset_sources, pictures of version 2" in done
    assert "next: git diff src_py/tiny.py, then commit and doit push:tiny -t local" in done
    assert text(lab) == (
        mine.replace(
            "# its name\n",
            '# its name\n# enable_internet = true\n# dataset_sources = ["awa/voices"]\n',
        ).replace("(words.greet(COUNT))\n", "(words.greet(COUNT), 'web')\n")
        + "\n# %% [markdown]\n# # The end\n# ![](attachment:p.png)\n"
    )
    assert (lab.root / ".nbship/rescue/tiny/ours.py").read_text(encoding="utf-8") == mine
    assert (lab.root / "src_py/tiny.assets/p.png").read_bytes().startswith(b"\x89PNG")
    run(lab, "build")
    assert "nothing to rescue: src_py/tiny.py is newer than version 2" in run(lab, "rescue")
    page.edit(lambda cells: cells.reverse())
    assert "the cells have another order" in run(lab, "diff")
    assert "the order of the cells of version 3" in run(lab, "rescue")
    run(lab, "build")
    pushed(lab)
    assert "has the cells and settings of version 4" in run(lab, "diff")
    # An edit of what the build makes is told once, and counts as seen then.
    words = {"source": "changed", "metadata": {"tags": ["nbship-bundle"]}}
    page.edit(lambda cells: next(c for c in cells if "nbship-bundle" in str(c)).update(words))
    told = run(lab, "rescue")
    assert "version 5 is made by the build, and was edited there: this edit is left out" in told
    assert "nothing to rescue" in told
    assert "both sides as they were: .nbship/rescue/tiny/" in told
    assert (lab.root / ".nbship/rescue/tiny/version-5.ipynb").is_file()
    again = run(lab, "rescue")
    assert "left out" not in again
    assert "both sides" not in again


def test_what_both_sides_change_is_a_conflict_in_the_source(lab: Workspace, page: WebPage) -> None:
    lab.replace(
        SOURCE, "# [tool.nbship.smoke]", '# machine_shape = "NvidiaTeslaT4"\n# [tool.nbship.smoke]'
    )
    lab.commit()
    pushed(lab)
    lab.replace(SOURCE, "COUNT = 3", "COUNT = 4")
    lab.replace(SOURCE, '"NvidiaTeslaT4"', '"NvidiaL4"')
    mine = text(lab)

    def edit(cells: list[Json]) -> None:
        edit_web(cells, "COUNT = 3", "COUNT = 5")
        next(c for c in cells if "nbship-bundle" in str(c))["source"] = "changed"

    page.edit(edit, machineShape="NvidiaH100")
    failed = run(lab, "rescue", code=1)
    assert f"{SOURCE}:" in failed
    assert f"the source and {KERNEL} version 2 changed the same lines in 2 places" in failed
    assert "is made by the build, and was edited there: this edit is left out" in failed
    assert text(lab) == mine.replace(
        "COUNT = 4\n",
        f"<<<<<<< here: {SOURCE}\nCOUNT = 4\n||||||| version 1 on the local Kaggle\nCOUNT = 3\n"
        "=======\nCOUNT = 5\n>>>>>>> version 2 on the local Kaggle\n",
    ).replace(
        '# machine_shape = "NvidiaL4"\n',
        f'<<<<<<< here: {SOURCE}\n# machine_shape = "NvidiaL4"\n'
        '||||||| version 1 on the local Kaggle\n# machine_shape = "NvidiaTeslaT4"\n=======\n'
        '# machine_shape = "NvidiaH100"\n>>>>>>> version 2 on the local Kaggle\n',
    )
    for verb in ("build", "rescue", "diff"):
        assert "conflict" in run(lab, verb, code=1)
    lab.write(SOURCE, mine)
    assert "nothing to rescue: src_py/tiny.py is newer than version 2" in run(lab, "rescue")
    run(lab, "build")


def test_a_notebook_made_by_hand_is_compared_without_a_base(
    lab: Workspace, up: Local, page: WebPage
) -> None:
    missing = lab.inside("diff", "tiny", "-t", "local")
    assert (missing.code, "has no kernel awa/tiny-kernel" in missing.err) == (4, True)
    run(lab, "build")
    assert lab.kaggle("kernels", "push", "-p", "build/tiny", **up.env).code == 0
    page.edit(lambda cells: edit_web(cells, "COUNT = 3", "COUNT = 5"))
    assert "this clone knows no version that both had" in run(lab, "diff")
    assert "changed the same lines" in run(lab, "rescue", code=1)
    assert "=======\nCOUNT = 5\n>>>>>>> version 2" in text(lab)
    assert f"{SOURCE}:18:1: an unresolved merge conflict" in run(lab, "build", code=1)


def test_what_no_source_can_hold_changes_nothing_and_both_sides_are_saved(
    lab: Workspace, page: WebPage
) -> None:
    pushed(lab)
    mine = text(lab)
    page.edit(lambda cells: edit_web(cells, "COUNT = 3", "COUNT = 3\n# %%\n"))
    failed = run(lab, "rescue", code=1)
    assert f"{KERNEL} version 2: cell 3 (code, 'COUNT = 3 # %%') cannot be kept in a .py" in failed
    assert "Nothing was changed. Both sides are in .nbship/rescue/tiny/" in failed
    assert text(lab) == mine
    saved = lab.root / ".nbship/rescue/tiny"
    assert (saved / "ours.py").read_text(encoding="utf-8") == mine
    assert "COUNT = 3\\n# %%" in (saved / "version-2.ipynb").read_text(encoding="utf-8")
    assert _settings(saved / "version-2.json")["title"] == "Tiny Kernel"


def _settings(path: Path) -> Json:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_a_script_is_rescued_without_its_bundle(lab: Workspace, page: WebPage) -> None:
    lab.write(SOURCE, SCRIPT)
    lab.commit()
    pushed(lab)
    source = page.read()["blob"]["source"]
    page.save(source.replace("COUNT = 1", "COUNT = 2") + "\n# %%\nprint('web')\n")
    lab.replace(SOURCE, "print(words.greet(COUNT))", "print(words.greet(COUNT), 'here')")
    mine = text(lab)
    run(lab, "rescue")
    assert text(lab) == mine.replace("COUNT = 1", "COUNT = 2") + "\n# %%\nprint('web')\n"
    run(lab, "build")


def test_without_its_note_a_rescue_finds_everything_there(
    lab: Workspace, page: WebPage, tmp_path: Path
) -> None:
    pushed(lab)
    page.edit(lambda cells: edit_web(cells, "COUNT = 3", "COUNT = 5"))
    run(lab, "rescue")
    lab.replace(SOURCE, "# # Tiny", "# # Tiny and more")
    rescued = text(lab)
    note = lab.root / ".nbship/rescue/tiny.json"
    note.unlink()
    os.mkfifo(note)
    assert f"{SOURCE} has everything of version 2 already" in run(lab, "rescue")
    assert text(lab) == rescued
    page.edit(lambda cells: edit_web(cells, "COUNT = 5", "COUNT = 6"))
    shutil.rmtree(note.parent)
    note.parent.symlink_to(tmp_path)
    refused = run(lab, "rescue", code=2)
    assert "leads through a link" in refused
    assert text(lab) == rescued
    assert not any(tmp_path.glob("tiny*"))
