"""An ordinary user, for tests that run as root."""

import os
import shutil
import subprocess
from functools import cache

import pytest


def ordinary() -> list[str]:
    """Return the start of a command that runs as a user without rights; skip if none can be made.

    The user is that of a namespace, to whom the files of root belong: the Python that runs the
    tests may be in a folder that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    if reason := _fails():
        pytest.skip(f"root cannot become an ordinary user: {reason}")
    return list(_BECOME)


_BECOME = ("bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/")


@cache
def _fails() -> str:
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    command = [*_BECOME, "sh", "-c", 'test "$(id -u)" = 1000']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip() or "its namespace does not work" if done.returncode else ""
