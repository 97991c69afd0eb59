"""Tests of the pairing with a real Jupyter server, which never undoes a sync, nor a sync a save."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jupyter import Lab, code, jupyter, notebook
from tests.support.paths import ROOT
from tests.support.sampling import sample
from tests.support.workspace import Workspace, executed

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("quick_imports")]

SOURCE, NOTEBOOK = "src_py/x.py", "notebooks/x.ipynb"
TEXT = """\
# %% [markdown]
# # Title

# %% tags=["parameters"]
N = 3

# %%
# !ls
if N:
    # !ls


# %%
def f(x):
    return x


# %%
print(f(N))
"""


@pytest.fixture
def workspace(bare: Workspace) -> Workspace:
    """Return a workspace with the [tool.jupytext] that nbship recommends."""
    bare.write("pyproject.toml", (ROOT / "pyproject.toml").read_text())
    bare.write(".gitignore", "/notebooks/\n/.nbship/\n.ipynb_checkpoints/\n")
    bare.write("notebooks/.keep", "")
    bare.commit()
    return bare


@pytest.fixture
def lab(workspace: Workspace, tmp_path: Path) -> Iterator[Lab]:
    """Return a Jupyter server of the workspace; jupytext is installed, and not configured."""
    (tmp_path / "jupyter").mkdir()
    with jupyter(workspace, tmp_path / "jupyter") as lab:
        yield lab


def bytes_of(workspace: Workspace) -> tuple[bytes, ...]:
    return tuple((workspace.root / path).read_bytes() for path in (SOURCE, NOTEBOOK))


def date(workspace: Workspace, source: int, notebook: int) -> None:
    """Set the dates of both files, in seconds from a fixed time."""
    for path, time in ((SOURCE, source), (NOTEBOOK, notebook)):
        os.utime(workspace.root / path, (1e9 + time, 1e9 + time))


def edit(lab: Lab, number: int, text: str) -> None:
    """Open the notebook, change a cell, run it, save."""
    content = lab.open(NOTEBOOK)["content"]
    new = code(text)
    if content["cells"][number]["cell_type"] == "markdown":
        new = {"source": text}
    content["cells"][number] |= {key: new[key] for key in new if key in {"source", "outputs"}}
    lab.save(NOTEBOOK, content)


def texts(lab: Lab) -> list[str]:
    return [cell["source"] for cell in lab.open(NOTEBOOK)["content"]["cells"]]


def test_a_save_in_jupyter_is_what_sync_would_write(workspace: Workspace, lab: Lab) -> None:
    cells = [code("N = 3", tags=["parameters"]), code("print(N)\n"), code("def f():\n    pass")]
    lab.save(NOTEBOOK, notebook(*cells, code("!ls"), code("%%bash\nls"), code("")))
    saved = bytes_of(workspace)
    assert saved[0].startswith(b'# %% tags=["parameters"]\nN = 3\n')
    # A notebook that Jupyter has never opened lacks jupytext's options of the workspace: with an
    # older date, its source could not be opened.
    assert "are written as JupyterLab reads them" in workspace.doit("sync").out
    assert bytes_of(workspace)[0] == saved[0]
    edit(lab, 1, "print(N + 1)")
    saved = bytes_of(workspace)
    assert b"print(N + 1)\n" in saved[0]
    assert "nothing to do: both files have the same cells" in workspace.doit("sync").out
    assert bytes_of(workspace) == saved
    # And without jupytext's help: the text that sync makes of the notebook is the same.
    workspace.replace(SOURCE, "print(N + 1)", "print(N + 2)")
    workspace.doit("sync")
    (workspace.root / ".nbship/sync/x.json").unlink()
    (workspace.root / SOURCE).unlink()
    workspace.doit("sync")
    assert (workspace.root / SOURCE).read_bytes() == saved[0].replace(b"N + 1", b"N + 2")


@pytest.mark.parametrize("dates", sample([(3600, 0), (0, 0), (0, 3600), (0, 1)], 4))
def test_after_a_sync_opening_and_saving_changes_no_byte_whatever_the_dates_say(
    workspace: Workspace, lab: Lab, dates: tuple[int, int]
) -> None:
    workspace.write(SOURCE, TEXT)
    workspace.doit("sync")
    edit(lab, 4, "print(f(N) + 1)")
    workspace.replace(SOURCE, "N = 3", "N = 4")
    workspace.doit("sync")
    synced = bytes_of(workspace)
    for _ in range(2):
        date(workspace, *dates)
        lab.open_and_save(NOTEBOOK)
        assert bytes_of(workspace) == synced
    assert executed(workspace.doit("sync")) == set()


def test_what_jupyter_refuses_for_its_dates_a_sync_brings_in_step(
    workspace: Workspace, lab: Lab
) -> None:
    """Another editor changed the notebook, and the source has an older or a newer date."""
    workspace.write(SOURCE, TEXT)
    workspace.doit("sync")
    path = workspace.root / NOTEBOOK
    path.write_text(path.read_text().replace("N = 3", "N = 5"))
    date(workspace, 0, 60)
    assert "is more recent than src_py/x.py" in lab.refuses_to_open(NOTEBOOK)
    assert "src_py/x.py is updated from the notebook" in workspace.doit("sync").out
    assert texts(lab)[1] == "N = 5"
    # An older source, as `cp -p` or an archive leaves it, is still what was changed.
    workspace.replace(SOURCE, "N = 5", "N = 6")
    date(workspace, 0, 60)
    workspace.doit("sync")
    assert texts(lab)[1] == "N = 6"


def test_the_story_of_a_day_loses_nothing(workspace: Workspace, lab: Lab) -> None:
    """Edit in Jupyter, stash, work on another branch, come back, edit both."""
    workspace.write(SOURCE, TEXT)
    workspace.doit("sync")
    workspace.commit()
    edit(lab, 1, "N = 30")
    assert "N = 30\n" in (workspace.root / SOURCE).read_text()
    workspace.doit("sync")

    workspace.git("stash", "-q")
    workspace.git("checkout", "-q", "-b", "other")
    workspace.replace(SOURCE, "# # Title", "# # Other title")
    assert "notebooks/x.ipynb is updated from the source" in workspace.doit("sync").out
    assert texts(lab)[:2] == ["# Other title", "N = 3"]
    workspace.commit()

    workspace.git("checkout", "-q", "main")
    workspace.git("stash", "pop", "-q")
    workspace.doit("sync")
    content = lab.open(NOTEBOOK)["content"]
    assert [cell["source"] for cell in content["cells"]][:2] == ["# Title", "N = 30"]
    assert content["cells"][1]["outputs"], "what was run before the stash is there again"

    # Both: the source in an editor, the notebook in one that knows nothing of jupytext.
    workspace.replace(SOURCE, "print(f(N))", "print(f(N), 1)")
    path = workspace.root / NOTEBOOK
    path.write_text(path.read_text().replace("N = 30", "N = 31"))
    assert "merged the changes of both sides" in workspace.doit("sync").out
    assert texts(lab)[1::3] == ["N = 31", "print(f(N), 1)"]

    workspace.replace(SOURCE, "N = 31", "N = 32")
    path.write_text(path.read_text().replace("N = 31", "N = 33"))
    assert "src_py/x.py:5: the source and the notebook changed" in workspace.doit("sync").err
    assert all(f"N = {n}\n" in (workspace.root / SOURCE).read_text() for n in (32, 33))
    workspace.write(SOURCE, TEXT.replace("N = 3", "N = 33"))
    workspace.doit("sync")
    assert texts(lab)[1] == "N = 33"
    synced = bytes_of(workspace)
    lab.open_and_save(NOTEBOOK)
    assert bytes_of(workspace) == synced
