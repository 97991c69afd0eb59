"""The facts of git for check and sync: files of the last commit, and notebooks of the index.

Side effects: starts git, without optional locks.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from nbship.edges.git import repository
from nbship.edges.process import runner
from nbship.model.git import GitFacts

_MOST_VERSIONS = 50  # of a notebook that is looked at for outputs
_OUTPUT = b'"output_type"'
_BLOB_FIELDS = 3  # of the header of a blob in cat-file's output: name, type and size


def facts_of(root: Path, folder: str) -> GitFacts:
    """Return the committed text of the changed sources in ``folder``, and the index's notebooks.

    In a hook, the index is that of the commit that is being made. Three calls of git for any number
    of files; unchanged sources are not read.

    Raises:
        WorkspaceError: git is not installed, or cannot read the repository.
    """
    env = repository.commit_index(root)
    difference = repository.run(
        root, "--literal-pathspecs", "diff", "--raw", "-z", "-M", "--relative", "--no-abbrev",
        "--no-ext-diff", "--ignore-submodules", "HEAD", "--", folder, env=env,
    )  # fmt: skip
    index = repository.run(root, "ls-files", "-z", "--stage", env=env)
    is_first = difference.code != 0 and repository.commit_of(root) is None
    if is_first and index.code != 0:
        return GitFacts()  # no repository
    if difference.code != 0 and not is_first:
        raise repository.git_failed("diff", difference)
    if index.code != 0:
        raise repository.git_failed("ls-files", index)
    changes = [] if is_first else list(_changes(difference.out))
    new = {path for path, blob in changes if set(blob) == {"0"}}
    staged = dict(_staged(index.out))
    notebooks = {path: blob for path, blob in staged.items() if path.lower().endswith(".ipynb")}
    before = {path: blob for path, blob in changes if path not in new}
    texts = _blobs(root, {*before.values(), *notebooks.values()})
    return GitFacts(
        before={path: texts[blob] for path, blob in before.items() if blob in texts},
        known=frozenset() if is_first else frozenset(staged.keys() - new),
        notebooks={path: texts[blob] for path, blob in notebooks.items() if blob in texts},
        deleted=frozenset(path for path in notebooks if not os.path.lexists(root / path)),
    )


def committed(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the content of each of these files in the last commit, if it has the file.

    Raises:
        WorkspaceError: git is not installed.
    """
    tree = repository.run(root, "--literal-pathspecs", "ls-tree", "-z", "HEAD", "--", *paths)
    entries = (entry.partition("\t") for entry in tree.out.split("\0") if entry)
    blobs = {path: head.split(" ")[2] for head, _, path in entries if head.startswith("100")}
    texts = _blobs(root, blobs.values())
    return {path: texts[blob] for path, blob in blobs.items() if blob in texts}


def at_commit(root: Path, commit: str, path: str) -> bytes | None:
    """Return the content of a file at a commit; None if this clone does not have it.

    Raises:
        WorkspaceError: git is not installed.
    """
    return next(iter(_blobs(root, [f"{commit}:./{path}"]).values()), None)


def replaced_notebook(root: Path, source: str) -> bytes | None:
    """Return the notebook that a commit removed when it added a source, None if there is none.

    So a clone that gets the commit of an adoption finds the outputs that were in git: those of the
    last commit in which the notebook has some. It has the source's name, or is the only one that
    the commit removes.
    """
    literal = ("--literal-pathspecs",)
    added = repository.run(
        root, *literal, "log", "-1", "--diff-filter=A", "--format=%H", "--", source
    ).out.strip()
    if not added:
        return None
    removed = repository.run(
        root, "diff-tree", "--no-commit-id", "-r", "-z", "--relative", "--no-renames",
        "--diff-filter=D", "--raw", "--no-abbrev", added,
    )  # fmt: skip
    notebooks = {
        path: blob for path, blob in _changes(removed.out) if path.lower().endswith(".ipynb")
    }
    stem = PurePosixPath(source).stem
    same = [path for path in notebooks if PurePosixPath(path).stem == stem]
    chosen = same or list(notebooks)
    if len(chosen) != 1:
        return None
    path = chosen[0]
    earlier = repository.run(
        root, *literal, "log", f"-{_MOST_VERSIONS}", "--format=", "-z", "--raw", "--relative",
        "--no-abbrev", "--no-renames", f"{added}^", "--", path,
    )  # fmt: skip
    # Each change names the blob before it; the last blob is the one that the commit removes.
    versions = [notebooks[path], *(blob for _, blob in _changes(earlier.out))]
    texts = _blobs(root, versions)
    found = [texts[blob] for blob in versions if blob in texts]
    return next((data for data in found if _OUTPUT in data), found[0] if found else None)


def _changes(output: str) -> Iterator[tuple[str, str]]:
    """Yield each path that differs from HEAD, and its blob in HEAD (only zeros for a new path).

    Format: https://git-scm.com/docs/diff-format, "raw output format".
    """
    fields = iter(output.split("\0"))
    for head in fields:
        if head:
            _, _, blob, _, status = head.split(" ")
            path = next(fields)
            if status[0] in "RC":
                path = next(fields)  # the new name
            yield path, blob


def _staged(output: str) -> Iterator[tuple[str, str]]:
    """Yield each file of the index and its blob, except for files with a merge conflict."""
    for entry in output.split("\0"):
        head, _, path = entry.partition("\t")
        if head.startswith("100") and head.endswith(" 0"):
            yield path, head.split(" ")[1]


def _blobs(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read blobs in one call: https://git-scm.com/docs/git-cat-file, "batch output"."""
    lines = "\n".join(sorted(names)).encode()
    if not lines:
        return {}
    argv = ["git", "--no-optional-locks", "cat-file", "--batch"]
    output = runner.exchange(argv, lines, cwd=root, env=repository.environment())
    found: dict[str, bytes] = {}
    at, data = 0, output or b""
    while at < len(data):
        end = data.index(b"\n", at)
        head = data[at:end].decode().split(" ")
        at = end + 1
        if len(head) == _BLOB_FIELDS and head[1] == "blob":
            size = int(head[2])
            found[head[0]] = data[at : at + size]
            at += size + 1
    return found
