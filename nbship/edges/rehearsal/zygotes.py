"""The zygotes of this process: programs that have imported libraries, and fork kernels.

A zygote is started by the launcher in a sandbox of its own (``shim/_launch/zygote.py``), and ends
with this process. There is one for each choice of libraries, for whatever workspace, and few at the
same time: each needs about 100 MB. A kernel gets no library that its notebook does not import: if
no zygote has all of those, one with fewer forks it, or one without any.

Side effects: starts processes; writes files below .nbship/.
"""

import atexit
import contextlib
import itertools
import json
import os
import secrets
import socket
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import nbship
from nbship.edges.process.beside import running
from nbship.edges.rehearsal import isolation, kaggle_layout
from nbship.edges.rehearsal.isolation import Isolation, Program
from nbship.edges.storage import files, locks
from nbship.model.workspace import Workspace
from nbship.shim._launch.kernel_imports import TOLD_LATER

SWITCH = "NBSHIP_WARM"  # "off" in the environment: each kernel starts from its beginning
_GPU = Path("/dev/nvidiactl")
_PROGRAM = "/kaggle/lib/_launch/zygote.py"  # where the sandbox has it
_PACKAGE = str(Path(nbship.__file__).resolve().parents[1])
_MOST = 4  # zygotes at the same time
_WAITING = 64  # connections


@dataclass(frozen=True, slots=True)
class _Zygote:
    """A zygote: the name of its socket, and the other end of its standard input."""

    socket: str
    told: IO[bytes]

    def tell(self, modules: Sequence[str]) -> None:
        """Tell the zygote once what it is to import; one that has ended forks nothing."""
        with contextlib.suppress(OSError):
            self.told.write(f"{json.dumps(modules)}\n".encode())
            self.told.flush()


@dataclass
class _Zygotes:
    """The sockets of the zygotes that run, by what they have imported; one that is not told yet."""

    sockets: dict[tuple[str, ...], str] = field(default_factory=dict)
    untold: _Zygote | None = None
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


def begin(workspace: Workspace, found: Isolation) -> None:
    """Start a zygote for the first one who asks for its socket.

    It imports what every kernel needs, while this process finds out what else is needed.

    Side effects: may start a zygote.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    with _OURS.lock:
        if not unwanted() and found.rung == "sandbox" and not (_OURS.sockets or _OURS.untold):
            _OURS.untold = _start(workspace, found)


def socket_of(workspace: Workspace, found: Isolation, modules: Sequence[str]) -> str:
    """Return the socket of a zygote that has imported these modules, or some of them.

    Side effects: may start a zygote.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    with _OURS.lock:
        sockets = _OURS.sockets
        key = imported_for(modules, sockets)
        if key not in sockets:
            zygote, _OURS.untold = _OURS.untold or _start(workspace, found), None
            zygote.tell(key)
            sockets[key] = zygote.socket
        return sockets[key]


def imported_for(
    modules: Sequence[str], known: Collection[tuple[str, ...]], most: int = _MOST
) -> tuple[str, ...]:
    """Return what the zygote has imported that forks a kernel for these modules.

    ``known`` are the modules of the zygotes that run: at most ``most``, of which one has none.
    """
    key = tuple(sorted(modules))
    has_room = len([each for each in known if each]) < most - 1
    if has_room or key in known:
        return key
    return max((each for each in known if {*each} <= {*key}), key=len, default=())


def end() -> None:
    """End the zygotes of this process."""
    _OURS.running.close()
    _OURS.sockets.clear()
    _OURS.untold = None


def _start(workspace: Workspace, found: Isolation) -> _Zygote:
    if not _OURS.sockets and not _OURS.untold:
        atexit.register(end)
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
            ["{python}", _PROGRAM, str(listening.fileno()), _PACKAGE, TOLD_LATER],
            kaggle_layout.clean_environment(),
            fonts=workspace.path(workspace.layout.font_cache),
            serves=True,
        )
        folders = kaggle_layout.KaggleFolders.below(folder)
        argv, variables = isolation.sandboxed(found, folders, program)
        _OURS.running.callback(files.remove, folder)
        told = _OURS.running.enter_context(
            running(
                argv, cwd=folder, env=variables,
                descriptor=listening.fileno(), errors=folder / "errors.txt",
            )
        )  # fmt: skip
    return _Zygote(name, told)
