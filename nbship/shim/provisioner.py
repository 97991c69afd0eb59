"""A provisioner of jupyter_client for kernels that the zygote of a rehearsal forks.

``JUPYTER_DEFAULT_PROVISIONER_NAME`` selects it, so that papermill and nbclient need not know of it.
A kernel that is not one of IPython, and one in a process that no zygote has forked, starts from its
beginning.

jupyter_client looks every 0.1 s whether a kernel that was asked to end has done so. This one
answers as soon as it has.

Side effects: starts a process, or asks for one, and ends it.
"""

import asyncio
import contextlib
import os
import signal
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from nbship.shim import forks

_MOMENT = 0.1  # seconds


class ForkedKernel:
    """A kernel that was forked, with the part of subprocess.Popen that the provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, told: int) -> None:
        """Take the process id, and the descriptor that is told the exit code."""
        self.pid, self._told = pid, told
        self.returncode: int | None = None
        os.set_blocking(told, False)

    def end(self) -> int:
        """Return a new descriptor that can be read when the kernel has ended."""
        return os.dup(self._told)

    def poll(self) -> int | None:
        """Return the exit code, None if the kernel runs."""
        if self.returncode is None:
            try:
                text = os.read(self._told, 16)
            except BlockingIOError:
                return None
            self.returncode = int(text or -signal.SIGKILL)
            os.close(self._told)
        return self.returncode

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        if self.returncode is None:
            os.set_blocking(self._told, True)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel of IPython by a fork, where that is possible."""

    _is_asked_to_end = False

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel of a command line, and return how to connect to it."""
        # What the notebook starts is not for us: it may be another Jupyter.
        ours = {forks.DESCRIPTOR, KernelProvisionerFactory.default_provisioner_name_env}
        environment = {name: v for name, v in kwargs["env"].items() if name not in ours}
        if not forks.can_fork() or cmd[1:3] != ["-m", "ipykernel_launcher"]:
            return await super().launch_kernel(cmd, **{**kwargs, "env": environment})
        told, for_told = os.pipe()
        request = {
            "argv": [*cmd],
            "environment": environment,
            "folder": os.fspath(kwargs.get("cwd") or os.getcwd()),
        }
        try:
            pid = forks.ask(request, [1, 2, for_told])
        finally:
            os.close(for_told)
        self.process = ForkedKernel(pid, told)  # type: ignore[assignment] # it has what is used
        self.pid = self.pgid = pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Note that the kernel was asked to end."""
        self._is_asked_to_end = True
        await super().shutdown_requested(restart)

    async def poll(self) -> int | None:
        """Return the exit code, None if the kernel runs; give one that is ending a moment."""
        code = await super().poll()
        if code is None and self._is_asked_to_end and self.process is not None:
            await _ended(self.process)
            code = await super().poll()
        return code


async def _ended(process: Any) -> None:
    """Wait until a kernel has ended, but not for long."""
    try:
        end = process.end() if isinstance(process, ForkedKernel) else os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not on this system
        return
    loop, has_ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(end, has_ended.set)
    try:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(has_ended.wait(), _MOMENT)
    finally:
        loop.remove_reader(end)
        os.close(end)
