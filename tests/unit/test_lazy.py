"""An import without its slow parts changes nothing else."""

import gc
import importlib
import sys
from importlib import import_module
from pathlib import Path

import pytest

from nbship.lazy import excluding, isolated


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_is_afterwards_as_it_was(*, collects: bool) -> None:
    (gc.enable if collects else gc.disable)()
    try:
        with excluding("no_such_module"):
            assert not gc.isenabled()
            with pytest.raises(ImportError):
                __import__("no_such_module")
        assert gc.isenabled() is collects
    finally:
        gc.enable()
    assert "no_such_module" not in sys.modules


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a package whose __init__ must not be imported, with one useful module."""
    folder = tmp_path / "dear_package"
    (folder / "parts").mkdir(parents=True)
    (folder / "__init__.py").write_text("import no_such_module\n")
    (folder / "parts" / "__init__.py").touch()
    (folder / "parts" / "part.py").write_text("from dear_package import other\nWORD = 'here'\n")
    (folder / "other.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_a_module_is_imported_apart_from_its_package(package: str) -> None:
    with isolated(package):
        part = import_module(f"{package}.parts.part")
    assert part.WORD == "here"
    assert not [name for name in sys.modules if name.startswith(package)]
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_module(package)


def test_a_package_that_is_imported_already_stays_as_it_is(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "__init__.py").write_text("")
    whole = import_module(package)
    try:
        with isolated(package):
            other = import_module(f"{package}.other")
        assert sys.modules[package] is whole
        assert sys.modules[f"{package}.other"] is other
    finally:
        for name in [name for name in sys.modules if name.startswith(package)]:
            del sys.modules[name]


@pytest.mark.parametrize("name", ["no_such_package", "this"])
def test_what_is_no_package_is_left_alone(name: str) -> None:
    before = set(sys.modules)
    with isolated(name):
        assert set(sys.modules) == before


def test_a_module_is_not_there_only_while_it_is_spared() -> None:
    with excluding("sched", "json"), pytest.raises(ImportError):
        importlib.import_module("sched")
    assert importlib.import_module("sched").scheduler
    assert importlib.import_module("json").loads
