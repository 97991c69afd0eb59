"""A papermill client that receives every answer of its kernel, and that no other program meets.

nbclient takes the part of an Output widget, and sends its state while it waits for an answer on the
same socket. To send takes the socket's sign that the answer is there, and nbclient would wait for
ever (nbclient issue 312). To ask the socket for its events makes it look again.

jupyter_client chooses the ports of a kernel and frees them before the kernel takes them, so that
two kernels that start at the same time can meet on one port. On Linux an abstract socket has a name
of its own instead (unix(7)), and leaves no file.

jupyter_client calls a kernel ready when it has been silent for 0.2 s. This client waits for the
answer to its own question, after which a kernel that is asked nothing else says nothing. It looks
for the kernel's sockets more often than ZeroMQ does by itself, which is every 0.1 s.

The rehearsal imports this module from its package, and the local Kaggle by the ``PYTHONPATH`` of a
run.
"""

import asyncio
import math
import secrets
import sys
from queue import Empty
from typing import Any

_SILENCE = 1.0  # seconds after which the question is asked again
_LOOK = 5  # milliseconds between two attempts to connect


def make_ready() -> None:
    """Find the provisioners of kernels, which takes 8 ms; the processes forked later know them."""
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    KernelProvisionerFactory.instance()


def reliable(client: type[Any]) -> type[Any]:
    """Return a subclass of papermill's client that receives every answer, and takes no port."""
    import zmq

    class Client(client):  # type: ignore[misc] # papermill has no types
        def create_kernel_manager(self) -> Any:
            manager = super().create_kernel_manager()
            if manager.kernel_spec.language == "python":
                manager.context.setsockopt(zmq.RECONNECT_IVL, _LOOK)
                manager.client_factory = _ready_at_once(manager.client_factory)
                if sys.platform == "linux":
                    manager.transport = "ipc"
                    manager.ip = f"@{secrets.token_hex(16)}"
            return manager

        def process_message(self, *arguments: Any, **named: Any) -> Any:
            try:
                return super().process_message(*arguments, **named)
            finally:
                if self.comm_objects:
                    self.kc.shell_channel.socket.get(zmq.EVENTS)

    return Client


def _ready_at_once(client: type[Any]) -> type[Any]:
    """Return a subclass of jupyter_client's client that waits for an answer, and for no silence."""
    import zmq

    class Client(client):  # type: ignore[misc] # made at run time
        def start_channels(self, *arguments: Any, **named: Any) -> None:
            self.context.setsockopt(zmq.RECONNECT_IVL, _LOOK)
            super().start_channels(*arguments, **named)

        async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - its name there
            """Wait until the kernel has answered, on both of its channels.

            Raises:
                RuntimeError: it has ended, or takes longer than ``timeout`` seconds.
            """
            clock = asyncio.get_running_loop().time
            ends_at = clock() + (math.inf if timeout is None else timeout)
            while not await _has_answered(self):
                if not await self.is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info")
                if clock() > ends_at:
                    raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    return Client


async def _has_answered(client: Any) -> bool:
    """Ask the kernel about itself; return whether it has said that it is idle again.

    The channel on which it says so loses what is sent before both sides are connected.
    """
    asked = client.kernel_info()
    try:
        while (await client.get_shell_msg(timeout=_SILENCE))["parent_header"]["msg_id"] != asked:
            pass
        while True:
            message = await client.get_iopub_msg(timeout=_SILENCE)
            if message["parent_header"].get("msg_id") == asked and _is_idle(message):
                return True
    except Empty:
        return False


def _is_idle(message: Any) -> bool:
    return bool(message["content"].get("execution_state") == "idle")
