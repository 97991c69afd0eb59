"""``diff``: what the latest version of a kernel has and its source has not, and the reverse.

Changes nothing.
"""

from nbship.core.drift.examine import Drift
from nbship.edges.workspace import pairs
from nbship.model.workspace import Context
from nbship.verbs.operations.drift.compare import drift_of
from nbship.verbs.operations.run import Connection


def diff(context: Context, name: str, connection: Connection) -> Drift:
    """Return how a source and the latest version of its kernel differ.

    Raises:
        NbshipError: as ``drift_of`` does.
    """
    return drift_of(context, pairs.read(context.workspace, name), connection)
