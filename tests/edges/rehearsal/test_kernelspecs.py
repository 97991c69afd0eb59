"""The kernels that a rehearsal finds on this machine."""

import json
import sys
from pathlib import Path

import pytest

from nbship.core.clone.kernelspec import is_right
from nbship.edges.rehearsal.kernelspecs import editor_kernel, find, install, kernels

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


def test_the_kernelspec_of_editors_goes_where_jupyter_looks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    assert editor_kernel().target == str(tmp_path / "data/kernels/nbship")
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    assert editor_kernel().target == f"{sys.prefix}/share/jupyter/kernels/nbship"


def test_the_kernelspec_of_editors_is_known_by_any_name_of_this_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    here = editor_kernel()
    assert (here.found, here.folder) == (None, "")
    path = Path(install(here))
    assert is_right(editor_kernel())
    text = path.read_text()
    for folder in (tmp_path / "bin", tmp_path / "other"):
        folder.mkdir()
        for name in ("python", "python3"):
            (folder / name).symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    assert not is_right(editor_kernel())
    for name, expected in (("bin/python3", True), ("bin/none", False), ("other/python", False)):
        spec = json.loads(text)
        spec["argv"][0] = str(tmp_path / name)
        path.write_text(json.dumps(spec))
        assert is_right(editor_kernel()) is expected
    for torn in ("{", "[]", '{"argv": 3}', '{"argv": [7]}', "[" * 100_000):
        path.write_text(torn)
        assert not is_right(editor_kernel())
        assert editor_kernel().folder == str(path.parent)
