"""The embedded Kaggle as a target: find the one that is up, or start one inside this command."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbship import shim
from nbship.edges import clock
from nbship.edges.kaggle import session
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.edges.process import runner
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Catalogue, Workspace

_LAST_RUN = 12 * 3600.0  # seconds: a run that was pushed may take as long as Kaggle allows
_QUICKER = 2.0  # seconds until the server of a quicker command is up
_LOOK = 0.2  # seconds between two looks
_SHUTDOWN = 3.0  # seconds for a server without runs


def home(workspace: Workspace) -> Path:
    """Return the folder with the state of the workspace's local Kaggle."""
    return workspace.path(workspace.layout.local_kaggle)


def options(workspace: Workspace, *more: str) -> list[str]:
    """Return the arguments with which the workspace's local Kaggle serves."""
    return [
        "--home", str(home(workspace)),
        "--inputs", str(workspace.inputs),
        "--shim", str(Path(shim.__file__).parent),
        *more,
    ]  # fmt: skip


def environment(workspace: Workspace, url: str, user: str) -> dict[str, str]:
    """Return the variables that lead the stock client to ``url``; an empty one is to be unset.

    The client has no setting for an address: LOCALHOST means http://localhost, and the proxy
    variables say where that is. A token would be asked for before the key.
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


def owner_of(catalogue: Catalogue) -> str:
    """Return the user under whom this workspace's kernels live: the owner of most of them."""
    owners = [entry.kernel.partition("/")[0] for entry in catalogue.values() if entry.kernel]
    return max(sorted(set(owners)), key=owners.count, default="local-user")


def running(workspace: Workspace) -> str | None:
    """Return the address of the local Kaggle of this workspace that is up, or None."""
    return _told(workspace).get("url")


def _told(workspace: Workspace) -> Mapping[str, Any]:
    """Return what the local Kaggle of this workspace says of itself; nothing where none is up."""
    try:
        url = str(json.loads(files.read_bytes(home(workspace) / "server.json") or b"")["url"])
    except (ValueError, KeyError, TypeError):
        return {}
    # Another server may have the port by now.
    here = hashlib.sha256(str(home(workspace).resolve()).encode()).hexdigest()
    told = session.health(url)
    return {**told, "url": url} if told.get("home") == here else {}


def key(workspace: Workspace) -> str:
    """Return the made-up key that the local Kaggle of this workspace asks for.

    Raises:
        WorkspaceError: it never ran, or what it left cannot be read.
    """
    path = home(workspace) / "credentials.json"
    try:
        return str(json.loads(files.read_bytes(path) or b"")["key"])
    except (ValueError, TypeError, KeyError):
        raise WorkspaceError(
            "the local Kaggle has no key here", hint=f"Stop it, remove {path}, and start it again."
        ) from None


def credentials(workspace: Workspace, user: str) -> Credentials:
    """Return what a user comes in with: what users.json says of them, else the made-up key.

    Raises:
        WorkspaceError: the local Kaggle never ran, or what it left cannot be read.
    """
    try:
        listed = json.loads(files.read_bytes(home(workspace) / "users.json") or b"{}").get(user, {})
        if listed.get("key"):
            return Credentials(user, str(listed["key"]))
        if listed.get("tokens"):
            return Credentials(None, str(listed["tokens"][0]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # the local Kaggle itself says what is wrong with it
    return Credentials(user, key(workspace))


@contextlib.contextmanager
def local_server(
    workspace: Workspace, user: str, console: Console, *, shutdown: float = _SHUTDOWN
) -> Iterator[Server]:
    """Give the local Kaggle as a server to push to; one that is started here ends with the block.

    A server that does not end within ``shutdown`` seconds still runs a kernel.

    Side effects: may start a process; waits at the end for the runs that were pushed to it.
    """
    url = None
    started = None
    while not url and not started:
        url = _up(workspace, console)
        started = None if url else _start(workspace, console)
    if started is None:
        yield _server(workspace, str(url), user)
        return
    try:
        url = running(workspace)
        if url is None:
            raise WorkspaceError("the local Kaggle started but does not answer")
        yield _server(workspace, url, user)
        if not started.close(shutdown):
            console.notice("waiting for the run to end, because the local Kaggle ends with it")
            started.close(_LAST_RUN)
    finally:
        started.stop()


def _up(workspace: Workspace, console: Console) -> str | None:
    """Return the address of the one that is up for all.

    Another command's own ends with that command, in the middle of our work: wait for its end.
    """
    if _told(workspace).get("lifeline"):
        console.notice("waiting for the end of another command's local Kaggle; 'nbship local' "
                       "keeps one up for all")  # fmt: skip
    while _told(workspace).get("lifeline"):
        clock.wait(_LOOK)
    return running(workspace)


def _start(workspace: Workspace, console: Console) -> runner.ChildProcess | None:
    """Start one that ends with this command; None where another command was quicker.

    Raises:
        WorkspaceError: it does not start.
    """
    console.notice("the local Kaggle starts inside this command; 'nbship local' keeps one up")
    try:
        return runner.start_child(
            [sys.executable, "-P", "-m", "nbship.local", *options(workspace, "--lifeline")],
            cwd=workspace.root,
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
