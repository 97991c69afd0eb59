"""Outputs and merge conflicts in an .ipynb in git's index: found from its text, at the first."""

import json
from typing import Any

import pytest

from nbship.core.ipynb.writer import render_ipynb
from nbship.diagnostics import Diagnostic
from nbship.model.git import GitFacts
from tests.support.checked import check, found

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}


def ipynb(*cells: dict[str, Any], **metadata: Any) -> bytes:
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1).encode()


def cell(outputs: list[Any], source: str = "x", **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": metadata, "outputs": outputs, "source": source}


def outputs_of(data: bytes) -> tuple[Diagnostic, ...]:
    """Return the findings of a workspace whose index has this notebook."""
    return check({}, GitFacts(notebooks={"notebooks/a.ipynb": data}))


def test_the_first_output_is_the_place_and_all_cells_are_counted() -> None:
    data = ipynb(cell([]), cell([OUTPUT]), {"cell_type": "markdown"}, cell([OUTPUT]))
    (finding,) = outputs_of(data)
    lines = data.decode().split("\n")
    assert finding.place.line is not None
    assert finding.place.column is not None
    assert lines[finding.place.line - 1][finding.place.column - 1 :].startswith('"outputs": [')
    assert finding.place.line > lines.index('   "outputs": [],')
    assert finding.message == "git's index has outputs of this notebook: cell 2, and 1 more"
    assert finding.hints == (
        "Take them out of git; the file keeps them: git add --renormalize notebooks/a.ipynb",
        "If that changes nothing, set git's filter first: nbship doctor --fix",
    )


def test_the_column_counts_characters() -> None:
    (finding,) = outputs_of('{"cells": [{"é": 1, "outputs": [1]}]}'.encode())
    assert str(finding.place) == "notebooks/a.ipynb:1:21"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'\n{"cells": [{"outputs": [1]}]}', "2:13"),
        (b'{"cells": [\n{"outputs": []}, {"outputs": [1]}]}\n[]', "2:19"),
        (b'{"\xff": 1, "outputs": [1]}', "1:10"),
    ],
)
def test_the_place_is_that_of_the_first_output_in_the_bytes(data: bytes, place: str) -> None:
    (finding,) = outputs_of(data)
    assert str(finding.place) == f"notebooks/a.ipynb:{place}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<<<<<<< HEAD",
        b'{"outputs": 3}',
        b'{"cells": {"outputs": [1]}}',
        b'{"cells": [1, {"outputs": [ ]}]}',
        ipynb(),
        ipynb(cell([]), cell([])),
        ipynb(cell([], source='{"outputs": [1]}')),
        ipynb(cell([OUTPUT], tags=["keep_output"]), cell([])),
        ipynb(cell([OUTPUT], keep_output=True)),
        ipynb(cell([OUTPUT]), keep_output=True),
    ],
)
def test_a_stripped_notebook_and_other_json_are_clean(data: bytes) -> None:
    assert outputs_of(data) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"[[" * 100_000 + b'"outputs": [1]',
        b'["outputs", {"outputs": [1]}]',
        b"<<<<<<< HEAD\n" + ipynb(cell([OUTPUT])),
        ipynb(cell([OUTPUT]))[:-3],
    ],
)
def test_a_notebook_that_cannot_be_read_may_have_outputs(data: bytes) -> None:
    (finding,) = outputs_of(data)
    assert finding.message.startswith(
        "git's index may have outputs of this notebook, which cannot be read: notebooks/a.ipynb"
    )
    assert finding.hint


@pytest.mark.parametrize("metadata", [{"tags": "keep_output"}, {"keep_output": False}])
def test_metadata_that_do_not_keep_the_output_change_nothing(metadata: dict[str, Any]) -> None:
    (finding,) = outputs_of(ipynb(cell([OUTPUT], **metadata)))
    assert finding.message.endswith(": cell 1")


def test_notebooks_of_the_index_are_selected_by_path() -> None:
    git = GitFacts(notebooks={"notebooks/a.ipynb": b'{"cells": [{"outputs": [1]}]}'})
    assert found({}, git) == ["notebooks/a.ipynb:1:13 committed-outputs"]
    assert found({}, git, {"notebooks"}) == ["notebooks/a.ipynb:1:13 committed-outputs"]
    assert found({}, git, {"other.ipynb"}) == []


CELL = "x = 0\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n"
RAW = ipynb(cell([])).decode().replace('"outputs"', "\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> b\n1")


def written(text: str) -> str:
    content = {"cells": [cell([], source=text)] * 2, "metadata": {}}
    return render_ipynb({**content, "nbformat": 4, "nbformat_minor": 4})


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        (written(CELL), '    "<<<<<<< ours\\n",'),
        (written(CELL.rstrip()), '    "<<<<<<< ours\\n",'),
        (written(CELL.replace("x = 1\n", "x = 1\n||||||| base\n")), '    "<<<<<<< ours\\n",'),
        (RAW, "<<<<<<< HEAD"),
    ],
)
def test_a_conflict_is_an_error_at_its_first_marker(text: str, marker: str) -> None:
    (finding,) = check({}, GitFacts(notebooks={"notebooks/a b.ipynb": text.encode()}))
    assert finding.code == "conflict-marker"
    assert finding.place.line is not None
    assert text.split("\n")[finding.place.line - 1] == marker
    assert finding.message.startswith("git's index has an unresolved merge conflict, up to line ")
    assert finding.hint.endswith("git add 'notebooks/a b.ipynb'")


@pytest.mark.parametrize(
    "text",
    [
        written("# About git\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> branch\n"),
        written("<<<<<<< ours"),
        written("x = '<<<<<<< ours'\n=======\nx = '>>>>>>> theirs'"),
    ],
)
def test_a_text_about_conflicts_is_none(text: str) -> None:
    assert check({}, GitFacts(notebooks={"notebooks/a.ipynb": text.encode()})) == ()
