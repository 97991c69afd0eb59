"""The commands of older workflows, and what replaces each: for adoption, and for the documentation.

Only lines of files that people keep commands in are read; nothing is changed in them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Replacement:
    """A command of an older workflow: how it is recognized, and the command that replaces it."""

    old: str  # as the documentation shows it
    pattern: str
    new: str
    why: str


REPLACEMENTS = (
    Replacement(
        "kaggle kernels push -p DIR", r"kaggle\s+k(?:ernels)?\s+push\b", "doit push:NAME",
        "pushes what has passed its rehearsal, and only what is committed",
    ),
    Replacement(
        "kaggle kernels status OWNER/SLUG", r"kaggle\s+k(?:ernels)?\s+status\b", "doit watch:NAME",
        "follows the version that was pushed to its end",
    ),
    Replacement(
        "kaggle kernels output OWNER/SLUG", r"kaggle\s+k(?:ernels)?\s+output\b", "doit watch:NAME",
        "fetches the outputs of that version",
    ),
    Replacement(
        "kaggle kernels pull OWNER/SLUG", r"kaggle\s+k(?:ernels)?\s+pull\b",
        "nbship pull OWNER/SLUG", "makes a source of it, with its metadata",
    ),
    Replacement(
        "kaggle kernels init", r"kaggle\s+k(?:ernels)?\s+init\b",
        "nbship new NAME --kaggle OWNER/SLUG", "the metadata stand in the notebook's first cell",
    ),
    Replacement(
        "kaggle quota", r"kaggle\s+quota\b", "nbship status --remote",
        "with the versions of your kernels, and their runs",
    ),
    Replacement(
        "nbstripout --install", r"nbstripout\b(?!\.)", "nbship doctor --fix",
        "sets the filter, the diff driver and the merge driver of this clone",
    ),
    Replacement(
        "jupytext --sync FILE", r"jupytext\b.*(?:--sync|--to|--set-formats)\b", "doit sync",
        "compares by content, never by date",
    ),
    Replacement(
        "papermill IN OUT, jupyter nbconvert --execute",
        r"papermill\s+\S+\.ipynb|nbconvert\b.*--execute", "doit smoke:NAME",
        "runs the built notebook as Kaggle would",
    ),
)  # fmt: skip
_NAMES = frozenset({"makefile", "justfile", "taskfile.yml", "taskfile.yaml", "tox.ini",
                    "noxfile.py", "dodo.py", ".pre-commit-config.yaml"})  # fmt: skip
_SUFFIXES = frozenset({".sh", ".bash", ".zsh", ".mk", ".bat", ".ps1"})
_WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class OldCommand:
    """A line of a file that a command of nbship replaces."""

    path: str
    line: int
    text: str
    new: str


def may_have_commands(path: str) -> bool:
    """Return whether people keep commands in a file with this path."""
    file = PurePosixPath(path)
    is_workflow = path.startswith(_WORKFLOWS) and file.suffix in {".yml", ".yaml"}
    return file.name.lower() in _NAMES or file.suffix.lower() in _SUFFIXES or is_workflow


def old_commands(path: str, text: str) -> Iterator[OldCommand]:
    """Yield each line that has a command of an older workflow; comments are left out."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for each in REPLACEMENTS:
            if re.search(each.pattern, line):
                yield OldCommand(path, number, line.strip(), each.new)
                break
