"""The two paths of each file: that of Kaggle, and that of this machine."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.shim_world import shim_module

World = shim_module("kaggle_world.paths").World


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/kaggle", "/w"),
        ("/kaggle/", "/w/"),
        ("/kaggle/working/a", "/w/working/a"),
        (b"/kaggle/working/a", b"/w/working/a"),
        (Path("/kaggle/working/a"), "/w/working/a"),
        ("/kaggle/working/../input/x", "/w/input/x"),
        ("/kaggle//input/./x/", "/w//input/./x/"),  # a file with a slash behind it is no file
        ("/kaggle/../etc/passwd", "/kaggle/../etc/passwd"),
        ("/kagglex", "/kagglex"),
        ("/kagglex/../kaggle/a", "/w/a"),
        ("kaggle/a", "kaggle/a"),
        ("/tmp/kaggle", "/tmp/kaggle"),  # noqa: S108 - only a text
        ("", ""),
        (3, 3),
        (None, None),
    ],
)
def test_only_a_path_below_kaggle_is_translated(path: Any, real: Any) -> None:
    assert World("/w").translate(path) == real


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/w", "/kaggle"),
        ("/w/working/a", "/kaggle/working/a"),
        (b"/w/working/a", b"/kaggle/working/a"),
        ("/wx", "/wx"),
        ("working", "working"),
    ],
)
def test_a_real_path_is_shown_as_on_kaggle(path: Any, there: Any) -> None:
    assert World("/w").shown(path) == there


@pytest.mark.parametrize(
    ("argument", "there"),
    [
        ("/w", "/kaggle"),
        ("--data=/w/input", "--data=/kaggle/input"),
        ("/w/input:/w/working", "/kaggle/input:/kaggle/working"),
        ("/wx", "/wx"),
    ],
)
def test_an_argument_shows_the_paths_of_kaggle(argument: str, there: str) -> None:
    assert World("/w").shown_in(argument) == there


def test_a_root_behind_a_link_has_two_real_paths(tmp_path: Path) -> None:
    (tmp_path / "real/input").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    world = World(str(tmp_path / "link"))
    for root in ("link", "real"):
        assert world.shown(f"{tmp_path}/{root}/input") == "/kaggle/input"
        assert world.is_read_only(f"{tmp_path}/{root}/input/x")
        assert not world.is_read_only(f"{tmp_path}/{root}/working/x")


def test_a_link_of_any_kind_leads_to_what_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "kaggle/input").mkdir(parents=True)
    (tmp_path / "kaggle/working").mkdir()
    (tmp_path / "file").symlink_to("kaggle/input/a")
    (tmp_path / "folder").symlink_to(tmp_path / "kaggle/working/../input")
    (tmp_path / "chain").symlink_to("folder")
    (tmp_path / "circle").symlink_to("circle")
    world = World(str(tmp_path / "kaggle"))
    assert world.is_read_only(tmp_path / "file")
    assert not world.is_read_only(tmp_path / "file", follow=False)
    assert world.is_read_only(tmp_path / "folder/a", follow=False)
    assert world.is_read_only(tmp_path / "chain/deep/er")
    assert not world.is_read_only(tmp_path / "circle")
    assert not world.is_read_only("/kaggle/inputs")
    assert not world.is_read_only("with\0null")
    assert not world.is_read_only(None)


def test_a_path_relative_to_a_descriptor_is_followed(tmp_path: Path) -> None:
    (tmp_path / "kaggle/input").mkdir(parents=True)
    world = World(str(tmp_path / "kaggle"))
    folder = os.open(tmp_path / "kaggle/input", os.O_RDONLY)
    try:
        assert world.is_read_only("a", folder)
        assert not world.is_read_only("../a", folder)
        assert world.is_read_only(folder)
    finally:
        os.close(folder)
    assert not world.is_read_only("a", folder)  # it is closed


def test_a_mount_is_added_for_this_process_and_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NBSHIP_MOUNTS", "")
    world = World("/w", {"/content": "/w/working"})
    assert world.add_mount("/gdrive") == "/w/mnt/gdrive"
    assert world.translate("/gdrive/a") == "/w/mnt/gdrive/a"
    assert os.environ["NBSHIP_MOUNTS"] == "/gdrive"
