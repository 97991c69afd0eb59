"""The kernelspecs on this machine, asked by way of jupyter_client. Only reads.

A rehearsal has an empty home: what is installed for one user only is not found there, nor here.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbship.core.doctor import Kernel


def kernels() -> Mapping[str, Kernel]:
    """Return the kernels that a rehearsal would find, by name."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_data_dir

    manager = KernelSpecManager()
    own = Path(jupyter_data_dir())
    manager.kernel_dirs = [
        folder for folder in manager.kernel_dirs if not Path(folder).is_relative_to(own)
    ]
    return {name: _kernel(entry["spec"]) for name, entry in manager.get_all_specs().items()}


def _kernel(spec: Mapping[str, Any]) -> Kernel:
    program = shutil.which(next(iter(spec["argv"]), ""))
    return Kernel(language=str(spec["language"]), program=program)
