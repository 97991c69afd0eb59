"""The parameters of a notebook: what its tagged cell assigns."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbship.config import did_you_mean
from nbship.core.notebook import text_of
from nbship.errors import Place, SourceError

TAG = "parameters"


def refuse_unknown_parameters(
    parameters: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], place: Place
) -> None:
    """Refuse a parameter that no tagged cell assigns: papermill would only warn of it.

    Raises:
        SourceError: names the parameter and the nearest known one.
    """
    known = set(known_parameters(cells))
    for name in parameters:
        if not known:
            raise SourceError(
                f"parameter {name!r}, but the notebook has no cell with parameters",
                place=place,
                hint='Mark the cell that assigns them: # %% tags=["parameters"]',
            )
        if name not in known:
            raise SourceError(f"unknown parameter {name!r}{did_you_mean(name, known)}", place=place)


def known_parameters(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names that the cells tagged ``parameters`` assign at their top level."""
    for cell in cells:
        if cell.get("cell_type") == "code" and TAG in cell.get("metadata", {}).get("tags", []):
            for statement in ast.parse(text_of(cell)).body:
                targets = (
                    statement.targets
                    if isinstance(statement, ast.Assign)
                    else [statement.target]
                    if isinstance(statement, ast.AnnAssign)
                    else []
                )
                yield from (t.id for t in targets if isinstance(t, ast.Name))
