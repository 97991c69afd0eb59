"""What the build leaves out or replaces of a header that is otherwise right.

Kaggle's pull writes keys and values that say nothing, or contradict each other. They are taken as
Kaggle takes them, and named.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nbship.core.metadata.schema import meant
from nbship.core.metadata.script_block import Header
from nbship.core.metadata.validate import SET_BY_BUILD, switches
from nbship.diagnostics import Diagnostic
from nbship.model.spec import KaggleSpec, keys_of

CODE = "header-replaced"


def replaced(header: Header) -> Iterator[Diagnostic]:
    """Yield what the build leaves out or replaces; ``spec_faults`` must yield nothing."""
    table = header.tables.get("tool", {}).get("nbship", {}).get(SET_BY_BUILD[0])
    if table is None:
        return
    if SET_BY_BUILD[1] in table:
        message = f"{SET_BY_BUILD[1]} is set by the build"
        yield _finding(header, SET_BY_BUILD[1], message, "Leave it out.")
    for key in keys_of(KaggleSpec):
        if isinstance(table.get(key), list) and "" in table[key]:
            yield _finding(
                header, key, f"{key} has an empty entry, which the build leaves out",
                "A pull writes it for a source that you may not see. Remove it.",
            )  # fmt: skip
    yield from _overruled(header, table)


def _overruled(header: Header, table: Mapping[str, Any]) -> Iterator[Diagnostic]:
    written = meant(KaggleSpec, table)
    for key, implied in switches(table).items():
        if written.get(key, implied) != implied:
            yield _finding(
                header, key,
                f"{key} contradicts machine_shape {table['machine_shape']!r}, which decides",
                f"Leave {key} out.",
            )  # fmt: skip


def _finding(header: Header, key: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(header.place("tool.nbship.kaggle", key), CODE, message, (hint,), near=key)
