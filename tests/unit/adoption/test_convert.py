"""The conversion of one notebook: equal cells, equal metadata, or a word about what differs."""

import json
from dataclasses import replace
from typing import Any

import pytest

from nbship.core.adoption.convert import Adopted, Surroundings, adopt_notebook
from nbship.core.adoption.earlier_bundle import without_bundle
from nbship.core.adoption.survey import Found
from nbship.core.adoption.taken import Answers
from nbship.core.artifact.bundle import BUNDLE_TAG, bundle_cell
from nbship.core.artifact.cells import module_cells
from nbship.core.artifact.imports import LocalModule
from nbship.core.artifact.session import SESSION_TAG, session_cell, with_session
from nbship.core.checks.file import findings_in, parse_notebook
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.core.source.reader import read_notebook
from nbship.errors import SourceError
from nbship.model.layout import Layout
from nbship.model.notebook import BundledFile, Module
from nbship.model.workspace import Source
from tests.support.notebooks import notebook

KERNEL = {"id": "awa/train-fula", "title": "Train Fula", "enable_internet": "true"}
WITHOUT_IDS = 4  # the minor version of nbformat
PNG = "iVBORw0KGgo="


def find(name: str) -> LocalModule | None:
    modules = {"words": LocalModule("words.py", "x = 1\n"), "pack": LocalModule("pack/__init__.py")}
    return modules.get(name)


def around(**answers: Any) -> Surroundings:
    return Surroundings(Layout(), SHIPPED_OPTIONS, find, Answers(**answers))


def adopt(found: Found, text: str, outputs: str | None = None, **answers: Any) -> Adopted:
    data = None if outputs is None else outputs.encode()
    return adopt_notebook(found, "n", text.encode(), data, around(**answers))


def cell(kind: str, source: str) -> dict[str, Any]:
    """Return a cell that was not run."""
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source, "id": "made"}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def ipynb(*cells: dict[str, Any], minor: int = 5, **metadata: Any) -> str:
    content = {**json.loads(notebook(*cells)), "nbformat_minor": minor}
    content["metadata"] = {**content["metadata"], **metadata}
    return json.dumps(content)


def valid(adopted: Adopted) -> None:
    file = parse_notebook(adopted.source_path, adopted.text.encode(), Layout().sources)
    assert not findings_in(file)
    assert file.is_complete


@pytest.mark.parametrize("minor", [4, 5])
def test_a_notebook_of_a_kernel_keeps_its_cells_its_outputs_and_its_metadata(minor: int) -> None:
    output = {"name": "stdout", "output_type": "stream", "text": ["hi\n"]}
    cells = [cell("markdown", "# Title"), cell("code", "import words\nprint('hi')")]
    cells[1]["outputs"] = [output]
    if minor == WITHOUT_IDS:
        cells = [{key: value for key, value in each.items() if key != "id"} for each in cells]
    adopted = adopt(Found("o/n.ipynb", "o/k.json", KERNEL), ipynb(*cells, minor=minor))
    assert adopted.unequal == ()
    assert adopted.kind == "the kernel awa/train-fula"
    assert adopted.removed == ("o/n.ipynb", "o/k.json")
    assert (adopted.source_path, adopted.notebook_path) == ("src_py/n.py", "notebooks/n.ipynb")
    valid(adopted)
    assert adopted.notebook is not None
    kept = json.loads(adopted.notebook)["cells"]
    assert "".join(kept[0]["source"]).startswith("# /// script")
    assert kept[2]["outputs"] == [output]


def test_a_notebook_without_metadata_is_a_local_helper_in_its_language() -> None:
    r = {"name": "ir", "language": "R", "display_name": "R"}
    adopted = adopt(Found("n.ipynb"), ipynb(cell("code", "x <- 1"), kernelspec=r))
    assert adopted.source_path == "src_py/n.R"
    assert adopted.kind == "a local helper"
    assert adopted.unequal == ()
    valid(adopted)


def test_pictures_become_files_and_are_attached_again() -> None:
    shown = cell("markdown", "![a](attachment:a.png)")
    shown["attachments"] = {"a.png": {"image/png": PNG}}
    adopted = adopt(Found("n.ipynb"), ipynb(shown))
    assert list(adopted.pictures) == ["src_py/n.assets/a.png"]
    assert adopted.unequal == ()


