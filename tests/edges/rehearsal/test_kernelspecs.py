"""The kernels that a rehearsal finds on this machine."""

import json
import sys
from pathlib import Path

import pytest

from nbship.edges.rehearsal.kernelspecs import find, kernels

SPEC = json.dumps({"argv": ["/bin/sh"], "display_name": "Mine", "language": "mine"})


def test_this_pythons_kernel_is_found_whatever_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    python = kernels()["python3"]
    assert python.language == "python"
    assert python.program is not None
    assert Path(python.program).parent == Path(sys.executable).parent


def test_no_folder_is_made_in_the_home_and_a_torn_kernelspec_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can make a folder in this home."""
    (tmp_path / "kernels/ir").mkdir(parents=True)
    (tmp_path / "kernels/ir/kernel.json").write_text('{"argv": [')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", "/proc")
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    assert "python3" in kernels()
    found = find("ir")
    assert found is None or found.folder != tmp_path / "kernels/ir"


def test_a_kernel_of_one_user_is_none_for_a_rehearsal_whose_home_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / "data", tmp_path / "path"):
        (folder / "kernels" / folder.name).mkdir(parents=True)
        (folder / "kernels" / folder.name / "kernel.json").write_text(SPEC)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    assert kernels().keys().isdisjoint({"data", "path"})
