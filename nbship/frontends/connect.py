"""The connection to a target: ``-t NAME`` gives the target, its remote and its credentials."""

import os
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from nbship.core.metadata.destination import refuse_wrong_keys
from nbship.core.push.guards import refuse_unknown_guards
from nbship.diagnostics import did_you_mean
from nbship.edges.git import repository
from nbship.errors import WorkspaceError
from nbship.frontends import local_server
from nbship.frontends.console import Console
from nbship.model.target import Person, Target
from nbship.model.workspace import Context, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbship.verbs.operations.run import Connection

_TARGET, _PERSON = "NBSHIP_TARGET", "NBSHIP_PERSON"  # environment variables
# Of git.
_TARGET_SETTING, _PERSON_SETTING, _NAME_SETTING = "nbship.target", "nbship.person", "user.name"


def find_target(workspace: Workspace, name: str, own: Mapping[str, str] | None = None) -> Target:
    """Return a target of the workspace by its name; "" for the usual one.

    The usual one is that of NBSHIP_TARGET, of git's ``nbship.target``, or of pyproject.toml.
    ``own`` are git's settings where they are known.

    Raises:
        WorkspaceError: there is no such target, or its table is wrong.
    """
    usual, place = _usual(workspace, _settings(workspace) if own is None else own)
    for wanted, where in ((usual, place), (name, "")):
        if wanted and wanted not in workspace.targets:
            near = did_you_mean(wanted, workspace.targets)
            raise WorkspaceError(f"unknown target {wanted!r}{where}{near}")
    target = workspace.targets[name or usual]
    refuse_unknown_guards(target)
    refuse_wrong_keys(target)
    return replace(target, is_usual=target.name == usual)


def _settings(workspace: Workspace) -> Mapping[str, str]:
    """Return git's settings about who works here, and with which target."""
    return repository.settings(workspace.root, _TARGET_SETTING, _PERSON_SETTING, _NAME_SETTING)


def _usual(workspace: Workspace, own: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of the usual target, and where it stands, for a message."""
    given = os.environ.get(_TARGET, "")
    if given:
        return given, f" in {_TARGET}"
    usual = own[_TARGET_SETTING]
    return (usual, f" in git's setting {_TARGET_SETTING}") if usual else (workspace.target, "")


def _person(own: Mapping[str, str], user: str) -> Person:
    """Return who works here: NBSHIP_PERSON, or git's ``nbship.person`` or ``user.name``."""
    names = (os.environ.get(_PERSON, ""), own[_PERSON_SETTING], own[_NAME_SETTING])
    return Person(next(filter(None, names), user), user)


@contextmanager
def connected(
    name: str, context: Context, console: Console, *, owner: str = "", waits: bool = True
) -> "Iterator[Connection]":
    """Connect to a target for the duration of a block.

    ``owner`` owns a kernel that the workspace does not have yet. One that ``waits`` does so for the
    end of another command's local Kaggle.

    Side effects: for a target on the local Kaggle, may start it; waits then at the end of the
    block for the end of its runs.

    Raises:
        WorkspaceError: there is no such target, or no credentials for it.
    """
    # These imports take 150 ms, which only the commands that connect should pay.
    from nbship.edges.kaggle.client import Kaggle
    from nbship.edges.kaggle.server import server_of_environment
    from nbship.verbs.operations.run import Connection

    own = _settings(context.workspace)
    target = find_target(context.workspace, name, own)
    if target.is_local:
        user = owner or local_server.owner_of(context.catalogue)
        team = [*local_server.owners_of(context.catalogue), user]
        with local_server.local_server(
            context.workspace, user, console, team=team, waits=waits
        ) as server:
            yield Connection(target, Kaggle(server), _person(own, user))
        return
    server = server_of_environment()
    if server.credentials.warning:
        console.warning(server.credentials.warning)
    remote = Kaggle(server)
    yield Connection(target, remote, _person(own, remote.person))
