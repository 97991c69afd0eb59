"""duplicate-name, file-name, folder-clash, no-cells: which files are notebooks, and their names."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.core.source.decode import is_notebook
from nbship.core.source.language import refuse_misspelt
from nbship.core.workspace.names import name_faults
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError

_HEADER = re.compile(r"^# \[tool\.nbship", re.MULTILINE)


def duplicate_names(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each source that differs from another one in its extension only."""
    for entry in facts.catalogue.values():
        for twin in entry.twins:
            yield Diagnostic(
                Place(twin, 1, 1), "duplicate-name", f"{entry.path} is a notebook of the same name",
                (f"Rename one of them: each name is a folder in {facts.layout.build}/.",),
            )  # fmt: skip


def misspelt_names(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each source whose name is not the same everywhere, or whose extension is misspelt."""
    notebooks = [p for p, file in facts.modules.items() if is_notebook(file.source.text)]
    for fault in name_faults(sorted((*facts.sources, *notebooks)), facts.layout).values():
        yield finding_of(fault, "file-name")
    for entry in facts.catalogue.values():
        try:
            refuse_misspelt(entry.path)
        except SourceError as error:
            yield finding_of(error, "file-name")


def folder_clashes(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each notebook whose artifact's folder would hold that of another one."""
    inside = {str(p): name for name in facts.catalogue for p in PurePosixPath(name).parents}
    for name, entry in facts.catalogue.items():
        if name in inside:
            inner, folder = facts.catalogue[inside[name]].path, facts.layout.artifact(name)
            yield Diagnostic(
                Place(entry.path, 1, 1), "folder-clash",
                f"its artifact's folder {folder}/ would contain the one of {inner}",
                ("Rename one of them.",),
            )  # fmt: skip


def headers_without_cells(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each module with a header of a notebook: a line that begins a cell is missing."""
    for path, file in facts.modules.items():
        header = _HEADER.search(file.source.text) if file.is_text else None
        if header is not None:
            line = file.source.text.count("\n", 0, header.start()) + 1
            yield Diagnostic(
                Place(path, line, 3), "no-cells",
                "this file is a module, whose header nothing reads: it has no '# %%' line",
                ("To make it a notebook, write a line '# %%' above the header.",),
            )  # fmt: skip
