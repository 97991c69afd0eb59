"""The local Kaggle of a workspace: find the running one, or start one for one command."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbship import shim
from nbship.edges import clock
from nbship.edges.kaggle import session
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.edges.process import runner
from nbship.edges.rehearsal import isolation
from nbship.edges.storage import files
from nbship.edges.storage.state_files import read_state
from nbship.errors import Interrupted, Unreadable, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Catalogue, Workspace

_LAST_RUN = 12 * 3600.0  # seconds: the longest run that Kaggle allows
_QUICKER = 2.0  # seconds to wait for the server of another command that started at the same time
_LOOK = 0.2  # seconds between two requests
_SHUTDOWN = 3.0  # seconds in which a server without runs ends
_CANCELLED = (
    "the run is cancelled, because the local Kaggle ends with the command that started it; "
    "'nbship local' keeps one running"
)


def home(workspace: Workspace) -> Path:
    """Return the state folder of the workspace's local Kaggle."""
    return workspace.path(workspace.layout.local_kaggle)


def options(workspace: Workspace, *more: str) -> list[str]:
    """Return the command line arguments of the workspace's local Kaggle.

    Side effects: may start bubblewrap to find out whether runs can have a sandbox.
    """
    found = isolation.find(workspace)
    return [
        "--home", str(home(workspace)),
        "--inputs", str(workspace.inputs),
        "--shim", str(Path(shim.__file__).parent),
        *(["--bwrap", found.bwrap] if found.bwrap else []),
        *more,
    ]  # fmt: skip


def environment(workspace: Workspace, url: str, user: str) -> dict[str, str]:
    """Return the environment variables that connect the stock client to ``url``.

    An empty value means that the variable must be unset. The client has no setting for an address:
    LOCALHOST means http://localhost, which the proxy variables redirect. The client prefers a token
    to a key.
    """
    mine = credentials(workspace, user)
    is_token = mine.user is None
    return {
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "KAGGLE_API_TOKEN": mine.secret if is_token else "",
        "KAGGLE_USERNAME": "" if is_token else user,
        "KAGGLE_KEY": "" if is_token else mine.secret,
        "http_proxy": url,
        "HTTP_PROXY": url,
        "no_proxy": "",
        "NO_PROXY": "",
    }


def _entries(workspace: Workspace, name: str) -> Mapping[str, Any]:
    """Return the JSON object in a file of the local Kaggle; empty if there is none."""
    try:
        content = json.loads(files.read_bytes(home(workspace) / name) or b"null")
    except (ValueError, RecursionError, Unreadable):
        return {}  # the server replaces or names it when it starts
    return content if isinstance(content, dict) else {}


def owners_of(catalogue: Catalogue) -> list[str]:
    """Return the owner of each kernel of this workspace."""
    return [entry.kernel.partition("/")[0] for entry in catalogue.values() if entry.kernel]


def owner_of(catalogue: Catalogue) -> str:
    """Return the owner of most kernels of this workspace."""
    owners = owners_of(catalogue)
    return max(sorted(set(owners)), key=owners.count, default="local-user")


def write_team(workspace: Workspace, owners: Collection[str]) -> None:
    """Let the local Kaggle treat these owners as one person, so that it serves the kernels of all.

    Side effects: writes team.json in the state folder of the local Kaggle.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    team = json.dumps(sorted({owner.lower() for owner in owners})).encode()
    path = home(workspace) / "team.json"
    if read_state(path, bytes) != team:
        files.write_file(path, team)


def running(workspace: Workspace) -> str | None:
    """Return the address of this workspace's local Kaggle if it is running, else None."""
    return _health(workspace).get("url")


def _health(workspace: Workspace) -> Mapping[str, Any]:
    """Return the health data of this workspace's local Kaggle, empty if it is not running."""
    url = _entries(workspace, "server.json").get("url")
    if not isinstance(url, str):
        return {}
    # Another server may use the port by now.
    identity = hashlib.sha256(str(home(workspace).resolve()).encode()).hexdigest()
    health = session.health(url)
    return {**health, "url": url} if health.get("home") == identity else {}