@pytest.mark.parametrize(
    ("metadata", "answers", "kind", "flags"),
    [
        ({"accelerator": "GPU", "colab": {}}, {}, "a Colab notebook", []),
        (
            {"kaggle": {"accelerator": "none"}}, {}, "a local helper",
            ["--kernel n=OWNER/SLUG"],
        ),
        (
            {"kaggle": {"accelerator": "nvidiaTeslaT4"}},
            {"kernels": {"n": "awa/train-fula"}}, "the kernel awa/train-fula", [],
        ),
    ],
)  # fmt: skip
def test_the_notebooks_own_metadata_tell_what_it_is(
    metadata: dict[str, Any], answers: dict[str, Any], kind: str, flags: list[str]
) -> None:
    adopted = adopt(Found("n.ipynb"), ipynb(cell("code", "1"), **metadata), **answers)
    assert adopted.kind == kind
    assert [question.flag for question in adopted.questions] == flags
    words = [question.words for question in adopted.questions]
    assert words == ["its id on Kaggle, where it was edited" for _ in flags]
    assert adopted.unequal == ()
    valid(adopted)


def test_a_kernel_whose_owner_nobody_knows_stays_where_it_is() -> None:
    found = Found("n.ipynb", "k.json", {"id": "train-fula"})
    with pytest.raises(SourceError) as error:
        adopt(found, ipynb(cell("code", "1")))
    assert str(error.value) == (
        "k.json: its kernel's id is not known: the owner of the kernel 'train-fula' is missing"
    )
    assert error.value.hint == "Type the command again with --owner OWNER"
    assert adopt(found, ipynb(cell("code", "1")), owner="awa").unequal == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("n.ipynb", ipynb(cell("code", "1"), cell("code", "2") | {"metadata": {"x": 1}})),
        ("n.py", "# %%\n1\n\n# %% x=1\n2\n"),
    ],
)
def test_what_a_source_does_not_keep_of_a_cell_is_named(path: str, text: str) -> None:
    options = {**SHIPPED_OPTIONS, "cell_metadata_filter": "-x"}
    adopted = adopt_notebook(
        Found(path), "n", text.encode(), None, replace(around(), options=options)
    )
    assert adopted.unequal == (("the metadata of cell 2 differs",) if path == "n.ipynb" else ())


def test_a_notebook_that_cannot_be_built_is_adopted_and_named() -> None:
    adopted = adopt(Found("n.ipynb"), ipynb(cell("code", "def (:")))
    assert adopted.unequal[0].startswith("it cannot be built as it is: src_py/n.py:")


def test_cells_that_write_code_are_named() -> None:
    adopted = adopt(Found("n.ipynb"), ipynb(cell("code", "%%writefile a.py\nx = 1")))
    assert adopted.remarks == (
        "cell 1 writes code: move it into a module beside the source, and import it",
    )


@pytest.mark.parametrize(
    ("text", "is_left_out"), [("x = 1\n", True), ("x = 2\n", False), (None, False)]
)
def test_the_bundle_of_a_pushed_notebook_is_left_out_if_its_modules_are_here(
    text: str | None, *, is_left_out: bool
) -> None:
    bundle = cell("code", "print('no bundle')")
    if text is not None:
        made = bundle_cell([Module("words.py", text)], sources="src_py")
        bundle |= {"source": made.text, "metadata": dict(made.metadata)}
    bundle["metadata"] = {"tags": [BUNDLE_TAG]}
    adopted = adopt(Found("n.ipynb"), ipynb(bundle, cell("code", "import words") | {"id": "b"}))
    assert (BUNDLE_TAG in adopted.text) != is_left_out
    stays = "cell 1 is the bundle of an earlier build, and stays: it is not that of this folder"
    assert adopted.remarks == (() if is_left_out else (stays,))
    assert adopted.unequal == ()


