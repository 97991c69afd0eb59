"""git, asked and never told: no question here changes a repo.

Side effects: starts git; takes no lock, so that a commit beside it is not disturbed. What is told
git is in ``git_clone.py``.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbship.edges.process import runner
from nbship.errors import WorkspaceError
from nbship.model.git import GitState

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path
# What a hook of another repo may leave behind, and what reads a path as a pattern.
_LEADS_ELSEWHERE = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS", "GIT_INDEX_FILE", "GIT_LITERAL_PATHSPECS", "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE",
})  # fmt: skip


def state_of(root: Path, paths: Iterable[str]) -> GitState:
    """Return the commit of HEAD, and which of the paths differ from it.

    A path that the commit does not hold differs as well: git ignores it or does not know it, or
    it lies in another repo or behind a link.

    Raises:
        WorkspaceError: git is not installed, or cannot read the repo.
    """
    asked = sorted(paths)
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head.code != 0:
        return GitState(commit=None, changed=tuple(asked))
    held = _answer(root, "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", *asked).split("\0")
    status = _answer(
        root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no",
        "--", *asked,
    )  # fmt: skip
    prefix = _answer(root, "rev-parse", "--show-prefix").removesuffix("\n")
    changed = {entry[_STATUS_WIDTH:].removeprefix(prefix) for entry in status.split("\0")}
    return GitState(
        commit=head.out.strip(),
        changed=tuple(path for path in asked if path in changed or path not in held),
    )


def run(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> runner.Finished:
    """Run git in ``root``, with no repo in mind but the one that lies there, or that ``env`` names.

    Raises:
        WorkspaceError: git is not installed, or gave no answer.
    """
    return runner.run(
        ["git", "--no-optional-locks", *arguments], cwd=root, env=environment() | dict(env or {})
    )


def environment() -> dict[str, str]:
    """Return the variables for git, without those that lead to another repo."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEADS_ELSEWHERE}
    return kept | {"LC_ALL": "C"}


def _answer(root: Path, *arguments: str) -> str:
    said = _git(root, *arguments)
    if said.code != 0:
        raise git_failed(arguments[0], said)
    return said.out


def git_failed(command: str, said: runner.Finished) -> WorkspaceError:
    """Return the error that says in git's words why a command failed."""
    words = " ".join(said.err.split()) or "no word why"
    return WorkspaceError(f"git {command} failed: {words}")


def _git(root: Path, *arguments: str) -> runner.Finished:
    return run(root, "--literal-pathspecs", *arguments)
