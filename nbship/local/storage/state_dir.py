"""The state folder: its paths, its lock, the API key and the address of the running server.

Side effects: creates, reads and removes files directly below the folder.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbship.local.storage.database import Version
from nbship.local.storage.json_files import read_json, set_aside

_LOCK = "lock"
_SERVER = "server.json"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOG = logging.getLogger("nbship.local")
_TEAM = "team.json"


class StateDirError(Exception):
    """The state folder cannot be used; the message explains why to the user."""


@dataclass(frozen=True, slots=True)
class StateDir:
    """The paths below the state folder, which ``--home`` names."""

    folder: Path

    @property
    def database_path(self) -> Path:
        """The database file."""
        return self.folder / "kaggle.sqlite"

    @property
    def users(self) -> Path:
        """The optional file that lists users and their credentials."""
        return self.folder / "users.json"

    @property
    def collaborators(self) -> Path:
        """The optional file that lists the collaborators of kernels."""
        return self.folder / "collaborators.json"

    @property
    def secrets(self) -> Path:
        """The optional file that holds the users' secrets."""
        return self.folder / "secrets.json"

    @property
    def tags(self) -> Path:
        """The optional file that lists additional tags."""
        return self.folder / "tags.json"

    @property
    def datasets(self) -> Path:
        """The folder of the datasets that users created."""
        return self.folder / "datasets"

    @property
    def uploads(self) -> Path:
        """The folder of unfinished and unused uploads."""
        return self.folder / "uploads"

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        return self.folder / "runs"

    @property
    def zygote(self) -> Path:
        """The folder of the process that forks the runs of notebooks."""
        return self.folder / "zygote"

    @property
    def cache(self) -> Path:
        """The folder that all runs share, for example for matplotlib's font cache."""
        return self.folder / "cache"

    @property
    def identity(self) -> str:
        """A digest that identifies the folder without revealing its path."""
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()

    def is_same_person(self, user: str, other: str) -> bool:
        """Return whether two user names stand for one person.

        The optional file ``team.json`` lists the names that do: ``["alice", "the-lab"]``. nbship
        writes the owners of a workspace's kernels into it. On Kaggle, the person would be a
        collaborator of each of these owners.
        """
        if user == other:
            return True
        try:
            team = read_json(self.folder / _TEAM)
        except (OSError, ValueError):
            return False
        return isinstance(team, list) and user in team and other in team

    def kernel_folder(self, owner: str, slug: str) -> Path:
        """Return the folder that holds all runs of one kernel."""
        return self.runs / owner / slug

    def run_folder(self, version: Version) -> Path:
        """Return the folder of one run."""
        return self.kernel_folder(version.owner, version.slug) / f"v{version.number}"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the exclusive lock on the folder; the system releases it when the process ends.

        Raises:
            StateDirError: another process holds the lock.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._close_to_others()
        self._clear_the_way()
        descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateDirError(self._in_use()) from None
            yield
        finally:
            os.close(descriptor)

    def _close_to_others(self) -> None:
        """Take the folder from other users of this machine: it contains keys and secrets."""
        mode = stat.S_IMODE(self.folder.stat().st_mode)
        if mode & _OTHERS:
            self.folder.chmod(mode & ~_OTHERS)
            _LOG.warning("%s could be read by other users (mode %o): closed to them",
                         self.folder, mode)  # fmt: skip

    def _clear_the_way(self) -> None:
        """Set aside what is no file, or no folder, in the place of one of the server's own."""
        folders = {self.datasets, self.uploads, self.cache, self.runs}
        for path in (self.folder / _LOCK, *folders):
            is_fit = path.is_dir() if path in folders else path.is_file()
            if os.path.lexists(path) and not is_fit:
                _LOG.warning("%s is in the way: it is set aside as %s", path, set_aside(path))

    def _in_use(self) -> str:
        try:
            server = read_json(self.folder / _SERVER)
            holder = f"process {server['pid']} serves it on {server['url']}"
        except (OSError, ValueError, LookupError, TypeError):
            holder = "another process is starting or stopping there"
        return f"{self.folder} is in use: {holder}"

    def key(self) -> str:
        """Return the API key of this server; make a new one if there is none that can be used."""
        path = self.folder / "credentials.json"
        try:
            key = read_json(path)["key"]
        except FileNotFoundError:
            key = None
        except (ValueError, LookupError, TypeError):
            key = ""
        if isinstance(key, str) and key:
            return key
        if key is not None:
            _LOG.warning("%s holds no key: it is set aside as %s", path, set_aside(path))
        new = secrets.token_hex(16)
        _write(path, {"key": new}, 0o600)
        return new

    @contextlib.contextmanager
    def announced(self, port: int, url: str) -> Iterator[None]:
        """Keep ``server.json`` in place, by which clients find the server, while it serves."""
        path = self.folder / _SERVER
        _write(path, {"url": url, "port": port, "pid": os.getpid()}, 0o644)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _write(path: Path, content: dict[str, object], mode: int) -> None:
    """Write a JSON file atomically."""
    partial = path.with_name(f"{path.name}.tmp")
    partial.unlink(missing_ok=True)
    if path.is_dir():
        set_aside(path)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
