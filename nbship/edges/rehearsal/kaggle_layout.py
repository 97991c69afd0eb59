"""The Kaggle-shaped world of a rehearsal: folders like Kaggle's mounts, and a clean environment.

Side effects: makes folders and links below the folder that it is given; reads the environment.

Mounts as seen in real runs of 2026: ``/kaggle/input/datasets/OWNER/NAME`` and so on, and, in older
sessions, the flat ``/kaggle/input/NAME``. Both are made.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbship import shim
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec

# Nothing else of the environment reaches a notebook: no credential, no KAGGLE_* of the user.
_PASSED_ON = frozenset({
    "CONDA_PREFIX", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TZ",
    "VIRTUAL_ENV",
})  # fmt: skip
_MOUNTS = {
    "dataset_sources": "datasets",
    "competition_sources": "competitions",
    "kernel_sources": "notebooks",
    "model_sources": "models",
}
_OWNER_AND_NAME = 2


@dataclass(frozen=True, slots=True)
class KaggleFolders:
    """The folders of one rehearsal; ``root`` stands for ``/kaggle``."""

    root: Path
    home: Path
    temp: Path

    @property
    def working(self) -> Path:
        """What stands for /kaggle/working, where the notebook runs."""
        return self.root / "working"


def make_folders(
    folder: Path, inputs: Path, spec: KaggleSpec | None, place: Place, shown: str
) -> KaggleFolders:
    """Make the world of a notebook in ``folder``, with the inputs that its metadata declares.

    ``shown`` is how the folder of inputs is called in messages.

    Raises:
        SourceError: a declared source has no folder below ``inputs``; names both.
    """
    mounts = dict(_declared(spec)) if spec else {}
    for mount, source in mounts.items():
        if not (inputs / mount).is_dir():
            raise SourceError(
                f"no inputs for {source!r}: {shown}/{mount} is missing",
                place=place,
                hint="Put a small sample of it there, laid out as on Kaggle.",
            )
    files.fresh_folder(folder)
    world = KaggleFolders(root=folder / "kaggle", home=folder / "home", temp=folder / "tmp")
    for made in (world.root / "input", world.working, world.root / "temp", world.home, world.temp):
        files.fresh_folder(made)
    for mount in mounts:
        files.link(world.root / "input" / mount, (inputs / mount).resolve())
    # Afterwards: a flat name may be that of a folder of mounts, and must not lead those astray.
    for mount in mounts:
        flat = world.root / "input" / _flat_name(mount)
        if not flat.exists():
            files.link(flat, (inputs / mount).resolve())
    return world


def clean_environment(world: KaggleFolders, cache: Path) -> dict[str, str]:
    """Return the environment of a rehearsed notebook; ``cache`` outlives the rehearsal."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }
    # The kernel and its children find this very Python first.
    path = os.pathsep.join([str(Path(sys.executable).parent), passed.get("PATH", os.defpath)])
    return passed | {
        "PATH": path,
        "HOME": str(world.home),
        "TMPDIR": str(world.temp),
        "IPYTHONDIR": str(world.home / ".ipython"),
        "KAGGLE_KERNEL_RUN_TYPE": "Batch",
        "KAGGLE_WORLD": str(world.root),
        "MPLCONFIGDIR": str(cache / "matplotlib"),  # its font cache takes seconds to make
        "PYTHONPATH": str(Path(shim.__file__).parent),
        "PYTHONUNBUFFERED": "1",
    }


def _declared(spec: KaggleSpec) -> Iterator[tuple[str, str]]:
    """Yield each declared source as its mount below the inputs, and as it was written."""
    for key, mount in _MOUNTS.items():
        for source in getattr(spec, key):
            parts = source.split("/")
            kept = parts[:_OWNER_AND_NAME] if key == "dataset_sources" else parts
            yield "/".join([mount, *kept]), source


def _flat_name(mount: str) -> str:
    kind, *parts = mount.split("/")
    return parts[1] if kind == "models" else parts[-1]
