"""A papermill client that receives every answer of its kernel, and that no other program meets.

nbclient takes the part of an Output widget, and sends its state while it waits for an answer on the
same socket. To send takes the socket's sign that the answer is there, and nbclient would wait for
ever (nbclient issue 312). To ask the socket for its events makes it look again.

jupyter_client chooses the ports of a kernel and frees them before the kernel takes them, so that
two kernels that start at the same time can meet on one port. On Linux an abstract socket has a name
of its own instead (unix(7)), and leaves no file.

The rehearsal imports this module from its package, and the local Kaggle by the ``PYTHONPATH`` of a
run.
"""

import secrets
import sys
from typing import Any


def reliable(client: type[Any]) -> type[Any]:
    """Return a subclass of papermill's client that receives every answer, and takes no port."""
    import zmq

    class Client(client):  # type: ignore[misc] # papermill has no types
        def create_kernel_manager(self) -> Any:
            manager = super().create_kernel_manager()
            if sys.platform == "linux" and manager.kernel_spec.language == "python":
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
