"""What is seldom reached: bounds, and what jupytext reads otherwise than the grammar."""

import importlib

import pytest

from nbship.core.artifact.assemble import make_artifact
from nbship.core.artifact.manifest import Manifest, digest_over
from nbship.core.artifact.script import refuse_non_script
from nbship.core.pairing import compare
from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.compare import PairFiles, PairState
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, Text, read_text
from nbship.core.source.decode import MOST_BYTES, decode
from nbship.core.source.grammar import split_cells
from nbship.core.source.jupytext_api import default_options
from nbship.core.source.reader import read_notebook
from nbship.core.workspace.catalogue import catalogue_of, entry_of
from nbship.errors import SourceError
from nbship.lazy import excluding
from nbship.model.notebook import Cell, Notebook
from nbship.model.spec import KaggleSpec, Spec
from nbship.model.workspace import Entry, Source
from tests.support.checked import KAGGLE, code, notebook, said

PATH = "src_py/a.py"
SCRIPT = KAGGLE + '\nkernel_type = "script"'


def test_a_source_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^src_py/a\.py: more than 4,000,000 bytes$"):
        decode(PATH, b"x" * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# %%\n" + "x\n" * 20_001, "more than 20,000 lines"),
        ("# %%\n" * 2_001, "more than 2,000 cells"),
        ("# %% [markdown]\n" + "# ```a\n" * 1_500, "1,500 code blocks"),
    ],
)
def test_what_would_keep_jupytext_busy_is_refused(text: str, said: str) -> None:
    with pytest.raises(SourceError, match=f"{said} in a notebook"):
        split_cells(Source(PATH, text))


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ('{"tags": ["a", "b"]}', ("a", "b")),
        ('{"name": "tags"}', ()),
        ('{"tags": ["a"}', None),
        ("tags=[a]", None),
        ('tags="a"', None),
    ],
)
def test_tags_are_read_in_both_forms_or_refused(options: str, tags: tuple[str, ...] | None) -> None:
    source = Source(PATH, f"# %% {options}\nx")
    if tags is None:
        with pytest.raises(SourceError, match="the tags in this cell's marker cannot be read"):
            split_cells(source)
    else:
        assert split_cells(source)[0].tags == tags


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# %% active=3\n# x", None),  # jupytext splits it as text
        ('# %% active="py"\n# x', 1),  # raw for jupytext
    ],
)
def test_what_jupytext_reads_otherwise_is_refused(text: str, line: int | None) -> None:
    with pytest.raises(SourceError) as caught:
        read_notebook("a", Source(PATH, text))
    assert caught.value.place is not None
    assert caught.value.place.line == line


@pytest.mark.parametrize(
    "options", ['tags=["a"] tags=["b"]', '(tags=["a"])', 'tags=["a"] {"b": 1}']
)
def test_tags_that_jupytext_reads_otherwise_are_refused(options: str) -> None:
    with pytest.raises(SourceError, match=r"^src_py/a\.py:1: jupytext reads other tags"):
        read_notebook("a", Source(PATH, f"# %% {options}\nx"))


def test_a_module_is_not_there_only_while_it_is_spared() -> None:
    with excluding("sched", "json"), pytest.raises(ImportError):
        importlib.import_module("sched")
    assert importlib.import_module("sched").scheduler
    assert importlib.import_module("json").loads


def test_a_cell_that_nbformat_refuses_is_refused_by_the_pairing() -> None:
    source = Source(PATH, '# %% tags=["a,b"]\nx')
    with pytest.raises(SourceError, match=r"^src_py/a\.py: jupytext cannot read it: "):
        read_text(source, SHIPPED_OPTIONS)


def test_no_options_note_nothing() -> None:
    assert default_options({}) == {}


def test_a_text_that_jupyter_would_not_write_is_not_jupyters() -> None:
    cells = ({"cell_type": "code", "source": "a\x0c", "metadata": {}, "outputs": []},)
    text = Text("# %%\na\x0c", cells, {})
    found = PairFiles(PATH, "n.ipynb", source=None, notebook=None, base=None, earlier=None)
    view = PairState(found, text, new_notebook({}), None, None, SyncAction.NOTHING)
    assert not compare._has_jupytext_layout(view, text, SHIPPED_OPTIONS)  # noqa: SLF001 - no other way in


def test_a_new_cell_gets_no_id_that_an_old_one_keeps() -> None:
    one = {"cell_type": "code", "source": "one", "metadata": {}}
    other = {"cell_type": "code", "source": "other", "metadata": {}}
    alone = update_notebook([one], new_notebook({}), None, SHIPPED_OPTIONS).content
    taken = {**alone, "cells": [{**alone["cells"][0], "source": "other"}]}
    both = update_notebook([other, one], taken, None, SHIPPED_OPTIONS).content["cells"]
    assert both[0]["id"] == alone["cells"][0]["id"]
    assert both[1]["id"] != both[0]["id"]


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(SourceError, match="no notebook 'trainr'; did you mean 'trainer'"):
        entry_of(catalogue_of([Entry("trainer", "src_py/trainer.py")]), "trainr")


def test_a_manifests_digest_is_that_of_its_files() -> None:
    files = {"a.ipynb": "1", "kernel-metadata.json": "2"}
    assert Manifest("b", {}, (), files, {}, ()).digest == digest_over(files)


def test_a_script_ships_as_one_file() -> None:
    spec = Spec(kaggle=KaggleSpec("awa/tiny-kernel", "Tiny Kernel", kernel_type="script"))
    script = Notebook("a", PATH, (Cell("code", "x = 1\n", {}, 1),), {})
    artifact = make_artifact(script, (), spec)
    assert artifact.files["a.py"] == b"x = 1\n"


def test_a_script_that_only_the_compiler_finds_too_deep_is_refused() -> None:
    for depth in (1_500, 2_500):
        with pytest.raises(SourceError, match="not Python: nested too deeply"):
            refuse_non_script(Source(PATH, "x = " + "1+" * depth + "1\n"))


def test_a_command_in_a_comment_of_a_script_is_found() -> None:
    text = code("x = 1\n# !pip install x\n# %time y\n# ls", SCRIPT)
    assert [line.split()[1] for line in said(text)] == 2 * ["accidental-command"]


def test_what_is_a_magic_for_jupytext_is_found_in_a_notebook_in_r_and_fine_in_a_script() -> None:
    cell = "# %%\n# %d items\nx <- 1\n# plain"
    assert said({"src_py/a.R": notebook(cell)}) == ["src_py/a.R:9:3 accidental-command"]
    assert said({"src_py/a.R": notebook(cell, toml=SCRIPT)}) == []


def test_a_title_with_a_hidden_character_is_found() -> None:
    toml = KAGGLE.replace("Tiny Kernel", r"\u202eTiny Kernel")
    assert [line.split()[1] for line in said(notebook(toml=toml))] == ["header-value"]
