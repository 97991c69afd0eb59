"""Kernels as an editor starts them: by a real Jupyter server, or by jupyter_client alone."""

import contextlib
import json
import os
import queue
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.manager import KernelManager

from nbship.core.source.language import EDITOR_KERNEL
from nbship.core.workspace.editor_start import SESSION
from tests.support.jupyter import Lab
from tests.support.polling import until
from tests.support.programs import is_alive
from tests.support.workspace import TIMEOUT, Workspace

_PORTS = ("shell", "iopub", "stdin", "control", "hb")


@dataclass(frozen=True, slots=True)
class Cells:
    """A kernel in which cells are run."""

    client: BlockingKernelClient

    def run(self, code: str, **how: Any) -> str:
        """Run a cell; return what it prints, and its error as the last line."""
        shown: list[str] = []

        def show(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] == "error":
                shown.append(f"{content['ename']}: {content['evalue']}\n")

        self.client.execute_interactive(
            code, output_hook=show, timeout=TIMEOUT, allow_stdin=False, **how
        )
        return "".join(shown)

    def value(self, expression: str) -> str:
        """Return what an expression prints."""
        return self.run(f"print({expression})").removesuffix("\n")

    def begin(self, code: str, words: str) -> str:
        """Begin to run a cell, wait until it has printed these words, and return its request."""
        request: str = self.client.execute(code, allow_stdin=False)
        shown = ""
        while words not in shown:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["msg_type"] == "stream":
                shown += message["content"]["text"]
        return request

    def end(self, request: str) -> str:
        """Wait until a cell has ended, and return the name of its error, "" if it has none."""
        name = ""
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == request:
                name = str(message["content"].get("ename", name))
                if message["content"].get("execution_state") == "idle":
                    return name


@dataclass(frozen=True, slots=True)
class Session(Cells):
    """A notebook that is open in a Jupyter server, with its kernel."""

    lab: Lab
    id: str
    kernel: str

    def tell(self, word: str) -> None:
        """Interrupt or restart the kernel, as the buttons do."""
        answer = self.lab.ask("POST", f"kernels/{self.kernel}/{word}")
        assert answer.status_code in {200, 204}, answer.text
        if word == "restart":
            wait_until_ready(self.client)

    def close(self) -> None:
        """Shut the kernel down, as the tab does."""
        assert self.lab.ask("DELETE", f"sessions/{self.id}").status_code == 204


def wait_until_ready(client: BlockingKernelClient) -> None:
    """Wait until a kernel answers and its output arrives.

    Without a manager, ``wait_for_ready`` takes a kernel that starts slowly for a dead one.
    """
    client.kernel_info(reply=True, timeout=TIMEOUT)

    def is_heard() -> bool:
        client.kernel_info()
        try:
            client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            return False
        return True

    until(is_heard, "output of the kernel")
    with contextlib.suppress(queue.Empty):
        while True:
            client.get_iopub_msg(timeout=0.2)


@contextmanager
def opened(lab: Lab, path: str) -> Iterator[Session]:
    """Open a notebook with the kernel ``nbship``, with the request that JupyterLab sends."""
    name = path.rpartition("/")[2]
    model = {"path": path, "type": "notebook", "name": name, "kernel": {"name": EDITOR_KERNEL}}
    answer = lab.ask("POST", "sessions", json=model)
    assert answer.status_code == 201, answer.text
    kernel = answer.json()["kernel"]["id"]
    client = BlockingKernelClient(connection_file=str(lab.runtime / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    try:
        wait_until_ready(client)
        yield Session(client, lab, answer.json()["id"], kernel)
    finally:
        client.stop_channels()


def _own_ports() -> dict[str, Any]:
    """Return ports for a kernel that no other test and no other program gets.

    jupyter_client frees those that it finds before the kernel takes them. These are below those
    that Linux gives away (ip_local_port_range), with a range for each process of the tests.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + 100 * (number % 100)
    ports = (port for port in range(first, first + 100) if _is_free(port))
    return {"cache_ports": False, **{f"{name}_port": next(ports) for name in _PORTS}}


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def started(
    workspace: Workspace, notebook: str = "", *, extra: tuple[str, ...] = (), **how: Any
) -> Iterator[Cells]:
    """Start the kernel ``nbship`` for a notebook, or in the folder ``how["cwd"]`` for none."""
    folder = Path(how.pop("cwd", (workspace.root / (notebook or "notebooks/x")).parent))
    manager = KernelManager(kernel_name=EDITOR_KERNEL, **{**_own_ports(), **how})
    environment = {**os.environ, **({SESSION: notebook} if notebook else {})}
    manager.start_kernel(cwd=str(folder), env=environment, extra_arguments=list(extra))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        yield Cells(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


@contextmanager
def started_by_ports(folder: Path, scratch: Path) -> Iterator[Cells]:
    """Start the program of the kernelspec as VS Code does: with ports, and a file that is not."""
    secret = secrets.token_hex()
    file, _ = write_connection_file(str(scratch / "ports.json"), key=secret.encode())
    facts = json.loads(Path(file).read_text())
    ports = [f"--{word}={facts[f'{word}_port']}" for word in _PORTS]
    key = f'--Session.key=b"{secret}"'
    process = subprocess.Popen(
        [
            sys.executable, "-P", "-m", "nbship.kernel", f"--ip={facts['ip']}", *ports, key,
            "--Session.signature_scheme=hmac-sha256", "--transport=tcp",
            f"--f={scratch / 'none.json'}",
        ],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    client = BlockingKernelClient(connection_file=file)
    client.load_connection_file()
    client.start_channels()
    try:
        wait_until_ready(client)
        yield Cells(client)
        client.shutdown()
        assert process.wait(TIMEOUT) == 0
    finally:
        client.stop_channels()
        process.kill()
        process.wait()


def family(pid: int) -> list[psutil.Process]:
    """Return the processes below one."""
    return psutil.Process(pid).children(recursive=True)


def wait_until_gone(processes: list[psutil.Process]) -> None:
    """Wait until none of these processes is left; fail after the usual deadline."""

    def gone() -> bool:
        return not any(is_alive(process.pid) for process in processes)

    until(gone, "end of all processes")
