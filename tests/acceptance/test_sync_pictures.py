"""Tests of pictures in Markdown: kept by sync beside the source, attached by sync and build."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.pair import NOTEBOOK, SOURCE, bytes_of, pair_up, read, save, sync
from tests.support.workspace import Workspace, executed

ASSETS = "src_py/fula.assets"
ONE, TWO = b"\x89PNG one", b"\x89PNG two"
SHOWS = "![x](attachment:image.png)"


@pytest.fixture
def paired(bare: Workspace) -> Workspace:
    """Return a workspace with one notebook, synced, whose code cells have been run."""
    return pair_up(bare)


def bundle(data: bytes) -> dict[str, Any]:
    return {"image.png": {"image/png": base64.b64encode(data).decode()}}


def paste(workspace: Workspace, *pictures: bytes) -> None:
    """Put pictures into the notebook, each into a Markdown cell and under the same name."""
    content = read(workspace)
    first, *rest = content["cells"]
    cells = [
        {**first, "id": f"c{n}", "source": f"# {n}\n{SHOWS}", "attachments": bundle(data)}
        for n, data in enumerate(pictures)
    ]
    save(workspace, {**content, "cells": [*cells, *rest]})


def files(workspace: Workspace) -> dict[str, bytes]:
    folder = workspace.root / ASSETS
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def pictures(path: Path) -> list[dict[str, bytes]]:
    cells = json.loads(path.read_text())["cells"]
    return [
        {name: base64.b64decode(*bundle.values()) for name, bundle in cell["attachments"].items()}
        for cell in cells
        if "attachments" in cell
    ]


def test_a_pasted_picture_is_kept_in_git_and_comes_back(paired: Workspace) -> None:
    paste(paired, ONE, ONE)
    assert f"; a picture is written in {ASSETS}/" in sync(paired)
    assert files(paired) == {"image.png": ONE}
    assert f"# {SHOWS}\n" in (paired.root / SOURCE).read_text()
    assert pictures(paired.root / NOTEBOOK) == [{"image.png": ONE}] * 2
    before = bytes_of(paired)
    assert executed(paired.doit("sync")) == set()
    assert paired.inside("check").code == 0
    assert paired.inside("build").code == 0
    assert pictures(paired.root / "build/fula/fula.ipynb") == [{"image.png": ONE}] * 2
    # A fresh clone has no notebook, and an older sync none of its state.
    (paired.root / NOTEBOOK).unlink()
    (paired.root / ".nbship/sync/fula.json").unlink()
    sync(paired)
    assert pictures(paired.root / NOTEBOOK) == [{"image.png": ONE}] * 2
    assert (paired.root / SOURCE).read_bytes() == before[0]


def test_two_pictures_of_one_name_are_both_kept(paired: Workspace) -> None:
    paste(paired, ONE, TWO)
    assert f"; 2 pictures are written in {ASSETS}/" in sync(paired)
    assert files(paired) == {"image.png": ONE, "image-2.png": TWO}
    expected = [{"image.png": ONE}, {"image-2.png": TWO}]
    assert pictures(paired.root / NOTEBOOK) == expected
    text = (paired.root / SOURCE).read_text()
    assert text.startswith(
        "# %% [markdown]\n# # 0\n# ![x](attachment:image.png)\n\n"
        "# %% [markdown]\n# # 1\n# ![x](attachment:image-2.png)\n"
    )
    assert executed(paired.doit("sync")) == set()
    assert paired.inside("build").code == 0
    assert pictures(paired.root / "build/fula/fula.ipynb") == expected


def test_an_edited_file_reaches_the_notebook_and_an_edited_notebook_the_file(
    paired: Workspace,
) -> None:
    paste(paired, ONE)
    sync(paired)
    (paired.root / ASSETS / "image.png").write_bytes(TWO)
    sync(paired)
    assert pictures(paired.root / NOTEBOOK) == [{"image.png": TWO}]
    content = read(paired)
    content["cells"][0]["attachments"] = bundle(ONE)
    save(paired, content)
    sync(paired)
    assert files(paired) == {"image.png": ONE}
    (paired.root / ASSETS / "image.png").unlink()  # by mistake: the text still shows it
    sync(paired)
    assert files(paired) == {"image.png": ONE}


def test_a_picture_that_was_changed_on_both_sides_is_one_line_and_nothing_is_written(
    paired: Workspace,
) -> None:
    paste(paired, ONE)
    sync(paired)
    (paired.root / ASSETS / "image.png").write_bytes(TWO)
    content = read(paired)
    content["cells"][0]["attachments"] = bundle(b"three")
    save(paired, content)
    before = (bytes_of(paired), files(paired))
    output = sync(paired, code=1)
    assert (
        f"{ASSETS}/image.png: this picture was changed, and so was the one in the notebook"
        in output
    )
    assert (bytes_of(paired), files(paired)) == before
    (paired.root / ASSETS / "image.png").unlink()  # as the hint says
    sync(paired)
    assert files(paired) == {"image.png": b"three"}


def test_what_sync_wrote_goes_with_the_last_text_that_shows_it_and_nothing_else(
    paired: Workspace,
) -> None:
    paste(paired, ONE)
    sync(paired)
    (paired.root / ASSETS / "mine.png").write_bytes(TWO)
    paired.replace(SOURCE, f"# {SHOWS}\n", "# ![m](attachment:mine.png)\n")
    sync(paired)
    assert files(paired) == {"mine.png": TWO}
    assert pictures(paired.root / NOTEBOOK)[0]["mine.png"] == TWO
    paired.replace(SOURCE, "# ![m](attachment:mine.png)\n", "# no picture\n")
    sync(paired)
    assert files(paired) == {"mine.png": TWO}


def test_a_name_from_outside_stays_in_the_folder_and_a_link_is_not_followed(
    paired: Workspace, tmp_path: Path
) -> None:
    content = read(paired)
    odd = "../../up.png"
    content["cells"][0] |= {
        "source": f"![x](attachment:{odd})",
        "attachments": {odd: {"image/png": base64.b64encode(ONE).decode()}},
    }
    save(paired, content)
    sync(paired)
    assert files(paired) == {"%2E.%2F..%2Fup.png": ONE}
    (paired.root / ASSETS / "%2E.%2F..%2Fup.png").unlink()
    (paired.root / ASSETS).rmdir()
    (paired.root / ASSETS).symlink_to(tmp_path)
    assert "leads through a link" in sync(paired, code=2)
    assert not (tmp_path / "%2E.%2F..%2Fup.png").exists()
