"""The plan of an adoption: every file before and after, and what is left for a person.

Only reads. The notebooks are converted here, so that the plan tells what becomes of each.
"""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from nbship.config import PYPROJECT, has_workspace
from nbship.core.adoption.commands import OldCommand, may_have_commands, old_commands
from nbship.core.adoption.convert import Adopted, Surroundings, adopt_notebook
from nbship.core.adoption.local_modules import (
    LocalImport,
    folder_of_modules,
    local_imports,
    moves,
)
from nbship.core.adoption.names import names_for
from nbship.core.adoption.survey import Found, survey, unreachable
from nbship.core.adoption.taken import Answers, Question
from nbship.core.checks.rules.secrets import secrets_in
from nbship.core.clone import git_attributes
from nbship.core.clone.repairs import Repairs, repairs_for, settings_for
from nbship.core.ipynb.json_text import half_of_a_pair
from nbship.core.metadata.data_sources import kernel_id, kernel_mount, mounts
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.core.scaffold.new_workspace import Extras, FileChange
from nbship.diagnostics import Place
from nbship.edges.git import clone, repository
from nbship.edges.storage import files
from nbship.edges.workspace import pairs, sources
from nbship.edges.workspace.changes import Change
from nbship.errors import NbshipError, SourceError
from nbship.model.workspace import Source, Workspace
from nbship.verbs.operations.set_up.examine import examine
from nbship.verbs.operations.set_up.new_files import plan_files

_KEEP = ".gitkeep"  # so that git has a folder of samples that is empty


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks of an adoption: the files, answers, and folders for samples."""

    given: tuple[str, ...] = ()
    answers: Answers = field(default_factory=Answers)
    samples: bool = False


@dataclass(frozen=True, slots=True)
class AdoptionPlan:
    """Everything that an adoption will do.

    ``workspace`` has the folders that it will have.
    ``refused`` are the notebooks that stay where they are, and why. ``secrets`` are the places of
    tokens and keys in the old files. ``untracked`` are files that git is to know no more.
    """

    workspace: Workspace
    adopted: tuple[Adopted, ...]
    refused: tuple[SourceError, ...]
    remarks: tuple[str, ...]
    commands: tuple[OldCommand, ...]
    secrets: tuple[str, ...]
    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]
    untracked: tuple[str, ...]
    settings: Mapping[str, str]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What a person has to tell, each once."""
        found = (question for each in self.adopted for question in each.questions)
        return tuple(dict.fromkeys(found))


def plan_adoption(workspace: Workspace, wishes: Wishes) -> AdoptionPlan:
    """Return what becomes of each notebook of another workflow in the workspace's folder.

    Raises:
        WorkspaceError: a file cannot be read, or cannot get the lines that it needs.
    """
    paths, absent = list_files(workspace)
    workspace, imports = _with_folder_of_modules(workspace, paths, wishes)
    layout = workspace.layout
    seen = survey(paths, lambda path: _read(workspace, path), layout, wishes.given)
    taken = [*sources.read_catalogue(workspace), *_modules(workspace)]
    names = names_for((found.path for found in seen.found), taken)
    adopted: list[Adopted] = []
    lost = () if wishes.given else unreachable(absent, layout)
    refused = [*lost, *map(_useless, seen.useless)]
    around = surroundings(workspace, wishes.answers)
    for found in seen.found:
        try:
            adopted.append(_adopted(workspace, found, names.get(found.path), around))
        except SourceError as error:
            refused.append(error)
    new = plan_files(workspace.root, layout, Extras(), has_notebooks=bool(adopted))
    facts = examine(workspace)
    repairs = repairs_for(facts, settings_for(sys.executable), hides_notebooks=True)
    lines = _lines(workspace, repairs)
    changes, untracked = _changes(workspace, adopted, new if adopted else (), lines, wishes)
    in_git = facts.clone.with_outputs if facts.clone else ()
    gone = {path for each in adopted for path in each.removed}
    return AdoptionPlan(
        workspace,
        tuple(adopted),
        tuple(refused),
        (
            *seen.remarks,
            *moves(imports, layout.sources),
            *_ignored(workspace, adopted),
            *(
                f"{path} stays in git with its outputs; to take them out: "
                f"git add --renormalize {shlex.quote(path)}"
                for path in in_git
                if path not in gone
            ),
        ),
        tuple(_old_commands(workspace, paths)),
        tuple(_secrets(workspace, seen.found)),
        new if adopted else (),
        changes,
        untracked,
        repairs.config if adopted else {},
    )


