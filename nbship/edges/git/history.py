"""What check asks git: the sources of the last commit, and the notebooks of the index.

Side effects: starts git, which takes no lock.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from nbship.edges.git import repository
from nbship.edges.process import runner
from nbship.model.git import GitFacts

_BLOB_FIELDS = 3  # of cat-file's answer: the name, the type and the size


def facts_of(root: Path, folder: str) -> GitFacts:
    """Return what the last commit has of the sources in ``folder``, and the index's notebooks.

    Three questions for any number of files; of what has not changed nothing is read.

    Raises:
        WorkspaceError: git is not installed, or gives no answer.
    """
    difference = repository.run(
        root, "--literal-pathspecs", "diff", "--raw", "-z", "-M", "--relative", "--no-abbrev",
        "--no-ext-diff", "--ignore-submodules", "HEAD", "--", folder,
    )  # fmt: skip
    held = repository.run(root, "ls-files", "-z", "--stage")
    for said in (difference, held):
        if said.code != 0:
            if (
                repository.run(
                    root, "--literal-pathspecs", "rev-parse", "--verify", "--quiet", "HEAD"
                ).code
                != 0
            ):
                return GitFacts()  # no repo, or no commit
            raise repository.git_failed("diff", said)
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
    said = runner.exchange(argv, "\n".join(asked).encode(), cwd=root, env=repository.environment())
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
