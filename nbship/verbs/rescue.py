"""``rescue``: merges a version of a kernel that was edited on the service into its source.

The order of the writes: both sides as they are, the pictures, the source, and last the note that
the version is merged. If the process is killed between two of them, another rescue completes the
work.
"""

from dataclasses import dataclass

from nbship.core.drift.base import KnownVersion, render_known
from nbship.core.drift.conflicts import MergedText, merged_text
from nbship.core.drift.examine import Drift, DriftFacts, examine, prepare
from nbship.core.drift.merge import joined
from nbship.core.drift.saved import sides
from nbship.core.pairing.attachments import shown
from nbship.core.pairing.compare import conflict_in
from nbship.core.source.jupytext_api import Options
from nbship.core.source.nbjson import cells_digest
from nbship.diagnostics import Place
from nbship.edges.git.merge import merge_all
from nbship.edges.storage import containment, files, locks
from nbship.edges.workspace import pairs
from nbship.edges.workspace.pairs import Pair
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Context, Workspace
from nbship.verbs.operations.drift.compare import facts_of
from nbship.verbs.operations.run import Connection

_ATTEMPTS = 5  # of one rescue, when another program saves the source meanwhile
_PATIENCE = 30.0  # seconds to wait for a sync or another rescue of the same notebook


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a rescue has done: the comparison, and whether the source has changed.

    ``folder`` has both sides as they were, relative to the workspace; "" if nothing was merged or
    left out.
    """

    drift: Drift
    is_changed: bool
    folder: str = ""


def rescue(context: Context, name: str, connection: Connection) -> Rescued:
    """Merge the latest version of a kernel into its source, and return what was done.

    Side effects: writes the source and pictures beside it, and files in .nbship/.

    Raises:
        SourceError: a conflict, which is written into the source; or the version cannot be merged
            without a loss: nothing is changed, and both sides are saved.
        KaggleError: the service has no such kernel, or cannot be reached.
        WorkspaceError: the disk cannot be written, or another program saves the source repeatedly.
    """
    workspace = context.workspace
    with locks.locked(workspace.path(workspace.layout.lock("sync", name)), patience=_PATIENCE):
        for _ in range(_ATTEMPTS):
            pair = pairs.read(workspace, name)
            rescued = _rescue_once(context, pair, connection)
            if rescued is not None:
                return rescued
    raise WorkspaceError(
        f"another program repeatedly saves the source of {name}",
        hint="Wait until it has finished, then try again.",
    )


def _rescue_once(context: Context, pair: Pair, connection: Connection) -> Rescued | None:
    workspace, facts = context.workspace, facts_of(context, pair, connection)
    options = pairs.checked_options(workspace)
    try:
        drift = examine(facts, options)
        merged = _merged(workspace, pair.name, drift, options) if drift.has_edits else None
    except SourceError as error:
        folder = _save(workspace, pair, facts)
        raise _refused(error, folder) from None
    text = merged.text if merged else facts.source.text
    pictures = {name: drift.pictures[name] for name in shown(text, drift.pictures)}
    is_changed = text != facts.source.text or bool(pictures)
    folder = _save(workspace, pair, facts) if is_changed or drift.remarks else ""
    if is_changed:
        pairs.write_pictures(workspace, pair, pictures)
        if not pairs.write_source(workspace, pair, text.encode()):
            return None
    if facts.theirs.number != facts.base_number:
        _note(workspace, pair.name, drift, connection)
    if merged and merged.conflicts:
        raise _conflict(drift, merged, folder)
    return Rescued(drift, is_changed, folder)


def _merged(workspace: Workspace, name: str, drift: Drift, options: Options) -> MergedText:
    """Return the merged source, proved.

    Raises:
        SourceError: it cannot be merged without a loss.
    """
    found = prepare(drift, options)
    labels = drift.facts.labels
    texts = merge_all(workspace.path(workspace.layout.merge(name)), found.triples, labels)
    merged = []
    for text in texts:
        result = merged_text(text, labels)
        if result is None:
            raise SourceError("a line of the notebook looks like a conflict marker")
        merged.append(result)
    return joined(found, merged, options)


def _save(workspace: Workspace, pair: Pair, facts: DriftFacts) -> str:
    """Save both sides, and return the folder, relative to the workspace."""
    folder = workspace.layout.rescue(pair.name)
    for file, data in sides(facts, pair.source or b"").items():
        files.write_file(containment.contained(workspace.root, f"{folder}/{file}"), data)
    return folder


def _note(workspace: Workspace, name: str, drift: Drift, connection: Connection) -> None:
    """Note that a version is merged: an edit from now on starts from it."""
    facts = drift.facts
    known = KnownVersion(
        facts.kernel, connection.remote.key, facts.theirs.number, cells_digest(facts.theirs.text)
    )
    path = containment.contained(workspace.root, workspace.layout.merged_version(name))
    files.write_file(path, render_known(known))


def _refused(error: SourceError, folder: str) -> SourceError:
    hints = (*error.diagnostic.hints, f"Nothing was changed. Both sides are in {folder}/")
    return error.with_changes(hints=hints)


def _conflict(drift: Drift, merged: MergedText, folder: str) -> SourceError:
    facts = drift.facts
    found = conflict_in(facts.source.path, merged.text)
    number = merged.conflicts
    what = "the same lines" if number == 1 else f"the same lines in {number} places"
    return SourceError(
        f"the source and {facts.label} changed {what}",
        place=(found and found.place) or Place(facts.source.path),
        hint="Choose between the conflict markers (the service's side is the second), then build. "
        f"The source as it was is in {folder}/",
        hints=drift.remarks,
    )
