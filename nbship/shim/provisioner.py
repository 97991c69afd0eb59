"""A provisioner of jupyter_client for kernels that the zygote of a rehearsal forks.

``JUPYTER_DEFAULT_PROVISIONER_NAME`` selects it, so that papermill and nbclient need not know of it.
A kernel that is not one of IPython, and one in a process that no zygote has forked, starts from its
beginning.

Side effects: asks for a process, and ends it.
"""

import os
import signal
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from nbship.shim import forks


class ForkedKernel:
    """A kernel that was forked, with the part of subprocess.Popen that the provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, told: int) -> None:
        """Take the process id, and the descriptor that is told the exit code."""
        self.pid, self._told = pid, told
        self.returncode: int | None = None
        os.set_blocking(told, False)

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
    """Starts a kernel of IPython by a fork."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel of a command line, and return how to connect to it."""
        if not forks.can_fork() or cmd[1:3] != ["-m", "ipykernel_launcher"]:
            return await super().launch_kernel(cmd, **kwargs)
        told, for_told = os.pipe()
        environment = {k: v for k, v in kwargs["env"].items() if k != forks.DESCRIPTOR}
        request = {
            # Its parent is the first process of its namespace, which does not end before it.
            "argv": [*cmd, "--IPKernelApp.parent_handle=1"],
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
