"""duplicate-id, id-changed: each notebook has an id of its own, which never changes."""

from collections.abc import Iterator

from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.checks.findings import at_key
from nbship.core.source.decode import decode
from nbship.core.workspace.catalogue import glance
from nbship.diagnostics import NOWHERE, Diagnostic
from nbship.errors import SourceError

_ID = "tool.nbship.kaggle.id"


def duplicate_ids(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each notebook whose id an older one has.

    A notebook in the last commit is older than one that is not; otherwise the path decides.
    """
    older: dict[str, str] = {}
    entries = sorted(
        facts.catalogue.values(), key=lambda e: (e.path not in facts.git.known, e.path)
    )
    for entry in entries:
        kernel = (entry.kernel or "").lower()
        if kernel and kernel in older:
            yield _duplicate(
                facts, entry.path, f"id {entry.kernel!r} is also the id of {older[kernel]}"
            )
        older.setdefault(kernel, entry.path)


def _duplicate(facts: WorkspaceFacts, path: str, message: str) -> Diagnostic:
    source = decode(path, facts.files[path])  # no error: the catalogue has read its id
    hint = "Give the newer one another id and title."
    finding = Diagnostic(NOWHERE, "duplicate-id", message, (hint,))
    return at_key(source, _ID, finding)


def changed_ids(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each notebook whose id is not the one in the last commit."""
    for path, file in facts.notebooks.items():
        before = facts.git.before.get(path)
        if before is None or file.kaggle is None:
            continue
        old, new = _id_of(path, before), file.kaggle.id
        if old and old != new:
            message = f"the id {new!r} was {old!r} in the last commit, and an id is permanent"
            hint = "Restore the old id. Kaggle would create another kernel for the new one."
            finding = Diagnostic(NOWHERE, "id-changed", message, (hint,))
            yield at_key(file.source, _ID, finding)


def _id_of(path: str, data: bytes) -> str | None:
    try:
        return glance(path, decode(path, data)).kernel
    except SourceError:
        return None
