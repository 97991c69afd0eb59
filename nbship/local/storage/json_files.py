"""The reader of the JSON files in the state folder: every file that cannot be used is a ValueError.

A pipe would block the server, and a device may never end: only regular files are read.
"""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

ASIDE = ".damaged"  # the suffix of what was set aside


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read, is no regular file, or is not JSON.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is not a regular file")
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def set_aside(path: Path) -> Path:
    """Rename a damaged file of the server's own, so that a new one can be made; return its path.

    An earlier one that was set aside is removed.
    """
    aside = path.with_name(f"{path.name}{ASIDE}")
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    else:
        aside.unlink(missing_ok=True)
    path.rename(aside)
    return aside
