"""R on this machine: Rscript, and Jupyter's kernel of IRkernel.

Side effects: starts R to read its library paths; reads the environment.
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
    """An installed R: its program, and the variables with which a rehearsal finds its packages."""

    program: str
    environment: dict[str, str]

    @property
    def folders(self) -> list[str]:
        """The folders that the variables name."""
        return [path for text in self.environment.values() for path in text.split(os.pathsep)]


def for_scripts() -> Installation:
    """Return the R that runs scripts.

    Raises:
        WorkspaceError: R is not installed; the hint names what to install.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise WorkspaceError(
            "R is not installed: Rscript is not on the PATH", hint=f"Install R ({_DEBIAN})."
        )
    return Installation(program, _libraries(program))


def for_notebooks() -> Installation:
    """Return the R of Jupyter's kernel ``ir``.

    Raises:
        WorkspaceError: the kernel is not installed; the hint names what to install.
    """
    found = kernelspecs.find(kernelspecs.R_KERNEL)
    if found is None:
        raise WorkspaceError(
            f"no R kernel is installed: Jupyter finds no kernel {kernelspecs.R_KERNEL!r}",
            hint=f"In R: install.packages('IRkernel'); IRkernel::installspec()  ({_DEBIAN})",
        )
    # A rehearsal has another home, in which Jupyter does not find the kernels of the user.
    return Installation(
        found.program,
        _libraries(found.program) | {"JUPYTER_PATH": str(found.folder.parents[1])},
    )


def _libraries(program: str) -> dict[str, str]:
    """Return the variable with R's library folders, including those in the user's home."""
    result = runner.run([program, "--slave", "-e", _LIBRARIES], cwd=Path.cwd())
    if result.code:
        raise WorkspaceError(f"{program} does not run: {' '.join(result.err.split())}")
    # The user's profile may print other lines.
    folders = [line for line in result.out.split("\n") if line and Path(line).is_dir()]
    return {"R_LIBS": os.pathsep.join(folders)}
