"""git's filter for notebooks: from stdin to stdout, without outputs.

git runs ``python -P -m nbship.strip --keep-id --path=PATH`` for each changed notebook, also for
``git status``. It never fails because of a notebook: git would then add no other file either.
https://git-scm.com/docs/gitattributes#_filter

Side effects: keeps a copy of the notebook of a pair, from which a sync can bring outputs back.
"""

import sys
from pathlib import Path

from nbship.core.ipynb.clean import STRIPPED, clean_ipynb, keys_to_strip
from nbship.edges.git import repository
from nbship.edges.workspace import outputs
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console

_PATH = "--path="  # not an argument: nbstripout would change a file that is one


def main(arguments: list[str]) -> int:
    """Write the notebook on stdin to stdout as git should get it; a remark goes to stderr."""
    console = Console()
    path = next((word.removeprefix(_PATH) for word in arguments if word.startswith(_PATH)), "stdin")
    data = sys.stdin.buffer.read()
    found = clean_ipynb(path, data, _keys())
    outputs.keep(Path(path), data, found.data)
    console.raw(found.data)
    if found.remark:
        console.warning(found.remark)
    return 0


def _keys() -> tuple[str, ...]:
    """Return the metadata to strip, with the changes that the user's git config makes."""
    pattern = r"^filter\.nbstripout\.(extrakeys|keepmetadatakeys)$"
    try:
        return keys_to_strip(
            repository.run(Path.cwd(), "config", "-z", "--get-regexp", pattern).out
        )
    except WorkspaceError:
        return STRIPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
