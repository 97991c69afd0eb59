"""The other side of the zygote: it hands a program over with its world, and learns of its end."""

import contextlib
import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING or __package__:
    from nbship.shim._launch.launcher import Prepared
    from nbship.shim._launch.world_mounts import CAPABILITIES, working, world_mounts
else:
    from launcher import Prepared
    from world_mounts import CAPABILITIES, working, world_mounts

_PROVISIONER = "nbship"  # the name of provisioner.py among those of jupyter_client
_BEGUN, _GO = b"begun\n", b"go\n"  # of a world that is there, and the leave to run the program
_PATIENCE = 30.0  # seconds for the zygote to import everything, and to make a world
_LONGEST = 4096  # bytes of an answer
_SENDER = "3i"  # process, user and group (unix(7))


class NotForkedError(Exception):
    """The zygote cannot run a program, which has not begun; the text says why."""


class Begun(NamedTuple):
    """A program that has begun: the connection that tells its end, and its world's pidfd."""

    connection: socket.socket
    process: int


def begin(zygote: str, world: Prepared, streams: Sequence[int]) -> Begun:
    """Let the zygote with this socket run the program of a world.

    ``streams`` are its standard input, output and error, and where it writes its result. The
    connection tells the exit code as a line of JSON, ``{"code"}``. To close it, or the half of it
    that sends, ends all processes of the world.

    Raises:
        NotForkedError: the zygote cannot do it.
    """
    message = json.dumps(_program(world)).encode()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(_PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(message))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        connection.connect(f"\0{zygote}")
        socket.send_fds(connection, [message], streams)
        size = socket.CMSG_SPACE(struct.calcsize(_SENDER))
        answer, about, _, _ = connection.recvmsg(_LONGEST, size)
        if answer != _BEGUN:
            raise NotForkedError(answer.decode(errors="replace").strip() or "the zygote has ended")
        # It waits for the leave to go on, so that its process id is its own.
        process = os.pidfd_open(struct.unpack(_SENDER, about[0][2])[0])
    except OSError as error:
        connection.close()
        raise NotForkedError(str(error)) from None
    except BaseException:
        connection.close()
        raise
    connection.settimeout(None)
    with contextlib.suppress(OSError):  # it has ended, which the connection tells
        connection.sendall(_GO)
    return Begun(connection, process)


def _program(world: Prepared) -> dict[str, object]:
    request, places, environment = world
    folder = working(request)
    mounts = [
        # A link in a path of this machine leads elsewhere in the sandbox of the zygote.
        [option, os.path.realpath(paths[0]), *paths[1:]] if "bind" in option else [option, *paths]
        for option, *paths in world_mounts(request, places)
    ]
    return {
        "argv": [places.filled(text) for text in request.argv],
        "environment": {
            **environment,
            "JUPYTER_DEFAULT_PROVISIONER_NAME": _PROVISIONER,
            "PWD": folder,  # as bubblewrap does
        },
        "folder": folder,
        "mounts": mounts,
        "network": request.network,
        "capabilities": CAPABILITIES,
    }
