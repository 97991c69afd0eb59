"""Searches of glob in a rehearsal, which has the flat layout as links beside the new one."""

import glob
import os
from contextlib import chdir
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from nbship.shim.kaggle_world import searches

BOTH = ("a.csv", "sub/b.csv")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return a folder of inputs with one dataset, which a link shows again."""
    dataset = tmp_path / "kaggle/input/datasets/awa/voices"
    (dataset / "sub").mkdir(parents=True)
    for name in BOTH:
        (dataset / name).write_text("a\n")
    (tmp_path / "kaggle/working").mkdir()
    (dataset.parents[2] / "voices").symlink_to("datasets/awa/voices")
    return dataset.parents[2]


def fresh_glob(top: Path) -> Any:
    """Return a copy of the module glob, which finds each input below ``top`` once."""
    spec = spec_from_file_location("fresh_glob", glob.__file__)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    searches.find_once(module, str(top))
    return module


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("{kaggle}/input/**/*.csv", "{kaggle}/input/datasets/awa/voices"),
        ("{kaggle}/input//**/*.csv", "{kaggle}/input/datasets/awa/voices"),
        ("{kaggle}/**/*.csv", "{kaggle}/input/datasets/awa/voices"),
        ("{kaggle}/*/**/*.csv", "{kaggle}/input/datasets/awa/voices"),
        ("{kaggle}/working/../**/*.csv", "{kaggle}/working/../input/datasets/awa/voices"),
        ("../input/**/*.csv", "../input/datasets/awa/voices"),
        ("data/**/*.csv", "data/datasets/awa/voices"),
        # The flat layout is found by a pattern that names it.
        ("{kaggle}/input/voices/**/*.csv", "{kaggle}/input/voices"),
        ("../input/v*/**/*.csv", "../input/voices"),
        ("../input/datasets/**/*.csv", "../input/datasets/awa/voices"),
    ],
)
def test_a_search_finds_each_file_once(top: Path, pattern: str, start: str) -> None:
    kaggle = top.parent
    with chdir(kaggle / "working"):
        if pattern.startswith("data"):
            Path("data").symlink_to(top)
        module = fresh_glob(top)
        named = pattern.format(kaggle=kaggle)
        expected = sorted(f"{start.format(kaggle=kaggle)}/{name}" for name in BOTH)
        assert sorted(module.glob(named, recursive=True)) == expected
        assert sorted(module.iglob(os.fsencode(named), recursive=True)) == [
            os.fsencode(path) for path in expected
        ]


def test_other_searches_are_as_they_are(top: Path) -> None:
    module, kaggle = fresh_glob(top), top.parent
    one = module.glob("**/a.csv", root_dir=top, recursive=True)
    assert one == ["datasets/awa/voices/a.csv"]
    assert sorted(module.glob("**", root_dir=kaggle, recursive=True)) == [
        "input", "input/datasets", "input/datasets/awa", "input/datasets/awa/voices",
        "input/datasets/awa/voices/a.csv", "input/datasets/awa/voices/sub",
        "input/datasets/awa/voices/sub/b.csv", "working",
    ]  # fmt: skip
    assert sorted(module.glob(f"{top}/*")) == [f"{top}/datasets", f"{top}/voices"]
    assert module.glob(f"{top}/voices/*.csv") == [f"{top}/voices/a.csv"]
    descriptor = os.open(top, os.O_RDONLY)
    try:
        assert len(module.glob("**/a.csv", dir_fd=descriptor, recursive=True)) == 2
    finally:
        os.close(descriptor)
