"""Kaggle's credentials on this machine, searched in the order of the kaggle package.

Side effects: reads environment variables and files below the home folder. No message contains a
secret: the type hides it. A file that belongs to another user is refused.
"""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbship.edges.storage import files
from nbship.errors import WorkspaceError

_ROOT = 0  # user id


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key with its user name, or an access token without one.

    ``warning`` is about the file that holds the secret; it is empty if the file is safe.
    """

    user: str | None
    secret: str = field(repr=False)
    warning: str = field(default="", compare=False)


def no_log_in() -> Credentials | None:
    """Return None: do not look for the tokens of a log-in."""
    return None


def local_credentials() -> Credentials:
    """Return the local Kaggle's key from the environment, without reading files with real keys.

    Raises:
        WorkspaceError: the environment contains no key.
    """
    found = _environment_key()
    if found is None:
        raise WorkspaceError(
            "KAGGLE_API_ENVIRONMENT=LOCALHOST, but KAGGLE_USERNAME and KAGGLE_KEY are not set",
            hint="Set all variables that 'nbship local env' prints.",
        )
    return found


def log_in_file() -> Path:
    """Return the path of the file that ``kaggle auth login`` writes."""
    return Path.home() / ".kaggle" / "credentials.json"


def refuse_missing() -> None:
    """Look for credentials as a push does; a log-in counts, also if its token has expired.

    Raises:
        WorkspaceError: there are no credentials, or they have an invalid form.
    """
    is_logged_in = bool(secret_file(log_in_file())[0])
    find_credentials(lambda: Credentials(None, "logged-in") if is_logged_in else None)


def find_credentials(log_in: Callable[[], Credentials | None] = no_log_in) -> Credentials:
    """Return the credentials in the environment or in the home folder, else those of ``log_in``.

    Raises:
        WorkspaceError: there are no credentials, or they have an invalid form.
    """
    found = _token() or _environment_key() or _kaggle_json() or log_in()
    if found is None:
        raise WorkspaceError(
            "no Kaggle credentials on this machine",
            hint="Save an API token as ~/.kaggle/access_token, set KAGGLE_API_TOKEN, or log in "
            "with 'kaggle auth login'; '-t local' needs no credentials.",
        )
    # requests would raise an error that shows the secret.
    if not found.secret.isascii() or not found.secret.isprintable() or " " in found.secret:
        raise WorkspaceError(
            "the Kaggle credentials on this machine are not an access token or an API key",
            hint="Copy the token or key again, in one line and without spaces.",
        )
    return found


def secret_file(path: Path) -> tuple[bytes, str]:
    """Return the content of a file with a secret, empty if it is missing, and a warning or "".

    Raises:
        WorkspaceError: the file belongs to a user other than this one and root, or it cannot be
            read.
    """
    data = files.read_bytes(path)
    if data is None:
        return b"", ""
    found = path.stat()
    if found.st_uid not in {os.geteuid(), _ROOT}:
        raise WorkspaceError(
            f"{path} belongs to another user, so nbship does not trust its content",
            hint="Change its owner to your user (chown), or set KAGGLE_API_TOKEN.",
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return data, f"{path} is readable by other users: run 'chmod 600 {path}'"
    return data, ""


def _token() -> Credentials | None:
    given = os.environ.get("KAGGLE_API_TOKEN", "").strip()
    home = Path.home() / ".kaggle"
    if given and not os.path.isfile(given):  # noqa: PTH113 - a token may be too long for a Path
        return _session_token() or Credentials(None, given)
    paths = [Path(given)] if given else [home / "access_token", home / "access_token.txt"]
    return _session_token() or _first(paths)


def _session_token() -> Credentials | None:
    """Return the token that Kaggle gives to a session of its own."""
    is_session = {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL"} <= os.environ.keys()
    path = os.environ.get("KAGGLE_API_V1_TOKEN")
    return _first([Path(path)]) if is_session and path else None


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
