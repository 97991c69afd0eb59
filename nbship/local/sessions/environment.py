"""The folders and the environment of a run: what stands for /kaggle, and what is mounted in it.

Side effects: folders, files and symlinks below the run's folder. One function decides what a
source leads to, both when a kernel is saved (is it there?) and when it runs (mount it).
"""

import json
import os
import re
import secrets
import shutil
import string
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nbship.local.protocol.quirks import Quirks
from nbship.local.protocol.validation import now
from nbship.local.sessions.runner import NOTEBOOK, SCRIPT, WORKING, Request
from nbship.local.storage.database import State, Version
from nbship.local.storage.dataset_store import DatasetStore
from nbship.local.storage.session_token import secrets_token
from nbship.local.storage.state_dir import Home
from nbship.local.storage.tags import Tags

CONTAINER = "KAGGLE_CONTAINER_NAME"
REQUEST = "request.json"

# The kinds of sources: their field on the wire, and the field of those that are not there.
SOURCES = {
    "datasetDataSources": "invalidDatasetSources",
    "competitionDataSources": "invalidCompetitionSources",
    "kernelDataSources": "invalidKernelSources",
    "modelDataSources": "invalidModelSources",
}
_LAYOUT = {
    "datasetDataSources": "datasets",
    "competitionDataSources": "competitions",
    "kernelDataSources": "notebooks",
    "modelDataSources": "models",
}
# How many names a source of each kind has; a dataset may also name its version.
_PARTS = {"datasets": (2, 3), "competitions": (1,), "notebooks": (2,), "models": (5,)}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

# All that a run gets of this machine's environment.
_PASSED_ON = {
    "CONDA_PREFIX", "CUDA_VISIBLE_DEVICES", "DYLD_LIBRARY_PATH", "JUPYTER_PATH", "LANG",
    "LD_LIBRARY_PATH", "PATH", "TZ", "VIRTUAL_ENV",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mount:
    """What a source leads to, and the names under which a run finds it below input/."""

    place: Path
    flat: str
    flat_target: Path
    target: Path


@dataclass(frozen=True, slots=True)
class SessionFolders:
    """Whatever a world is made from."""

    home: Home
    inputs: Path
    shim: Path | None
    url: str
    state: State
    tags: Tags
    oddities: Quirks = Quirks()  # noqa: RUF009 - it is frozen

    @property
    def shelf(self) -> DatasetStore:
        """The datasets that were made here."""
        return DatasetStore(self.home.datasets)

    def mount(self, user: str, field: str, source: str) -> Mount | None:
        """Return what a source leads to, for this user; None when there is no such thing."""
        layout, names = _LAYOUT[field], source.split("/")
        if len(names) not in _PARTS[layout] or not all(map(_NAME.fullmatch, names)):
            return None
        below = self.inputs / layout
        match layout:
            case "datasets":
                target = self._dataset(user, *names)
                names = names[:2]
            case "notebooks":
                target = self._output(user, *names)
            case _:
                target = None
        target = target or below.joinpath(*names)
        if not target.is_dir():
            return None
        if layout == "models":  # of old, these lay below the model's name
            return Mount(Path(layout, *names), names[1], below.joinpath(*names[:2]), target)
        return Mount(Path(layout, *names), names[-1], target, target)

    def _dataset(self, user: str, owner: str, slug: str, number: str = "") -> Path | None:
        """Return what a dataset holds that was made here and that the user may read."""
        dataset = self.shelf.find(owner, slug)
        if dataset is None or (dataset.is_private and dataset.owner != user):
            return None
        for version in reversed(dataset.versions):
            if number in ("", str(version.number)) and version.is_ready(now()):
                return self.shelf.content(dataset, version)
        return None

    def _output(self, user: str, owner: str, slug: str) -> Path | None:
        """Return the output of the latest good version of a kernel here that the user may read."""
        kernel = self.state.kernel(owner.lower(), slug.lower())
        if kernel is None or (kernel.is_private and kernel.owner != user):
            return None
        version = self.state.latest_complete(kernel.id)
        return self.home.run_folder(version) / WORKING if version else None

    def build(self, version: Version) -> Request:
        """Make the folders of a run, mount its sources and say how it is to be run."""
        folder = self.home.run_folder(version)
        shutil.rmtree(folder, ignore_errors=True)  # of a kernel that was deleted half
        for name in ("home", "world/input", "world/working", "world/temp", "world/src"):
            (folder / name).mkdir(parents=True)
        self.home.cache.mkdir(exist_ok=True)
        for mount in self._mounts(version):
            _link(folder / "world" / "input" / mount.place, mount.target)
            _link(folder / "world" / "input" / mount.flat, mount.flat_target)
        code = folder / (SCRIPT if version.kernel_type == "script" else NOTEBOOK)
        code.write_text(version.text, encoding="utf-8")
        request = Request(folder, version.kernel_type, version.slug, self._environment(version))
        described = {**asdict(request), "folder": str(folder)}
        (folder / REQUEST).write_text(json.dumps(described), encoding="utf-8")
        return request

    def _mounts(self, version: Version) -> Iterator[Mount]:
        for field in SOURCES:
            for source in version.settings[field]:
                if mount := self.mount(version.owner, field, source):
                    yield mount

    def _environment(self, version: Version) -> dict[str, str]:
        folder = self.home.run_folder(version)
        letters = string.ascii_letters + string.digits
        random = "".join(secrets.choice(letters) for _ in range(16))
        name = f"kaggle_{random}-{version.session_id}-webtier"
        environment = {
            **machine_environment(os.environ),
            "HOME": str(folder / "home"),
            "MPLCONFIGDIR": str(self.home.cache / "matplotlib"),
            "PYTHONUTF8": "1",  # as on Kaggle, whatever the locale here
            "KAGGLE_KERNEL_RUN_TYPE": "Batch",
            "KAGGLE_URL_BASE": self.url,
            "KAGGLE_USER_SECRETS_TOKEN": secrets_token(version),
            "KAGGLE_WORLD": str(folder / "world"),
            CONTAINER: name,
            "TMPDIR": str(Path(tempfile.gettempdir(), name)),  # the runner makes it, and removes it
        }
        if self.shim:
            environment["PYTHONPATH"] = str(self.shim)
        return environment


def machine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a run may know of this machine: no credential, no proxy."""
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }


def _link(place: Path, target: Path) -> None:
    if os.path.lexists(place):  # two sources of one name: the first has it
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
