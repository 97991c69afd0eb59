"""The folders and the environment of a rehearsal, laid out as in a Kaggle session.

Side effects: makes folders below the caller's folder; reads the environment.

Real runs of 2026 mount a source at ``/kaggle/input/datasets/OWNER/NAME`` and so on; older sessions
mount it at the flat ``/kaggle/input/NAME``. A rehearsal has both: the launcher makes them.
"""

import contextlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from nbship.core.metadata.data_sources import mounts
from nbship.core.source.language import PYTHON, Language
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import SourceError, Unreadable
from nbship.model.spec import KaggleSpec, keys_of

_MATPLOTLIB, _FONTS = ".cache/matplotlib", "fontlist-*.json"  # below a home
_MOST_FONTS = 16 << 20  # bytes
# A notebook sees no other variable of the user: no credential and no KAGGLE_*.
_PASSED_ON = frozenset({
    "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "TZ",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class KaggleFolders:
    """The folders of one rehearsal; ``root`` takes the place of ``/kaggle``.

    ``mounts`` are folders of this machine, by their paths below ``/kaggle``.
    """

    root: Path
    home: Path
    temp: Path
    mounts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def below(cls, folder: Path, mounts: Mapping[str, str] | None = None) -> Self:
        """Return the folders of a rehearsal in ``folder``."""
        return cls(folder / "kaggle", folder / "home", folder / "tmp", mounts or {})

    @property
    def folder(self) -> Path:
        """The folder of the rehearsal, which has the others."""
        return self.root.parent

    @property
    def working(self) -> Path:
        """The folder in place of /kaggle/working, in which the notebook runs."""
        return self.root / "working"


@dataclass(frozen=True, slots=True)
class Upstream:
    """What other notebooks of the workspace have for a rehearsal: folders by paths below /kaggle.

    ``mounted`` are the mounts that need no sample. ``lacking`` are the names of notebooks that have
    nothing yet.
    """

    folders: Mapping[str, Path] = field(default_factory=dict)
    mounted: frozenset[str] = frozenset()
    lacking: tuple[str, ...] = ()


NOTHING = Upstream()


def make_folders(
    folder: Path,
    inputs: Path,
    spec: KaggleSpec | None,
    place: Place,
    shown: str,
    upstream: Upstream = NOTHING,
) -> KaggleFolders:
    """Make the folders of a rehearsal in ``folder``; ``spec`` declares which inputs it mounts.

    ``shown`` is the name of the folder ``inputs`` in messages, and ``place`` that of the metadata.

    Raises:
        SourceError: a declared source has no folder; the message names all.
    """
    sources, missing = find_inputs(inputs, spec, upstream)
    if missing:
        raise no_inputs(missing, place, shown, upstream)
    files.fresh_folder(folder)
    real = {mount: str(path.resolve()) for mount, path in sources.items()}
    folders = KaggleFolders.below(folder, real)
    for path in (folders.working, folders.home, folders.temp):
        files.make_folder(path)
    return folders


def find_inputs(
    inputs: Path, spec: KaggleSpec | None, upstream: Upstream
) -> tuple[Mapping[str, Path], Mapping[str, str]]:
    """Return the folders of the declared sources by their paths below /kaggle.

    And the sources that have none, by their mounts below /kaggle/input.
    """
    declared = dict(mounts(spec)) if spec else {}
    samples = {mount: inputs / mount for mount in declared if (inputs / mount).is_dir()}
    missing = {
        mount: source
        for mount, source in declared.items()
        if mount not in samples and mount not in upstream.mounted
    }
    folders = {f"input/{mount}": path for mount, path in samples.items()}
    return {**folders, **upstream.folders}, missing


def all_samples(inputs: Path) -> Mapping[str, Path]:
    """Return every sample in the folder of the inputs, by its path below /kaggle."""
    depths = {key.mount: key.named for key in keys_of(KaggleSpec).values() if key.mount}
    return {
        f"input/{path.relative_to(inputs).as_posix()}": path
        for mount, depth in depths.items()
        for path in sorted(inputs.glob("/".join([mount, *["*"] * depth])))
        if path.is_dir()
    }


def no_inputs(
    missing: Mapping[str, str], place: Place, shown: str, upstream: Upstream
) -> SourceError:
    """Return the error for sources that have no folder; the arguments are as above."""
    paths = [f"{shown}/{mount}" for mount in missing]
    sample = "(then put a small sample of its files there, in the same layout as on Kaggle)"
    hints = [f"mkdir -p {shlex.join(paths)}  {sample}"]
    if upstream.lacking:
        rehearse = f"nbship smoke {shlex.join(upstream.lacking)}"
        hints.append(f"Or: {rehearse}  (then its outputs are the inputs)")
    return SourceError(
        f"no inputs for {', '.join(map(repr, missing.values()))}: {', '.join(paths)}"
        f" {'is' if len(paths) == 1 else 'are'} missing",
        place=place,
        hints=tuple(hints),
    )


def size_of(folder: Path) -> int:
    """Return the bytes that the files below a folder take on the disk; no link is followed."""
    total = 0
    for each, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(each, name).lstat().st_blocks * 512
    return total


def clean_environment() -> dict[str, str]:
    """Return the variables of this machine that a rehearsed notebook sees."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }
    return passed | {"PYTHONUNBUFFERED": "1"}


def keep_fonts(folders: KaggleFolders, cache: Path) -> None:
    """Keep the list of fonts that matplotlib has made, for the launcher; it may be there."""
    for file in (folders.home / _MATPLOTLIB).glob(_FONTS):
        data = None if (cache / file.name).exists() else _small(file)
        if data is not None:
            files.write_cache(cache / file.name, data)


def _small(file: Path) -> bytes | None:
    """Return the content of a file that a notebook may have written, None if it is no list."""
    try:
        data = None if file.is_symlink() else files.read_bytes(file, most=_MOST_FONTS + 1)
    except Unreadable:
        return None
    return data if data and len(data) <= _MOST_FONTS else None


def kernel_arguments(language: Language) -> list[str]:
    """Return the arguments for the kernel of a notebook: what ipykernel loads from the shim.

    The folder of the shim is on the kernel's ``PYTHONPATH``.
    """
    return ["--Session.packer=kernel_stacks.pack"] if language == PYTHON else []
