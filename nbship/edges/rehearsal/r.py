"""R on this machine: Rscript, and the kernel that IRkernel gives to Jupyter.

Side effects: starts R to ask for its library paths; reads the environment.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from nbship.edges.process import runner
from nbship.edges.rehearsal import kernelspecs
from nbship.errors import WorkspaceError

_LIBRARIES = 'cat(.libPaths(), sep = "\\n")'
_DEBIAN = "Debian: apt install r-base-core r-cran-irkernel"


@dataclass(frozen=True, slots=True)
class Installation:
    """An R that is here: the program, and what a rehearsal's environment needs to find the rest."""

    program: str
    environment: dict[str, str]


def for_scripts() -> Installation:
    """Return the R that runs scripts.

    Raises:
        WorkspaceError: there is none; says what to install.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise WorkspaceError("R is not installed here: no Rscript", hint=f"Install R ({_DEBIAN}).")
    return Installation(program, _libraries(program))


def for_notebooks() -> Installation:
    """Return the R behind Jupyter's kernel ``ir``.

    Raises:
        WorkspaceError: there is none; says what to install.
    """
    found = kernelspecs.find(kernelspecs.R_KERNEL)
    if found is None:
        raise WorkspaceError(
            f"no R kernel is installed here: Jupyter knows of no {kernelspecs.R_KERNEL!r}",
            hint=f"In R: install.packages('IRkernel'); IRkernel::installspec()  ({_DEBIAN})",
        )
    # The rehearsal has another home, where Jupyter would not find what a person installed.
    return Installation(
        found.program,
        _libraries(found.program) | {"JUPYTER_PATH": str(found.folder.parents[1])},
    )


def _libraries(program: str) -> dict[str, str]:
    """Return the variable that leads to the packages installed here, those of the home too."""
    done = runner.run([program, "--slave", "-e", _LIBRARIES], cwd=Path.cwd())
    if done.code:
        raise WorkspaceError(f"{program} does not run: {' '.join(done.err.split())}")
    # A profile may print what it likes.
    folders = [line for line in done.out.split("\n") if line and Path(line).is_dir()]
    return {"R_LIBS": os.pathsep.join(folders)}
