"""A workspace that commit 59214ad made: stored as text, unpacked into a test's folder.

``files.json`` has the lines of every file by path, or the target of a link; ``history.txt`` is the
repo for ``git fast-import``; ``git_config.txt`` has the settings of the clone, one per line;
``kaggle.sql`` makes the database of the local Kaggle; ``tasks.txt`` has the names of the tasks.
The files are not stored one by one, because the git filter, pytest and the linters of this repo
would then act on the recorded notebooks, ``.gitignore`` and ``.py`` files.
"""

import json
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

FOLDER = Path(__file__).with_name("workspace_59214ad")
FILES = FOLDER / "files.json"
HISTORY = FOLDER / "history.txt"
GIT_CONFIG = FOLDER / "git_config.txt"
SQL = FOLDER / "kaggle.sql"
TASKS = FOLDER / "tasks.txt"
DATABASE = ".nbship/local/kaggle.sqlite"
MEMORY = ".nbship/memory.json"

# What stands for the workspace, for its Python, and for the environment of that.
ROOT, PYTHON, PREFIX = "@ROOT@", "@PYTHON@", "@PREFIX@"


def unpack(root: Path) -> None:
    """Make the workspace in a new folder; its git settings name the Python that runs now.

    Side effects: writes below the folder; runs git.
    """
    root.mkdir(parents=True)
    _git(root, "init", "-q", "-b", "main")
    _git(root, "fast-import", "--quiet", text=_read(HISTORY))
    for line in _read(GIT_CONFIG).splitlines():
        key, _, value = line.partition(" ")
        _git(root, "config", key, value.replace(PYTHON, shlex.quote(sys.executable)))
    _git(root, "read-tree", "HEAD")
    for path, content in json.loads(_read(FILES)).items():
        _write(root, path, content)
    with closing(sqlite3.connect(root / DATABASE)) as database:
        database.executescript(_filled_in(_read(SQL), root))
    _sign_memory(root)


def signature(file: Path) -> list[int]:
    """Return the signature by which the cache of file facts detects a change of a file."""
    found = file.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def task_names() -> frozenset[str]:
    """Return the names of all tasks of the workspace."""
    return frozenset(_read(TASKS).split())


def _sign_memory(root: Path) -> None:
    """Write the signatures of the unpacked files into the cache of file facts."""
    memory = json.loads((root / MEMORY).read_bytes())
    for path, entry in memory["facts"].items():
        entry[0] = entry[0] or signature(root / path)
    (root / MEMORY).write_text(json.dumps(memory), encoding="utf-8")


def _write(root: Path, path: str, content: list[str] | str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        file.symlink_to(_filled_in(content, root))
    else:
        file.write_text(_filled_in("\n".join(content), root), encoding="utf-8", newline="")


def _filled_in(text: str, root: Path) -> str:
    return text.replace(ROOT, str(root)).replace(PREFIX, sys.prefix)


def _read(path: Path) -> str:
    return path.read_bytes().decode()


def _git(root: Path, *arguments: str, text: str = "") -> None:
    subprocess.run(["git", *arguments], cwd=root, input=text.encode(), check=True)
