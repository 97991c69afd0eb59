"""Tests of ``doit sync``: source and notebook agree by content, and neither side loses anything."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.jupyter import code, notebook
from tests.support.pair import (
    NOTEBOOK,
    SOURCE,
    TEXT,
    bytes_of,
    outputs,
    pair_up,
    read,
    save,
    set_cell,
    source,
    sync,
    texts,
)  # fmt: skip
from tests.support.workspace import TIMEOUT, Workspace, executed, program


@pytest.fixture
def paired(bare: Workspace) -> Workspace:
    """Return a workspace with one notebook, synced, whose code cells have been run."""
    return pair_up(bare)


def test_a_second_sync_does_nothing_whatever_the_dates_say(paired: Workspace) -> None:
    before = bytes_of(paired)
    for times in ((1, 2**31), (2**31, 1)):
        for path, time in zip((SOURCE, NOTEBOOK), times, strict=True):
            os.utime(paired.root / path, (time, time))
        assert executed(paired.doit("sync")) == set()
    assert bytes_of(paired) == before


def test_an_edited_source_takes_the_notebook_along_and_keeps_outputs_and_ids(
    paired: Workspace,
) -> None:
    before = read(paired)
    moved = TEXT.replace("# # Fula", "# # Fulfulde").replace("N = 3", "N = 4")
    paired.write(SOURCE, f"{moved}\n# %%\nnew = 1\n")
    output = sync(paired)
    after = read(paired)
    assert "outputs of changed cells are dropped, and kept in .nbship/sync/fula.ipynb" in output
    assert outputs(paired) == {
        "N = 4": [],
        "def f(x):\n    return x": ["ran def f(x):\n    return x\n"],
        "print(f(N))": ["ran print(f(N))\n"],
        "new = 1": [],
    }
    ids = [cell["id"] for cell in after["cells"]]
    assert ids[:4] == [cell["id"] for cell in before["cells"]]
    assert len(set(ids)) == 5
    assert source(paired).startswith(moved)
    assert read(paired, ".nbship/sync/fula.ipynb") == before


def test_an_edited_notebook_takes_the_source_along(paired: Workspace) -> None:
    set_cell(paired, 1, "N = 5")
    assert "src_py/fula.py is updated from the notebook" in sync(paired)
    assert source(paired) == TEXT.replace("N = 3", "N = 5")
    assert outputs(paired)["N = 5"] == ["ran N = 3\n"]  # nobody ran it again


def test_a_source_in_a_hand_of_its_own_is_changed_only_where_the_notebook_was(
    paired: Workspace,
) -> None:
    text = '#%%\n!ls\n\n\n\n#%%\nN = 3\n#%% [markdown]\n"""\n# Long\n"""\n'
    paired.write(SOURCE, text)
    sync(paired)
    set_cell(paired, 1, "N = 5")
    sync(paired)
    assert source(paired) == text.replace("#%%\nN = 3\n", "# %%\nN = 5\n")


def test_both_edited_is_merged_by_git(paired: Workspace) -> None:
    paired.replace(SOURCE, "N = 3", "N = 4")
    set_cell(paired, 3, "print(f(N) + 1)")
    assert "merged the changes of both sides" in sync(paired)
    merged = TEXT.replace("N = 3", "N = 4").replace("print(f(N))", "print(f(N) + 1)")
    assert source(paired) == merged
    assert texts(paired) == ["# Fula", "N = 4", "def f(x):\n    return x", "print(f(N) + 1)"]
    assert outputs(paired)["def f(x):\n    return x"]


def test_the_same_line_edited_is_a_conflict_in_the_source_and_nothing_is_lost(
    paired: Workspace,
) -> None:
    paired.replace(SOURCE, "N = 3", "N = 4")
    set_cell(paired, 1, "N = 5")
    before = (paired.root / NOTEBOOK).read_bytes()
    for _ in range(2):
        output = sync(paired, code=1)
        assert "src_py/fula.py:5: the source and the notebook changed the same lines" in output
        assert (
            "<<<<<<< src_py/fula.py\nN = 4\n=======\nN = 5\n>>>>>>> notebooks/fula.ipynb\n"
            in source(paired)
        )
        assert (paired.root / NOTEBOOK).read_bytes() == before
    paired.write(SOURCE, TEXT.replace("N = 3", "N = 45"))
    assert "notebooks/fula.ipynb is updated from the source" in sync(paired)
    assert texts(paired)[1] == "N = 45"
    assert executed(paired.doit("sync")) == set()


