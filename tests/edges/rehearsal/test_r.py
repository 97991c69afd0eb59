"""R on this machine: its program and its packages, or a hint that names what to install."""

import json
import os
import shutil
from pathlib import Path

import pytest

from nbship.edges.rehearsal import r
from nbship.errors import WorkspaceError

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")


def program(folder: Path, name: str, script: str) -> str:
    """Write a program; return a PATH on which it comes first."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@pytest.fixture
def no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Jupyter search only the home folder, which is empty."""
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [])


def test_without_rscript_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WorkspaceError) as caught:
        r.for_scripts()
    assert caught.value.message == "R is not installed: Rscript is not on the PATH"
    assert "apt install r-base-core" in caught.value.hint


@pytest.mark.usefixtures("no_kernels")
def test_without_a_kernel_it_says_what_to_install() -> None:
    with pytest.raises(WorkspaceError) as caught:
        r.for_notebooks()
    assert caught.value.message == "no R kernel is installed: Jupyter finds no kernel 'ir'"
    assert "IRkernel::installspec()" in caught.value.hint


@pytest.mark.usefixtures("no_kernels")
def test_a_kernel_in_the_home_is_led_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A rehearsal has another home, so that it needs JUPYTER_PATH."""
    data = tmp_path / "data"
    (data / "kernels/ir").mkdir(parents=True)
    spec = {"argv": ["R", "-e", "IRkernel::main()"], "display_name": "R", "language": "R"}
    (data / "kernels/ir/kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(data))
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "R", f"echo {tmp_path}"))
    found = r.for_notebooks()
    assert found.program == "R"
    assert found.environment == {"JUPYTER_PATH": str(data), "R_LIBS": str(tmp_path)}


def test_what_a_profile_prints_is_no_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = f"printf 'Hello\\n\\n{tmp_path}\\n{tmp_path}/bin\\n'"
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "Rscript", answer))
    found = r.for_scripts()
    assert found.program == str(tmp_path / "bin/Rscript")
    assert found.environment == {"R_LIBS": f"{tmp_path}{os.pathsep}{tmp_path}/bin"}


def test_an_r_that_does_not_run_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = "echo 'cannot find\nthe system libraries' >&2; exit 2"
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "Rscript", broken))
    with pytest.raises(WorkspaceError, match="Rscript does not run: cannot find the system"):
        r.for_scripts()


@needs_r
def test_a_real_r_tells_its_libraries() -> None:
    libraries = r.for_scripts().environment["R_LIBS"].split(os.pathsep)
    assert any(Path(folder, "base").is_dir() for folder in libraries)
