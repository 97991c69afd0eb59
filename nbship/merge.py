"""git's merge driver for .ipynb: the merge of percent text, written back as a notebook.

git runs ``python -P -m nbship.merge BASE OURS THEIRS PATH``, with the three versions in files, and
takes the result from the second one (https://git-scm.com/docs/gitattributes, "merge driver"). The
exit code is 0 for a clean merge and 1 for a conflict. Of notebooks that cannot be merged so, our
version stays: the file is a notebook in any case. For a notebook with a source, the source decides:
``doit sync`` writes the notebook from it.
"""

import shlex
import sys
from pathlib import Path

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.pairing.merge_notebooks import merge_text, merged_notebook
from nbship.edges.git.merge import Version, merge_texts
from nbship.edges.storage import files
from nbship.errors import NbshipError, SourceError
from nbship.frontends.console import Console

_CONFLICT = 1


def main(arguments: list[str]) -> int:
    """Merge the notebooks; return 1 if a conflict is left."""
    base, ours, theirs, path = arguments
    try:
        return _merge(Path(base), Path(ours), Path(theirs), path)
    except (NbshipError, ValueError) as error:
        Console().error(
            SourceError(
                f"{path} cannot be merged cell by cell, and keeps our version: {error}",
                hint=f"To take the other version: git checkout --theirs {shlex.quote(path)}",
            )
        )
        return _CONFLICT


def _merge(base: Path, ours: Path, theirs: Path, path: str) -> int:
    earlier = files.read_bytes(base) or b""
    first = read_ipynb(path, earlier).content if earlier.strip() else None
    second, third = (
        read_ipynb(path, files.read_bytes(file) or b"").content for file in (ours, theirs)
    )
    merged = merge_texts(
        Version("ours", merge_text(second)),
        Version("base", merge_text(first) if first else ""),
        Version("theirs", merge_text(third)),
    )
    content = merged_notebook(merged.text, second, first, third)
    files.write_cache(ours, render_ipynb(content).encode())
    return 0 if merged.is_clean else _CONFLICT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
