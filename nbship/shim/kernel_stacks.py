"""The stacks of a kernel on request: SIGUSR1 writes those of all its threads to a file.

Whoever runs a notebook learns so where a kernel hangs, in the notebook or in a library. The file is
in the temporary folder, ``nbship-stacks-<pid>``. ``--Session.packer=kernel_stacks.pack`` makes
ipykernel load this module; only processes that it starts for a notebook do.

Side effects: makes the file, and handles SIGUSR1 until the process ends.
"""

import faulthandler
import os
import signal
import tempfile

from kernel_messages import pack  # type: ignore[import-not-found] # on the same PYTHONPATH

__all__ = ["pack"]

_FILE = open(os.path.join(tempfile.gettempdir(), f"nbship-stacks-{os.getpid()}"), "w")  # noqa: SIM115 - as long as the process
faulthandler.register(signal.SIGUSR1, file=_FILE, all_threads=True)
