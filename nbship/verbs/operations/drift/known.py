"""The versions of a kernel that this clone knows: those that it has pushed, or merged by a rescue.

Side effects: none; it reads the journal and the state of the workspace.
"""

from nbship.core.drift.base import KnownVersion, base_of, parse_known
from nbship.core.push.stamp import without_stamp
from nbship.core.source.nbjson import cells_digest
from nbship.edges.storage.state_files import read_state
from nbship.edges.workspace import journal
from nbship.model.run import RemoteKernel
from nbship.model.workspace import Workspace


def known_version(
    workspace: Workspace, name: str, kernel: str, server: str, latest: int
) -> KnownVersion | None:
    """Return the newest version of a kernel that this clone has pushed or merged, if there is one.

    Raises:
        WorkspaceError: the journal cannot be read.
    """
    records = journal.read(workspace)
    merged = merged_version(workspace, name)
    return base_of(records, merged, kernel=kernel, server=server, latest=latest)


def merged_version(workspace: Workspace, name: str) -> KnownVersion | None:
    """Return the version that a rescue has merged last, None if there is none."""
    return read_state(workspace.path(workspace.layout.merged_version(name)), parse_known)


def is_known(found: RemoteKernel, known: KnownVersion) -> bool:
    """Return whether a version has the cells that this clone knows, with the stamp or without."""
    texts = (found.source, without_stamp(found.source))
    return known.cells in map(cells_digest, texts)
