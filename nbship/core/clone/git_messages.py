"""git's error messages: what is wrong, and the command that git itself proposes.

git puts a command that the user can type on a line of its own, after a tab.
"""


def said(text: str) -> str:
    """Return what git says is wrong, in one line, without the commands that it proposes."""
    lines = text.strip().splitlines()
    if way_out(text):
        lines = lines[:1]
    words = " ".join(" ".join(lines).split())
    return words.removeprefix("fatal: ") or "no reason given"


def way_out(text: str) -> str:
    """Return the command that git proposes, or an empty string."""
    proposed = (line.strip() for line in text.splitlines() if line.startswith("\tgit "))
    return next(proposed, "")


def is_no_repository(text: str) -> bool:
    """Return whether git found no repository, in the folder or above.

    This differs from "not a git repository: PATH": then the folder names a repository that is gone.
    """
    return text.startswith("fatal: not a git repository (or any ")


def is_bare(text: str) -> bool:
    """Return whether git cannot work in the repository because it is bare."""
    return text.startswith("fatal: this operation must be run in a work tree")