def test_a_conflict_that_is_thrown_away_leaves_the_notebooks_side_in_a_copy(
    paired: Workspace,
) -> None:
    paired.replace(SOURCE, "N = 3", "N = 4")
    set_cell(paired, 1, "N = 5")
    sync(paired, code=1)
    paired.git("checkout", "-q", SOURCE)
    sync(paired)
    assert texts(paired)[1] == "N = 3"
    assert texts(paired, ".nbship/sync/fula.ipynb")[1] == "N = 5"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"text": 1}', '{"text": "# %%\\n1\\n"}'])
def test_a_lost_or_damaged_memory_is_no_base_and_loses_nothing(
    paired: Workspace, damage: str
) -> None:
    state = paired.root / ".nbship/sync/fula.json"
    state.write_text(damage)
    assert "both files have the same cells" in sync(paired)
    state.write_text(damage)
    set_cell(paired, 1, "N = 5")
    sync(paired, code=1)
    assert all(line in source(paired) for line in ("N = 3\n", "N = 5\n"))
    paired.write(SOURCE, TEXT)
    sync(paired)
    assert texts(paired)[1] == "N = 3"


def test_a_notebook_that_is_gone_is_made_again_and_a_new_one_gets_a_source(
    paired: Workspace,
) -> None:
    (paired.root / NOTEBOOK).unlink()
    save(paired, notebook(code("a = 1"), code("b = 2")), "notebooks/tts/new.ipynb")
    output = sync(paired)
    assert "notebooks/fula.ipynb is updated from the source" in output
    assert "src_py/tts/new.py is updated from the notebook" in output
    assert (paired.root / "src_py/tts/new.py").read_text() == "# %%\na = 1\n\n# %%\nb = 2\n"
    assert paired.doit("build:tts/new").code == 0


def test_a_deleted_source_leaves_the_notebook_until_it_is_deleted_or_edited(
    paired: Workspace,
) -> None:
    (paired.root / SOURCE).unlink()
    before = (paired.root / NOTEBOOK).read_bytes()
    assert (
        "src_py/fula.py was deleted; notebooks/fula.ipynb stays until you delete or edit it"
        in sync(paired)
    )
    assert (paired.root / NOTEBOOK).read_bytes() == before
    set_cell(paired, 1, "N = 9")
    assert "src_py/fula.py is updated from the notebook" in sync(paired)
    assert "N = 9\n" in source(paired)
    for path in (SOURCE, NOTEBOOK):
        (paired.root / path).unlink()
    assert "both files are deleted: nbship forgets the pair" in sync(paired)
    assert "fula" not in sync(paired)


