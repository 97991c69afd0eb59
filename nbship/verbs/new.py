"""``new``: makes the source of a notebook from a template."""

from collections.abc import Callable

from nbship.core.scaffold.new_notebook import NewNotebook, new_source, owner_of
from nbship.core.workspace.names import fault_of_name, proposed_name
from nbship.edges.kaggle import credentials
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.workspace import Context, Source

Ask = Callable[[str], str | None]


def new(context: Context, wanted: NewNotebook) -> Source:
    """Write the source of a new notebook, and return it.

    Side effects: writes one file, and makes its folder.

    Raises:
        WorkspaceError: the name is not allowed or taken, a wish is not valid, or the disk cannot
            be written.
    """
    _refuse_name(context, wanted.name)
    workspace = context.workspace
    source = new_source(wanted, workspace.layout)
    if not files.replace_file(workspace.path(source.path), source.text.encode(), expected=None):
        raise _taken(source.path)
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


def _refuse_name(context: Context, name: str) -> None:
    fault = fault_of_name(name)
    if fault:
        proposed = proposed_name(name)
        hint = f"Take {proposed}." if proposed else ""
        raise WorkspaceError(f"new: the name {name!r} {fault}", hint=hint)
    workspace, layout = context.workspace, context.workspace.layout
    for path in (*(layout.source(name, suffix) for suffix in (".py", ".R")), layout.notebook(name)):
        if workspace.path(path).exists() or workspace.path(path).is_symlink():
            raise _taken(path)
    for other in context.catalogue:
        if other.casefold() == name.casefold():
            raise WorkspaceError(f"new: {name!r} differs from {other!r} only by case")
        if f"{other}/".startswith(f"{name}/") or f"{name}/".startswith(f"{other}/"):
            raise WorkspaceError(
                f"new: the artifact of {min(name, other, key=len)!r} would contain that of "
                f"{max(name, other, key=len)!r}",
                hint="Take another name or another folder.",
            )


def _taken(path: str) -> WorkspaceError:
    return WorkspaceError(f"new: there is {path} already", hint="Take another name.")
