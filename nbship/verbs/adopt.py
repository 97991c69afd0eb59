"""``adopt``: takes over notebooks of another workflow, as one change that can be undone."""

from collections.abc import Sequence

from nbship.edges.git import repository
from nbship.edges.workspace import changes
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace
from nbship.verbs.operations.set_up.plan_adoption import AdoptionPlan

_STATUS_WIDTH = 3  # porcelain v1: two letters and a space before each path
_SHOWN = 3  # files in a message
_COMMIT = 600.0  # seconds for a commit: the hooks of the repository may check all of it


def adopt(plan: AdoptionPlan) -> None:
    """Make all changes of a plan, or none.

    Side effects: writes and removes files, and changes git's index and settings.

    Raises:
        WorkspaceError: a file has changed since it was read, or the disk cannot be written.
    """
    changes.make(plan.workspace, plan.changes, plan.untracked, plan.settings)


def recover(workspace: Workspace) -> bool:
    """Take back an adoption that was interrupted; return whether there was one."""
    return changes.recover(workspace)


def undo(workspace: Workspace) -> Sequence[str]:
    """Take back the last adoption; return the paths of its files.

    Raises:
        WorkspaceError: there is none, or a file has changed since; names it.
    """
    return changes.undo(workspace)


def refuse_dirty(workspace: Workspace) -> None:
    """Refuse a clone with changes that are not committed: they would be mixed with ours.

    Raises:
        WorkspaceError: names some of the files.
    """
    result = repository.run(
        workspace.root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no"
    )
    changed = [entry[_STATUS_WIDTH:] for entry in result.out.split("\0") if entry]
    if changed:
        more = len(changed) - _SHOWN
        shown = ", ".join(changed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        raise WorkspaceError(
            f"adopt: not committed: {shown}",
            hint="Commit or stash first, so that the adoption is a change of its own; or "
            "--allow-dirty.",
        )


def refuse_staged(workspace: Workspace) -> None:
    """Refuse an index with changes of a person: a commit would take them along.

    Raises:
        WorkspaceError: there are some.
    """
    if repository.run(workspace.root, "diff", "--cached", "--quiet").code == 1:
        raise WorkspaceError(
            "adopt: git's index has changes, which would be committed, too",
            hint="Commit or unstage them first, or adopt without --commit.",
        )


def commit(plan: AdoptionPlan) -> None:
    """Commit the changes of a plan, and nothing else, also files that git ignores.

    Raises:
        WorkspaceError: git refuses; the changes stay in the working tree.
    """
    root, hidden = plan.workspace.root, set(plan.untracked)
    repository.untrack(root, [each.path for each in plan.changes if each.new is None])
    made = [each.path for each in plan.changes if each.new is not None and each.path not in hidden]
    repository.write(root, "add", "--force", "--", *made)
    names = [each.name for each in plan.adopted]
    subject = f"Adopt {len(names)} {'notebook' if len(names) == 1 else 'notebooks'} with nbship"
    repository.write(
        root, "commit", "--quiet", "-m", subject, "-m", ", ".join(names), timeout=_COMMIT
    )
