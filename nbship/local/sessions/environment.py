"""The folders and the environment of a run: the folder that replaces /kaggle, and its mounts.

The same function resolves a source when a kernel is saved (does it exist?) and when it runs (mount
it). Side effects: creates folders, files and symlinks below the run's folder.
"""

import json
import os
import re
import secrets
import shutil
import string
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nbship.local.protocol.quirks import Quirks
from nbship.local.protocol.validation import now
from nbship.local.sessions.runner import NOTEBOOK, SCRIPT, WORKING, Request
from nbship.local.storage.database import Database, Status, Version
from nbship.local.storage.dataset_store import DatasetStore
from nbship.local.storage.rights import Collaborators, Rights
from nbship.local.storage.session_token import secrets_token
from nbship.local.storage.state_dir import StateDir
from nbship.local.storage.tags import UTILITY_SCRIPT, Tags

CONTAINER = "KAGGLE_CONTAINER_NAME"
REQUEST = "request.json"
LAUNCHER = "_launch/launcher.py"  # in the folder of the shim

# The kinds of sources: the request's field, and the answer's field for sources that do not exist.
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
# The number of names in a source of each kind; a dataset may also name its version.
_PARTS = {"datasets": (2, 3), "competitions": (1,), "notebooks": (2, 3), "models": (5,)}
_DIGITS = 9  # of a version's number
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

