"""``sync``: brings a source and its notebook in step, by their content and never by their dates.

The writes have an order: the copy of the old notebook, the source, the notebook, and at the end the
sync's state. When the process is killed between two of them, the next sync completes the work.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nbship.config import PYPROJECT
from nbship.core.pairing import compare
from nbship.core.pairing.compare import PairFiles, PairState
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.core.pairing.sync_state import LastSync
from nbship.core.source.jupytext_api import check_options
from nbship.diagnostics import Place, did_you_mean
from nbship.digest import sha256
from nbship.edges.git.merge import Version, merge
from nbship.edges.storage import locks
from nbship.edges.workspace import pairs
from nbship.edges.workspace.artifacts import builder
from nbship.edges.workspace.pairs import Pair
from nbship.errors import SourceError, WorkspaceError
from nbship.model.layout import Layout
from nbship.model.workspace import Context, Workspace

_TRIES = 5  # how often a sync begins again because somebody saved a file meanwhile
_LAST = "what both said at the last sync"

Options = Mapping[str, Any]


def sync(context: Context, name: str) -> str:
    """Bring ``src_py/NAME.py`` and ``notebooks/NAME.ipynb`` in step; say what was done.

    Side effects: writes these two files, and below .nbship/.

    Raises:
        SourceError: a cell would be lost, both sides changed the same lines, or an earlier
            conflict is not resolved; names the line or the cell.
        WorkspaceError: the disk cannot be written, or another program keeps on saving.
    """
    workspace, layout = context.workspace, context.workspace.layout
    with locks.locked(workspace.path(layout.lock("sync", name))):
        for _ in range(_TRIES):
            pair = pairs.read(workspace, name)
            if _is_untouched(workspace, pair):
                return "nothing to do"
            said = _attempt(_Job(context, pair, _options(workspace)))
            if said:
                return said
    raise WorkspaceError(
        f"another program saves {layout.source(name)} or {layout.notebook(name)} again and again",
        hint="Wait until it is done, then try again.",
    )


def is_in_step(workspace: Workspace, name: str) -> bool:
    """Whether both files are as the last sync left them.

    Raises:
        WorkspaceError: a file cannot be read, or the name leads out of the workspace.
    """
    return _is_untouched(workspace, pairs.read(workspace, name))


@dataclass(frozen=True, slots=True)
class _Job:
    """One attempt at one pair."""

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
        return self.layout.source(self.name)

    @property
    def notebook(self) -> str:
        return self.layout.notebook(self.name)


def _attempt(job: _Job) -> str:
    """Do what the two sides ask for; return what was done, nothing where it must begin again."""
    seen = compare.compare_pair(_found(job), job.options)
    acts: dict[SyncAction, Callable[[_Job, PairState], str]] = {
        SyncAction.NOTHING: _unknown,
        SyncAction.FORGET: _forget,
        SyncAction.LEAVE: _leave,
        SyncAction.RECORD: _record,
        SyncAction.CREATE_NOTEBOOK: _notebook_follows,
        SyncAction.UPDATE_NOTEBOOK: _notebook_follows,
        SyncAction.CREATE_SOURCE: _source_follows,
        SyncAction.UPDATE_SOURCE: _source_follows,
        SyncAction.MERGE: _merge,
    }
    return acts[seen.action](job, seen)


def _unknown(job: _Job, _: PairState) -> str:
    known = pairs.pair_names(job.workspace, job.context.catalogue)
    raise SourceError(f"no notebook {job.name!r}{did_you_mean(job.name, known)}")


def _forget(job: _Job, _: PairState) -> str:
    pairs.forget(job.workspace, job.name)
    return "both files are gone, and forgotten"


def _leave(job: _Job, _: PairState) -> str:
    return f"{job.source} was deleted; {job.notebook} stays as it is until you delete or edit it"


def _record(job: _Job, seen: PairState) -> str:
    _remember(job, _text(seen), job.pair.source, job.pair.notebook)
    return "nothing to do: both say the same"


def _notebook_follows(job: _Job, seen: PairState) -> str:
    return _write_both(job, seen, _text(seen), f"{job.notebook} follows the source")


def _source_follows(job: _Job, seen: PairState) -> str:
    text = compare.notebook_text(seen, job.options)
    cells = seen.content["cells"] if seen.content else ()
    if any(cell.get("attachments") for cell in cells):
        job.context.report.notice(
            f"{job.notebook} has attachments: they stay there, for a .py cannot hold them"
        )
    return _write_both(job, seen, text, f"{job.source} follows the notebook")


def _merge(job: _Job, seen: PairState) -> str:
    """Let git merge both sides; a conflict is left in the source, to be resolved there.

    The notebook's side is then what both agree on: it stands in the source, so that whatever
    becomes of the conflict is an edit of the source alone.
    """
    theirs = compare.notebook_text(seen, job.options)
    base = seen.base.text if seen.base else ""
    ours = Version(job.source, _text(seen))
    folder = job.workspace.path(job.layout.merge(job.name))
    merged = merge(folder, ours, Version(_LAST, base), Version(job.notebook, theirs))
    if merged.is_clean:
        return _write_both(job, seen, merged.text, "merged what both sides changed")
    data = merged.text.encode()
    if not pairs.write_source(job.workspace, job.pair, data):
        return ""
    _remember(job, theirs, None, job.pair.notebook)
    raise compare.conflict_in(job.source, merged.text) or SourceError(
        "git found a conflict and did not mark it", place=Place(job.source)
    )


def _write_both(job: _Job, seen: PairState, text: str, said: str) -> str:
    """Give the source this text and the notebook the same cells, and remember it."""
    workspace, pair = job.workspace, job.pair
    ending = compare.notebook_after(seen, text, job.options)
    source = pair.source
    if seen.source is None or text != seen.source.text:
        source = text.encode()
        if not pairs.write_source(workspace, pair, source):
            return ""
    if ending.drops_cells:
        pairs.keep_notebook(workspace, pair)
    if ending.drops_outputs:
        kept = job.layout.kept_notebook(job.name)
        said += f"; outputs of changed cells are dropped, and kept in {kept}"
    if ending.notebook != pair.notebook and not pairs.write_notebook(
        workspace, pair, ending.notebook
    ):
        return ""
    _remember(job, text, source, ending.notebook)
    return said


def _remember(job: _Job, text: str, source: bytes | None, notebook: bytes | None) -> None:
    last = LastSync(
        text,
        source="" if source is None else sha256(source),
        notebook=sha256(notebook or b""),
        tool=_tool(pairs.jupytext_options(job.workspace)),
    )
    pairs.save_state(job.workspace, job.name, last)


def _found(job: _Job) -> PairFiles:
    pair = job.pair
    return PairFiles(
        job.source,
        job.notebook,
        source=pair.source,
        notebook=pair.notebook,
        base=pair.last.text if pair.last else None,
        earlier=pair.earlier,
    )


def _text(seen: PairState) -> str:
    return seen.source.text if seen.source else ""


def _is_untouched(workspace: Workspace, pair: Pair) -> bool:
    if pair.last is None or pair.source is None or pair.notebook is None:
        return False
    digests = (sha256(pair.source), sha256(pair.notebook))
    known = (pair.last.source, pair.last.notebook)
    return digests == known and pair.last.tool == _tool(pairs.jupytext_options(workspace))


def _options(workspace: Workspace) -> Options:
    """Return jupytext's options, as JupyterLab uses them here.

    Raises:
        WorkspaceError: jupytext does not know them.
    """
    options = pairs.jupytext_options(workspace)
    try:
        check_options(SHIPPED_OPTIONS if options is None else options)
    except ValueError as error:
        raise WorkspaceError(f"[tool.jupytext]: {error}", place=Place(PYPROJECT)) from None
    return SHIPPED_OPTIONS if options is None else options


def _tool(options: Options | None) -> str:
    """Name what the digests of a sync hold for: with another version or option, it looks again."""
    shown = json.dumps(options, sort_keys=True, default=str)
    return f"{builder()}, {sha256(shown.encode())[:12]}"
