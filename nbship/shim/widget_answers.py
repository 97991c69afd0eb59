"""A papermill client that receives every answer of a kernel, also while a widget has output.

nbclient takes the part of an Output widget, and sends its state while it waits for an answer on the
same socket. To send takes the socket's sign that the answer is there, and nbclient would wait for
ever (nbclient issue 312). To ask the socket for its events makes it look again. The rehearsal
imports this module from its package, and the local Kaggle by the ``PYTHONPATH`` of a run.
"""

from typing import Any


def answering(client: type[Any]) -> type[Any]:
    """Return a subclass of papermill's client that receives every answer."""
    import zmq

    class Client(client):  # type: ignore[misc] # papermill has no types
        def process_message(self, *arguments: Any, **named: Any) -> Any:
            try:
                return super().process_message(*arguments, **named)
            finally:
                if self.comm_objects:
                    self.kc.shell_channel.socket.get(zmq.EVENTS)

    return Client
