"""Where HEAD is: its branch, what is published, and the order of commits.

Side effects: starts git, which changes nothing.
"""

import re
from pathlib import Path

from nbship.core.workspace.catalogue import glance
from nbship.edges.git import repository
from nbship.model.git import Head
from nbship.model.push import Order
from nbship.model.workspace import Source

_OPERATIONS = {  # a file of git's while one goes on → its name
    "MERGE_HEAD": "merge", "rebase-merge": "rebase", "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert",
}  # fmt: skip
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_BRANCHES = 100
_PREFIX = "commit:"
_BRANCHES, _REMOTES = "refs/heads/", "refs/remotes"
# Of `git remote --verbose`: a name, and the address from which it fetches; a filter may follow.
_REMOTE = re.compile(r"([^\t]+)\t(?:(.*) \(fetch\)(?: \[[^\[]*\])?)?.*")
_COPIED = "C"  # a status of git's, with the similarity in percent behind it


def head_of(root: Path) -> Head:
    """Return where HEAD is; without a repository or a commit it is nowhere, and has no remote.

    Raises:
        WorkspaceError: git is not installed.
    """
    found = repository.run(
        root, "rev-parse", "--absolute-git-dir", "--show-prefix", "--symbolic-full-name", "HEAD"
    )
    if found.code != 0:
        return Head(published=None)
    folder, prefix, ref = found.out.removesuffix("\n").rsplit("\n", 2)
    own = Path(folder)
    operation = next((name for file, name in _OPERATIONS.items() if (own / file).exists()), "")
    remotes = _remotes(root)
    having = _lines(
        root, "for-each-ref", "--contains", "HEAD", f"--count={_MOST_BRANCHES}",
        "--format=%(refname:lstrip=3)", _REMOTES,
    )  # fmt: skip
    has_remote = bool(remotes or having or _lines(root, "for-each-ref", "--count=1", _REMOTES))
    is_on_branch = ref.startswith(_BRANCHES)
    return Head(
        branches=(ref.removeprefix(_BRANCHES),) if is_on_branch else having,
        operation=operation,
        published=bool(having) if has_remote else None,
        remote=remotes.get("origin", next(iter(remotes.values()), "")),
        prefix=prefix,
    )


def order_of(root: Path, commit: str, head: str | None = None) -> Order:
    """Return the order of a commit and HEAD: whether it is the same, before, after or apart.

    A commit that this clone does not have, or whose history a shallow clone lacks, is unknown.
    ``head`` is the commit of HEAD where that is known.

    Raises:
        WorkspaceError: git is not installed.
    """
    if not _COMMIT.fullmatch(commit):
        return "unknown"
    if commit == (head or repository.commit_of(root)):
        return "same"
    if repository.run(root, "cat-file", "-e", f"{commit}^{{commit}}").code != 0:
        return "unknown"
    if _is_ancestor(root, commit, "HEAD"):
        return "before"
    return "after" if _is_ancestor(root, "HEAD", commit) else "apart"


def first_id(root: Path, path: str) -> str:
    """Return the id of a kernel in the oldest commit in which its source has one, "" if none has.

    ``path`` is relative to ``root``. Earlier names of the file are followed; a copy of another file
    begins with itself.

    Raises:
        WorkspaceError: git is not installed.
    """
    commit, found = "", list[tuple[str, str]]()
    for line in _lines(
        root, "-c", "core.quotePath=off", "log", "--follow", "--name-status",
        f"--format={_PREFIX}%H", "--", path,
    ):  # fmt: skip
        if line.startswith(_PREFIX):
            commit = line.removeprefix(_PREFIX)
            continue
        status, *names = line.split("\t")
        found.append((commit, names[-1]))
        if status.startswith(_COPIED):
            break
    for commit, name in reversed(found):
        text = repository.run(root, "cat-file", "blob", f"{commit}:{name}").out
        kernel = glance("", Source(path, text.replace("\r\n", "\n"))).kernel
        if kernel:
            return kernel
    return ""


def _remotes(root: Path) -> dict[str, str]:
    """Return the remotes with the addresses from which git fetches, "" where there is none."""
    found: dict[str, str] = {}
    for line in _lines(root, "remote", "--verbose"):
        match = _REMOTE.fullmatch(line)
        name, address = (match[1], match[2]) if match else (line, "")
        found[name] = found.get(name) or address or ""
    return found


def _is_ancestor(root: Path, one: str, other: str) -> bool:
    return repository.run(root, "merge-base", "--is-ancestor", one, other).code == 0


def _lines(root: Path, *arguments: str) -> tuple[str, ...]:
    """Return the lines of git's answer, none if it has none."""
    done = repository.run(root, *arguments)
    return tuple(filter(None, done.out.splitlines())) if done.code == 0 else ()
