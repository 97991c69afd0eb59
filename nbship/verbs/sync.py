"""``sync``: gives a source and its notebook the same cells, by content and never by date.

The writes have an order: the pictures, the source, the copy of the old notebook, the notebook, and
last the state of the sync. If the process is killed between two of them, the next sync completes
the work.
"""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.pairing import compare
from nbship.core.pairing.attachments import unheld
from nbship.core.pairing.compare import Agreed, PairFiles, PairState
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.sync_state import (
    KeptPicture,
    SyncState,
    digests_of,
    kept_pictures,
    stale_pictures,
)
from nbship.core.source.language import refuse_misspelt
from nbship.core.workspace.names import fault_of_name, proposed_name
from nbship.diagnostics import Place, did_you_mean
from nbship.digest import sha256
from nbship.edges.git.history import committed, replaced_notebook
from nbship.edges.git.merge import Version, merge
from nbship.edges.storage import locks
from nbship.edges.workspace import outputs, pairs
from nbship.edges.workspace.artifacts import builder
from nbship.edges.workspace.pairs import Pair
from nbship.errors import SourceError, WorkspaceError
from nbship.model.layout import Layout, assets_of
from nbship.model.workspace import Context, Workspace
from nbship.verbs.operations.rename_pair import follow_rename

_ATTEMPTS = 5  # of one sync, when another program saves a file meanwhile
_PATIENCE = 30.0  # seconds to wait for another sync of the same pair
_LAST = "the last sync"  # the label of the base in conflict markers

Options = Mapping[str, Any]


def sync(context: Context, name: str) -> str:
    """Give the source and the notebook of a pair the same cells; return what was done.

    Side effects: writes these two files, and files in .nbship/.

    Raises:
        SourceError: a cell would be lost, both sides changed the same lines, or an earlier
            conflict is not resolved; names the line or the cell.
        WorkspaceError: the disk cannot be written, another program saves the files repeatedly, or
            another sync of this pair takes more than 30 s.
    """
    workspace, layout = context.workspace, context.workspace.layout
    renamed = follow_rename(context, name)
    if renamed:
        return renamed
    with locks.locked(workspace.path(layout.lock("sync", name)), patience=_PATIENCE):
        for _ in range(_ATTEMPTS):
            pair = pairs.read(workspace, name)
            _refuse_name(context, pair)
            if _brings_outputs_back(context, pair):
                continue
            if _is_unchanged(workspace, pair):
                return "nothing to do"
            result = _sync_once(_Attempt(context, pair, pairs.checked_options(workspace)))
            if result:
                return result
    raise WorkspaceError(
        f"another program repeatedly saves the source of {name} or {layout.notebook(name)}",
        hint="Wait until it has finished, then try again.",
    )


def is_in_step(workspace: Workspace, name: str) -> bool:
    """Return whether both files are as the last sync left them.

    Raises:
        WorkspaceError: a file cannot be read, or the name leads out of the workspace.
    """
    pair = pairs.read(workspace, name)
    return _is_unchanged(workspace, pair) and not outputs.removed_by_git(
        workspace, name, pair.notebook
    )


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt to sync one pair, from the files as they were read."""

    context: Context
    pair: Pair
    options: Options

    @property
    def name(self) -> str:
        return self.pair.name

    @property
    def workspace(self) -> Workspace:
        return self.context.workspace

    @property
    def layout(self) -> Layout:
        return self.workspace.layout

    @property
    def source(self) -> str:
        return self.pair.source_path

    @property
    def notebook(self) -> str:
        return self.pair.notebook_path


def _sync_once(attempt: _Attempt) -> str:
    """Do what the two sides require; return what was done, "" if a file was saved meanwhile."""
    state = compare.compare_pair(_files(attempt), attempt.options)
    if state.action is SyncAction.MERGE:
        state = _since_commit(attempt, state)
    actions: dict[SyncAction, Callable[[_Attempt, PairState], str]] = {
        SyncAction.NOTHING: _refuse_unknown,
        SyncAction.FORGET: _forget,
        SyncAction.WAIT: _wait,
        SyncAction.LEAVE: _leave,
        SyncAction.RECORD: _record,
        SyncAction.CREATE_NOTEBOOK: _update_notebook,
        SyncAction.UPDATE_NOTEBOOK: _update_notebook,
        SyncAction.CREATE_SOURCE: _update_source,
        SyncAction.UPDATE_SOURCE: _update_source,
        SyncAction.MERGE: _merge,
    }
    return actions[state.action](attempt, state)


def _since_commit(attempt: _Attempt, state: PairState) -> PairState:
    """Return the state of a pair with git's last commit as the base, where that tells more."""
    found = committed(attempt.workspace.root, (attempt.source, attempt.notebook))
    if found.keys() != {attempt.source, attempt.notebook}:
        return state
    return compare.since_commit(
        state, found[attempt.source], found[attempt.notebook], attempt.options
    )


