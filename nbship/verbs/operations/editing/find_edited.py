"""The notebook that is edited, and what it has: its header, its inputs, its packages.

A header that is half typed stops nothing: then the kernel has what every notebook of the workspace
has, and says why. So it is where the editor does not tell the notebook.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.source.language import PYTHON, language_of
from nbship.core.workspace.catalogue import upstream_of
from nbship.core.workspace.editor_start import told_name
from nbship.diagnostics import Place
from nbship.edges.rehearsal import environment, kaggle_layout, packages
from nbship.edges.rehearsal.kaggle_layout import Upstream
from nbship.edges.workspace import sources
from nbship.errors import NbshipError
from nbship.model.spec import Spec
from nbship.model.workspace import Context, Entry
from nbship.verbs.operations.upstream_outputs import Wanted, gather

_ALL = "/kaggle/input has all samples of the workspace"


@dataclass(frozen=True, slots=True)
class Edited:
    """A notebook in an editor; without an entry, nobody knows which one it is.

    ``spec`` is None if its header cannot be read, too. ``problems`` are lines for its user.
    """

    name: str = ""
    entry: Entry | None = None
    spec: Spec | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Folders of this machine by their paths below /kaggle, and lines for the user."""

    folders: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def find_edited(context: Context, folder: str, session: str) -> Edited:
    """Return the notebook that an editor tells, for a kernel in a folder of the workspace.

    Raises:
        WorkspaceError: a file of the workspace cannot be read.
    """
    name = told_name(context.workspace.layout, folder, session)
    if not name:
        return Edited()
    entry = context.catalogue.get(name)
    if entry is None:
        source = context.workspace.layout.source(name)
        return Edited(name, problems=(f"no source {source} (doit sync makes it): {_ALL}",))
    edited = Edited(name, entry)
    language = language_of(entry.path)
    if language != PYTHON:
        text = f"{entry.path} is {language.title}, and this kernel is Python: choose another one"
        return replace(edited, problems=(text,))
    try:
        spec = parse_spec(read_header(sources.read(context.workspace, entry.path)))
    except NbshipError as error:
        return replace(edited, problems=(f"{error}: {_ALL}",))
    return replace(edited, spec=spec)


def find_inputs(context: Context, edited: Edited, top: Path) -> Inputs:
    """Return the inputs of the notebook, as far as they are there, in part copied below ``top``.

    They are those of its rehearsal: samples, and outputs of notebooks upstream.

    Side effects: builds utility scripts; makes folders below ``top``.
    """
    workspace, catalogue = context.workspace, context.catalogue
    if edited.entry is None or edited.spec is None:
        every = {each.kernel: each for each in catalogue.values() if each.kernel}
        upstream, problems = _gathered(context, every, every, top)
        # A notebook that never ran has no outputs: of all notebooks, that is nothing to tell.
        samples = kaggle_layout.all_samples(workspace.inputs)
        return Inputs({**upstream.folders, **samples}, problems)
    spec = edited.spec.kaggle
    if spec is None:
        return Inputs()
    above = upstream_of(catalogue, edited.entry)
    upstream, problems = _gathered(context, spec.kernel_sources, above, top)
    folders, missing = kaggle_layout.find_inputs(workspace.inputs, spec, upstream)
    if missing:
        shown = workspace.inputs.relative_to(workspace.root).as_posix()
        place = Place(edited.entry.path, edited.spec.kaggle_line)
        error = kaggle_layout.no_inputs(missing, place, shown, upstream)
        problems = (*problems, *lines_of(error))
    return Inputs(folders, problems)


def find_packages(context: Context, edited: Edited) -> tuple[Mapping[str, Any] | None, str]:
    """Return the Python of the notebook's own environment, None for that of nbship; and a problem.

    An environment that no rehearsal has made yet would take minutes, while an editor waits.
    """
    spec = edited.spec
    if spec is None:
        return None, ""
    if spec.smoke.environment == "uv":
        facts = environment.made(context.workspace, spec.requires_python, spec.dependencies)
        text = f"the environment of {edited.name} is not made yet: nbship smoke {edited.name}"
        return facts, "" if facts else text
    missing = packages.missing(spec.dependencies)
    return None, f"not installed here: {', '.join(missing)}" if missing else ""


def lines_of(error: NbshipError) -> tuple[str, ...]:
    """Return an error as lines for the user of a notebook: what is wrong, then what to do."""
    return (str(error), *(f"  → {hint}" for hint in error.diagnostic.hints))


def _gathered(
    context: Context, kernels: Iterable[str], above: Mapping[str, Entry], top: Path
) -> tuple[Upstream, tuple[str, ...]]:
    """Return what the notebooks upstream have, each by itself: one that fails spoils no other."""
    folders: dict[str, Path] = {}
    mounted, lacking, problems = set[str](), list[str](), list[str]()
    for kernel in kernels:
        try:
            found = gather(context, Wanted((kernel,), above, top, patience=0), "")
        except NbshipError as error:
            problems.append(str(error))
        else:
            folders |= found.folders
            mounted |= found.mounted
            lacking += found.lacking
    return Upstream(folders, frozenset(mounted), tuple(dict.fromkeys(lacking))), tuple(problems)
