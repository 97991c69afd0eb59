"""The kernelspecs on this machine, as jupyter_client finds them. It only reads.

A rehearsal has an empty home and few variables, so that it does not find kernels that are installed
for one user or through JUPYTER_PATH. R's kernel is the exception: ``r.py`` passes its folder on.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.core.clone.diagnosis import Kernel

R_KERNEL = "ir"


@dataclass(frozen=True, slots=True)
class Kernelspec:
    """A kernelspec: its folder, and the program that starts the kernel."""

    folder: Path
    program: str


def kernels() -> Mapping[str, Kernel]:
    """Return the kernels that a rehearsal finds, by name."""
    from jupyter_core.paths import ENV_JUPYTER_PATH, SYSTEM_JUPYTER_PATH

    specs = _specs(str(Path(each, "kernels")) for each in (*ENV_JUPYTER_PATH, *SYSTEM_JUPYTER_PATH))
    found = {name: _kernel(entry["spec"]) for name, entry in specs.items()}
    r = find(R_KERNEL)
    return found if r is None else {R_KERNEL: Kernel(language="R", program=r.program), **found}


def find(name: str) -> Kernelspec | None:
    """Return a kernel that the user's Jupyter finds, wherever it is installed, or None."""
    from jupyter_core.paths import jupyter_path

    found = _specs(jupyter_path("kernels")).get(name)
    if found is None:
        return None
    return Kernelspec(Path(found["resource_dir"]), next(iter(found["spec"]["argv"]), ""))


def _specs(folders: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the kernelspecs in these folders by name, without those that cannot be read.

    Without the argument, jupyter_client would make IPython's folder in the home of the user.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    specs: Mapping[str, Mapping[str, Any]]
    specs = KernelSpecManager(kernel_dirs=list(folders)).get_all_specs()
    return specs


def _kernel(spec: Mapping[str, Any]) -> Kernel:
    # As in a rehearsal, programs beside this Python take precedence.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    program = shutil.which(next(iter(spec["argv"]), ""), path=path)
    return Kernel(language=str(spec["language"]), program=program)
