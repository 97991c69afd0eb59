"""A plain Kaggle, built by hand with bubblewrap: what a notebook does there, without nbship.

Side effects: starts bubblewrap, and in it nbclient, the kernel and what the notebook starts.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KAGGLE = "/kaggle"
_SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/sbin", "/usr")
_TEMP = "/tmp"  # noqa: S108 - it is that of the new root
# Some of what a session sets, and libraries look for.
_VARIABLES = {
    "HOME": "/root",
    "KAGGLE_KERNEL_RUN_TYPE": "Batch",
    "KAGGLE_URL_BASE": "https://www.kaggle.com",
    "LANG": "C.UTF-8",
    "PYTHONPATH": "/kaggle/lib",
}
# What Kaggle's own module says (docker-python, patches/kaggle_secrets.py).
_SECRETS = """
import json, os
class BackendError(Exception):
    pass
class UserSecretsClient:
    def get_secret(self, label):
        if os.environ["IS_OFFLINE"]:
            raise ConnectionError("Connection error trying to communicate with service.")
        secrets = json.loads(os.environ["SECRETS"])
        if label not in secrets:
            raise BackendError(
                "Unexpected response from the service. Response: {'errors': ['No user secrets exist"
                f" for kernel id 0 and label {label}.'], 'error': {{'code': 5}},"
                " 'wasSuccessful': False}.")
        return secrets[label]
"""
# Kaggle runs papermill: for it, an error in the outputs is a failure, also one that the tag
# raises-exception allows, but for SystemExit: 0.
_RUN = """
import json, sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
notebook = nbformat.read("/run/plain/notebook.ipynb", 4)
for cell in notebook.cells:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
errors = []
try:
    NotebookClient(notebook, timeout=int(sys.argv[1]), kernel_name="python3").execute()
except CellExecutionError as error:
    errors = [(error.ename, error.evalue)]
except DeadKernelError:
    errors = [("Kernel died",)]
nbformat.write(notebook, "/run/plain/executed.ipynb")
outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
errors += [(o.ename, o.evalue) for o in outputs if o.output_type == "error"]
ends = [("SystemExit", "0"), ("SystemExit", "")]
print(json.dumps(next((": ".join(error) for error in errors if error not in ends), "")))
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a notebook: its cells with their outputs, and the folder at /kaggle."""

    error: str  # "" if it passed
    executed: Path
    kaggle: Path


def root(kaggle: Path, mounts: Mapping[str, Path], *options: str) -> list[str]:
    """Return the start of a command that has the world at /kaggle, and no more than it needs.

    ``mounts`` are folders by their paths in the root, which are read-only.
    """
    command = ["bwrap", "--unshare-user", "--unshare-pid", "--uid", "0", "--gid", "0"]
    command += ["--tmpfs", "/", "--proc", "/proc", "--dev", "/dev"]
    for folder in _SYSTEM:
        command += ["--ro-bind-try", folder, folder]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        command += ["--ro-bind", prefix, prefix]
    command += ["--bind", str(kaggle), KAGGLE]
    for folder in ("input", "src"):
        command += ["--ro-bind", f"{kaggle}/{folder}", f"{KAGGLE}/{folder}"]
    for path, source in mounts.items():
        command += ["--ro-bind", str(source), path]
    return [*command, *options, "--dir", _TEMP, "--chdir", f"{KAGGLE}/working", "--"]


def run(
    notebook: Path, folder: Path, mounts: Mapping[str, Path], *, network: bool,
    secrets: Sequence[str] = (), installs: bool = False, timeout: int = 120,
) -> Ended:  # fmt: skip
    """Run a notebook below ``folder``; ``mounts`` are folders by their paths below /kaggle.

    With ``installs`` its Python is a copy that it may change. ``timeout`` is that of a cell.
    """
    kaggle, plain = folder / "kaggle", folder / "plain"
    for name in ("input", "lib", "src", "temp", "usr/lib", "working"):
        (kaggle / name).mkdir(parents=True)
    for mount in mounts:
        (kaggle / mount).mkdir(parents=True)
    (kaggle / "lib/kaggle_secrets.py").write_text(_SECRETS)
    plain.mkdir()
    shutil.copy(notebook, plain / "notebook.ipynb")
    options = ["--bind", str(plain), "/run/plain", "--dir", "/root"]
    if not network:
        options += ["--unshare-net"]
    if installs:
        copy = folder / "python"
        subprocess.run(["cp", "-al", sys.prefix, str(copy)], check=True)  # a link costs no room
        options += ["--bind", str(copy), sys.prefix]
    command = root(kaggle, {f"{KAGGLE}/{path}": real for path, real in mounts.items()}, *options)
    variables = _VARIABLES | {
        "IS_OFFLINE": "" if network else "1",
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "SECRETS": json.dumps(dict.fromkeys(secrets, "made-up")),
    }
    done = subprocess.run(
        [*command, sys.executable, "-c", _RUN, str(timeout)],
        env=variables, capture_output=True, text=True, check=False, timeout=4 * timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    error = json.loads(done.stdout.splitlines()[-1])
    return Ended(error, plain / "executed.ipynb", kaggle)


@cache
def is_here() -> bool:
    """Return whether bubblewrap can build the root on this machine."""
    if shutil.which("bwrap") is None:
        return False
    command = ["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def alone(arguments: Sequence[str]) -> None:
    """Start a program in place of this one that reaches nothing but loopback."""
    command = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"]
    os.execvp(command[0], [*command, *arguments])  # noqa: S606 - no shell is wanted
