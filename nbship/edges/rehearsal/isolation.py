"""The isolation of a rehearsal: the sandbox of bubblewrap, or the translation of paths.

Side effects: starts bubblewrap to find out whether it works here, and notes that it does.

The launcher (``shim/launcher.py``) makes the world and starts the program in it.
"""

import json
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbship import shim
from nbship.core.clone import sandbox
from nbship.core.clone.sandbox import Machine
from nbship.edges.process import runner
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.edges.storage.state_files import read_state
from nbship.errors import WorkspaceError
from nbship.model.target import Rung
from nbship.model.workspace import Workspace

if TYPE_CHECKING:
    from nbship.shim._launch.launcher import Prepared

SWITCH = "NBSHIP_SANDBOX"  # "off" in the environment: no rehearsal takes the sandbox
INSIDE = Path("/run/nbship")  # where the sandbox has the folder of the rehearsal
LAUNCHER = Path(shim.__file__).parent / "_launch" / "launcher.py"
LEFT_OUT = "left-out.txt"  # the launcher's list of what the shim has not of a sample, and why
_PROGRAM = "bwrap"
_USUAL = "/usr/bin:/bin:/usr/local/bin"  # AppArmor's profile names a path: the system's is first
_TRIED = "test -d /kaggle/working && test -r /proc/self/status"
_TIMEOUT = 10.0  # seconds
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


@dataclass(frozen=True, slots=True)
class Isolation:
    """The rung of a rehearsal, why it is not the sandbox, and its Python if it is not this one."""

    rung: Rung
    bwrap: str = ""  # the path of bubblewrap
    reason: str = ""
    below: Mapping[str, Any] | None = None  # the Python of uv's environment, as layer.py prints it
    zygote: str = ""  # the socket of what forks papermill and the kernel; "" if nothing does
    plain: str = ""  # why nothing does


SHIM = Isolation("shim")


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start in a world, with its variables; the launcher fills its texts.

    ``visible`` are folders of this machine that it may read, below ``hidden`` also.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    visible: Sequence[str] = ()
    hidden: Sequence[str] = ()
    network: bool = True
    is_colab: bool = False
    fonts: Path | None = None  # the folder with the lists of fonts that matplotlib has made
    ends_at: float | None = None  # on the monotonic clock: then a signal ends it, 2 s later
    serves: bool = False  # it is a zygote, which makes the worlds of other programs


def find(workspace: Workspace) -> Isolation:
    """Return the rung that works on this machine.

    That the sandbox works is noted, until the machine's kernel, its start or bubblewrap changes.
    That it does not is tried each time, so that a change is seen at once.

    Side effects: may start bubblewrap; writes one file below .nbship/.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    bwrap, reason = _installed(workspace)
    if reason:
        return Isolation("shim", reason=reason)
    noted = workspace.path(workspace.layout.sandbox)
    state = _state(bwrap)
    if read_state(noted, _parsed) == state:
        return Isolation("sandbox", bwrap)
    reason = _try(bwrap)
    if reason:
        return Isolation("shim", reason=reason)
    files.write_file(noted, json.dumps(state).encode())
    return Isolation("sandbox", bwrap)


def machine(workspace: Workspace) -> Machine:
    """Return what decides about the sandbox on this machine; tries it anew, and notes nothing.

    Side effects: may start bubblewrap.
    """
    bwrap, reason = _installed(workspace)
    is_linux = sys.platform.startswith("linux")
    settings = ((name, _setting(name)) for name in sandbox.SETTINGS)
    return Machine(
        system="linux" if is_linux else sys.platform,
        reason=reason or _try(bwrap),
        bwrap=bwrap,
        switch=reason if reason.startswith(SWITCH) else "",
        distributions=_distributions() if is_linux else (),
        is_container=any(map(os.path.exists, _CONTAINER_MARKS)),
        is_wsl1=platform.release().endswith("-Microsoft"),  # WSL 2 writes -microsoft-
        settings=tuple((name, value) for name, value in settings if value),
    )


def _distributions() -> tuple[str, ...]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def _setting(name: str) -> str:
    """Return a setting of the machine's kernel, "" if it has none of this name."""
    try:
        path = Path("/proc/sys", *name.split(".", 1))
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def seen(isolation: Isolation, folders: KaggleFolders) -> tuple[Path, Path]:
    """Return the folder of the rehearsal and that of /kaggle, as the program sees them."""
    if isolation.rung == "sandbox":
        return INSIDE, Path("/kaggle")
    return folders.folder, folders.root


