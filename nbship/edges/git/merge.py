"""git's merge of texts that lie in no repo.

Side effects: starts git, and writes the texts into a folder that it is given.
"""

from dataclasses import dataclass
from pathlib import Path

from nbship.edges.git import repository
from nbship.edges.storage import files
from nbship.errors import WorkspaceError

_MOST_CONFLICTS = 127  # a larger code of merge-file is an error


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a text, and the name that conflict markers give it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What git made of two versions of a text, and whether it left no conflict markers in it."""

    text: str
    is_clean: bool


def merge(folder: Path, ours: Version, base: Version, theirs: Version) -> Merged:
    """Let git merge two versions of a text that come from the same base.

    Side effects: makes ``folder`` anew, with the three texts in it.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    files.fresh_folder(folder)
    versions = {"ours": ours, "base": base, "theirs": theirs}
    for name, version in versions.items():
        files.write_file(folder / name, version.text.encode())
    labels = [part for version in versions.values() for part in ("-L", version.label)]
    said = repository.run(folder, "merge-file", "-p", *labels, *versions)
    if not 0 <= said.code <= _MOST_CONFLICTS:
        raise WorkspaceError(f"git merge-file failed: {' '.join(said.err.split())}")
    return Merged(said.out, is_clean=said.code == 0)
