"""check: every source, its header and its modules are valid; rewrites nothing.

What is up to date was valid when it was built, and is not read again.
"""

from nbship.core.catalogue import refuse_shared
from nbship.edges.artifacts import is_current
from nbship.errors import SourceError
from nbship.model import Context
from nbship.verbs.build import make


def check(context: Context) -> tuple[SourceError, ...]:
    """Read every source and its header, and return what is wrong, one error a notebook."""
    found = (_fault(context, name) for name in context.catalogue)
    return tuple(error for error in found if error is not None)


def _fault(context: Context, name: str) -> SourceError | None:
    try:
        refuse_shared(context.catalogue, name)
        if not is_current(context.workspace, name):
            make(context, name)
    except SourceError as error:
        return error
    return None