def test_no_session_line_gets_into_a_source() -> None:
    line = session_cell("src_py/n.py")
    made = with_session(bundle_cell([Module("gone.py", "x = 1\n")], sources="src_py"), "n.py")
    cells = [
        cell("code", each.text) | {"metadata": dict(each.metadata), "id": f"c{number}"}
        for number, each in enumerate((line, made))
    ]
    adopted = adopt(Found("n.ipynb"), ipynb(*cells, cell("code", "x = 1")))
    assert "_session" not in adopted.text
    assert "def _bundle(" in adopted.text
    script = f'# %%\n"""Doc."""\n# %% tags=["{SESSION_TAG}"]\n{line.text}\n\n\nx = 1\n'
    kaggle = {"id": "a/some-script", "title": "Some Script", "kernel_type": "script"}
    adopted = adopt(Found("n.py", "kernel-metadata.json", kaggle), script)
    assert adopted.text.endswith('# ///\n\n# %%\n"""Doc."""\n\nx = 1\n')


def test_a_bundle_with_files_stays_because_its_files_would_be_lost() -> None:
    files = [BundledFile("src_py/v.json", b"{}")]
    made = bundle_cell([Module("words.py", "x = 1\n")], files, sources="src_py")
    bundle = cell("code", made.text) | {"metadata": dict(made.metadata)}
    adopted = adopt(Found("n.ipynb"), ipynb(bundle, cell("code", "import words") | {"id": "b"}))
    assert '"src_py/v.json"' in adopted.text
    assert adopted.unequal == ()


@pytest.mark.parametrize("raw", [KERNEL, None])
def test_a_notebook_with_modules_in_cells_keeps_their_style(raw: dict[str, Any] | None) -> None:
    made = [each.cell for each in module_cells([Module("words.py", "x = 1\n")], [], sources="s")]
    cells = [
        cell("code", each.text) | {"metadata": dict(each.metadata), "id": f"c{n}"}
        for n, each in enumerate(made)
    ]
    found = Found("n.ipynb", "k.json", raw) if raw else Found("n.ipynb")
    adopted = adopt(found, ipynb(*cells, cell("code", "import words")))
    assert '# [tool.nbship.bundle]\n# style = "cells"\n' in adopted.text
    assert "nbship_module" not in adopted.text
    assert adopted.unequal == ()
    valid(adopted)


@pytest.mark.parametrize("text", ["x = 1\n", "x = 2\n", None])
def test_cells_of_modules_are_left_out_if_all_their_modules_are_here(text: str | None) -> None:
    modules = [Module("pack/__init__.py", ""), Module("words.py", text or "x = 1\n")]
    made = [each.cell for each in module_cells(modules, [], sources="src_py")]
    bundle = [
        cell("code", each.text) | {"metadata": dict(each.metadata), "id": f"c{n}"}
        for n, each in enumerate(made)
    ]
    if text is None:
        bundle[-1]["source"] = "%%nbship_module"
    cells = [*bundle, cell("code", "import words")]
    kept = without_bundle(cells, find)
    if text == "x = 1\n":
        assert kept == cells[-1:]
    else:
        assert kept == [cells[0], *cells[2:]]


@pytest.mark.parametrize("style", ["bundle", "cells"])
def test_a_cell_without_the_tag_of_nbship_is_a_persons_and_stays(style: str) -> None:
    modules = [Module("pack/__init__.py", ""), Module("words.py", "x = 1\n")]
    made = [bundle_cell(modules, sources="src_py")]
    if style == "cells":
        made = [each.cell for each in module_cells(modules, [], sources="src_py")]
    cells = [cell("code", each.text) for each in made]
    assert without_bundle(cells, find) == cells
    tagged = [
        one | {"metadata": dict(each.metadata)} for one, each in zip(cells, made, strict=True)
    ]
    assert without_bundle(tagged, find) == []
    if style == "cells":  # the importer
        assert without_bundle([cells[0], *tagged[1:]], find) == [cells[0]]


PERCENT = {
    "plain": "# %%\nimport words\n\n# %% [markdown]\n# Text\n",
    "docstring first": '"""Train."""\nimport os\n\n# %%\nprint(os)\n',
    "yaml": ("# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n# %%\nprint(1)\n"),
    "shebang": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\n# %%\nprint(1)\n",
    "comments as cells": "# %%\n# Load the data\nx = 1\n# %% train\n# only words\n",
    "a script block": (
        '# /// script\n# dependencies = ["numpy"]\n# ///\nprint(1)\n# %%\nprint(2)\n'
    ),
    "blanks at line ends": "# %%\n# /// script  \n# dependencies = []\n# /// \n\n# %%\nprint(2)\n",
    "a block in its own cell": "# %%\n# /// script\n# dependencies = []\n# ///\n\n# %%\nprint(2)\n",
    "nothing": "# %%\n",
}


