"""Packages for uv from a folder of this machine: it reaches no index."""

import os
import shutil
import site
import sys
import zipfile
from pathlib import Path

import pytest

THIS_PYTHON = "=={}.{}.*".format(*sys.version_info)  # as a header requires it


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    """Write a package with these files; uv reads its version, 1.0, from the name of the wheel."""
    info = f"{name}-1.0.dist-info"
    parts = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in parts.items():
            wheel.writestr(path, text)


def serve_wheels(folder: Path, environment: pytest.MonkeyPatch) -> None:
    """Let uv find its Pythons and packages on this machine only.

    The package ipykernel is that of the environment which runs the tests, through a .pth file.
    """
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    if shutil.which("uv", path=path) is None:
        pytest.skip("uv is not installed")
    packages = "\n".join(site.getsitepackages())
    write_wheel(folder / "wheels", "ipykernel", {"tests.pth": packages})
    write_wheel(folder / "wheels", "pip", {"pip_is_not_there.py": ""})
    write_wheel(folder / "wheels", "aardvark", {"aardvark.py": "NAME = 'ant bear'\n"})
    for name, value in {
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_FIND_LINKS": str(folder / "wheels"),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }.items():
        environment.setenv(name, value)
