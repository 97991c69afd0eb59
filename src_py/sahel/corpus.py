"""A dataset of ours: a ``manifest.csv`` with the columns ``file`` and ``language``, and WAV files.

``file`` is the path of a WAV file, relative to the manifest; ``language`` is a code of three
letters (ISO 639-3): bam Bambara, ful Fula, hau Hausa, wol Wolof.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sahel.audio import read_wav


@dataclass(frozen=True)
class Clip:
    """One recording: who it is, what is spoken, and its sound, shape (samples,), at rate Hz."""

    name: str
    language: str
    samples: npt.NDArray[np.float64]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def read_clips(folder: Path) -> list[Clip]:
    """Read all clips of a dataset, in the order of its manifest."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [_read_clip(folder, row) for row in csv.DictReader(file)]


def _read_clip(folder: Path, row: dict[str, str]) -> Clip:
    samples, rate = read_wav(folder / row["file"])
    return Clip(name=row["file"], language=row["language"], samples=samples, rate=rate)
