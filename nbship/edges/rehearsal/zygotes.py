"""The zygotes of this process: programs that have imported libraries, and fork kernels.

A zygote is started by the launcher in a sandbox of its own (``shim/_launch/zygote.py``), and ends
with this process. There is one for each choice of libraries, and few at the same time: each needs
about 100 MB.

Side effects: starts processes; writes files below .nbship/.
"""

import atexit
import contextlib
import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbship
from nbship.edges.process.beside import running
from nbship.edges.rehearsal import isolation, kaggle_layout
from nbship.edges.rehearsal.isolation import Isolation, Program
from nbship.edges.storage import files
from nbship.model.workspace import Workspace

# In the environment, "off": each kernel starts from its beginning; "always": none does, if it can.
SWITCH = "NBSHIP_WARM"
_GPU = Path("/dev/nvidiactl")
_PROGRAM = "/kaggle/lib/_launch/zygote.py"  # where the sandbox has it
_PACKAGE = str(Path(nbship.__file__).resolve().parents[1])
_MOST = 3  # zygotes at the same time
_WAITING = 64  # connections


@dataclass
class _Zygotes:
    """The sockets of the zygotes that run, by what they have imported."""

    asked: int = 0  # how often
    sockets: dict[tuple[Path, tuple[str, ...]], str] = field(default_factory=dict)
    running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


_OURS = _Zygotes()


def is_wanted() -> bool:
    """Return whether kernels are forked: not on a machine with a GPU, which a fork cannot share."""
    return os.environ.get(SWITCH) != "off" and not _GPU.exists()


def socket_of(workspace: Workspace, found: Isolation, modules: Sequence[str]) -> str:
    """Return the socket of a zygote that has imported these modules, "" for a plain kernel.

    A plain kernel starts sooner than a zygote: the first rehearsal of a process has one, and so has
    the one at which a zygote starts. Where there are many, return the socket of one which has
    imported the most of the modules.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    key = workspace.root, tuple(sorted(modules))
    is_at_once = os.environ.get(SWITCH) == "always"
    _OURS.asked += 1
    if _OURS.asked == 1 and not is_at_once:
        return ""
    if key not in _OURS.sockets:
        ours = {known: name for known, name in _OURS.sockets.items() if known[0] == workspace.root}
        if len(ours) >= _MOST:
            wanted = set(modules)
            return ours[max(ours, key=lambda known: len(wanted.intersection(known[1])))]
        if not _OURS.sockets:
            atexit.register(end)
        _OURS.sockets[key] = _start(workspace, found, key[1])
        if not is_at_once:
            return ""
    return _OURS.sockets[key]


def end() -> None:
    """End the zygotes of this process."""
    _OURS.running.close()
    _OURS.sockets.clear()
    _OURS.asked = 0


def _start(workspace: Workspace, found: Isolation, modules: Sequence[str]) -> str:
    name = secrets.token_hex(16)
    folder = workspace.path(f"{workspace.layout.zygotes}/{name}")
    files.fresh_folder(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(f"\0{name}")  # a name of its own, without a file (unix(7))
        listening.listen(_WAITING)
        program = Program(
            ["{python}", _PROGRAM, str(listening.fileno()), _PACKAGE, *modules],
            kaggle_layout.clean_environment(),
            fonts=workspace.path(workspace.layout.font_cache),
            serves=True,
        )
        argv = isolation.command(found, kaggle_layout.KaggleFolders.below(folder), program)
        _OURS.running.callback(files.remove, folder)
        _OURS.running.enter_context(
            running(
                argv, cwd=folder, env=kaggle_layout.clean_environment(),
                descriptor=listening.fileno(), errors=folder / "errors.txt",
            )
        )  # fmt: skip
    return name
