"""The local Kaggle for your own tests: a pytest fixture, and the class behind it.

``pytest_plugins = ["nbship.testing"]`` in a conftest.py gives the fixture ``local_kaggle``.

Side effects: starts ``python -m nbship.local`` on a free port of this machine, with its state in
one folder; sends requests to it. It uses no account and no credential of anybody's: every key and
token is made for the run.
"""

import json
import os
import secrets
import site
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests

from nbship import shim
from nbship.edges.process import runner
from nbship.edges.rehearsal import isolation
from nbship.edges.storage import files
from nbship.model.workspace import Workspace

try:
    import pytest
except ModuleNotFoundError:
    raise ModuleNotFoundError("nbship.testing needs pytest: pip install pytest") from None

_TIMEOUT = 30.0  # seconds for an answer
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_NOWHERE = "http://127.0.0.1:9"  # a closed port: a request to the real Kaggle is refused at once


@dataclass(frozen=True, slots=True)
class User:
    """A user of the local Kaggle, with an API key and an access token made for the run."""

    name: str
    key: str = field(repr=False)
    token: str = field(repr=False)


def clean_environment(**more: str) -> dict[str, str]:
    """Return the variables of this process without those for proxies and Kaggle, and ``more``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in _PROXIES and not name.startswith("KAGGLE_")
    }
    return {**kept, **more}


def _outside_home() -> dict[str, str]:
    """Return the variables with which git's settings and Python's packages are found elsewhere."""
    settings = (Path.home() / ".gitconfig", Path.home() / ".config/git/config")
    git = next((str(path) for path in settings if path.is_file()), "")
    found = {"PYTHONUSERBASE": site.getuserbase(), "GIT_CONFIG_GLOBAL": git}
    return {name: text for name, text in found.items() if text and name not in os.environ}


@dataclass(frozen=True, slots=True)
class Control:
    """The faults of a running local Kaggle that was started with ``--faults``."""

    url: str

    def set_faults(self, *rules: dict[str, Any]) -> None:
        """Replace all fault rules; without a rule there are no faults.

        Raises:
            ValueError: a rule is wrong; the message is the server's.
        """
        answer = self._send("POST", "faults", list(rules))
        if not answer.ok:
            raise ValueError(answer.json().get("message", answer.text))

    def entries(self) -> list[dict[str, Any]]:
        """Return what each request that reached the server did, in order."""
        found: list[dict[str, Any]] = self._send("GET", "log").json()["entries"]
        return found

    def _send(self, method: str, page: str, body: object = None) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, no netrc
            url = f"{self.url}/control/{page}"
            return session.request(method, url, json=body, timeout=_TIMEOUT)


class LocalKaggle:
    """A local Kaggle in a process of its own; ``with LocalKaggle(folder) as kaggle:``.

    ``folder`` gets its state and ``inputs``, the samples that replace Kaggle's data, as in
    ``tests/inputs`` of a workspace. ``options`` are those of ``nbship local``.
    """

    always: tuple[str, ...] = (
        "--faults",
        "--lifeline",
        "--cancel-runs",
    )  # options of every server of the class
    sandboxed: bool = True  # runs have the sandbox, where it works; else only paths are translated

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        """Name the folder; nothing is started or written."""
        self.folder = folder
        self.options = tuple(options)
        self.state_dir = folder / "home"
        self.inputs = folder / "inputs"
        self.users: dict[str, User] = {}
        self._rules: list[dict[str, Any]] = []
        self._child: runner.ChildProcess | None = None

    @property
    def url(self) -> str:
        """The address of the server.

        Raises:
            RuntimeError: it is not running.
        """
        if self._child is None:
            raise RuntimeError("the local Kaggle is not running: call start()")
        return self._child.first_line.split()[4]

    @property
    def control(self) -> Control:
        """The faults of the server."""
        return Control(self.url)

    @property
    def server_log(self) -> str:
        """The log of the server so far."""
        return (files.read_bytes(self.folder / "log") or b"").decode(errors="replace")

    def start(self) -> Self:
        """Start the server, and wait until it serves.

        It ends also if this process is killed, and its runs with it.

        Raises:
            WorkspaceError: it does not start.
        """
        files.make_folder(self.inputs)
        self._child = runner.start_child(
            self.command(),
            cwd=self.folder,
            what="the local Kaggle",
            log=self.folder / "log",
            env=self.variables(),
        )
        return self

    def command(self) -> list[str]:
        """Return the command line of the server."""
        found = isolation.SHIM
        if self.sandboxed:
            found = isolation.find(Workspace(self.folder, self.inputs))
        return [
            sys.executable, "-P", "-m", "nbship.local",
            "--home", str(self.state_dir),
            "--inputs", str(self.inputs),
            "--shim", str(Path(shim.__file__).parent),
            *(["--bwrap", found.bwrap] if found.bwrap else []),
            *self.always, *self.options,
        ]  # fmt: skip

    def variables(self) -> dict[str, str]:
        """Return the variables of the server's process."""
        return clean_environment()

    def stop(self) -> int:
        """Stop the server and its runs, and return its exit code; a second call does nothing."""
        child, self._child = self._child, None
        if child is None:
            return 0
        child.stop()
        return int(child.child.returncode)

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()

    def add_user(self, name: str) -> User:
        """Return a user, with a key and a token of his own; also while the server runs.

        Side effects: writes users.json in the folder.
        """
        name = name.lower()
        if name not in self.users:
            self.users[name] = User(name, secrets.token_hex(16), f"KGAT_{secrets.token_hex(16)}")
            listed = {u.name: {"key": u.key, "tokens": [u.token]} for u in self.users.values()}
            files.write_file(self.state_dir / "users.json", json.dumps(listed).encode())
        return self.users[name]

    def add_secret(self, user: str, label: str, value: str) -> None:
        """Give a user a secret, which his notebooks read with ``kaggle_secrets``.

        Side effects: writes secrets.json in the folder.
        """
        path = self.state_dir / "secrets.json"
        known = json.loads(files.read_bytes(path) or b"{}")
        known.setdefault(user.lower(), {})[label] = value
        files.write_file(path, json.dumps(known).encode())

    def environment(self, user: str, **more: str) -> dict[str, str]:
        """Return all variables for a program that shall use the server as ``user``.

        The stock ``kaggle`` and ``nbship`` (target ``main``) then do. The home folder is an empty
        one, so that no credential of this machine is read; git's settings and the Python packages
        of your home stay. The real Kaggle cannot be reached.
        """
        files.make_folder(self.folder / "user-home")
        settings = {
            **_outside_home(),
            "HOME": str(self.folder / "user-home"),
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "KAGGLE_USERNAME": user,
            "KAGGLE_KEY": self.key_of(user),
            "NBSHIP_LOOPBACK_ONLY": "1",
            "http_proxy": self.url,
            "HTTP_PROXY": self.url,
            "https_proxy": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
        }
        return clean_environment(**{**settings, **more})

    def key_of(self, user: str) -> str:
        """Return the API key of a user, who is added if he is not there."""
        return self.add_user(user).key

    def add_fault(self, call: str, action: str, **fields: Any) -> None:
        """Spoil calls of the name ``call``, "*" for all: ``add_fault("SaveKernel", "reset")``.

        The actions: status, reset, cut, slow, hang, junk, stale, kill, leave. The fields: phase,
        skip, times (-1: always), status, headers, body, content_type, bytes, seconds, since, pid.

        Raises:
            ValueError: an action, field or value is wrong.
        """
        rules = [*self._rules, {"call": call, "action": action, **fields}]
        self.control.set_faults(*rules)
        self._rules = rules

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._rules = []
        self.control.set_faults()

    def calls(self) -> list[str]:
        """Return the names of the calls that reached the server, in order."""
        return [entry["call"] for entry in self.control.entries()]

    def call(self, method: str, user: str, /, **request: Any) -> dict[str, Any]:
        """Call a method of Kaggle's KernelsApiService as a user, and return the answer.

        Raises:
            requests.HTTPError: the server refused.
        """
        answer = self.post(method, user, **request)
        answer.raise_for_status()
        return dict(answer.json())

    def post(self, method: str, user: str, /, **request: Any) -> requests.Response:
        """Call a method as ``call`` does, and return the response also if it is a refusal."""
        with requests.Session() as session:
            session.trust_env = False
            return session.post(
                f"{self.url}/api/v1/kernels.KernelsApiService/{method}",
                json=request,
                auth=(user, self.key_of(user)),
                timeout=_TIMEOUT,
            )

    def status_of(self, kernel: str) -> str:
        """Return the status of a kernel's latest run, asked for by its owner: "COMPLETE"."""
        owner, _, slug = kernel.partition("/")
        named = {"userName": owner, "kernelSlug": slug}
        return str(self.call("GetKernelSessionStatus", owner, **named)["status"])


@pytest.fixture
def local_kaggle_options() -> tuple[str, ...]:
    """Return more options of ``nbship local``; replace this fixture to give some."""
    return ()


@pytest.fixture
def local_kaggle(
    tmp_path_factory: pytest.TempPathFactory, local_kaggle_options: tuple[str, ...]
) -> Iterator[LocalKaggle]:
    """Start a local Kaggle for one test, and stop it at the end of the test."""
    with LocalKaggle(tmp_path_factory.mktemp("local-kaggle"), local_kaggle_options) as kaggle:
        yield kaggle
