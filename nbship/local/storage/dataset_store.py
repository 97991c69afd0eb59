"""The datasets that were made here: their versions, and the folders that hold them.

``HOME/datasets/OWNER/SLUG/dataset.json`` names the versions that count; ``vN`` beside it is what
version N holds. A folder that is not named there was cut short, and the next version takes its
place.

Side effects: files below the shelf's folder.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILE = "dataset.json"


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One version of a dataset."""

    number: int
    notes: str
    ready: str  # from when on it can be used; a date in ISO form, or empty for always

    def is_ready(self, moment: datetime) -> bool:
        """Whether the version can be used yet."""
        return not self.ready or datetime.fromisoformat(self.ready) <= moment


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset, with the versions that there are, the latest last."""

    owner: str
    slug: str
    title: str
    license: str
    is_private: bool
    versions: tuple[DatasetVersion, ...] = ()

    @property
    def latest(self) -> DatasetVersion:
        """The version that counts where none is named."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class DatasetStore:
    """All datasets."""

    folder: Path

    def find(self, owner: str, slug: str) -> Dataset | None:
        """Find a dataset."""
        if not _NAME.fullmatch(owner) or not _NAME.fullmatch(slug):
            return None
        try:
            written = json.loads((self._place(owner, slug) / _FILE).read_bytes())
        except FileNotFoundError:
            return None
        versions = tuple(DatasetVersion(**version) for version in written.pop("versions"))
        return Dataset(**written, versions=versions)

    def content(self, dataset: Dataset, version: DatasetVersion) -> Path:
        """Return the folder with what a version holds."""
        return self._place(dataset.owner, dataset.slug) / f"v{version.number}"

    def owned(self, owner: str) -> list[Dataset]:
        """Return all datasets of one owner."""
        folders = sorted((self.folder / owner.lower()).glob("*/"))
        found = (self.find(owner, folder.name) for folder in folders)
        return [dataset for dataset in found if dataset]

    def add(
        self,
        dataset: Dataset,
        version: DatasetVersion,
        fill: Callable[[Path], None],
        *,
        alone: bool = False,
    ) -> None:
        """Add a version, once its folder is filled: as a whole or not at all.

        Args:
            dataset: As it is to be, but for the version.
            version: The new version.
            fill: Fills the folder that it is given; what it raises leaves all as it was.
            alone: Whether the older versions go.
        """
        place = self._place(dataset.owner, dataset.slug)
        half = place / "half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        try:
            fill(half)
            content = self.content(dataset, version)
            shutil.rmtree(content, ignore_errors=True)
            half.rename(content)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
        kept = () if alone else dataset.versions
        self._write(place, replace(dataset, versions=(*kept, version)))
        for gone in dataset.versions[: len(dataset.versions) - len(kept)]:
            shutil.rmtree(self.content(dataset, gone), ignore_errors=True)

    def _write(self, place: Path, dataset: Dataset) -> None:
        half = place / f"{_FILE}.tmp"
        with half.open("w", encoding="utf-8") as file:
            json.dump(asdict(dataset), file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(place / _FILE)

    def _place(self, owner: str, slug: str) -> Path:
        return self.folder / owner.lower() / slug.lower()
