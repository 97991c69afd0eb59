"""What git says of the files of a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GitState:
    """What git says of the files that an artifact was built from."""

    commit: str | None  # None outside a git repo, and before the first commit
    changed: tuple[str, ...] = ()  # paths that differ from the commit, untracked ones included


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What check asks git; all of it is empty outside a repo and before the first commit.

    Paths are relative to the workspace. ``before`` has the text at HEAD of each source that
    differs now, under the path that it has now; ``known`` are the files that the last commit has;
    ``notebooks`` are the ``.ipynb`` as the index has them.
    """

    before: Mapping[str, bytes] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    notebooks: Mapping[str, bytes] = field(default_factory=dict)
