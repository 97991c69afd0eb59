"""Kaggle's credentials on this machine, in the order in which the kaggle package looks for them.

Side effects: reads environment variables and files below the home folder. A key is never shown:
its type hides it from every message. A file of another user's is not believed.
"""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbship.edges.storage import files
from nbship.errors import WorkspaceError

_ROOT = 0


@dataclass(frozen=True, slots=True)
class Credentials:
    """A legacy key with its user name, or an access token (without one).

    ``warning`` is what should be said of the file that it stood in.
    """

    user: str | None
    secret: str = field(repr=False)
    warning: str = field(default="", compare=False)


def no_log_in() -> Credentials | None:
    """Return nothing: nobody is asked for the tokens of a log-in."""
    return None


def local_credentials() -> Credentials:
    """Return the made-up key for a local Kaggle; files with real ones are not looked into.

    Raises:
        WorkspaceError: the environment has none.
    """
    found = _environment_key()
    if found is None:
        raise WorkspaceError(
            "KAGGLE_API_ENVIRONMENT=LOCALHOST, but KAGGLE_USERNAME and KAGGLE_KEY are not set",
            hint="Take all the lines of 'nbship local env'.",
        )
    return found


def find_credentials(log_in: Callable[[], Credentials | None] = no_log_in) -> Credentials:
    """Return what the environment or the home folder holds, and last what a log-in has left.

    Raises:
        WorkspaceError: there is nothing, or it is not what Kaggle hands out.
    """
    found = _token() or _environment_key() or _kaggle_json() or log_in()
    if found is None:
        raise WorkspaceError(
            "no Kaggle credentials on this machine",
            hint="Save an API token as ~/.kaggle/access_token, set KAGGLE_API_TOKEN, or log in "
            "with 'kaggle auth login'; '-t local' needs none.",
        )
    # Found by requests, it would be shown in the message.
    if not found.secret.isascii() or not found.secret.isprintable() or " " in found.secret:
        raise WorkspaceError(
            "the Kaggle credentials on this machine are no access token and no key",
            hint="Copy it again, alone and in one line.",
        )
    return found


def secret_file(path: Path) -> tuple[bytes, str]:
    """Return what a file with a secret holds, empty where there is none, and a warning or none.

    Raises:
        WorkspaceError: it is another user's (root's are the machine's own), or cannot be read.
    """
    data = files.read_bytes(path)
    if data is None:
        return b"", ""
    found = path.stat()
    if found.st_uid not in {os.geteuid(), _ROOT}:
        raise WorkspaceError(
            f"{path} belongs to another user: what stands in it is not believed",
            hint="Make it yours (chown), or set KAGGLE_API_TOKEN.",
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return data, f"{path} can be read by others: chmod 600 {path}"
    return data, ""


def _token() -> Credentials | None:
    given = os.environ.get("KAGGLE_API_TOKEN", "").strip()
    home = Path.home() / ".kaggle"
    if given and not os.path.isfile(given):  # noqa: PTH113 - a token may be too long for a Path
        return _of_notebook() or Credentials(None, given)
    paths = [Path(given)] if given else [home / "access_token", home / "access_token.txt"]
    return _of_notebook() or _first(paths)


def _of_notebook() -> Credentials | None:
    """Return the token that a session on Kaggle itself is given."""
    is_there = {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL"} <= os.environ.keys()
    path = os.environ.get("KAGGLE_API_V1_TOKEN")
    return _first([Path(path)]) if is_there and path else None


def _first(paths: list[Path]) -> Credentials | None:
    for path in paths:
        data, warning = secret_file(path)
        text = data.decode(errors="replace").strip()
        if text:
            return Credentials(None, text, warning)
    return None


def _environment_key() -> Credentials | None:
    user, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    return Credentials(user, key) if user and key else None


def _kaggle_json() -> Credentials | None:
    path = _config_folder() / "kaggle.json"
    if not path.exists():
        return None
    data, warning = secret_file(path)
    try:
        entries = json.loads(data)
        user, key = entries["username"], entries["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        user, key = None, None
    if not (user and key and isinstance(user, str) and isinstance(key, str)):
        raise WorkspaceError(
            f"{path} is not a Kaggle API key",
            hint="Download it again from your Kaggle settings.",
        )
    return Credentials(user, key, warning)


def _config_folder() -> Path:
    given = os.environ.get("KAGGLE_CONFIG_DIR")
    if given:
        return Path(given)
    old = Path.home() / ".kaggle"
    if old.is_dir():
        return old
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kaggle"
