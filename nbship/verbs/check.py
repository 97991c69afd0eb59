"""check: every source and its header are valid; quick, and rewrites nothing."""

from nbship.core.catalogue import refuse_shared
from nbship.core.header import read_header
from nbship.core.spec import parse_spec
from nbship.edges import sources
from nbship.errors import SourceError
from nbship.model import Context


def check(context: Context) -> tuple[SourceError, ...]:
    """Read every source and its header, and return what is wrong, one error a notebook."""
    found = (_fault(context, name) for name in context.catalogue)
    return tuple(error for error in found if error is not None)


def _fault(context: Context, name: str) -> SourceError | None:
    try:
        source = sources.read(context.workspace, sources.path_of(name))
        parse_spec(read_header(source))
        refuse_shared(context.catalogue, name)
    except SourceError as error:
        return error
    return None