def test_outputs_come_back_with_the_branch(paired: Workspace) -> None:
    before = outputs(paired)
    paired.git("checkout", "-q", "-b", "other")
    paired.replace(SOURCE, "print(f(N))", "print(f(N), N)")
    sync(paired)
    paired.commit()
    assert outputs(paired) != before
    paired.git("checkout", "-q", "main")
    sync(paired)
    assert outputs(paired) == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1\n# %%\ny = 2", "line 2 would become the marker of a new cell"),
        ("x = 'a\u2028b'", "line 1 contains U+2028, where jupytext would break the line"),
        ("x = '''", "a string in triple quotes is not closed"),
    ],
)
def test_a_cell_that_would_be_lost_is_refused_by_name_and_nothing_is_written(
    paired: Workspace, text: str, reason: str
) -> None:
    set_cell(paired, 2, text)
    before = bytes_of(paired)
    output = sync(paired, code=1)
    assert "notebooks/fula.ipynb: cell 3 (code, " in output
    assert reason in output
    assert "Traceback" not in output
    assert bytes_of(paired) == before


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"cells": [', "notebooks/fula.ipynb:1:12: not a notebook"),
        (b'{"cells": [], "cells": []}', "not a notebook: the key 'cells' occurs twice"),
        (b"[" * 100_000, "not a notebook: nested more than 100 levels deep"),
        (b"\xff\xfe", "notebooks/fula.ipynb: not UTF-8"),
        (b'{"nbformat": 3}', "not a valid notebook: nbformat 3 cannot be converted: "),
        (b'{"nbformat": 5}', "not a valid notebook: nbformat is 5, not 4"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_line(
    paired: Workspace, data: bytes, message: str
) -> None:
    (paired.root / NOTEBOOK).write_bytes(data)
    assert message in sync(paired, code=1)
    assert source(paired) == TEXT
    assert (paired.root / NOTEBOOK).read_bytes() == data


def test_one_refused_notebook_keeps_no_other_from_being_synced(paired: Workspace) -> None:
    bad = "notebooks/My analysis (final) v2.ipynb"
    save(paired, notebook(code("a = 1")), bad)
    save(paired, notebook(code("a = 1")), "notebooks/a\x1b[31m\nb.ipynb")
    paired.write("notebooks/untitled.ipynb", "")
    paired.write("notebooks/torn.ipynb", '{"cells": [')
    save(paired, notebook(code("a = 1")), "notebooks/CAPITALS.IPYNB")
    save(paired, notebook(code("z = 1")), "notebooks/zebra.ipynb")
    set_cell(paired, 1, "N = 5")
    for command in (paired.doit("sync"), paired.inside("sync")):
        assert command.code == 1
        assert f"{bad}: its name may only have letters" in command.err
        assert f"Rename it: mv '{bad}' notebooks/My_analysis_final_v2.ipynb" in command.err
        assert "notebooks/a\\x1b[31m\\nb.ipynb: its name may only have letters" in command.err
        assert "Name it notebooks/a_31m_b.ipynb." in command.err
        assert "\x1b" not in command.err
        assert "notebooks/torn.ipynb:1:12: not a notebook" in command.err
        assert "notebooks/CAPITALS.IPYNB: the extension of a notebook is '.ipynb'" in command.err
        assert "notebooks/untitled.ipynb has no cells yet" in command.out
    assert (paired.root / "src_py/zebra.py").read_text() == "# %%\nz = 1\n"
    assert "N = 5\n" in source(paired)
    assert paired.inside("build").code == 0


def test_a_notebook_in_r_is_paired_with_an_r_source(paired: Workspace) -> None:
    content = notebook(code("x <- 1"))
    content["metadata"] = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    save(paired, content, "notebooks/r.ipynb")
    assert "src_py/r.R is updated from the notebook" in sync(paired)
    assert (paired.root / "src_py/r.R").read_text() == "# %%\nx <- 1\n"
    paired.replace("src_py/r.R", "1", "2")
    assert "notebooks/r.ipynb is updated from the source" in sync(paired)
    assert texts(paired, "notebooks/r.ipynb") == ["x <- 2"]


def test_two_syncs_at_once_wait_for_each_other(paired: Workspace) -> None:
    set_cell(paired, 1, "N = 5")
    command = [program("nbship"), "sync", "fula"]
    running = [subprocess.Popen(command, cwd=paired.root) for _ in range(4)]
    assert [process.wait(TIMEOUT) for process in running] == [0] * 4
    assert "N = 5\n" in source(paired)


def test_a_misspelt_source_in_r_is_named(paired: Workspace) -> None:
    paired.write("src_py/low.r", "# %%\nx <- 1\n")
    result = paired.inside("sync", "low")
    assert (result.code, result.err) == (
        1,
        "src_py/low.r: an R source ends in '.R'\n  → Rename it: mv src_py/low.r src_py/low.R\n",
    )


def test_links_and_modules_are_not_paired(paired: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside.ipynb"
    outside.write_text(json.dumps(notebook(code("a = 1"))))
    (paired.root / "notebooks/link.ipynb").symlink_to(outside)
    paired.write("src_py/words.py", "X = 1\n")
    save(paired, notebook(code("a = 1")), "notebooks/words.ipynb")
    save(paired, notebook(code("a = 1")), "notebooks/.ipynb_checkpoints/x-checkpoint.ipynb")
    save(paired, notebook(code("a = 1")), "notebooks/FULA.ipynb")
    output = paired.doit("run", "-c", "sync").all
    assert "'notebooks/link.ipynb' leads through a link" in output
    assert "src_py/words.py: a module, not a notebook" in output
    assert "src_py/FULA.py is not written: src_py/fula.py differs from it only by case" in output
    assert sorted(path.name for path in (paired.root / "src_py").iterdir()) == [
        ".keep", "fula.py", "words.py"
    ]  # fmt: skip


def test_an_unknown_option_of_jupytext_is_named(paired: Workspace) -> None:
    paired.replace("pyproject.toml", "[tool.jupytext]", "[tool.jupytext]\nformat = 'x'")
    assert "pyproject.toml: [tool.jupytext]:" in sync(paired, code=2)
