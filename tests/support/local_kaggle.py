"""Support for tests: a local Kaggle in a process, the stock command line, and an HTTP client."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from nbship.testing import LocalKaggle, clean_environment
from tests.support.polling import until

Json = dict[str, Any]

DEADLINE = 30.0
_ENDED = {"COMPLETE", "ERROR", "CANCEL_ACKNOWLEDGED"}
environment = clean_environment


def stock_environment(**more: str) -> dict[str, str]:
    """Return such an environment for a program that has no code of nbship: it is not measured."""
    given = environment(**more)
    given.pop("COVERAGE_PROCESS_CONFIG", None)
    return given


def notebook(*sources: str, kernelspec: bool = True) -> str:
    """Return the text of a notebook with these cells."""
    cells: list[Json] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": spec} if kernelspec else {}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


class Server(LocalKaggle):
    """A local Kaggle with only the options that a test gives it; its users share one key."""

    always = ()
    sandboxed = False  # tests look at the processes and folders of runs from outside

    def __init__(
        self, folder: Path, options: Sequence[str] = (), more: Mapping[str, str] | None = None
    ) -> None:
        """Name the folder; ``more`` are environment variables of the server."""
        super().__init__(folder, options)
        self.more = dict(more or {})
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no netrc
        self.key = ""

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process of the server, also after its end."""
        assert self._child
        return self._child.child

    @property
    def stderr(self) -> str:
        """The log of the server so far."""
        return self.server_log

    def variables(self) -> dict[str, str]:
        """Return the variables of the server's process."""
        return environment(**self.more)

    def key_of(self, user: str) -> str:  # noqa: ARG002 - all users have the server's key
        """Return the key of the server."""
        return self.key

    def connect(self, user: str = "awa") -> dict[str, str]:
        """Return the variables that connect a program of a user."""
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": self.url, "KAGGLE_USERNAME": user,
            "KAGGLE_KEY": self.key,
        }  # fmt: skip

    def launch(self) -> "subprocess.Popen[str]":
        """Start the server, without waiting for anything."""
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                self.command(),
                env=self.variables(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def start(self) -> "Server":
        """Start the server and wait until it serves."""
        super().start()
        self.key = json.loads((self.state_dir / "credentials.json").read_text())["key"]
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the server, and return its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end of the server, and return its exit code."""
        code = self.process.wait(DEADLINE)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
        self.session.close()
        return code

    def post(self, method: str, user: str = "alice", /, **request: object) -> requests.Response:
        """Call a method, and return its response."""
        return super().post(method, user, **request)

    def call(self, method: str, user: str = "alice", /, **request: object) -> Json:
        """Call a method that succeeds."""
        response = self.post(method, user, **request)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def push(self, slug: str, text: str, **more: object) -> Json:
        """Save a script of alice; ``more`` replaces fields of the request."""
        request = {
            "slug": f"alice/{slug}",
            "newTitle": slug.replace("-", " ").title(),
            "text": text,
            "language": "python",
            "kernelType": "script",
            **more,
        }
        return self.call("SaveKernel", **request)

    def named(self, slug: str, label: str | None = None) -> Json:
        """Return the fields that name a kernel of alice."""
        version = {"versionLabel": label} if label else {}
        return {"userName": "alice", "kernelSlug": slug, **version}

    def status(self, slug: str, label: str | None = None) -> Json:
        """Return the present status of a kernel of alice."""
        return self.call("GetKernelSessionStatus", **self.named(slug, label))

    def ended(self, slug: str, label: str | None = None) -> Json:
        """Wait until a session of alice's kernel has ended, and return its status."""

        def look() -> Json | None:
            answer = self.status(slug, label)
            return answer if answer["status"] in _ENDED else None

        return until(look, f"the end of {slug}")

    def wait_for(self, slug: str, status: str, label: str | None = None) -> None:
        """Wait until alice's kernel has a status."""
        until(lambda: self.status(slug, label)["status"] == status, f"{status} of {slug}")

    def log(self, slug: str, label: str | None = None) -> str:
        """Return the text of a log without its JSON."""
        answer = self.call("ListKernelSessionOutput", **self.named(slug, label))
        return "".join(event["data"] for event in json.loads(answer["log"] or "[]"))

    def working(self, slug: str, number: int = 1) -> Path:
        """Return the working folder of a run."""
        return self.state_dir / "runs" / "alice" / slug / f"v{number}" / "world" / "working"

    def kaggle(self, *arguments: str, **more: str) -> str:
        """Run the stock command line as alice, and return its output.

        An empty value in ``more`` removes the variable.
        """
        script = Path(sys.executable).with_name("kaggle")
        given = self.environment("alice", **more)
        given.pop("COVERAGE_PROCESS_CONFIG", None)  # it has no code of nbship
        done = subprocess.run(
            [str(script), *arguments],
            cwd=self.folder,
            env={name: value for name, value in given.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        return done.stdout


class Sandboxed(Server):
    """A local Kaggle whose runs have the sandbox."""

    sandboxed = True