@pytest.mark.parametrize("text", PERCENT.values(), ids=PERCENT)
def test_a_percent_source_gets_a_header_and_keeps_its_cells(text: str) -> None:
    adopted = adopt(Found("old/n.py", "old/k.json", KERNEL), text)
    assert adopted.unequal == ()
    assert adopted.removed == ("old/n.py", "old/k.json")
    assert ('"numpy"' in adopted.text) == ('"numpy"' in text)
    assert "# ---" not in adopted.text
    valid(adopted)


@pytest.mark.parametrize("above", ["", "\n\n"])
@pytest.mark.parametrize("text", PERCENT.values(), ids=PERCENT)
def test_each_percent_source_gets_the_outputs_of_its_twin(text: str, above: str) -> None:
    source = adopt(Found("n.py"), text).text
    cells = read_notebook("n", Source("n.py", text)).cells
    twin = ipynb(*(cell(each.kind, each.text) for each in cells))
    adopted = adopt(Found("n.py", outputs="n.ipynb"), above + text, twin)
    assert adopted.text == source
    assert adopted.removed == ("n.py", "n.ipynb")
    assert adopted.remarks == ()
    assert adopted.unequal == ()


def test_the_outputs_of_a_twin_come_along_and_one_with_other_cells_stays() -> None:
    done = cell("code", "print(1)")
    done["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}]
    found = Found("n.py", outputs="n.ipynb")
    adopted = adopt(found, "# %%\nprint(1)\n", ipynb(done))
    assert adopted.removed == ("n.py", "n.ipynb")
    assert adopted.notebook is not None
    assert b'"1\\n"' in adopted.notebook
    other = adopt(found, "# %%\nprint(1)\n", ipynb(done, cell("code", "print(2)")))
    assert other.removed == ("n.py",)
    assert other.notebook is not None
    assert b"print(1)" in other.notebook
    assert b"print(2)" not in other.notebook
    assert other.remarks == ("n.ipynb has other cells than n.py: the source decides, it stays",)


def test_a_twin_with_other_cells_in_the_place_of_the_pair_is_kept_as_a_copy() -> None:
    other = ipynb(cell("code", "print(2)"))
    found = Found("n.py", outputs="notebooks/n.ipynb")
    adopted = adopt(found, "# %%\nprint(1)\n", other)
    assert adopted.kept == {".nbship/sync/n.ipynb": other.encode()}
    assert adopted.removed == ("n.py", "notebooks/n.ipynb")
    (remark,) = adopted.remarks
    assert remark == (
        "notebooks/n.ipynb has other cells than n.py: the source decides, "
        "it is kept in .nbship/sync/n.ipynb"
    )


def test_a_file_that_is_no_notebook_stays_where_it_is() -> None:
    with pytest.raises(SourceError, match="not a notebook") as error:
        adopt(Found("n.ipynb"), "{")
    assert error.value.hint == "It stays where it is: repair it, then adopt it."


def test_a_script_keeps_its_lines() -> None:
    raw = {**KERNEL, "kernel_type": "script"}
    text = '#!/usr/bin/env python\n"""Train."""\nfrom __future__ import annotations\nprint(1)\n'
    adopted = adopt(Found("n.py", "k.json", raw), text)
    assert adopted.unequal == ()
    assert adopted.notebook is None
    valid(adopted)


def test_a_header_of_another_tool_is_not_adopted() -> None:
    with pytest.raises(SourceError, match="another tool's"):
        adopt(Found("n.py"), "# ---\n# title: x\n# ---\n\n# %%\nprint(1)\n")


@pytest.mark.parametrize("metadata", [{}, {"kaggle": {"accelerator": "nvidiaTeslaT4"}}])
def test_a_notebook_without_metadata_becomes_the_kernel_that_a_person_names(
    metadata: dict[str, Any],
) -> None:
    text = ipynb(cell("code", "x = 1"), **metadata)
    adopted = adopt(Found("n.ipynb"), text, kernels={"n": "awa/some-kernel"})
    assert adopted.kind == "the kernel awa/some-kernel"
    assert ("machine_shape" in adopted.text) == bool(metadata)
    assert adopted.unequal == ()
    valid(adopted)
