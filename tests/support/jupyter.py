"""A real Jupyter server with jupytext's contents manager, used like by JupyterLab."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support.polling import until
from tests.support.workspace import TIMEOUT, Workspace


@dataclass(frozen=True, slots=True)
class Lab:
    """A running Jupyter server, whose files are opened and saved like by JupyterLab."""

    url: str
    token: str
    process: "subprocess.Popen[bytes]"
    runtime: Path  # the folder of the connection files

    def open(self, path: str) -> dict[str, Any]:
        """Open a notebook and return its model."""
        answer = self._ask("GET", path)
        assert answer.status_code == 200, answer.text
        model: dict[str, Any] = answer.json()
        return model

    def get(self, path: str) -> tuple[int, Any]:
        """Open a notebook; return the HTTP status, and the content or the error message."""
        answer = self._ask("GET", path)
        return answer.status_code, answer.json().get("content", answer.text)

    def refuses_to_open(self, path: str) -> str:
        """Return the message with which the server refuses to open a notebook."""
        answer = self._ask("GET", path)
        assert answer.status_code >= 400
        return str(answer.json()["message"])

    def save(self, path: str, content: dict[str, Any]) -> None:
        """Save a notebook, as Ctrl-S does."""
        model = {"type": "notebook", "format": "json", "content": content}
        answer = self._ask("PUT", path, json=model)
        assert answer.status_code in {200, 201}, answer.text

    def open_and_save(self, path: str) -> None:
        """Open a notebook and save it as it is."""
        self.save(path, self.open(path)["content"])

    def ask(self, method: str, path: str, **rest: Any) -> requests.Response:
        """Send a request to the server's API."""
        return requests.request(
            method, f"{self.url}api/{path}", timeout=TIMEOUT,
            headers={"Authorization": f"token {self.token}"}, **rest,
        )  # fmt: skip

    def _ask(self, method: str, path: str, **rest: Any) -> requests.Response:
        params = {"type": "notebook", "content": "1"} if method == "GET" else None
        return self.ask(method, f"contents/{path}", params=params, **rest)


@contextmanager
def jupyter(workspace: Workspace, home: Path, **env: str) -> Iterator[Lab]:
    """Run ``jupyter server`` in a workspace, with the configuration that jupytext ships."""
    token = secrets.token_hex(16)
    runtime = home / "runtime"
    log = (home / "jupyter.log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root",
            "--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={workspace.root}",
        ],
        env={
            **os.environ,
            "JUPYTER_TOKEN": token,
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "IPYTHONDIR": str(home / "ipython"),
            **env,
        },
        cwd=workspace.root, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        address = until(lambda: _address(process, runtime, token), "the Jupyter server")
        yield Lab(address, token, process, runtime)
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        log.close()


def _address(process: "subprocess.Popen[bytes]", runtime: Path, token: str) -> str | None:
    """Return the server's address as soon as it answers."""
    assert process.poll() is None, "the Jupyter server ended"
    for file in runtime.glob("jpserver-*.json"):
        try:
            url = str(json.loads(file.read_text())["url"])
            answer = requests.get(
                f"{url}api/status", timeout=TIMEOUT, headers={"Authorization": f"token {token}"}
            )
        except (ValueError, requests.ConnectionError):
            return None
        return url if answer.status_code == 200 else None
    return None


def code(text: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell that printed something, as JupyterLab sends it."""
    return {
        "cell_type": "code", "execution_count": 1, "id": secrets.token_hex(4),
        "metadata": {"trusted": True, **metadata},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": f"ran {text}\n"}],
        "source": text,
    }  # fmt: skip


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as JupyterLab makes it."""
    spec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": spec, "language_info": {"name": "python", "version": "3.11.7"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