def _brings_outputs_back(context: Context, pair: Pair) -> bool:
    """Write the outputs into a notebook that git has replaced, as a stash does; whether it did."""
    workspace = context.workspace
    whole = outputs.removed_by_git(workspace, pair.name, pair.notebook)
    if whole is None or not pairs.write_notebook(workspace, pair, whole):
        return False
    context.report.notice(
        f"{workspace.layout.notebook(pair.name)} gets the outputs back that git has removed from "
        f"it; to go without them, remove {workspace.layout.seen_notebook(pair.name)} first"
    )
    return True


def _refuse_name(context: Context, pair: Pair) -> None:
    """Refuse a notebook whose name no source may have: that source would stop every other command.

    Raises:
        SourceError: proposes a name; or the source of the pair ends in ``.r``.
    """
    entry = context.catalogue.get(pair.name)
    if entry is not None:
        refuse_misspelt(entry.path)
    fault = fault_of_name(pair.name)
    if pair.source is not None or not fault:
        return
    path, proposed = pair.notebook_path, proposed_name(pair.name)
    hint = "Rename it."
    if proposed:
        better = path.replace(f"/{pair.name}.", f"/{proposed}.")
        hint = f"Name it {better}."
        if path.isprintable():
            hint = f"Rename it: {shlex.join(['mv', path, better])}"
    raise SourceError(f"its name {fault}", place=Place(path), hint=hint)


def _refuse_unknown(attempt: _Attempt, _: PairState) -> str:
    names = pairs.pair_names(attempt.workspace, attempt.context.catalogue)
    raise SourceError(f"no notebook {attempt.name!r}{did_you_mean(attempt.name, names)}")


def _forget(attempt: _Attempt, _: PairState) -> str:
    pairs.forget(attempt.workspace, attempt.name)
    return "both files are deleted: nbship forgets the pair"


def _wait(attempt: _Attempt, _: PairState) -> str:
    return f"{attempt.notebook} has no cells yet"


def _leave(attempt: _Attempt, _: PairState) -> str:
    return f"{attempt.source} was deleted; {attempt.notebook} stays until you delete or edit it"


def _record(attempt: _Attempt, state: PairState) -> str:
    agreed = compare.agree(state, _text(state), attempt.options)
    pair = attempt.pair
    has_pictures = agreed.pictures.items() <= pair.pictures.items()
    if agreed.notebook == pair.notebook and _holds(pair.source, agreed.text) and has_pictures:
        return _write(attempt, agreed, "nothing to do: both files have the same cells")
    return _write(
        attempt, agreed, "both files have the same cells, and are written as JupyterLab reads them"
    )


def _update_notebook(attempt: _Attempt, state: PairState) -> str:
    return _write_both(
        attempt, state, _text(state), f"{attempt.notebook} is updated from the source"
    )


def _update_source(attempt: _Attempt, state: PairState) -> str:
    text = compare.notebook_text(state, attempt.options)
    cells = state.content["cells"] if state.content else ()
    for number, name in unheld(cells):
        attempt.context.report.notice(
            f"{attempt.notebook}: cell {number + 1} shows {name!r}, which no file can hold: it "
            "stays in the notebook alone"
        )
    return _write_both(attempt, state, text, f"{attempt.source} is updated from the notebook")


def _merge(attempt: _Attempt, state: PairState) -> str:
    """Let git merge both sides; a conflict is written into the source, to be resolved there.

    After a conflict, the notebook's side is saved as the base of the next sync: the source contains
    it, so that resolving the conflict counts as an edit of the source alone.
    """
    theirs = compare.notebook_text(state, attempt.options)
    base = state.base.text if state.base else ""
    ours = Version(attempt.source, _text(state))
    folder = attempt.workspace.path(attempt.layout.merge(attempt.name))
    merged = merge(folder, ours, Version(_LAST, base), Version(attempt.notebook, theirs))
    if merged.is_clean:
        return _write_both(attempt, state, merged.text, "merged the changes of both sides")
    data = merged.text.encode()
    if not pairs.write_source(attempt.workspace, attempt.pair, data):
        return ""
    _save_state(attempt, theirs, None, attempt.pair.notebook, _last_pictures(attempt.pair))
    raise compare.conflict_in(attempt.source, merged.text) or SourceError(
        "git reported a conflict without conflict markers", place=Place(attempt.source)
    )


