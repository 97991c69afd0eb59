"""The zygote of a server: a process that has imported what notebooks need, and forks their runs.

The launcher starts it in a sandbox of its own. It ends with the server, whose end of its standard
input closes then.

Side effects: starts a process; makes a folder in the state folder.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from nbship.local.sessions.environment import LAUNCHER, SessionFolders, machine_environment

SWITCH = "NBSHIP_WARM"  # "off" in the environment of the server: every kernel starts by itself
_PROGRAM = "/kaggle/lib/_launch/zygote.py"  # where the sandbox has it
_GPU = Path("/dev/nvidiactl")  # a fork cannot share a GPU
_WAITING = 16  # connections
_PATIENCE = 2.0  # seconds for the process to end by itself


class Zygote:
    """The zygote, which starts when a run needs it first."""

    def __init__(self, folders: SessionFolders) -> None:
        """Begin without a process."""
        self._folders = folders
        self._name = ""
        self._child: subprocess.Popen[bytes] | None = None

    def socket_name(self) -> str:
        """Return the name of the socket on which it listens, "" if runs have no sandbox."""
        folders = self._folders
        if folders.shim is None or not folders.bwrap or _GPU.exists():
            return ""
        if os.environ.get(SWITCH) == "off":
            return ""
        if self._child is None or self._child.poll() is not None:
            self._name = secrets.token_hex(16)
            self._child = self._start(folders.shim, self._name)
        return self._name

    def close(self) -> None:
        """End the process."""
        if self._child is None:
            return
        assert self._child.stdin  # noqa: S101 - for mypy: it is a pipe
        self._child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_PATIENCE)
        self._child.kill()
        self._child.wait()
        shutil.rmtree(self._folders.state_dir.zygote, ignore_errors=True)

    def _start(self, shim: Path, name: str) -> subprocess.Popen[bytes]:
        folder = self._folders.state_dir.zygote
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(f"\0{name}")
            listening.listen(_WAITING)
            path = folder / "launch.json"
            request = self._request(shim, folder, listening.fileno())
            path.write_text(json.dumps(request), encoding="utf-8")
            with (folder / "errors.txt").open("wb") as errors:
                return subprocess.Popen(  # noqa: S603 - our own Python
                    [sys.executable, "-I", str(shim / LAUNCHER), str(path)],
                    cwd=folder,
                    env=machine_environment(os.environ),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[listening.fileno()],
                    start_new_session=True,
                )

    def _request(self, shim: Path, folder: Path, descriptor: int) -> dict[str, object]:
        package = shim.parents[1]  # the sandbox has that of the shim, and perhaps no other
        return {
            "rung": "sandbox",
            "bwrap": self._folders.bwrap,
            "folder": str(folder),
            "kaggle": str(folder / "kaggle"),
            "home": str(folder / "home"),
            "temp": str(folder / "tmp"),
            "argv": ["{python}", _PROGRAM, str(descriptor), str(package)],
            "environment": machine_environment(os.environ),
            "mounts": {},
            "visible": [],
            "hidden": [],
            "serves": True,
        }
