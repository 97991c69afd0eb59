"""git, asked and never told: nothing here changes a repo.

Side effects: starts git; takes no lock, so that a commit beside it is not disturbed.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbship.edges import process
from nbship.errors import WorkspaceError
from nbship.model import GitFacts, GitState

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path
_BLOB_FIELDS = 3  # of cat-file's answer: the name, the type and the size
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


def facts_of(root: Path, folder: str) -> GitFacts:
    """Return what the last commit has of the sources in ``folder``, and the index's notebooks.

    Three questions for any number of files; of what has not changed nothing is read.

    Raises:
        WorkspaceError: git is not installed, or gives no answer.
    """
    difference = _git(
        root, "diff", "--raw", "-z", "-M", "--relative", "--no-abbrev", "--no-ext-diff",
        "--ignore-submodules", "HEAD", "--", folder,
    )  # fmt: skip
    held = _git(root, "ls-files", "-z", "--stage")
    for said in (difference, held):
        if said.code != 0:
            if _git(root, "rev-parse", "--verify", "--quiet", "HEAD").code != 0:
                return GitFacts()  # no repo, or no commit
            raise _failed("diff", said)
    changes = list(_changes(difference.out))
    staged = dict(_staged(held.out))
    notebooks = {path: blob for path, blob in staged.items() if path.endswith(".ipynb")}
    before = {path: blob for path, blob in changes if set(blob) != {"0"}}
    texts = _blobs(root, {*before.values(), *notebooks.values()})
    return GitFacts(
        before={path: texts[blob] for path, blob in before.items() if blob in texts},
        known=frozenset(staged.keys() - {path for path, blob in changes if set(blob) == {"0"}}),
        notebooks={path: texts[blob] for path, blob in notebooks.items() if blob in texts},
    )


def _changes(said: str) -> Iterator[tuple[str, str]]:
    """Yield each path that differs from HEAD, and the blob that HEAD has of it: zeros for none.

    The form: https://git-scm.com/docs/diff-format, "raw output format".
    """
    fields = iter(said.split("\0"))
    for head in fields:
        if head:
            _, _, blob, _, status = head.split(" ")
            path = next(fields)
            if status[0] in "RC":
                path = next(fields)  # the name that it has now
            yield path, blob


def _staged(said: str) -> Iterator[tuple[str, str]]:
    """Yield each file of the index and its blob; what is in the middle of a merge has none."""
    for entry in said.split("\0"):
        head, _, path = entry.partition("\t")
        if head.startswith("100") and head.endswith(" 0"):
            yield path, head.split(" ")[1]


def _blobs(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read blobs in one call: https://git-scm.com/docs/git-cat-file, "batch output"."""
    asked = sorted(names)
    if not asked:
        return {}
    argv = ["git", "--no-optional-locks", "cat-file", "--batch"]
    said = process.exchange(argv, "\n".join(asked).encode(), cwd=root, env=_environment())
    found: dict[str, bytes] = {}
    at, data = 0, said or b""
    while at < len(data):
        end = data.index(b"\n", at)
        head = data[at:end].decode().split(" ")
        at = end + 1
        if len(head) == _BLOB_FIELDS and head[1] == "blob":
            size = int(head[2])
            found[head[0]] = data[at : at + size]
            at += size + 1
    return found


def _answer(root: Path, *arguments: str) -> str:
    said = _git(root, *arguments)
    if said.code != 0:
        raise _failed(arguments[0], said)
    return said.out


def _failed(command: str, said: process.Finished) -> WorkspaceError:
    words = " ".join(said.err.split()) or "no word why"
    return WorkspaceError(f"git {command} failed: {words}")


def _git(root: Path, *arguments: str) -> process.Finished:
    return process.run(
        ["git", "--no-optional-locks", "--literal-pathspecs", *arguments],
        cwd=root,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LEADS_ELSEWHERE}
    return kept | {"LC_ALL": "C"}