def _write_both(attempt: _Attempt, state: PairState, text: str, result: str) -> str:
    """Give the source this text and the notebook the same cells, and save the state."""
    return _write(attempt, compare.agree(state, text, attempt.options), result)


def _write(attempt: _Attempt, agreed: Agreed, result: str) -> str:
    """Write what the files do not hold yet, and save the state."""
    workspace, pair = attempt.workspace, attempt.pair
    written = pairs.write_pictures(workspace, pair, agreed.pictures)
    if written:
        result += f"; {_count(written)} in {assets_of(attempt.source)}/"
    source = pair.source
    if not _holds(source, agreed.text):
        source = agreed.text.encode()
        if not pairs.write_source(workspace, pair, source):
            return ""
    if agreed.drops_cells:
        pairs.keep_notebook(workspace, pair)
    if agreed.drops_outputs:
        kept = attempt.layout.kept_notebook(attempt.name)
        result += f"; outputs of changed cells are dropped, and kept in {kept}"
    if agreed.notebook != pair.notebook and not pairs.write_notebook(
        workspace, pair, agreed.notebook
    ):
        return ""
    there = _tidied(attempt, agreed, written)
    _save_state(attempt, agreed.text, source, agreed.notebook, there)
    return result


def _count(names: Sequence[str]) -> str:
    return "a picture is written" if len(names) == 1 else f"{len(names)} pictures are written"


def _tidied(attempt: _Attempt, agreed: Agreed, written: Sequence[str]) -> dict[str, KeptPicture]:
    """Remove the pictures that nothing shows any more; return the state of the rest."""
    last, present = _last_pictures(attempt.pair), attempt.pair.pictures
    stale = stale_pictures(last, present, agreed.pictures)
    pairs.remove_pictures(attempt.workspace, attempt.pair, stale)
    left = {name: data for name, data in present.items() if name not in stale}
    return kept_pictures(last, {**left, **agreed.pictures}, written)


def _last_pictures(pair: Pair) -> Mapping[str, KeptPicture]:
    """Return the pictures beside the source as the last sync left them, by name."""
    return pair.last.pictures if pair.last else {}


def _holds(data: bytes | None, text: str) -> bool:
    """Return whether the bytes of a source are this text, with line ends of either kind."""
    return data is not None and data.replace(b"\r\n", b"\n") == text.encode()


def _save_state(
    attempt: _Attempt,
    text: str,
    source: bytes | None,
    notebook: bytes | None,
    pictures: Mapping[str, KeptPicture],
) -> None:
    last = SyncState(
        text,
        source="" if source is None else sha256(source),
        notebook=sha256(notebook or b""),
        tool=_tool(pairs.usual_options(attempt.workspace)),
        pictures=pictures,
    )
    pairs.save_state(attempt.workspace, attempt.name, last)


def _files(attempt: _Attempt) -> PairFiles:
    pair = attempt.pair
    earlier = pair.earlier
    if pair.notebook is None and pair.last is None and earlier is None:
        earlier = replaced_notebook(attempt.workspace.root, attempt.source)
    return PairFiles(
        attempt.source,
        attempt.notebook,
        source=pair.source,
        notebook=pair.notebook,
        base=pair.last.text if pair.last else None,
        earlier=earlier,
        pictures=pair.pictures,
        last_pictures=digests_of(_last_pictures(pair)),
    )


def _text(state: PairState) -> str:
    return state.source.text if state.source else ""


def _is_unchanged(workspace: Workspace, pair: Pair) -> bool:
    if pair.last is None or pair.source is None or pair.notebook is None:
        return False
    digests = (sha256(pair.source), sha256(pair.notebook))
    last = (pair.last.source, pair.last.notebook)
    if digests_of(pair.last.pictures) != {n: sha256(data) for n, data in pair.pictures.items()}:
        return False
    return digests == last and pair.last.tool == _tool(pairs.usual_options(workspace))


def _tool(options: Options) -> str:
    """Return the versions and options that made a pair: if they change, a sync compares again."""
    shown = json.dumps(options, sort_keys=True, default=str)
    return f"{builder()}, {sha256(shown.encode())[:12]}"
