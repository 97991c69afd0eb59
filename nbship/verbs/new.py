"""``new``: makes the source of a notebook from a template."""

from collections.abc import Callable

from nbship.core.scaffold.new_notebook import NewNotebook, new_source, owner_of
from nbship.edges.kaggle import credentials
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.workspace import Context, Source
from nbship.verbs.operations.set_up.free_name import refuse_taken, taken

Ask = Callable[[str], str | None]


def new(context: Context, wanted: NewNotebook) -> Source:
    """Write the source of a new notebook, and return it.

    Side effects: writes one file, and makes its folder.

    Raises:
        WorkspaceError: the name is not allowed or taken, a wish is not valid, or the disk cannot
            be written.
    """
    refuse_taken(context, "new", wanted.name)
    workspace = context.workspace
    source = new_source(wanted, workspace.layout)
    if not files.replace_file(workspace.path(source.path), source.text.encode(), expected=None):
        raise taken("new", source.path)
    return source


def known_owner(context: Context) -> str:
    """Return the owner of the workspace's kernels, or the user of the credentials, or ""."""
    kernels = [entry.kernel for entry in context.catalogue.values() if entry.kernel]
    if kernels:
        return owner_of(kernels)
    try:
        return credentials.find_credentials().user or ""
    except WorkspaceError:
        return ""