def command(isolation: Isolation, folders: KaggleFolders, program: Program) -> list[str]:
    """Return the command line that starts a program in the world of a rehearsal.

    Side effects: writes the launcher's request in the folder of the rehearsal.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    path = folders.folder / "launch.json"
    files.write_cache(path, json.dumps(_request(isolation, folders, program)).encode())
    return [sys.executable, "-I", str(LAUNCHER), str(path)]


def sandboxed(
    isolation: Isolation, folders: KaggleFolders, program: Program
) -> tuple[list[str], Mapping[str, str]]:
    """Return the command line and the variables that start a program in a sandbox, in this process.

    Side effects: makes the folders of the world.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    from nbship.shim._launch.world_mounts import bubblewrap

    world = _prepared(isolation, folders, program)
    argv = [world.places.filled(text) for text in world.request.argv]
    return bubblewrap(world.request, world.places, argv), world.environment


def begin(
    isolation: Isolation, folders: KaggleFolders, program: Program, streams: Sequence[int]
) -> tuple[socket.socket, int]:
    """Let the zygote start a program in the world of a rehearsal, as ``zygote_client`` does.

    Side effects: makes the folders of the world; starts the program.

    Raises:
        NotForkedError: the zygote cannot do it.
        WorkspaceError: the disk cannot be written.
    """
    from nbship.shim._launch import zygote_client

    world = _prepared(isolation, folders, program)
    return zygote_client.begin(isolation.zygote, world, streams)


def _prepared(isolation: Isolation, folders: KaggleFolders, program: Program) -> "Prepared":
    """Make the folders of a world, as the launcher does, in this process."""
    from nbship.shim._launch import launcher
    from nbship.shim._launch.world_request import Request

    try:
        return launcher.prepare(Request(**_request(isolation, folders, program)))
    except OSError as error:
        raise WorkspaceError(f"cannot write {error.filename}: {error.strerror}") from None


def _request(isolation: Isolation, folders: KaggleFolders, program: Program) -> dict[str, Any]:
    """Return the launcher's request."""
    return {
        "rung": isolation.rung,
        "bwrap": isolation.bwrap,
        "folder": str(folders.folder),
        "kaggle": str(folders.root),
        "home": str(folders.home),
        "temp": str(folders.temp),
        "argv": list(program.argv),
        "environment": dict(program.environment),
        "mounts": dict(folders.mounts),
        "visible": list(program.visible),
        "hidden": list(program.hidden),
        "network": program.network,
        "is_colab": program.is_colab,
        "fonts": str(program.fonts or ""),
        "below": isolation.below,
        "ends_at": program.ends_at,
        "serves": program.serves,
    }


def _installed(workspace: Workspace) -> tuple[str, str]:
    """Return the path of bubblewrap, and why it cannot be used, "" if nothing is known."""
    if os.environ.get(SWITCH) == "off":
        return "", f"{SWITCH}=off"
    if not sys.platform.startswith("linux"):
        return "", "bubblewrap needs Linux"
    bwrap = _bubblewrap(workspace)
    return bwrap, "" if bwrap else "bubblewrap is not installed"


def _bubblewrap(workspace: Workspace) -> str:
    """Return the path of bubblewrap, "" if it is nowhere outside the workspace."""
    path = os.pathsep.join([_USUAL, os.environ.get("PATH", "")])
    found = shutil.which(_PROGRAM, path=path)
    if found is None or Path(found).resolve().is_relative_to(workspace.root.resolve()):
        return ""
    return found


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _state(bwrap: str) -> dict[str, Any]:
    """Return what the result of a try depends on."""
    status = Path(bwrap).stat()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return {
        "bwrap": [bwrap, status.st_size, status.st_mtime_ns],
        "kernel": platform.release(),
        "boot": boot,
        "user": os.getuid(),
        "launcher": LAUNCHER.stat().st_mtime_ns,
    }


def _try(bwrap: str) -> str:
    """Run a shell in a sandbox, in a temporary folder; return why that fails, "" if it works."""
    program = Program(["/bin/sh", "-c", _TRIED], {}, network=False)
    try:
        with tempfile.TemporaryDirectory(prefix="nbship-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            argv = command(Isolation("sandbox", bwrap), KaggleFolders.below(folder), program)
            done = runner.run(argv, cwd=folder, timeout=_TIMEOUT)
    except (WorkspaceError, OSError) as error:
        return str(error)
    if done.code == 0:
        return ""
    lines = done.err.strip().splitlines()
    return lines[-1] if lines else f"{bwrap} ends with exit code {done.code}"
