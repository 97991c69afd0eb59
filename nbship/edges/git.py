"""git, asked and never told: nothing here changes a repo.

Side effects: starts git; takes no lock, so that a commit beside it is not disturbed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from nbship.edges import process
from nbship.model import GitState

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path


def state_of(root: Path, paths: Iterable[str]) -> GitState:
    """Return the commit of HEAD, and which of the paths differ from it.

    A path that git ignores or does not know differs as well.
    """
    paths = sorted(paths)
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head.code != 0:
        return GitState(commit=None, changed=tuple(paths))
    status = _git(
        root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
        "--ignored=matching", "--", *paths,
    )  # fmt: skip
    changed = (entry[_STATUS_WIDTH:] for entry in status.out.split("\0") if entry)
    prefix = _git(root, "rev-parse", "--show-prefix").out.strip()
    return GitState(
        commit=head.out.strip(),
        changed=tuple(sorted(path.removeprefix(prefix) for path in changed)),
    )


def _git(root: Path, *arguments: str) -> process.Finished:
    environment = {name: value for name, value in os.environ.items() if name != "GIT_DIR"}
    return process.run(
        ["git", "--no-optional-locks", "--literal-pathspecs", *arguments],
        cwd=root,
        env=environment | {"LC_ALL": "C"},
    )
