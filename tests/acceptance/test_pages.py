"""The pages of the documentation: each is played where it says, command by command."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.jupyter import jupyter
from tests.support.old_lab import old_lab
from tests.support.pages import PAGES, place_of, play
from tests.support.paths import ROOT
from tests.support.workspace import Workspace

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("quick_imports")]
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}


def empty_folder(root: Path) -> Path:
    """Return a folder with nothing in it."""
    root.mkdir()
    return root


def clone(root: Path) -> Path:
    """Return a copy of this project's files as a new git repository, like a fresh clone."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for path in filter(None, tracked.split("\0")):
        if (ROOT / path).is_file():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, root / path)
    git = Workspace(root).git
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "as cloned")
    return root


def old_repository(root: Path) -> Path:
    """Return the repository of a lab that has no nbship yet."""
    return old_lab(root).root


def workspace(root: Path) -> Path:
    """Return a committed workspace with the example notebook."""
    root.mkdir()
    made = Workspace(root)
    made.git("init", "-q")
    assert made.inside("init").code == 0
    made.commit()
    return root


PLACES = {
    "an empty folder": empty_folder,
    "a clone of nbship": clone,
    "an old repository": old_repository,
    "a workspace": workspace,
}
PLAYED = {name: PLACES[place] for name, text in TEXTS.items() if (place := place_of(text))}


@pytest.mark.parametrize("page", PLAYED)
def test_a_page_is_played_word_for_word(page: str, tmp_path: Path) -> None:
    play(TEXTS[page], PLAYED[page](tmp_path / "played"))


def test_a_jupyter_server_opens_both_files_after_the_sync_of_the_page(tmp_path: Path) -> None:
    page = "docs/how-to/work-in-jupyterlab.md"
    made = Workspace(workspace(tmp_path / "lab"))
    assert made.inside("sync").code == 0
    assert "jupyter lab" in TEXTS[page]
    with jupyter(made, tmp_path) as lab:
        for path in ("notebooks/hello.ipynb", "src_py/hello.py"):
            status, content = lab.get(path)
            assert status == 200, content
