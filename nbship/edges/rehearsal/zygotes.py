"""The zygotes of this process: programs that have imported libraries, and fork kernels.

A zygote is started by the launcher in a sandbox of its own (``shim/_launch/zygote.py``), and ends
with this process. There is one for each choice of libraries, and few at the same time: each needs
about 100 MB.

Side effects: starts processes; writes files below .nbship/.
"""

import atexit
import contextlib
import itertools
import os
import secrets
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbship
from nbship.edges.process.beside import running
from nbship.edges.rehearsal import isolation, kaggle_layout
from nbship.edges.rehearsal.isolation import Isolation, Program
from nbship.edges.storage import files, locks
from nbship.model.workspace import Workspace

SWITCH = "NBSHIP_WARM"  # "off" in the environment: each kernel starts from its beginning
_GPU = Path("/dev/nvidiactl")
_PROGRAM = "/kaggle/lib/_launch/zygote.py"  # where the sandbox has it
_PACKAGE = str(Path(nbship.__file__).resolve().parents[1])
_MOST = 3  # zygotes at the same time
_WAITING = 64  # connections


@dataclass
class _Zygotes:
    """The sockets of the zygotes that run, by what they have imported."""

    sockets: dict[tuple[Path, tuple[str, ...]], str] = field(default_factory=dict)
    running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)


_OURS = _Zygotes()


def unwanted() -> str:
    """Return why no kernel is forked on this machine, "" if kernels are.

    A fork cannot share a GPU with its parent.
    """
    if os.environ.get(SWITCH) == "off":
        return f"{SWITCH}=off"
    return "this machine has a GPU" if _GPU.exists() else ""


def socket_of(workspace: Workspace, found: Isolation, modules: Sequence[str]) -> str:
    """Return the socket of a zygote that has imported these modules.

    Where there are many, return that of one which has imported the most of them.

    Side effects: may start a zygote.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    key = workspace.root, tuple(sorted(modules))
    with _OURS.lock:
        if key not in _OURS.sockets:
            ours = {each: name for each, name in _OURS.sockets.items() if each[0] == key[0]}
            if len(ours) >= _MOST:
                wanted = set(modules)
                return ours[max(ours, key=lambda each: len(wanted.intersection(each[1])))]
            if not _OURS.sockets:
                atexit.register(end)
            _OURS.sockets[key] = _start(workspace, found, key[1])
        return _OURS.sockets[key]


def end() -> None:
    """End the zygotes of this process."""
    _OURS.running.close()
    _OURS.sockets.clear()


def _start(workspace: Workspace, found: Isolation, modules: Sequence[str]) -> str:
    name = secrets.token_hex(16)
    # The folder of a command that was killed is the first one that is free again.
    locked = (workspace.path(workspace.layout.lock("zygote", str(n))) for n in itertools.count(1))
    number = _OURS.running.enter_context(locks.first_free(locked))
    folder = workspace.path(f"{workspace.layout.zygotes}/{number}")
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
        folders = kaggle_layout.KaggleFolders.below(folder)
        argv, variables = isolation.sandboxed(found, folders, program)
        _OURS.running.callback(files.remove, folder)
        _OURS.running.enter_context(
            running(
                argv, cwd=folder, env=variables,
                descriptor=listening.fileno(), errors=folder / "errors.txt",
            )
        )  # fmt: skip
    return name
