"""Support for tests: a local Kaggle in a process, the stock command line, and an HTTP client."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.paths import ROOT
from tests.support.polling import until

Json = dict[str, Any]

DEADLINE = 30.0
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_ENDED = {"COMPLETE", "ERROR", "CANCEL_ACKNOWLEDGED"}
_SHIM = ROOT / "nbship" / "shim"


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without variables for proxies or Kaggle."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in _PROXIES and not name.startswith("KAGGLE_")
    }
    return {**kept, **more}


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


@dataclass
class Server:
    """A local Kaggle in its own process."""

    folder: Path
    options: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)  # environment variables
    session: requests.Session = field(default_factory=requests.Session)
    process: subprocess.Popen[str] = field(init=False)
    url: str = ""
    key: str = ""

    @property
    def state_dir(self) -> Path:
        """The state folder of the server."""
        return self.folder / "home"

    @property
    def inputs(self) -> Path:
        """The folder that replaces Kaggle's data."""
        return self.folder / "inputs"

    @property
    def stderr(self) -> str:
        """The log of the server so far."""
        return (self.folder / "stderr").read_text(encoding="utf-8")

    def launch(self) -> "subprocess.Popen[str]":
        """Start the server, without waiting for anything."""
        arguments = ["--home", str(self.state_dir), "--inputs", str(self.inputs), *self.options]
        with (self.folder / "stderr").open("a") as stderr:
            return subprocess.Popen(
                [sys.executable, "-m", "nbship.local", "--shim", str(_SHIM), *arguments],
                env=environment(**self.more),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def start(self) -> "Server":
        """Start the server and wait until it serves."""
        self.inputs.mkdir(parents=True, exist_ok=True)
        self.session.trust_env = False  # no proxy, no netrc
        self.process = self.launch()
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("Local Kaggle: serving on http://127.0.0.1:"), self.stderr
        assert line.endswith(" (Ctrl-C stops it)\n")
        self.url = line.split()[4]
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
        return self.session.post(
            f"{self.url}/api/v1/kernels.KernelsApiService/{method}",
            json=request,
            auth=(user, self.key),
            timeout=DEADLINE,
        )

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
        home = self.folder / "kaggle-home"
        home.mkdir(exist_ok=True)
        settings = {
            "HOME": str(home),
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "http_proxy": self.url,
            "HTTP_PROXY": self.url,
            "https_proxy": "http://127.0.0.1:9",  # a closed port, so that no request reaches Kaggle
            "KAGGLE_USERNAME": "alice",
            "KAGGLE_KEY": self.key,
            **more,
        }
        done = subprocess.run(
            [str(script), *arguments],
            cwd=home,
            env=stock_environment(**{name: value for name, value in settings.items() if value}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        return done.stdout
