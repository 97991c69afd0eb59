"""Standard output and standard error that never end a command.

A reader that has gone, a full disk behind ``>`` or a terminal that cannot show a character must not
end a push between its intent and its outcome.

Side effects: replaces ``sys.stdout`` and ``sys.stderr``; opens /dev/null for a closed descriptor.
"""

import contextlib
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STREAMS = {1: "stdout", 2: "stderr"}  # by file descriptor
# The error handlers of Python's streams that raise, also in the middle of a line.
_STRICT = {"strict", "surrogateescape", "surrogatepass"}


def protect_standard_streams() -> None:
    """Let both streams write what they can, and drop the rest.

    A character that the encoding lacks is written as its escape. Streams that a test or another
    program has replaced stay as they are.
    """
    _open_closed_descriptors()
    for descriptor, name in _STREAMS.items():
        stream = getattr(sys, name)
        if stream is None:  # its descriptor was closed
            buffer = _Unbreakable(descriptor)
            setattr(sys, name, io.TextIOWrapper(buffer, "utf-8", "backslashreplace"))
        elif stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _unbroken(stream, descriptor))


def protected(stream: object) -> object:
    """Return the protected standard output for the original one; any other value unchanged.

    A library may have noted the original before it was replaced.
    """
    return sys.stdout if stream is sys.__stdout__ else stream


def _open_closed_descriptors() -> None:
    """Open /dev/null for each closed one, so that no other file gets the number of a stream."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > max(_STREAMS):
            os.close(descriptor)
            return


def _unbroken(stream: io.TextIOWrapper, descriptor: int) -> TextIO:
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
    return io.TextIOWrapper(
        _Unbreakable(descriptor),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors in _STRICT else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Unbreakable(io.BufferedIOBase):
    """A file descriptor for output; bytes that cannot be written are dropped.

    It keeps no bytes: Ctrl-C may come after they are written and before ``write`` returns, and kept
    ones would be written again.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def name(self) -> str:
        """The name that Python gives to such a stream."""
        return f"<{_STREAMS[self._descriptor]}>"

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether the descriptor is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all bytes, or drop the rest after an error; return their number."""
        rest = memoryview(data).cast("B")
        size = rest.nbytes
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # another program made the pipe non-blocking
                select.select([], [self._descriptor], [])
            except OSError:
                break
        return size
