"""Calls of git. All but ``write`` only read: they change nothing in a repository.

Side effects: starts git, without optional locks, so that a commit at the same time does not fail.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbship.core.clone import git_messages
from nbship.edges.process import runner
from nbship.errors import WorkspaceError
from nbship.model.git import GitState

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path
_INDEX = "GIT_INDEX_FILE"
_TIMEOUT = 30.0  # seconds: enough for git, which normally answers at once
# Variables that a hook of another repository may have set, and those that make paths patterns.
_DROPPED_VARIABLES = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS", _INDEX, "GIT_LITERAL_PATHSPECS", "GIT_NAMESPACE",
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
    commit = commit_of(root)
    if commit is None:
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
        commit=commit,
        changed=tuple(path for path in requested if path in changed or path not in committed),
    )


def commit_of(root: Path) -> str | None:
    """Return the commit of HEAD; None outside a repository and before the first commit.

    Raises:
        WorkspaceError: git is not installed, or refuses to read the repository, for example
            because another user owns it; the hint is the command that git proposes.
    """
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head.code == 0:
        return head.out.strip()
    if head.err and not git_messages.is_no_repository(head.err):
        raise git_failed("rev-parse", head)
    return None


def settings(root: Path, *keys: str) -> dict[str, str]:
    """Return settings of git by their names in small letters, "" where it has none.

    Raises:
        WorkspaceError: git is not installed.
    """
    pattern = f"^({'|'.join(map(re.escape, keys))})$"
    listed = run(root, "config", "--null", "--get-regexp", pattern).out.split("\0")
    found = (entry.partition("\n") for entry in listed if entry)
    return dict.fromkeys(keys, "") | {key: value.strip() for key, _, value in found}


def commit_index(root: Path) -> dict[str, str]:
    """Return the variable that names the index of the commit that is being made; usually empty.

    git sets it for the hooks of a commit. `git commit FILE` and `git commit -a` use an index of
    their own until the hooks have passed. A variable that a hook of another repository has set is
    left out.

    Raises:
        WorkspaceError: git is not installed.
    """
    given = os.environ.get(_INDEX, "")
    if not given:
        return {}
    own, top = (run(root, "rev-parse", word) for word in ("--absolute-git-dir", "--show-toplevel"))
    if own.code != 0 or top.code != 0:
        return {}
    # git takes a relative path as relative to the top folder.
    folder = Path(top.out.removesuffix("\n"), given).parent.resolve()
    is_own = folder == Path(own.out.removesuffix("\n")).resolve()
    is_of_another = not is_own and (folder / "HEAD").is_file()
    return {} if is_of_another else {_INDEX: given}


def untrack(root: Path, paths: Iterable[str]) -> None:
    """Take paths, relative to ``root``, out of git's index; the files stay as they are.

    Raises:
        WorkspaceError: git fails, or is not installed.
    """
    data = "\0".join(paths).encode()
    if data:
        write(root, "update-index", "-z", "--force-remove", "--stdin", data=data)


def run(
    root: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    data: bytes = b"",
    timeout: float = _TIMEOUT,
) -> runner.Finished:
    """Run git in ``root``, on the repository there or on the one that ``env`` names.

    ``data`` is git's input.

    Raises:
        WorkspaceError: git is not installed, or did not end in time.
    """
    return runner.run(
        ["git", "--no-optional-locks", *arguments],
        cwd=root,
        env=environment() | dict(env or {}),
        data=data,
        timeout=timeout,
    )


def write(root: Path, *arguments: str, data: bytes = b"", timeout: float = _TIMEOUT) -> None:
    """Run a git command that changes the repository in ``root``: its index or its settings.

    ``data`` is git's input, ``timeout`` has seconds: a commit may run hooks.

    Raises:
        WorkspaceError: git fails, or is not installed.
    """
    result = run(root, "--literal-pathspecs", *arguments, data=data, timeout=timeout)
    if result.code != 0:
        raise git_failed(arguments[0], result)


def environment() -> dict[str, str]:
    """Return the environment for git, without variables that name another repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES}
    return kept | {"LC_ALL": "C"}


def git_failed(command: str, result: runner.Finished) -> WorkspaceError:
    """Return the error for a failed git command: git's own message, and the way out it proposes."""
    return WorkspaceError(
        f"git {command} failed: {git_messages.said(result.err)}",
        hint=git_messages.way_out(result.err),
    )


def _output(root: Path, *arguments: str) -> str:
    result = _git(root, *arguments)
    if result.code != 0:
        raise git_failed(arguments[0], result)
    return result.out


def _git(root: Path, *arguments: str) -> runner.Finished:
    return run(root, "--literal-pathspecs", *arguments)