def key(workspace: Workspace) -> str:
    """Return the generated API key of this workspace's local Kaggle.

    Raises:
        WorkspaceError: the local Kaggle never ran, or the file of the key cannot be read.
    """
    name = "credentials.json"
    found = _entries(workspace, name).get("key")
    if not isinstance(found, str):
        raise WorkspaceError(
            "cannot read the key of the local Kaggle",
            hint=f"Stop it, remove {home(workspace) / name}, and start it again.",
        )
    return found


def credentials(workspace: Workspace, user: str) -> Credentials:
    """Return the credentials of a user: those in users.json, or else the generated key.

    Raises:
        WorkspaceError: the local Kaggle never ran, or the file of the key cannot be read.
    """
    match _entries(workspace, "users.json").get(user):
        case {"key": str(listed)} if listed:
            return Credentials(user, listed)
        case {"tokens": [str(token), *_]}:
            return Credentials(None, token)
        case _:  # the local Kaggle itself reports what is wrong in the file
            return Credentials(user, key(workspace))


@contextlib.contextmanager
def local_server(
    workspace: Workspace,
    user: str,
    console: Console,
    *,
    team: Collection[str] = (),
    shutdown: float = _SHUTDOWN,
    waits: bool = True,
) -> Iterator[Server]:
    """Connect to the local Kaggle for the duration of a block; start one if none is running.

    A server that the block started ends with the block. If it does not end within ``shutdown``
    seconds, it is still running a kernel. ``team`` are all owners of the workspace's kernels. A
    server of another command ends with that one: a block that ``waits`` does so for its end.

    Side effects: may start a process; then waits at the end of the block for its runs.

    Raises:
        WorkspaceError: the local Kaggle does not start or does not answer, or it is that of another
            command, and the block does not wait.
        Interrupted: Ctrl-C ended the server, and a run with it.
    """
    url = None
    started = None
    while not url and not started:
        url = _up(workspace, console, waits=waits)
        started = None if url else _start(workspace, console)
    if started is None:
        write_team(workspace, team)
        yield _server(workspace, str(url), user)
        return
    try:
        url = running(workspace)
        if url is None:
            raise WorkspaceError("the local Kaggle started but does not answer")
        write_team(workspace, team)
        yield _server(workspace, url, user)
        if not started.close(shutdown):
            console.notice("waiting for the run to end, because the local Kaggle ends with it")
            with console.working("local", "", "waits for the run"):
                started.close(_LAST_RUN)
    except KeyboardInterrupt:
        if _health(workspace).get("sessions"):
            raise Interrupted(_CANCELLED) from None
        raise
    finally:
        started.stop()


def _up(workspace: Workspace, console: Console, *, waits: bool) -> str | None:
    """Return the address of the running local Kaggle of `nbship local`, or None.

    A server that another command started ends with that command, too early for this one: wait for
    its end.

    Raises:
        WorkspaceError: there is such a server, and nobody waits.
    """
    if _health(workspace).get("lifeline"):
        if not waits:
            raise WorkspaceError(
                "the local Kaggle was started by another command, and ends with it",
                hint="Ctrl-C there cancels its run; 'nbship local' keeps one running for all "
                "commands.",
            )
        console.notice("waiting for the end of another command's local Kaggle; 'nbship local' "
                       "keeps one running for all commands")  # fmt: skip
    with console.working("local", "", "waits for another command"):
        while _health(workspace).get("lifeline"):
            clock.wait(_LOOK)
    return running(workspace)


def _start(workspace: Workspace, console: Console) -> runner.ChildProcess | None:
    """Start a server that ends with this command; None if another command started one first.

    Raises:
        WorkspaceError: it does not start.
    """
    console.notice("the local Kaggle starts for this command; 'nbship local' keeps one running")
    try:
        with console.working("local", "", "starts"):
            return runner.start_child(
                [sys.executable, "-P", "-m", "nbship.local", *options(workspace, "--lifeline")],
                cwd=workspace.root,
                what="the local Kaggle",
                log=workspace.path(workspace.layout.local_kaggle_log),
            )
    except WorkspaceError:
        for _ in range(int(_QUICKER / _LOOK)):
            if running(workspace):
                return None
            clock.wait(_LOOK)
        raise


def _server(workspace: Workspace, url: str, user: str) -> Server:
    return Server("local", url, credentials(workspace, user), uses_proxy=False)
