"""Rehearsals whose kernel is forked, or a plain one, and what they show."""

import json
from typing import Any

from tests.support.rehearsals import smoke
from tests.support.workspace import Workspace

# A cell that prints which program its kernel is.
WHO = 'print(open("/proc/self/cmdline").read().replace("\\0", " "))'


def outputs(workspace: Workspace, name: str = "one") -> list[dict[str, Any]]:
    """Return the outputs of all cells of the executed notebook."""
    path = workspace.root / f".nbship/smoke/{name}/executed.ipynb"
    cells = json.loads(path.read_text())["cells"]
    return [output for cell in cells for output in cell.get("outputs", ())]


def printed(workspace: Workspace, code: str) -> str:
    """Return what a notebook with one cell prints."""
    result = smoke(workspace, code)
    assert result.code == 0, result.all
    return "".join("".join(output.get("text", "")) for output in outputs(workspace))


def is_forked(text: str) -> bool:
    """Return whether the kernel that printed WHO was forked."""
    return "zygote.py" in text


def why_plain(workspace: Workspace, name: str = "one") -> str:
    """Return what the record of a rehearsal says about its kernel."""
    path = workspace.root / f".nbship/smoked/{name}.json"
    return str(json.loads(path.read_text())["plain"])


def run_plainly(workspace: Workspace) -> None:
    """Rehearse once more what has passed, in a kernel that starts from its beginning."""
    (workspace.root / ".nbship/smoked/one.json").unlink()
    result = workspace.inside("smoke", "one", "--no-warm")
    assert result.code == 0, result.all
    assert why_plain(workspace) == "--no-warm"
