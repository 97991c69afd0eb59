"""Kaggle's credentials on this machine, in the order in which the kaggle package looks for them.

Side effects: reads environment variables and files below the home folder. A key is never shown:
its type hides it from every message.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from nbship.edges import files
from nbship.errors import WorkspaceError


@dataclass(frozen=True, slots=True)
class Credentials:
    """A legacy key with its user name, or an access token (without one)."""

    user: str | None
    secret: str = field(repr=False)


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


def find_credentials() -> Credentials:
    """Return what the environment or the home folder holds.

    Raises:
        WorkspaceError: there is nothing, or it is not what Kaggle hands out.
    """
    found = _token() or _environment_key() or _kaggle_json()
    if found is None:
        raise WorkspaceError(
            "no Kaggle credentials on this machine",
            hint="Save an API token as ~/.kaggle/access_token or set KAGGLE_API_TOKEN; "
            "'-t local' needs none.",
        )
    # Found by requests, it would be shown in the message.
    if not found.secret.isascii() or not found.secret.isprintable() or " " in found.secret:
        raise WorkspaceError(
            "the Kaggle credentials on this machine are no access token and no key",
            hint="Copy it again, alone and in one line.",
        )
    return found


def _token() -> Credentials | None:
    given = os.environ.get("KAGGLE_API_TOKEN", "").strip()
    home = Path.home() / ".kaggle"
    if given and not os.path.isfile(given):  # noqa: PTH113 - a token may be too long for a Path
        return Credentials(None, given)
    for path in [Path(given)] if given else [home / "access_token", home / "access_token.txt"]:
        text = (files.read_bytes(path) or b"").decode(errors="replace").strip()
        if text:
            return Credentials(None, text)
    return None


def _environment_key() -> Credentials | None:
    user, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    return Credentials(user, key) if user and key else None


def _kaggle_json() -> Credentials | None:
    path = _config_folder() / "kaggle.json"
    data = files.read_bytes(path)
    if data is None:
        return None
    try:
        entries = json.loads(data)
        user, key = entries["username"], entries["key"]
    except (ValueError, KeyError, TypeError):
        user, key = None, None
    if not (user and key and isinstance(user, str) and isinstance(key, str)):
        raise WorkspaceError(
            f"{path} is not a Kaggle API key",
            hint="Download it again from your Kaggle settings.",
        )
    return Credentials(user, key)


def _config_folder() -> Path:
    given = os.environ.get("KAGGLE_CONFIG_DIR")
    if given:
        return Path(given)
    old = Path.home() / ".kaggle"
    if old.is_dir():
        return old
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kaggle"
