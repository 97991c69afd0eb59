"""The kernelspecs on this machine, as jupyter_client finds them.

Side effects: writes the kernelspec of editors, where it is asked to.

A rehearsal has an empty home and few variables, so that it does not find kernels that are installed
for one user or through JUPYTER_PATH. R's kernel is the exception: ``r.py`` passes its folder on.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.core.clone import kernelspec
from nbship.core.clone.diagnosis import Kernel
from nbship.core.clone.kernelspec import EditorKernel
from nbship.core.source.language import EDITOR_KERNEL
from nbship.edges.storage import files
from nbship.errors import WorkspaceError

R_KERNEL = "ir"
_FILE = "kernel.json"


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


def editor_kernel() -> EditorKernel:
    """Return the kernelspec with which editors run notebooks as on Kaggle, and where it belongs."""
    from jupyter_core.paths import ENV_JUPYTER_PATH, jupyter_data_dir, jupyter_path

    homes = (jupyter_data_dir(), *ENV_JUPYTER_PATH)  # the user's, and that of this environment
    order = list(dict.fromkeys(jupyter_path()))
    folders = [Path(each, "kernels", EDITOR_KERNEL) for each in order]
    target = next(folder for each, folder in zip(order, folders, strict=True) if each in homes)
    there = next((folder for folder in folders if os.path.lexists(folder / _FILE)), None)
    if there is None:
        return EditorKernel(kernelspec.kernelspec(sys.executable), str(target))
    found = _content(there / _FILE)
    wanted = kernelspec.kernelspec(_own_python(found or {}))
    hides = folders.index(there) < folders.index(target)
    return EditorKernel(wanted, str(target), found, str(there), hides)


def _own_python(found: Mapping[str, Any]) -> str:
    """Return the path of this Python, by the name that a kernelspec has for it already."""
    argv = found.get("argv")
    named = argv[0] if isinstance(argv, list) and argv else None
    own = Path(sys.executable)
    if isinstance(named, str) and Path(named).parent == own.parent and os.path.exists(named):  # noqa: PTH110 - it may not be a path
        return named if own.samefile(named) else str(own)
    return str(own)


def install(editor: EditorKernel) -> str:
    """Write the kernelspec of editors, and return its path.

    Raises:
        WorkspaceError: the folder is a link, or cannot be written.
    """
    path = Path(editor.target, _FILE)
    files.write_file(path, f"{json.dumps(editor.wanted, indent=1)}\n".encode())
    return str(path)


def _content(path: Path) -> Mapping[str, Any] | None:
    try:
        content = json.loads(files.read_bytes(path) or b"")
    except (WorkspaceError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


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
