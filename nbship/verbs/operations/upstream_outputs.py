"""What a rehearsal has of the notebooks upstream: their outputs, and utility scripts as modules.

A sample in the folder of the inputs comes first. Then come the outputs of the last rehearsal, if it
passed, because it ran the sources of this workspace; then those of the last complete run that was
fetched. The files are shared with the original, so that the next rehearsal upstream does not change
them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbship.core.metadata.data_sources import (
    is_utility,
    kernel_id,
    kernel_mount,
    utility_mounts,
)
from nbship.core.push.record import latest_fetched
from nbship.core.run.output_names import OURS
from nbship.core.workspace.catalogue import entry_of, upstream_chain, upstream_of
from nbship.edges.rehearsal.kaggle_layout import NOTHING, KaggleFolders, Upstream
from nbship.edges.storage import files, locks, snapshot
from nbship.edges.workspace import journal, smoke_results
from nbship.model.notebook import Built
from nbship.model.push import Record
from nbship.model.workspace import Context, Entry, Workspace
from nbship.verbs.operations.build_artifact import build_artifact

_PATIENCE = 3600.0  # seconds for a rehearsal upstream that runs at the same time


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to gather: the kernel sources, and those of this workspace by their kernels' ids.

    The folder ``top`` gets copies. ``shared`` are the sources that others stand for, by the ids of
    these; ``patience`` is in seconds.
    """

    sources: Iterable[str]
    above: Mapping[str, Entry]
    top: Path
    shared: Mapping[str, str] = field(default_factory=dict)
    patience: float = _PATIENCE


def find_upstream(context: Context, built: Built) -> Upstream:
    """Return what the notebooks of this workspace upstream of a notebook have for its rehearsal.

    Side effects: builds utility scripts; makes a folder in .nbship/; reports whose outputs it has.

    Raises:
        SourceError: the kernel_sources form a circle, or a utility script is wrong.
        WorkspaceError: the disk cannot be written, or a rehearsal upstream does not end.
    """
    spec, workspace, name = built.spec.kaggle, context.workspace, built.artifact.name
    above = upstream_of(context.catalogue, entry_of(context.catalogue, name)) if spec else {}
    if spec is None or not above:
        return NOTHING
    top = files.fresh_folder(workspace.path(workspace.layout.upstream(name)))
    shared = {kernel_id(each.used): each.source for each in built.follows}
    return gather(context, Wanted(spec.kernel_sources, above, top, shared), name)


def gather(context: Context, wanted: Wanted, name: str) -> Upstream:
    """Return what the notebooks of this workspace have for the notebook ``name``.

    Without a name it is for none of them, and no circle is looked for. Side effects and errors are
    those of ``find_upstream``.
    """
    workspace = context.workspace
    folders: dict[str, Path] = {}
    mounted, lacking = set(), []
    for source in wanted.sources:
        origin = wanted.shared.get(kernel_id(source), source)
        entry, mount = wanted.above.get(kernel_id(origin)), kernel_mount(source)
        if entry is None:
            continue
        module = _module(context, entry, wanted.top) if entry.is_script else None
        if module is not None:
            folders |= dict.fromkeys(utility_mounts(kernel_id(source)), module)
            mounted.add(mount)
        elif not (workspace.inputs / mount).is_dir():
            if name:  # two that wait for each other would not end
                upstream_chain(context.catalogue, name)
            path = f"input/{kernel_mount(kernel_id(source))}"
            sample = workspace.inputs / kernel_mount(origin)
            if sample.is_dir():  # that of the shared kernel is one of its copy, too
                folders[path] = sample
                mounted.add(mount)
                continue
            taken = _take_outputs(context, entry, wanted.top / path, wanted.patience)
            if taken is None:
                lacking.append(entry.name)
            else:
                folders[path] = taken
                mounted.add(mount)
    return Upstream(folders, frozenset(mounted), tuple(dict.fromkeys(lacking)))


def _module(context: Context, entry: Entry, top: Path) -> Path | None:
    """Return a folder with a utility script as a module, None if the script is none."""
    built = build_artifact(context, entry.name)
    if built.spec.kaggle is None or not is_utility(built.spec.kaggle):
        return None
    folder, legacy = utility_mounts(entry.kernel or "")
    module = Path(legacy).name
    files.write_cache(top / folder / f"{module}.py", built.artifact.text.encode())
    return top / folder


def _take_outputs(context: Context, entry: Entry, target: Path, patience: float) -> Path | None:
    """Share the outputs of a notebook, and say which they are; return None if it has none."""
    workspace, layout = context.workspace, context.workspace.layout
    told = f"inputs of {entry.kernel}"
    with locks.locked(workspace.path(layout.lock("smoke", entry.name)), patience):
        folders = KaggleFolders.below(workspace.path(layout.rehearsal(entry.name)))
        if (
            smoke_results.is_whole(workspace, entry.name) and folders.working.is_dir()
        ):  # somebody may have removed it to make room
            snapshot.take(folders.working, target)
            context.report.notice(f"{told}: the rehearsal of {entry.name}")
            return target
    record = latest_fetched(journal.read(workspace), kernel=entry.kernel or "")
    if record is None or not record.folder or not workspace.path(record.folder).is_dir():
        return None
    snapshot.take(workspace.path(record.folder), target, without=OURS)
    context.report.notice(f"{told}: version {record.version}, in {record.folder}/")
    if not journal.has_all_outputs(workspace, record):
        context.report.more(f"not all outputs of this run are here; {_rest_of(workspace, record)}")
    return target


def _rest_of(workspace: Workspace, record: Record) -> str:
    """Return what fetches the outputs of a run that are not here."""
    known = workspace.targets.get(record.target)
    watch = known.command("watch", record.name) if known else f"doit watch:{record.name}"
    return f"{watch} --version {record.version} fetches the rest"
