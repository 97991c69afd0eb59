"""The layer: a virtual environment for a notebook's own packages, above another one.

A stand-alone file of the standard library: the launcher imports it by its path. As a program, it
prints what a layer must know of the Python that runs it, as JSON.

Side effects: makes folders, files and links in the folder of the layer.
"""

import json
import os
import site
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

# A line of a .pth file, which Python runs when it starts.
_START = "import sys; sys.path.insert(0, {0!r}); import sitecustomize; sys.path.remove({0!r})\n"
_PACKAGE = Path(__file__).resolve().parents[2]  # nbship


@dataclass(frozen=True)
class Below:
    """The Python below a layer: its program, its version, and folders of this machine.

    ``packages`` are those of its packages, ``programs`` is that of the programs beside it, and
    ``prefixes`` are all that it needs to start.
    """

    executable: str
    version: list[int]
    packages: list[str]
    programs: str
    prefixes: list[str]
    has_system: bool


def this_python(packages: list[str]) -> Below:
    """Return the Python that runs this, with these folders of packages."""
    base = str(getattr(sys, "_base_executable", sys.executable))
    return Below(
        base,
        list(sys.version_info[:3]),
        packages,
        str(Path(sys.executable).parent),
        [str(Path(base).resolve().parents[1]), sys.prefix, sys.base_prefix],
        sys.prefix == sys.base_prefix or _has_system_packages(),
    )


@cache  # it stays as it is while this process runs
def own_python() -> Below:
    """Return the Python that runs this, with its folders of packages."""
    return this_python(package_folders())


def make(layer: Path, python: Path, shim: Path | None, below: Below) -> None:
    """Make a virtual environment whose packages hide those of the Python ``below``.

    ``python`` is the path of its Python, as the program sees it. ``shim`` is the folder whose
    sitecustomize.py each start of it runs, also where the notebook sets PYTHONPATH; None for none.

    What the notebook installs goes there, and nowhere else. pip knows that the packages below it
    are not its own: it installs another version beside them, and removes none.
    """
    version = "python{}.{}".format(*below.version)
    packages = layer / "lib" / version / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    settings = {
        "home": Path(below.executable).parent,
        "include-system-site-packages": str(below.has_system).lower(),
        "version": ".".join(map(str, below.version)),
    }
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    (layer / "pyvenv.cfg").write_text(text, encoding="utf-8")
    lines = [f"import site; site.addsitedir({folder!r})\n" for folder in below.packages]
    (packages / "_below.pth").write_text("".join(lines), encoding="utf-8")
    if shim is not None:
        path = repr(str(shim))
        text = (
            f"import sys; sys.path.insert(0, {path}); import sitecustomize; sys.path.remove({path})"
        )
        (packages / "00-nbship.pth").write_text(f"{text}\n", encoding="utf-8")
    (layer / "bin").mkdir(exist_ok=True)
    for name in ("python", "python3", version):
        link = layer / "bin" / name
        if not link.is_symlink():
            link.symlink_to(below.executable)
    for name in ("pip", "pip3"):
        program = layer / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    spec = layer / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text(json.dumps(_kernelspec(python)), encoding="utf-8")


def _kernelspec(python: Path) -> Mapping[str, Any]:
    return {
        "argv": [
            str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}",
        ],
        "display_name": "Python 3",
        "language": "python",
    }  # fmt: skip


def _has_system_packages() -> bool:
    try:
        text = Path(sys.prefix, "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return True
    settings = dict(line.partition("=")[::2] for line in text.lower().splitlines())
    return any(
        key.strip() == "include-system-site-packages" and value.strip() == "true"
        for key, value in settings.items()
    )


def package_folders() -> list[str]:
    """Return the folders of packages of the Python that runs this, and that of nbship."""
    own = str(_PACKAGE.parent)
    user = site.getusersitepackages()
    folders = [*site.getsitepackages(), *([user] if own == user else [])]
    return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(this_python(site.getsitepackages()))))
