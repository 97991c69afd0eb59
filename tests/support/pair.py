"""A paired notebook: its two files, and edits to them."""

import json
from typing import Any

from tests.support.jupyter import code
from tests.support.paths import ROOT
from tests.support.workspace import Workspace

TEXT = """\
# %% [markdown]
# # Fula

# %% tags=["parameters"]
N = 3

# %%
def f(x):
    return x


# %%
print(f(N))
"""
SOURCE, NOTEBOOK = "src_py/fula.py", "notebooks/fula.ipynb"


def pair_up(bare: Workspace) -> Workspace:
    """Return a workspace with one notebook, synced, whose code cells have been run."""
    bare.write("pyproject.toml", (ROOT / "pyproject.toml").read_text())
    bare.write(".gitignore", "/notebooks/\n/.nbship/\n__pycache__/\n")
    bare.write(SOURCE, TEXT)
    output = sync(bare)
    assert "notebooks/fula.ipynb is updated from the source" in output
    content = read(bare)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = code("".join(cell["source"]))["outputs"]
    save(bare, content)
    sync(bare)
    bare.commit()
    return bare


def sync(workspace: Workspace, *, code: int = 0) -> str:
    result = workspace.inside("sync")
    assert result.code == code, result.all
    return result.all


def read(workspace: Workspace, path: str = NOTEBOOK) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((workspace.root / path).read_text(encoding="utf-8"))
    return content


def save(workspace: Workspace, content: dict[str, Any], path: str = NOTEBOOK) -> None:
    """Save a notebook with a JSON layout that differs from nbship's."""
    workspace.write(path, json.dumps(content, indent=4))


def texts(workspace: Workspace, path: str = NOTEBOOK) -> list[str]:
    return ["".join(cell["source"]) for cell in read(workspace, path)["cells"]]


def outputs(workspace: Workspace, path: str = NOTEBOOK) -> dict[str, list[str]]:
    """Return what each code cell printed, by its text."""
    return {
        "".join(cell["source"]): ["".join(output["text"]) for output in cell["outputs"]]
        for cell in read(workspace, path)["cells"]
        if cell["cell_type"] == "code"
    }


def set_cell(workspace: Workspace, number: int, text: str) -> None:
    content = read(workspace)
    content["cells"][number]["source"] = text
    save(workspace, content)


def source(workspace: Workspace) -> str:
    return (workspace.root / SOURCE).read_text(encoding="utf-8")


def bytes_of(workspace: Workspace) -> tuple[bytes, ...]:
    return tuple((workspace.root / path).read_bytes() for path in (SOURCE, NOTEBOOK))
