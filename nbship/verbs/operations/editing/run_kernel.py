"""A kernel that an editor starts: in the world of the notebook's rehearsal, or else a plain one.

The world is that of the rehearsal, made by the same launcher: a sandbox where this machine can,
else translated paths; the same variables, secrets and packages. It differs where somebody edits:

- The modules are those of the workspace, as they are now, and not a bundle. The workspace can be
  read; the folder of the state only by a helper, as in its rehearsal.
- The network is always there: the editor talks to the kernel through it.
- What is missing is told by the first cell, and stops nothing.
- Each kernel has a folder of its own. ``/kaggle/working`` and the home are those of the last kernel
  of the notebook; a second kernel at the same time, and a rehearsal, have other ones.
- A Colab notebook has ``/content`` and google.colab; a helper has ``/kaggle`` without inputs.

Where the world cannot be made (no workspace, a wrong pyproject.toml, a full disk), or no kernel
begins in it, a plain kernel starts, whose first cell says why.

This process stays: it holds the lock of the folder, answers for the secrets and ends what the
kernel leaves. An interrupt is a message of the editor's to the kernel.
"""

import contextlib
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import NoReturn

from nbship.core.source.language import PYTHON
from nbship.core.workspace.editor_start import needs_files, split_arguments
from nbship.edges.process.become import become
from nbship.edges.process.output import Watch
from nbship.edges.process.supervision import run_supervised
from nbship.edges.rehearsal import colab, edited_folder, isolation, kaggle_layout, secret_service
from nbship.edges.rehearsal.isolation import Isolation, Program
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import locks
from nbship.edges.workspace import sources
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.workspace import Context, Report, Workspace
from nbship.sanitize import readable
from nbship.shim import kernel_editing
from nbship.shim.kernel_editing import VARIABLE
from nbship.verbs.operations.editing.find_edited import (
    Edited,
    find_edited,
    find_inputs,
    find_packages,
    lines_of,
)

_UPSTREAM = "upstream"  # in the folder of the kernel: copies of the outputs of other notebooks
_NO_POLL = "--IPKernelApp.parent_handle=1"  # this process ends it, and it prints no advice
_LONGEST, _MOST = 1000, 50  # characters of a notice, and notices: a variable holds 128 KiB


@dataclass(frozen=True, slots=True)
class Start:
    """How an editor starts a kernel: its arguments, its folder, and the notebook if it tells it."""

    arguments: tuple[str, ...]
    folder: Path
    session: str = ""


@dataclass(frozen=True, slots=True)
class _World:
    """What a kernel has; ``service`` are the variables that name the server of secrets."""

    context: Context
    edited: Edited
    folders: KaggleFolders
    isolation: Isolation
    service: Mapping[str, str] = field(default_factory=dict)


def run_kernel(start: Start, report: Report) -> int:
    """Run a kernel to its end, and return its exit code; ``report`` writes the editor's log.

    Side effects: makes a folder in .nbship/; starts the kernel, and ends all that is left of it. A
    plain kernel takes the place of this process.
    """
    with ExitStack() as stack:
        try:
            world, argv = _prepared(start, report, stack)
        except NbshipError as error:
            problem = lines_of(error)
        else:
            code, fault = _run(world, argv)
            if not fault:
                return code
            problem = (f"the kernel did not start: {fault}",)
    for line in problem:
        report.notice(line)
    return _become_plain(start, problem)


def _prepared(start: Start, report: Report, stack: ExitStack) -> tuple[_World, list[str]]:
    """Make the world of a kernel, and return it with the command line that starts the kernel.

    Raises:
        NbshipError: it cannot be made.
    """
    workspace = sources.open_workspace(start.folder)
    context = Context(workspace, sources.read_catalogue(workspace), report)
    below = start.folder.resolve().relative_to(workspace.root).as_posix()
    edited = find_edited(context, below, start.session)
    folders = edited_folder.make_folders(stack.enter_context(_own_folder(workspace, edited.name)))
    inputs = find_inputs(context, edited, folders.folder / _UPSTREAM)
    python, lacking = find_packages(context, edited)
    service, unknown = _secrets(workspace, edited, stack)
    file, rest = split_arguments(start.arguments)
    connection = edited_folder.read_connection(file)
    edited_folder.write_connection(folders, connection)
    found = isolation.SHIM if needs_files(connection) else isolation.find(workspace)
    world = _World(
        context,
        edited,
        replace(folders, mounts={at: str(path.resolve()) for at, path in inputs.folders.items()}),
        replace(found, below=python),
        service,
    )
    problems = (*edited.problems, *inputs.problems, *filter(None, (lacking, unknown)))
    for line in problems:
        report.notice(line)
    return world, _command(world, rest, problems)


