"""git's three-way merge of texts, without a repository.

Side effects: starts git, and writes the texts into the caller's folder.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbship.edges.git import repository
from nbship.edges.storage import files

_MOST_CONFLICTS = 127  # merge-file exits with the number of conflicts; a larger code is an error


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a text, and its label in conflict markers."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text; ``is_clean`` means that it contains no conflict markers of git."""

    text: str
    is_clean: bool


def merge_texts(ours: Version, base: Version, theirs: Version) -> Merged:
    """Merge two versions of a text that have the same base, in a folder of the system's own.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        return merge(Path(folder).resolve() / "merge", ours, base, theirs)


def merge(folder: Path, ours: Version, base: Version, theirs: Version) -> Merged:
    """Merge two versions of a text that have the same base.

    Side effects: empties ``folder``, and writes the three texts into it.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    files.fresh_folder(folder)
    versions = {"ours": ours, "base": base, "theirs": theirs}
    for name, version in versions.items():
        files.write_file(folder / name, version.text.encode())
    labels = [part for version in versions.values() for part in ("-L", version.label)]
    result = repository.run(folder, "merge-file", "-p", *labels, *versions)
    if not 0 <= result.code <= _MOST_CONFLICTS:
        raise repository.git_failed("merge-file", result)
    return Merged(result.out, is_clean=result.code == 0)