def _with_folder_of_modules(
    workspace: Workspace, paths: Sequence[str], wishes: Wishes
) -> tuple[Workspace, tuple[LocalImport, ...]]:
    """Return a new workspace with the folder of a project's modules as that of its sources.

    The second value are the imports of the found notebooks that the project itself answers.
    """
    layout = workspace.layout
    seen = survey(paths, lambda path: _read(workspace, path), layout, wishes.given)
    notebooks = {found.path: _read(workspace, found.path) or b"" for found in seen.found}
    imports = local_imports(notebooks, [path for path in paths if path not in notebooks])
    text = (files.read_bytes(workspace.root / PYPROJECT) or b"").decode(errors="replace")
    if has_workspace(text) or workspace.path(layout.sources).exists():
        return workspace, imports
    folder = folder_of_modules(imports, {layout.notebooks, layout.build, layout.runs})
    if folder:
        workspace = replace(workspace, layout=replace(layout, sources=folder))
    return workspace, imports


def list_files(workspace: Workspace) -> tuple[list[str], list[str]]:
    """Return the files that git has or would take, or all files outside a repository.

    The second value are those that git lists and that are not here, or whose name is not UTF-8.

    Raises:
        WorkspaceError: git refuses the repository, or it is bare; the message is git's.
    """
    root = workspace.root
    if clone.top_of(root) is not None:
        result = repository.run(
            root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"
        )
        if result.code != 0:
            raise repository.git_failed("ls-files", result)
        listed = [*dict.fromkeys(filter(None, result.out.split("\0")))]
        absent = [path for path in listed if not os.path.lexists(root / path)]
        return [path for path in listed if (root / path).is_file()], absent
    found = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    named = [
        path.as_posix() for path in found if not any(p.startswith(".") for p in path.parts[:-1])
    ]
    odd = [path for path in named if half_of_a_pair(path) is not None]
    return [path for path in named if half_of_a_pair(path) is None], odd


def surroundings(workspace: Workspace, answers: Answers) -> Surroundings:
    """Return what the conversion of a notebook needs of the workspace."""
    options = pairs.jupytext_options(workspace)
    return Surroundings(
        workspace.layout,
        SHIPPED_OPTIONS if options is None else options,
        lambda name: sources.find_module(workspace, name),
        answers,
    )


def _modules(workspace: Workspace) -> Iterator[str]:
    """Yield the names that the workspace's modules have; no notebook may take one."""
    folder = workspace.path(workspace.layout.sources)
    for path in folder.rglob("*.py") if folder.is_dir() else ():
        yield path.relative_to(folder).with_suffix("").as_posix()


def _adopted(workspace: Workspace, found: Found, name: str | None, around: Surroundings) -> Adopted:
    if name is None:
        raise SourceError(
            "no name is left for it", place=Place(found.path), hint="Rename it, and adopt again."
        )
    link = sources.link_in(workspace, found.path)
    if link is not None:
        raise SourceError("a link: adopt what it leads to", place=Place(link))
    data = _read(workspace, found.path)
    if data is None:
        raise SourceError("no such file", place=Place(found.path))
    outputs = _read(workspace, found.outputs) if found.outputs else None
    adopted = adopt_notebook(found, name, data, outputs, around)
    for path in (adopted.source_path, adopted.notebook_path):
        if path not in adopted.removed and workspace.path(path).exists():
            raise SourceError(
                f"{path} is in its way", place=Place(found.path), hint="Rename one of the two."
            )
    return adopted


