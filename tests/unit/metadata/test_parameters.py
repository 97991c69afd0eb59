"""The parameters of a notebook: the names that its tagged cells assign at their top level."""

from typing import Any

import pytest

from nbship.core.metadata.parameters import (
    known_parameters,
    parameter_values,
    refuse_unknown_parameters,
)
from nbship.diagnostics import Place
from nbship.errors import SourceError

PLACE = Place("src_py/a.py", 9)


def cell(text: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    return {"cell_type": kind, "source": text, "metadata": {"tags": list(tags)}}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("EPOCHS = 1", ["EPOCHS"]),
        ("A = B = 1", ["A", "B"]),
        ("A: int = 1\nB: str", ["A", "B"]),
        ("A, (B, *C) = 1, (2, 3)", ["A", "B", "C"]),
        ("A = 1  # how many\n\n'text'\nprint(A)", ["A"]),
        ("d['k'] = 1\no.x = 2", []),
        ("A = [i for i in (b := range(3))]", ["A"]),
        ("import os\nif True:\n    A = 1\ndef f():\n    B = 1", []),
        ("", []),
        ("# A = 1", []),
        ("%matplotlib inline\nA = 1\n!pip install x\nB = !ls", ["A", "B"]),
        ("%%time\nA = 1", ["A"]),
        ("%%bash\nA=1; [ -f x ]", []),
    ],
)
def test_parameters_are_the_names_assigned_at_the_top(text: str, names: list[str]) -> None:
    assert list(known_parameters([cell(text, "parameters")])) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("EPOCHS <- 1\nseed.of = 2 # why", ["EPOCHS", "seed.of"]),
        ("# A <- 1\nif (A == 1) B <- 2\n  C <- 3\nD == 4", []),
        ("", []),
    ],
)
def test_in_r_they_are_the_assignments_that_begin_a_line(text: str, names: list[str]) -> None:
    assert list(known_parameters([cell(text, "parameters")], "r")) == names


def test_only_code_cells_with_the_tag_have_parameters() -> None:
    cells: list[dict[str, Any]] = [
        cell("A = 1", "parameters", "hidden"),
        cell("B = 1"),
        cell("C = 1", "injected-parameters"),
        cell("D = 1", "parameters", kind="markdown"),
        {"cell_type": "code", "source": ["E = 1\n", "F = 2"]},
        {"cell_type": "code", "source": ["G = 1\n", "H = 2"], "metadata": {"tags": ["parameters"]}},
    ]
    assert list(known_parameters(cells)) == ["A", "G", "H"]


def test_known_parameters_are_accepted() -> None:
    cells = [cell("EPOCHS = 1\nSEED = 2", "parameters")]
    refuse_unknown_parameters({"SEED": 1, "EPOCHS": 2}, cells, PLACE)
    refuse_unknown_parameters({}, [], PLACE)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("EPOCHS = 1", "unknown parameter 'EPOCH'; did you mean 'EPOCHS'?", ""),
        ("x = 1", "unknown parameter 'EPOCH'; known: x", ""),
        (
            "",
            "parameter 'EPOCH' is given, but the notebook has no cell tagged 'parameters'",
            'Tag the cell that assigns the parameters: # %% tags=["parameters"]',
        ),
    ],
)
def test_a_parameter_that_no_cell_assigns_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        refuse_unknown_parameters({"EPOCH": 1}, [cell(text, "parameters")], PLACE)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.place == PLACE


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("EPOCHS = 3  # few\nNAME: str = 'a b'", {"EPOCHS": "3", "NAME": "'a b'"}),
        ("A = B = 1\nA = 2", {"A": "2", "B": "1"}),
        ("A: int\nB, C = 1, 2\nd['k'] = 1\nif True:\n    E = 1", {}),
        ("A = {\n    'x': 1,\n    'ɓ': 2,\n}", {"A": "{ 'x': 1, 'ɓ': 2, }"}),
        ("%matplotlib inline\nA = 1", {"A": "1"}),
        ("A = 'x' * (", {}),
        (f"A = '{'x' * 300}'", {"A": f"'{'x' * 199}"}),
    ],
)
def test_the_values_of_parameters_are_one_line_as_they_are_written(
    text: str, values: dict[str, str]
) -> None:
    assert parameter_values([cell(text, "parameters"), cell("Z = 1")]) == values


def test_the_values_of_r_are_the_rest_of_the_line() -> None:
    text = "EPOCHS <- 3 # few\nseed.of = 'a'\n  C <- 3\nD == 4"
    assert parameter_values([cell(text, "parameters")], "r") == {
        "EPOCHS": "3 # few",
        "seed.of": "'a'",
    }