# The only environment variables of the server that a run receives.
_PASSED_ON = {
    "CONDA_PREFIX", "CUDA_VISIBLE_DEVICES", "DYLD_LIBRARY_PATH", "JUPYTER_PATH", "LANG",
    "LD_LIBRARY_PATH", "PATH", "TZ", "VIRTUAL_ENV",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mount:
    """A resolved source: its folder, and its paths below input/ in the new and the flat layout."""

    path: Path
    target: Path
    flat: str
    flat_target: Path


@dataclass(frozen=True, slots=True)
class SessionFolders:
    """Creates the folders of sessions from the state folder, the inputs and the database."""

    state_dir: StateDir
    inputs: Path
    shim: Path | None
    url: str
    database: Database
    tags: Tags
    quirks: Quirks = Quirks()  # noqa: RUF009 - Quirks is frozen
    bwrap: str = ""  # the path of bubblewrap, "" without a sandbox
    collaborators: Callable[[], Collaborators] = dict

    @property
    def store(self) -> DatasetStore:
        """The datasets that users created."""
        return DatasetStore(self.state_dir.datasets)

    @property
    def rights(self) -> Rights:
        """What each user may do with each kernel."""
        return Rights(self.state_dir, self.collaborators, self.quirks.editors_save)

    def mount(self, user: str, field: str, source: str) -> Mount | None:
        """Resolve a source for this user; None if it does not exist or the user may not read it."""
        layout, names = _LAYOUT[field], source.split("/")
        if len(names) not in _PARTS[layout] or not all(map(_NAME.fullmatch, names)):
            return None
        root = self.inputs / layout
        match layout:
            case "datasets":
                target = self._dataset(user, *names)
                names = names[:2]
            case "notebooks":
                target = self._output(user, *names)
                names = names[:2]
            case _:
                target = None
        target = target or root.joinpath(*names)
        if not target.is_dir():
            return None
        if layout == "models":  # in the flat layout, below the model's name
            return Mount(Path(layout, *names), target, names[1], root.joinpath(*names[:2]))
        return Mount(Path(layout, *names), target, names[-1], target)

    def _dataset(self, user: str, owner: str, slug: str, number: str = "") -> Path | None:
        """Return the folder of a created dataset that the user may read, or None."""
        dataset = self.store.find(owner, slug)
        if dataset is None or not self.rights.may_read(user, dataset):
            return None
        for version in reversed(dataset.versions):
            if number in ("", str(version.number)) and version.is_ready(now()):
                return self.store.content(dataset, version)
        return None

    def _output(self, user: str, owner: str, slug: str, number: str = "") -> Path | None:
        """Return the output of a readable kernel, or None.

        Without a number it is that of the latest version that succeeded.
        """
        kernel = self.database.kernel(owner.lower(), slug.lower())
        if kernel is None or not self.rights.may_read(user, kernel):
            return None
        version = self.database.latest_complete(kernel.id)
        if number:
            of_number = self.database.version(kernel.id, _number(number))
            is_complete = of_number is not None and of_number.status == Status.COMPLETE
            version = of_number if is_complete else None
        return self.state_dir.run_folder(version) / WORKING if version else None

    def utility_script(self, user: str, source: str) -> Version | None:
        """Return the newest version of a utility script that the user may read, or None.

        It need not have run.
        """
        owner, _, slug = source.lower().partition("/")
        kernel = self.database.kernel(owner, slug.partition("/")[0])
        if kernel is None or not self.rights.may_read(user, kernel):
            return None
        version = self.database.version(kernel.id)
        is_utility = version is not None and UTILITY_SCRIPT in version.settings["categoryIds"]
        return version if is_utility else None

    def is_source(self, user: str, field: str, source: str) -> bool:
        """Return whether a run of this user can have this source."""
        is_module = field == "kernelDataSources" and self.utility_script(user, source) is not None
        return is_module or self.mount(user, field, source) is not None

    def build(self, version: Version, zygote: Callable[[], str] = str) -> Request:
        """Create the folders of a run, mount its sources, and return the request for the runner.

        ``zygote`` returns the name of the socket of what forks the runs of Python notebooks, "" if
        nothing does.
        """
        folder = self.state_dir.run_folder(version)
        # An interrupted deletion of a kernel with the same name can have left files.
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("home", "world/input", "world/working", "world/temp", "world/src"):
            (folder / name).mkdir(parents=True)
        self.state_dir.cache.mkdir(exist_ok=True)
        mounts = list(self._mounts(version))
        if self.shim is None:  # else the launcher does it
            for mount in mounts:
                _link(folder / "world" / "input" / mount.path, mount.target)
                _link(folder / "world" / "input" / mount.flat, mount.flat_target)
        code = folder / (SCRIPT if version.kernel_type == "script" else NOTEBOOK)
        code.write_text(version.text, encoding="utf-8")
        language = version.settings["language"]
        environment = self._environment(version)
        ends_at = time.monotonic() + version.timeout
        request = Request(
            folder, version.kernel_type, version.slug, environment, language, ends_at=ends_at
        )
        if self.shim is not None:
            launch = {**self._launch(version, environment, mounts), "ends_at": ends_at}
            request = replace(request, launcher=str(self.shim / LAUNCHER), launch=launch)
            if version.kernel_type == "notebook" and language == "python":
                request = replace(request, zygote=zygote())
        fields = {**asdict(request), "folder": str(folder)}
        (folder / REQUEST).write_text(json.dumps(fields), encoding="utf-8")
        return request

    def _mounts(self, version: Version) -> Iterator[Mount]:
        for field in SOURCES:
            for source in version.settings[field]:
                if mount := self.mount(version.starter, field, source):
                    yield mount

    def _utility_scripts(self, version: Version) -> dict[str, str]:
        """Return the folders of the utility scripts that a run imports, by paths below /kaggle.

        Side effects: writes a file for each, in the run's folder.
        """
        found: dict[str, str] = {}
        for source in version.settings["kernelDataSources"]:
            script = self.utility_script(version.starter, source)
            if script is None:
                continue
            module = script.slug.replace("-", "_")
            folder = self.state_dir.run_folder(version) / "scripts" / script.owner / module
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{module}.py").write_text(script.text, encoding="utf-8")
            for path in (f"usr/lib/notebooks/{script.owner}/{module}", f"usr/lib/{module}"):
                found.setdefault(path, str(folder))
        return found

    def _environment(self, version: Version) -> dict[str, str]:
        folder = self.state_dir.run_folder(version)
        letters = string.ascii_letters + string.digits
        random = "".join(secrets.choice(letters) for _ in range(16))
        name = f"kaggle_{random}-{version.session_id}-webtier"
        environment = {
            **machine_environment(os.environ),
            "PYTHONUTF8": "1",  # as on Kaggle, independent of the locale
            "KAGGLE_KERNEL_RUN_TYPE": "Batch",
            "KAGGLE_URL_BASE": self.url,
            "KAGGLE_USER_SECRETS_TOKEN": secrets_token(version),
            CONTAINER: name,
            "TMPDIR": str(Path(tempfile.gettempdir(), name)),  # the runner creates and removes it
        }
        if image := version.settings.get("dockerImage"):  # it is named, and not used
            environment["KAGGLE_DOCKER_IMAGE"] = image
        if self.shim is None:
            environment |= {
                "HOME": str(folder / "home"),
                "MPLCONFIGDIR": str(self.state_dir.cache / "matplotlib"),
                "KAGGLE_WORLD": str(folder / "world"),
            }
        return environment

    def _launch(
        self, version: Version, environment: dict[str, str], mounts: list[Mount]
    ) -> dict[str, Any]:
        """Return the request of the launcher, without the program that it starts."""
        folder = self.state_dir.run_folder(version)
        targets = self._utility_scripts(version)
        for mount in mounts:  # of two sources with the same name, the first is mounted
            targets.setdefault(f"input/{mount.path.as_posix()}", str(mount.target.resolve()))
        jupyter = environment.get("JUPYTER_PATH", "")
        return {
            "rung": "sandbox" if self.bwrap else "shim",
            "bwrap": self.bwrap,
            "folder": str(folder),
            "kaggle": str(folder / "world"),
            "home": str(folder / "home"),
            "temp": str(folder / "world" / "temp"),
            "environment": environment,
            "mounts": targets,
            "visible": [path for path in jupyter.split(os.pathsep) if path],
            "hidden": [str(self.state_dir.folder), str(self.inputs)],
            "network": bool(version.settings["enableInternet"]),
            "fonts": str(self.state_dir.cache / "matplotlib"),
        }


def machine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a run receives from this machine: no credential, no proxy."""
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }


def _link(path: Path, target: Path) -> None:
    if os.path.lexists(path):  # of two sources with the same name, the first is mounted
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _number(text: str) -> int:
    """Return the number of a version, 0, which no version has, for another text."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
