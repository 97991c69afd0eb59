"""What a worker of ``--dask local`` loads first: it leaves the session of the terminal.

So Ctrl-C reaches the command only, which ends its workers.
"""

import os


def dask_setup(_: object) -> None:
    """Begin a session of its own; Dask calls this in the worker."""
    os.setsid()
