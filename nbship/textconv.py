"""What ``git diff`` shows of an .ipynb: percent text without outputs, or its raw text.

git starts ``python -P -m nbship.textconv FILE``; it is no command of nbship's, so that nobody who
looks at a diff waits for what the commands need. https://git-scm.com/docs/gitattributes, "textconv"
"""

import sys
from pathlib import Path

from nbship.core.source.jupytext_api import percent_of_ipynb
from nbship.edges.storage import files
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.console import Console


def main(arguments: list[str]) -> int:
    """Print the notebook in the file named; 2 where the file cannot be read."""
    console = Console()
    try:
        console.raw(_shown(_read(Path(*arguments[:1]))))
    except NbshipError as error:
        console.error(error)
        return error.exit_code
    return 0


def _read(path: Path) -> bytes:
    data = files.read_bytes(path)
    if data is None:
        raise WorkspaceError(f"no such file: {path}")
    return data


def _shown(data: bytes) -> bytes:
    try:
        return percent_of_ipynb(data.decode()).encode()
    except ValueError:  # no notebook, or one with a merge's markers: its own text says most
        return data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
