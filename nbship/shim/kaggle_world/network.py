"""A Python process without a network, as far as Python code goes: only this machine is reached.

The errors are those of a machine whose network is down, as on Kaggle when a notebook has no
internet: no name is found, and no address can be reached. A program in another language, and a
library that connects in C, are not held back.

Side effects: replaces functions of ``socket`` until the process ends.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _Function = Callable[..., Any]

OFFLINE = "NBSHIP_OFFLINE"
_NO_NAME = "Temporary failure in name resolution"
_LOOKUPS = ("getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex")


def close(socket: Any) -> None:
    """Refuse what leaves this machine: connections, datagrams and the look-up of names."""
    for name in _LOOKUPS:
        setattr(socket, name, _asker(socket, getattr(socket, name)))
    kind = socket.socket
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(kind, name, _sender(socket, name, getattr(kind, name)))


def _asker(socket: Any, function: _Function) -> _Function:
    """Wrap a function that looks up a name; addresses need no network."""

    def local(host: Any, *args: Any, **kwargs: Any) -> Any:
        if _address(socket, host) is None and not _is_own_name(socket, host):
            raise socket.gaierror(socket.EAI_AGAIN, _NO_NAME)
        return function(host, *args, **kwargs)

    local.__name__ = local.__qualname__ = function.__name__
    return local


def _sender(socket: Any, name: str, function: _Function) -> _Function:
    """Wrap a method of sockets whose argument is an address: in sendto and sendmsg the last one."""

    def local(self: Any, *args: Any) -> Any:
        is_far = False
        if name.startswith("connect"):
            is_far = len(args) == 1 and _is_far(socket, args[0])
        elif len(args) > 1:
            is_far = _is_far(socket, args[-1])
        if not is_far:
            return function(self, *args)
        if name == "connect_ex":
            return errno.ENETUNREACH
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    local.__name__ = name
    local.__qualname__ = f"socket.{name}"
    return local


def _is_far(socket: Any, address: Any) -> bool:
    """Return whether an address is on another machine.

    Raises:
        OSError: socket.gaierror, where its name must be looked up.
    """
    if not isinstance(address, tuple) or not address:
        return False  # a socket in the file system, or a value that the real function refuses
    found = _address(socket, address[0])
    if found is not None:
        return not _is_near(found)
    if not _is_own_name(socket, address[0]):
        raise socket.gaierror(socket.EAI_AGAIN, _NO_NAME)
    return False


def _address(socket: Any, host: Any) -> bytes | None:
    """Return the bytes of a numeric address, b"" for no host, or None for a name."""
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("latin-1")
    if not isinstance(host, str) or host in {"", "<broadcast>"}:
        return b"" if host != "<broadcast>" else b"\xff" * 4
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed: bytes = socket.inet_pton(family, host.partition("%")[0])
        except (OSError, ValueError):
            continue
        return packed
    return None


def _is_near(address: bytes) -> bool:
    """Return whether an address is that of this machine: 127.0.0.0/8, ::1, or none at all."""
    if address.startswith(b"\0" * 10 + b"\xff\xff"):  # IPv4 in IPv6
        address = address[12:]
    return not any(address) or address[:1] == b"\x7f" or address == b"\0" * 15 + b"\x01"


def _is_own_name(socket: Any, host: Any) -> bool:
    name = host.decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)
    name = name.lower().rstrip(".")
    return name in {"localhost", "localhost.localdomain"} or name == socket.gethostname().lower()
