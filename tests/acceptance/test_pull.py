"""Tests of nbship pull: a kernel of the local Kaggle becomes a source, equal in cells and keys."""

import json
import re

import pytest

from tests.support.workspace import KERNEL, Workspace

pytestmark = pytest.mark.usefixtures("quick_imports")


def header(workspace: Workspace, name: str) -> str:
    """Return the header cell of a source."""
    text = (workspace.root / "src_py" / f"{name}.py").read_text(encoding="utf-8")
    found = re.search(r"# /// script\n(.*?)# ///", text, re.DOTALL)
    assert found
    return found[1]


def test_a_kernel_comes_back_as_the_source_that_it_was(lab: Workspace) -> None:
    pushed = lab.inside("push", "tiny", "-t", "local", "--allow-unsmoked", "--allow-dirty")
    assert pushed.code == 0, pushed.err
    artifact = lab.artifact("tiny")
    again = lab.inside("pull", KERNEL, "-t", "local")
    assert again.code == 2
    assert f"src_py/tiny.py is the source of {KERNEL} already" in again.err
    (lab.root / "src_py" / "tiny.py").unlink()
    pulled = lab.inside(
        "pull", f"https://www.kaggle.com/code/{KERNEL}", "--name", "t", "-t", "local"
    )
    assert pulled.code == 0, pulled.err
    assert f"pull     {KERNEL}  → src_py/t.py, the kernel {KERNEL}" in pulled.out
    assert f'id = "{KERNEL}"' in header(lab, "t")
    assert "id_no" not in header(lab, "t")
    assert lab.inside("build", "t").code == 0
    before = json.loads(artifact["tiny.ipynb"])["cells"]
    after = json.loads(lab.artifact("t")["t.ipynb"])["cells"]
    assert [cell["source"] for cell in after] == [cell["source"] for cell in before]
    metadata = json.loads(lab.artifact("t")["kernel-metadata.json"]) | {"code_file": ""}
    assert metadata == json.loads(artifact["kernel-metadata.json"]) | {"code_file": ""}
    undone = lab.inside("adopt", "--undo")
    assert undone.code == 0
    assert not (lab.root / "src_py" / "t.py").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["awa/nothing-here"], 4, "has no kernel awa/nothing-here that you may read"),
        (["awa/nothing-here/3"], 4, "has no kernel awa/nothing-here version 3"),
        (["nothing-here"], 2, "names no owner"),
        (["a/b/c/d"], 2, "is not OWNER/SLUG"),
        (["awa/tiny-two", "--name", "a?"], 2, "may only have"),
        ([], 2, "give one OWNER/SLUG[/VERSION]"),
    ],
)
def test_what_cannot_be_pulled_is_one_line(
    lab: Workspace, words: list[str], code: int, message: str
) -> None:
    result = lab.inside("pull", *words, "-t", "local")
    assert result.code == code
    assert message in result.err
