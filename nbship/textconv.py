"""git's diff driver for .ipynb: percent text without outputs, or the file's raw text.

git runs ``python -P -m nbship.textconv FILE`` (https://git-scm.com/docs/gitattributes, "textconv").
It is a module and not a command of ``nbship``, whose imports would slow down every diff.
"""

import sys
from pathlib import Path

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.source.jupytext_api import percent_of_notebook
from nbship.edges.storage import files
from nbship.errors import NbshipError, SourceError, WorkspaceError
from nbship.frontends.console import Console


def main(arguments: list[str]) -> int:
    """Print the notebook of the file that is named first; return 2 if it cannot be read."""
    console = Console()
    try:
        path = Path(*arguments[:1])
        console.raw(_shown(str(path), _read(path)))
    except NbshipError as error:
        console.error(error)
        return error.exit_code
    return 0


def _read(path: Path) -> bytes:
    data = files.read_bytes(path)
    if data is None:
        raise WorkspaceError(f"no such file: {path}")
    return data


def _shown(path: str, data: bytes) -> bytes:
    try:
        return percent_of_notebook(read_ipynb(path, data).content).encode()
    except (SourceError, ValueError):  # not a notebook, or one with conflict markers: show its text
        return data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
