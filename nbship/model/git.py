"""The state of a workspace's files in git."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GitState:
    """The state in git of the files that an artifact was built from."""

    commit: str | None  # None outside a git repo, and before the first commit
    changed: tuple[str, ...] = ()  # paths that differ from the commit, untracked ones included


@dataclass(frozen=True, slots=True)
class Head:
    """Where HEAD is in its repository.

    ``branches`` is the branch of HEAD, or, where HEAD is no branch, those of remotes that have its
    commit. ``published`` says whether a branch of a remote has the commit, None without a remote.
    """

    branches: tuple[str, ...] = ()
    operation: str = ""  # that has begun and not ended: "merge", "rebase" ...
    published: bool | None = True
    remote: str = ""  # the address of the remote, "" without one
    prefix: str = ""  # of the workspace in the repository: "" or "deep/lab/"


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What check needs to know from git; empty outside a repo and before the first commit.

    Paths are relative to the workspace. ``before`` has the text at HEAD of each source that has
    changed since, under its present path. ``known`` are the files of the last commit.
    ``notebooks`` are the ``.ipynb`` files in the index of the commit that is being made, and
    ``deleted`` those of them that are not on the disk.
    """

    before: Mapping[str, bytes] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    notebooks: Mapping[str, bytes] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    refusal: str = ""  # why git cannot be asked, in its words; then the other fields are empty
    way_out: str = ""  # what the user can type, where git proposes a command
