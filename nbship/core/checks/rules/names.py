"""duplicate-name, file-name, folder-clash: what a source is called, and the folder it builds to."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.core.source.language import refuse_misspelt
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
from nbship.model.layout import BUILD


def duplicate_names(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each source that differs from another one in its extension only."""
    for entry in facts.catalogue.values():
        for twin in entry.twins:
            yield Diagnostic(
                Place(twin, 1, 1), "duplicate-name", f"{entry.path} is a notebook of the same name",
                (f"Rename one of them: each name is a folder in {BUILD}/.",),
            )  # fmt: skip


def misspelt_names(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each source whose extension is misspelt."""
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
            inner = facts.catalogue[inside[name]].path
            yield Diagnostic(
                Place(entry.path, 1, 1), "folder-clash",
                f"its artifact's folder {BUILD}/{name}/ would contain the one of {inner}",
                ("Rename one of them.",),
            )  # fmt: skip