def _changes(
    workspace: Workspace,
    adopted: Sequence[Adopted],
    new: Iterable[FileChange],
    lines: Mapping[str, bytes],
    wishes: Wishes,
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Return each file before and after, and the files that git is to know no more."""
    after: dict[str, bytes | None] = {}
    for each in adopted:
        after |= dict.fromkeys(each.removed)
    for each in adopted:
        after[each.source_path] = each.text.encode()
        after |= {**each.pictures, **each.kept}
        if each.notebook is not None:
            after[each.notebook_path] = each.notebook
    if adopted:
        after |= {each.path: each.text.encode() for each in new if each.text is not None}
        after |= lines
        after |= dict.fromkeys(_samples(workspace, adopted), b"") if wishes.samples else {}
    found = [Change(path, _read(workspace, path), data) for path, data in sorted(after.items())]
    notebooks = {each.notebook_path for each in adopted}
    untracked = tuple(path for path in after if path in notebooks)
    return tuple(each for each in found if each.old != each.new), untracked


def _lines(workspace: Workspace, repairs: Repairs) -> dict[str, bytes]:
    """Return the files that get lines as `nbship doctor --fix` would add them, with these lines."""
    return {
        name: git_attributes.with_lines(_read(workspace, name) or b"", added)
        for name, added in repairs.files.items()
        if name != PYPROJECT
    }


def _useless(path: str) -> SourceError:
    return SourceError("there is no notebook to adopt", place=Place(path))


def _ignored(workspace: Workspace, adopted: Iterable[Adopted]) -> Iterator[str]:
    """Yield a line for each new file of a source that git would leave out of a commit."""
    paths = [path for each in adopted for path in (each.source_path, *each.pictures)]
    if not paths or clone.top_of(workspace.root) is None:
        return
    data = "\0".join(paths).encode()
    result = repository.run(
        workspace.root, "check-ignore", "--no-index", "-z", "--stdin", data=data
    )
    for path in filter(None, result.out.split("\0")):
        command = shlex.join(["git", "add", "--force", "--", path])
        yield f"git ignores {path}: to commit it, type: {command}"


def _samples(workspace: Workspace, adopted: Iterable[Adopted]) -> Iterator[str]:
    """Yield a file in each folder of samples that a rehearsal needs and that does not exist.

    Of a kernel among them, a rehearsal has the outputs.
    """
    shown = workspace.inputs.relative_to(workspace.root).as_posix()
    specs = [parse_spec(read_header(Source(each.source_path, each.text))) for each in adopted]
    kernels = [spec.kaggle for spec in specs if spec.kaggle]
    own = {kernel_mount(kernel_id(kernel.id)) for kernel in kernels}
    for kernel in kernels:
        for mount, _ in mounts(kernel):
            if mount not in own and not (workspace.inputs / mount).is_dir():
                yield f"{shown}/{mount}/{_KEEP}"


def _old_commands(workspace: Workspace, paths: Iterable[str]) -> Iterator[OldCommand]:
    for path in filter(may_have_commands, paths):
        data = _read(workspace, path) or b""
        yield from old_commands(path, data.decode(errors="replace"))


def _secrets(workspace: Workspace, found: Iterable[Found]) -> Iterator[str]:
    """Yield the place and the kind of each secret in the old files, never the secret itself."""
    for each in found:
        for path in dict.fromkeys(filter(None, (each.path, each.outputs))):
            text = (_read(workspace, path) or b"").decode(errors="replace")
            for line, _, kind in secrets_in(text):
                yield f"{path}:{line}: this looks like a secret: {kind}"


def _read(workspace: Workspace, path: str) -> bytes | None:
    try:
        return files.read_bytes(workspace.root / PurePosixPath(path))
    except NbshipError:
        return None
