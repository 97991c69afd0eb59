"""Uploaded files of a dataset: as on Kaggle, an archive is unpacked into a folder of its name.

Side effects: creates files below the given folder. A name in an archive that leads outside is
refused. Files and bytes are counted while they are written: the sizes in an archive can be wrong.
"""

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

_SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
_CHUNK = 1024 * 1024
_LONGEST_NAME = 255  # bytes
# Raised for an archive that is truncated, of another format, encrypted or inconsistent.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError,
           NotImplementedError)  # fmt: skip


class UnpackError(Exception):
    """An upload cannot be unpacked; the message explains why to the user."""


@dataclass(slots=True)
class Budget:
    """How many files, and how many bytes, may still be written to a dataset."""

    files: int = 100_000
    size: int = 20 * 1024**3

    def take(self, files: int, size: int) -> None:
        """Subtract files and bytes.

        Raises:
            UnpackError: the budget is exceeded.
        """
        self.files -= files
        self.size -= size
        if self.files < 0 or self.size < 0:
            raise UnpackError("the dataset would be too large")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    is_folder: bool
    is_file: bool


def is_name(name: str) -> bool:
    """Return whether a text is a valid file name on every system."""
    return (
        name not in ("", ".", "..")
        and not set(name) & set('/\\\0<>:"|?*')
        and name.isprintable()
        and len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
    )


def put(upload: Path, name: str, folder: Path, budget: Budget) -> None:
    """Put an uploaded file into a folder, unpacked if it is an archive.

    Raises:
        UnpackError: a name leads outside the folder or exists already, the archive is broken, or
            the budget is exceeded.
    """
    suffix = next((suffix for suffix in _SUFFIXES if name.lower().endswith(suffix)), "")
    is_archive = zipfile.is_zipfile if suffix == ".zip" else tarfile.is_tarfile
    if suffix and name != suffix and is_archive(upload):
        target = folder / name[: -len(suffix)]
        with upload.open("rb") as file:
            _unpack(file, target, budget, is_zip=suffix == ".zip")
        return
    budget.take(1, upload.stat().st_size)
    target = folder / name
    _check_free(target)
    shutil.copyfile(upload, target)


def _unpack(file: IO[bytes], target: Path, budget: Budget, *, is_zip: bool) -> None:
    try:
        for member, content in (_zipped if is_zip else _tarred)(file):
            path = _member_path(target, member.name)
            if member.is_folder:
                path.mkdir(parents=True, exist_ok=True)
                continue
            if not member.is_file:
                raise UnpackError(f"{member.name!r} is neither a file nor a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_free(path)
            budget.take(1, 0)
            with content as source, path.open("xb") as sink:
                while chunk := source.read(_CHUNK):
                    budget.take(0, len(chunk))
                    sink.write(chunk)
    except _BROKEN as error:
        raise UnpackError(f"the archive is broken: {error}") from error
    except (FileExistsError, NotADirectoryError) as error:
        raise UnpackError("a name occurs twice") from error


def _zipped(file: IO[bytes]) -> Iterator[tuple[_Member, AbstractContextManager[IO[bytes]]]]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_file = not info.is_dir() and kind in (0, stat.S_IFREG)
            yield _Member(info.filename, info.is_dir(), is_file), _open_zipped(archive, info)


def _tarred(file: IO[bytes]) -> Iterator[tuple[_Member, AbstractContextManager[IO[bytes]]]]:
    with tarfile.open(fileobj=file) as archive:
        for info in archive:
            member = _Member(info.name, info.isdir(), info.isreg() and not info.issparse())
            yield member, _open_tarred(archive, info)


@contextmanager
def _open_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with archive.open(info) as content:
        yield content


@contextmanager
def _open_tarred(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    content = archive.extractfile(info)
    assert content  # noqa: S101 - for mypy: the caller opens regular files only
    with content:
        yield content


def _member_path(target: Path, name: str) -> Path:
    """Return the path of an archive's member below the target; refuse one that leads outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or not all(map(is_name, path.parts)):
        raise UnpackError(f"{name[:100]!r} is not a valid file name in a dataset")
    return target.joinpath(*path.parts)


def _check_free(path: Path) -> None:
    if os.path.lexists(path):
        raise UnpackError(f"{path.name!r} occurs twice")
