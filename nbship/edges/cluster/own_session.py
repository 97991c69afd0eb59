"""The preload of the workers of ``--dask local``: a worker leaves the session of the terminal.

Ctrl-C then reaches the command only, which ends its workers.
"""

import os


def dask_setup(_: object) -> None:
    """Begin a session of its own; Dask calls this in the worker."""
    os.setsid()
