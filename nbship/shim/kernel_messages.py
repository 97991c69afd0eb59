"""The packer of a kernel's messages: half a surrogate pair in them is shown, and loses no message.

jupyter_client cannot encode a lone surrogate. The kernel then drops the output, or the error with
its traceback, that contains one. ``--Session.packer=kernel_messages.pack`` makes ipykernel use this
module, which is found by the ``PYTHONPATH`` of the run.

Side effects: those of ``kernel_end``, which every kernel needs.
"""

from typing import Any

import kernel_end  # type: ignore[import-not-found] # noqa: F401 - on the same PYTHONPATH


def pack(message: Any) -> bytes:
    """Return a message as JSON in UTF-8; a lone surrogate becomes its escape."""
    from jupyter_client.session import json_packer

    try:
        return bytes(json_packer(message))
    except UnicodeEncodeError:
        return bytes(json_packer(_encodable(message)))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(name): _encodable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
