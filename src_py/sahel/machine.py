"""What git says on this machine. Only asks: no network, nothing is changed."""

import shutil
import subprocess
from pathlib import Path

DEADLINE_SECONDS = 10


def git_answer(*arguments: str, folder: Path | None = None) -> str | None:
    """Return what ``git ARGUMENTS`` prints in a folder; None without git or when git refuses."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def repo_around(folder: Path) -> Path | None:
    """Return the top folder of the git repo that a folder lies in; None when it lies in none."""
    top = git_answer("rev-parse", "--show-toplevel", folder=folder)
    return Path(top) if top else None