@contextlib.contextmanager
def _own_folder(workspace: Workspace, name: str) -> Iterator[Path]:
    """Hold a folder for a kernel of the notebook, which no other kernel has, during a block."""
    layout = workspace.layout
    places = (workspace.path(layout.edited(name, number)) for number in count(1))
    locked = (place.with_name(f"{place.name}.lock") for place in places)
    with locks.first_free(locked) as number:
        yield workspace.path(layout.edited(name, number))


def _secrets(
    workspace: Workspace, edited: Edited, stack: ExitStack
) -> tuple[Mapping[str, str], str]:
    """Answer requests for the secrets of the notebook; return the variables, and a problem."""
    if edited.spec is None:
        return {}, ""
    try:
        known = secret_service.secrets_for(workspace, edited.spec)
    except WorkspaceError as error:
        return {}, str(error)
    service = stack.enter_context(secret_service.service_of(edited.spec, known))
    if not known.made_up:
        return service, ""
    return service, (
        f"secrets are made up: {', '.join(known.made_up)} "
        f"(a value goes into {workspace.layout.local_secrets})"
    )


def _command(world: _World, arguments: Sequence[str], notices: Sequence[str]) -> list[str]:
    """Return the command line that starts the kernel in its world.

    Side effects: writes files in the folder of the kernel.
    """
    workspace, spec = world.context.workspace, world.edited.spec
    folder, kaggle = isolation.seen(world.isolation, world.folders)
    is_colab = spec is not None and spec.colab is not None
    facts = _facts(workspace, notices, str(folder))
    environment = kaggle_layout.clean_environment() | dict(world.service) | {VARIABLE: facts}
    visible, hidden = [str(workspace.root)], [str(workspace.path(workspace.layout.state))]
    if spec is not None and is_colab:
        content = Path("/content") if world.isolation.rung == "sandbox" else kaggle / "working"
        userdata = spec.smoke.userdata
        seen = folder, content
        environment = colab.as_on_colab(environment, world.folders, workspace, userdata, seen)
        visible.append(str(workspace.inputs / "colab"))
    elif spec is not None and spec.kaggle is None:
        hidden = []
    has_fonts = (world.folders.home / ".cache").exists()  # else the launcher would follow a link
    program = Program(
        [
            "{python}", "-m", "ipykernel_launcher", "-f", f"{folder}/{edited_folder.CONNECTION}",
            "--ext=kernel_editing", *(colab.KERNEL_ARGUMENTS if is_colab else ()), *arguments,
            *kaggle_layout.kernel_arguments(PYTHON), _NO_POLL,
        ],
        environment,
        visible,
        hidden,
        is_colab=is_colab,
        fonts=None if has_fonts else workspace.path(workspace.layout.font_cache),
    )  # fmt: skip
    return isolation.command(world.isolation, world.folders, program)


def _facts(workspace: Workspace | None, notices: Sequence[str], folder: str = "") -> str:
    """Return what kernel_editing needs, as JSON."""
    return json.dumps({
        "sources": str(workspace.path(workspace.layout.sources)) if workspace else "",
        "notices": [line[:_LONGEST] for line in notices[:_MOST]],
        "folder": folder,
    })  # fmt: skip


def _run(world: _World, argv: Sequence[str]) -> tuple[int, str]:
    """Run the kernel, and remove what is not to stay.

    Returns its exit code, and what was said last if it has ended before it was ready.
    """
    last = ["it says nothing"]

    def show(line: str) -> None:
        last[:] = [readable(line).strip() or last[0]]
        with contextlib.suppress(OSError):  # nobody reads the editor's log any more
            world.context.report.log(line)

    try:
        ended = run_supervised(
            argv,
            cwd=world.folders.folder,
            env=kaggle_layout.clean_environment(),
            watch=Watch(show, timeout=math.inf),
        )
        begun = world.folders.folder / kernel_editing.BEGUN
        is_fine = ended.code == 0 or os.path.lexists(begun)
    finally:
        with contextlib.suppress(WorkspaceError):  # the next kernel tries again
            edited_folder.clear(world.folders)
    return 1 if ended.code is None else ended.code, "" if is_fine else last[0]


def _become_plain(start: Start, problem: Sequence[str]) -> NoReturn:
    """Become a kernel without a world; its first cell tells the problem."""
    workspace = None
    with contextlib.suppress(NbshipError):
        workspace = sources.open_workspace(start.folder)
    first, *more = problem
    facts = _facts(workspace, (f"a plain kernel, without /kaggle: {first}", *more))
    become(
        [
            sys.executable, "-m", "ipykernel_launcher", *start.arguments,
            f"--ext={kernel_editing.__name__}",
        ],
        {**os.environ, VARIABLE: facts},
    )  # fmt: skip
