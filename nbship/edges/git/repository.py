"""Calls of git that only read: they change nothing in a repository.

Side effects: starts git, without optional locks, so that a commit at the same time does not fail.
Settings are written by ``clone.py``.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbship.edges.process import runner
from nbship.errors import WorkspaceError
from nbship.model.git import GitState

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path
# Variables that a hook of another repository may have set, and those that make paths patterns.
_DROPPED_VARIABLES = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS", "GIT_INDEX_FILE", "GIT_LITERAL_PATHSPECS", "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE",
})  # fmt: skip


def state_of(root: Path, paths: Iterable[str]) -> GitState:
    """Return the commit of HEAD, and which of the paths differ from it.

    A path that the commit does not contain differs too: it is ignored or untracked, or it is in
    another repository or behind a link.

    Raises:
        WorkspaceError: git is not installed, or cannot read the repository.
    """
    requested = sorted(paths)
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head.code != 0:
        return GitState(commit=None, changed=tuple(requested))
    files = _output(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", *requested)
    committed = files.split("\0")
    status = _output(
        root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no",
        "--", *requested,
    )  # fmt: skip
    prefix = _output(root, "rev-parse", "--show-prefix").removesuffix("\n")
    changed = {entry[_STATUS_WIDTH:].removeprefix(prefix) for entry in status.split("\0")}
    return GitState(
        commit=head.out.strip(),
        changed=tuple(path for path in requested if path in changed or path not in committed),
    )


def run(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> runner.Finished:
    """Run git in ``root``, on the repository there or on the one that ``env`` names.

    Raises:
        WorkspaceError: git is not installed, or did not end in time.
    """
    return runner.run(
        ["git", "--no-optional-locks", *arguments], cwd=root, env=environment() | dict(env or {})
    )


def environment() -> dict[str, str]:
    """Return the environment for git, without variables that name another repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES}
    return kept | {"LC_ALL": "C"}


def _output(root: Path, *arguments: str) -> str:
    result = _git(root, *arguments)
    if result.code != 0:
        raise git_failed(arguments[0], result)
    return result.out


def git_failed(command: str, result: runner.Finished) -> WorkspaceError:
    """Return the error for a failed git command, with git's own message."""
    words = " ".join(result.err.split()) or "no reason given"
    return WorkspaceError(f"git {command} failed: {words}")


def _git(root: Path, *arguments: str) -> runner.Finished:
    return run(root, "--literal-pathspecs", *arguments)
