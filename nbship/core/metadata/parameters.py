"""The parameters of a notebook: the names that its tagged cells assign."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbship.core.python.ipython_syntax import parse_cell, read_cell
from nbship.core.source.nbjson import text_of
from nbship.diagnostics import Place, did_you_mean
from nbship.errors import SourceError
from nbship.model.workspace import LanguageName

TAG = "parameters"
_R_ASSIGNED = re.compile(r"^([A-Za-z.][\w.]*)[ \t]*(?:<-|=(?!=))", re.MULTILINE)
_R_VALUE = re.compile(rf"{_R_ASSIGNED.pattern}[ \t]*(.*)", re.MULTILINE)
_LONGEST_VALUE = 200  # characters of a value that a record keeps


def refuse_unknown_parameters(
    parameters: Mapping[str, Any],
    cells: Sequence[Mapping[str, Any]],
    place: Place,
    language: LanguageName = "python",
) -> None:
    """Refuse a parameter that no tagged cell assigns: papermill would only warn.

    Raises:
        SourceError: a parameter is unknown; names the nearest known one.
    """
    defined = set(known_parameters(cells, language))
    for name in parameters:
        if not defined:
            raise SourceError(
                f"parameter {name!r} is given, but the notebook has no cell tagged {TAG!r}",
                place=place,
                hint='Tag the cell that assigns the parameters: # %% tags=["parameters"]',
            )
        if name not in defined:
            near = did_you_mean(name, defined)
            raise SourceError(f"unknown parameter {name!r}{near}", place=place)


def known_parameters(
    cells: Sequence[Mapping[str, Any]], language: LanguageName = "python"
) -> Iterator[str]:
    """Yield the names that the cells tagged ``parameters`` assign at their top level.

    In R these are the assignments at the beginning of a line.
    """
    for text in _tagged(cells):
        if language == "r":
            yield from assigned_in_r(text)
        else:
            yield from assigned(parse_cell(text))


def parameter_values(
    cells: Sequence[Mapping[str, Any]], language: LanguageName = "python"
) -> dict[str, str]:
    """Return the values that the tagged cells assign, each as it is written, in one short line.

    Only a name that is assigned by itself is among them: not those in ``a, b = 1, 2``.
    """
    found: dict[str, str] = {}
    for text in _tagged(cells):
        pairs = _R_VALUE.findall(text) if language == "r" else _written(text)
        found |= {name: " ".join(value.split())[:_LONGEST_VALUE] for name, value in pairs}
    return found


def _tagged(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the texts of the code cells tagged ``parameters``."""
    for cell in cells:
        if cell.get("cell_type") == "code" and TAG in cell.get("metadata", {}).get("tags", []):
            yield text_of(cell)


def _written(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a cell assigns at its top level, with the texts of their values."""
    try:
        reading = read_cell(text)
    except SyntaxError:
        return
    for statement in reading.tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            of = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            value = ast.get_source_segment(reading.text, statement.value) or ""
            yield from ((target.id, value) for target in of if isinstance(target, ast.Name))


def assigned_in_r(text: str) -> list[str]:
    """Return the names that are assigned at the beginning of a line of R."""
    return _R_ASSIGNED.findall(text)


def assigned(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a cell assigns at its top level."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            yield from _stored(statement.targets)
        elif isinstance(statement, ast.AnnAssign):
            yield from _stored([statement.target])


def _stored(targets: Sequence[ast.expr]) -> Iterator[str]:
    for node in (node for target in targets for node in ast.walk(target)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
