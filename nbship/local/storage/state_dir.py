"""The state folder: its names, the lock on it, the credential, and where the server can be found.

Side effects: files directly below the folder.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbship.local.storage.database import Version

_SERVER = "server.json"


class HomeError(Exception):
    """The state folder cannot be used; the message is for people."""


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "kaggle.sqlite"

    @property
    def users(self) -> Path:
        """The file that lists users, which nobody needs."""
        return self.folder / "users.json"

    @property
    def secrets(self) -> Path:
        """The file with users' secrets, which nobody needs."""
        return self.folder / "secrets.json"

    @property
    def tags(self) -> Path:
        """The file that lists more tags, which nobody needs."""
        return self.folder / "tags.json"

    @property
    def datasets(self) -> Path:
        """The datasets that were made here."""
        return self.folder / "datasets"

    @property
    def uploads(self) -> Path:
        """Files on their way up."""
        return self.folder / "uploads"

    @property
    def cache(self) -> Path:
        """What all runs may share, such as the cache of fonts."""
        return self.folder / "cache"

    @property
    def identity(self) -> str:
        """A name for the folder that gives nothing away."""
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()

    def kernel_folder(self, owner: str, slug: str) -> Path:
        """Where the runs of one kernel are."""
        return self.folder / "runs" / owner / slug

    def run_folder(self, version: Version) -> Path:
        """Where one run is."""
        return self.kernel_folder(version.owner, version.slug) / f"v{version.number}"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for this server alone; the system lets go of it however we end."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeError(self._taken()) from None
            yield
        finally:
            os.close(descriptor)

    def _taken(self) -> str:
        try:
            server = json.loads((self.folder / _SERVER).read_bytes())
            who = f"process {server['pid']} serves it on {server['url']}"
        except (OSError, ValueError, LookupError, TypeError):
            who = "another process is starting or ending there"
        return f"{self.folder} is in use: {who}"

    def key(self) -> str:
        """Return the key that clients must know; it is made once."""
        path = self.folder / "credentials.json"
        if not path.exists():
            _write(path, {"key": secrets.token_hex(16)}, 0o600)
        try:
            key = json.loads(path.read_bytes())["key"]
        except (ValueError, LookupError, TypeError):
            key = None
        if not isinstance(key, str) or not key:
            raise HomeError(f'{path} holds no {{"key": ...}}; remove it to get a new one')
        return key

    @contextlib.contextmanager
    def announced(self, port: int, url: str) -> Iterator[None]:
        """Let others find the server, as long as it serves."""
        path = self.folder / _SERVER
        _write(path, {"url": url, "port": port, "pid": os.getpid()}, 0o644)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _write(path: Path, content: dict[str, object], mode: int) -> None:
    """Write a file that is there whole or not at all."""
    half = path.with_name(f"{path.name}.tmp")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
