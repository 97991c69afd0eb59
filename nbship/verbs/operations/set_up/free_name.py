"""The names that are free for a new notebook."""

from nbship.core.workspace.names import fault_of_name, proposed_name
from nbship.errors import WorkspaceError
from nbship.model.workspace import Context


def refuse_taken(context: Context, verb: str, name: str) -> None:
    """Refuse a name that no new notebook may have; ``verb`` begins the message.

    Raises:
        WorkspaceError: the name is not allowed, or a file or another notebook is in its way.
    """
    fault = fault_of_name(name)
    if fault:
        proposed = proposed_name(name)
        hint = f"Take {proposed}." if proposed else ""
        raise WorkspaceError(f"{verb}: the name {name!r} {fault}", hint=hint)
    workspace, layout = context.workspace, context.workspace.layout
    for path in (*(layout.source(name, suffix) for suffix in (".py", ".R")), layout.notebook(name)):
        if workspace.path(path).exists() or workspace.path(path).is_symlink():
            raise taken(verb, path)
    for other in context.catalogue:
        if other.casefold() == name.casefold():
            raise WorkspaceError(f"{verb}: {name!r} differs from {other!r} only by case")
        if f"{other}/".startswith(f"{name}/") or f"{name}/".startswith(f"{other}/"):
            raise WorkspaceError(
                f"{verb}: the artifact of {min(name, other, key=len)!r} would contain that of "
                f"{max(name, other, key=len)!r}",
                hint="Take another name or another folder.",
            )


def taken(verb: str, path: str) -> WorkspaceError:
    """Return the error for a file that is in the way of a new notebook."""
    return WorkspaceError(f"{verb}: there is {path} already", hint="Take another name.")
