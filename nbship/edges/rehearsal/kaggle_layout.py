"""The folders and the environment of a rehearsal, laid out as in a Kaggle session.

Side effects: makes folders and links below the caller's folder; reads the environment.

Real runs of 2026 mount a source at ``/kaggle/input/datasets/OWNER/NAME`` and so on; older sessions
mount it at the flat ``/kaggle/input/NAME``. A rehearsal has both.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nbship import shim
from nbship.core.metadata.data_sources import mounts
from nbship.core.source.language import PYTHON, Language
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec

# A notebook sees no other variable of the user: no credential and no KAGGLE_*.
_PASSED_ON = frozenset({
    "CONDA_PREFIX", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TZ",
    "VIRTUAL_ENV",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class KaggleFolders:
    """The folders of one rehearsal; ``root`` takes the place of ``/kaggle``."""

    root: Path
    home: Path
    temp: Path

    @property
    def working(self) -> Path:
        """The folder in place of /kaggle/working, in which the notebook runs."""
        return self.root / "working"


def make_folders(
    folder: Path, inputs: Path, spec: KaggleSpec | None, place: Place, shown: str
) -> KaggleFolders:
    """Make the folders of a rehearsal in ``folder``, and link the inputs that ``spec`` declares.

    ``shown`` is the name of the folder ``inputs`` in messages, and ``place`` that of the metadata.

    Raises:
        SourceError: a declared source has no folder below ``inputs``; the message names both.
    """
    declared = dict(mounts(spec)) if spec else {}
    for mount, source in declared.items():
        if not (inputs / mount).is_dir():
            raise SourceError(
                f"no inputs for {source!r}: {shown}/{mount} is missing",
                place=place,
                hint="Put a small sample of its files there, in the same layout as on Kaggle.",
            )
    files.fresh_folder(folder)
    folders = KaggleFolders(root=folder / "kaggle", home=folder / "home", temp=folder / "tmp")
    for path in (
        folders.root / "input",
        folders.working,
        folders.root / "temp",
        folders.home,
        folders.temp,
    ):
        files.fresh_folder(path)
    for mount in declared:
        files.link(folders.root / "input" / mount, (inputs / mount).resolve())
    # The flat links come last: a flat name may equal the name of a folder of mounts.
    for mount in declared:
        flat = folders.root / "input" / _flat_name(mount)
        if not flat.exists():
            files.link(flat, (inputs / mount).resolve())
    return folders


def clean_environment(folders: KaggleFolders, cache: Path) -> dict[str, str]:
    """Return the environment of a rehearsed notebook; ``cache`` is kept between rehearsals."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }
    # The kernel and its children find the Python that runs nbship first.
    path = os.pathsep.join([str(Path(sys.executable).parent), passed.get("PATH", os.defpath)])
    return passed | {
        "PATH": path,
        "HOME": str(folders.home),
        "TMPDIR": str(folders.temp),
        "IPYTHONDIR": str(folders.home / ".ipython"),
        "KAGGLE_KERNEL_RUN_TYPE": "Batch",
        "KAGGLE_WORLD": str(folders.root),
        "MPLCONFIGDIR": str(cache / "matplotlib"),  # the font cache takes seconds to build
        "PYTHONPATH": str(Path(shim.__file__).parent),
        "PYTHONUNBUFFERED": "1",
    }


def kernel_arguments(language: Language) -> list[str]:
    """Return the arguments for the kernel of a notebook: what ipykernel loads from the shim.

    The folder of the shim is on the kernel's ``PYTHONPATH``.
    """
    return ["--Session.packer=kernel_stacks.pack"] if language == PYTHON else []


def _flat_name(mount: str) -> str:
    kind, *parts = mount.split("/")
    return parts[1] if kind == "models" else parts[-1]
