"""``trace``: tells from which source, commit and push a stray notebook or script comes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbship.core.metadata.kernel_metadata import FILE_NAME, render_kernel_metadata
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.overview.trace import Traced, stamp_of, traced
from nbship.core.push.stamp import source_in
from nbship.core.source.decode import decode
from nbship.edges.git import head, history
from nbship.edges.storage import files
from nbship.edges.workspace import journal
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.push import Stamp
from nbship.model.workspace import Workspace

_MOST = 64 << 20  # bytes of a file, which may have outputs


def trace(workspace: Workspace, path: Path) -> Traced:
    """Return where a file comes from, by its stamp. Changes nothing.

    Raises:
        WorkspaceError: there is no such file, or git is not installed.
        SourceError: the file has no stamp, or is no whole notebook.
    """
    data = files.read_bytes(path, most=_MOST)
    if data is None:
        raise WorkspaceError(f"trace: no file {path}")
    text, stamp = stamp_of(str(path), data)
    return traced(
        str(path),
        text,
        stamp,
        head.order_of(workspace.root, stamp.commit),
        journal.read(workspace),
        _metadata(workspace, path, stamp, source_in(text)),
    )


def _metadata(
    workspace: Workspace, path: Path, stamp: Stamp, source: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the metadata with which a file may have been sent: those beside it, and its header's.

    Those of its header are read at the commit of the stamp.
    """
    with suppress(NbshipError, ValueError, RecursionError):
        beside = json.loads(files.read_bytes(path.with_name(FILE_NAME)) or b"")
        if isinstance(beside, dict):
            yield beside
    with suppress(NbshipError):
        known = history.at_commit(workspace.root, stamp.commit, source) if stamp.commit else None
        if known is not None:
            spec = parse_spec(read_header(decode(source, known))).kaggle
            if spec is not None:
                yield json.loads(render_kernel_metadata(spec, path.name))
