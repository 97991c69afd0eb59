"""A git repository for a test, and unusual names for its files."""

import subprocess
from pathlib import Path

# Names with all kinds of characters that a file name may contain.
NAMES = [
    "plain.py",
    "with space.py",
    " quote \" and ' .py ",
    "Ɓalli ɲuman.py",
    "line\nbreak.py",
    "tab\t.py",
    "-rf",
    "--help",
    "[ab]*?.py",
    ":(glob)**",
    ":!x",
    "$(touch pwned).py",
    "back\\slash.py",
    "a -> b.py",
    "~",
]


class Repo:
    """A folder in which a test runs git."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str = "text\n") -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")
        return self.git("rev-parse", "HEAD")
