"""The launcher's side of the zygote: it hands a program over, and waits for its end."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbship.shim._launch.world_mounts import CAPABILITIES, working, world_mounts
    from nbship.shim._launch.world_request import Places, Request
else:
    from world_mounts import CAPABILITIES, working, world_mounts
    from world_request import Places, Request

NOT_FORKED = "not-forked.txt"  # in the folder of the run: why the zygote did not run the program
_PROVISIONER = "nbship"  # the name of provisioner.py among those of jupyter_client
_BEGUN, _GO = b"begun\n", b"go\n"  # of a world that is there, and the leave to run the program
_STREAMS = (0, 1, 2, 3)  # those of the program, and papermill's for the result
_PATIENCE = 30.0  # seconds for the zygote to import everything, and to make a world
_LONGEST = 4096  # bytes of an answer
_KILLED = 137


def forked(request: Request, places: Places, environment: Mapping[str, str]) -> int | None:
    """Let the zygote run the program; return its exit code, None if the zygote cannot do it."""
    mounts = [
        # A link in a path of this machine leads elsewhere in the sandbox of the zygote.
        [option, os.path.realpath(paths[0]), *paths[1:]] if "bind" in option else [option, *paths]
        for option, *paths in world_mounts(request, places)
    ]
    message = json.dumps(
        {
            "argv": [places.filled(text) for text in request.argv],
            "environment": {**environment, "JUPYTER_DEFAULT_PROVISIONER_NAME": _PROVISIONER},
            "folder": working(request),
            "mounts": mounts,
            "network": request.network,
            "capabilities": CAPABILITIES,
        }
    ).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(_PATIENCE)
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(message))
            connection.connect(f"\0{request.zygote}")
            socket.send_fds(connection, [message], _STREAMS)
            answer = connection.recv(_LONGEST)
        except OSError as error:
            answer = str(error).encode()
        if answer != _BEGUN:
            Path(request.folder, NOT_FORKED).write_bytes(answer or b"the zygote has ended")
            return None
        connection.settimeout(None)
        connection.sendall(_GO)
        return int(connection.recv(_LONGEST) or _KILLED)
