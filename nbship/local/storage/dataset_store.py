"""The store of the datasets that users created: their versions, and the folders that hold them.

``datasets/OWNER/SLUG/dataset.json`` in the state folder lists the valid versions; the folder ``vN``
beside it holds the files of version N. A folder that is not listed is left over from an
interrupted upload; the next version replaces it.

Side effects: creates and removes files below the store's folder.
"""

import json
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from nbship.local.storage.json_files import ASIDE, read_json, set_aside

_LOG = logging.getLogger("nbship.local")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILE = "dataset.json"


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One version of a dataset."""

    number: int
    notes: str
    ready: str  # when it becomes READY: a date in ISO form, or empty for at once

    def is_ready(self, moment: datetime) -> bool:
        """Return whether kernels can use the version at a moment."""
        return not self.ready or datetime.fromisoformat(self.ready) <= moment


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset with its versions, the latest last."""

    owner: str
    slug: str
    title: str
    license: str
    is_private: bool
    versions: tuple[DatasetVersion, ...] = ()

    @property
    def latest(self) -> DatasetVersion:
        """The latest version."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class DatasetStore:
    """All datasets that users created."""

    folder: Path

    def find(self, owner: str, slug: str) -> Dataset | None:
        """Return a dataset, or None."""
        if not _NAME.fullmatch(owner) or not _NAME.fullmatch(slug) or slug.endswith(ASIDE):
            return None
        folder = self._folder(owner, slug)
        try:
            fields = read_json(folder / _FILE)
            versions = tuple(DatasetVersion(**version) for version in fields.pop("versions"))
            return Dataset(**fields, versions=versions)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, LookupError, AttributeError):
            aside = set_aside(folder)  # with its versions, which a new dataset would replace
            _LOG.warning("%s/%s cannot be read: it is set aside as %s", owner, slug, aside)
            return None

    def content(self, dataset: Dataset, version: DatasetVersion) -> Path:
        """Return the folder with the files of a version."""
        return self._folder(dataset.owner, dataset.slug) / f"v{version.number}"

    def owned(self, owner: str) -> list[Dataset]:
        """Return all datasets of one owner."""
        folders = sorted((self.folder / owner.lower()).glob("*/"))
        datasets = (self.find(owner, folder.name) for folder in folders)
        return [dataset for dataset in datasets if dataset]

    def add(
        self,
        dataset: Dataset,
        version: DatasetVersion,
        fill: Callable[[Path], None],
        *,
        alone: bool = False,
    ) -> None:
        """Add a version atomically, after its folder is filled.

        Args:
            dataset: The dataset without the new version.
            version: The new version.
            fill: Writes the files into the given folder; if it raises, nothing changes.
            alone: Whether to delete the older versions.
        """
        folder = self._folder(dataset.owner, dataset.slug)
        partial = folder / "half"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            fill(partial)
            content = self.content(dataset, version)
            shutil.rmtree(content, ignore_errors=True)
            partial.rename(content)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        kept = () if alone else dataset.versions
        self._write(folder, replace(dataset, versions=(*kept, version)))
        for removed in dataset.versions[: len(dataset.versions) - len(kept)]:
            shutil.rmtree(self.content(dataset, removed), ignore_errors=True)

    def _write(self, folder: Path, dataset: Dataset) -> None:
        partial = folder / f"{_FILE}.tmp"
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(dataset), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / _FILE)

    def _folder(self, owner: str, slug: str) -> Path:
        return self.folder / owner.lower() / slug.lower()
