"""The Kaggle-shaped folders of a rehearsal: mounts, other folders, and a clean environment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.diagnostics import Place
from nbship.edges.rehearsal import kaggle_layout
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import Workspace
from nbship.shim._launch import launcher, world_request

PLACE = Place("src_py/tiny.py", 5)
Write = Callable[[str, str | bytes], Path]


def spec(**sources: tuple[str, ...]) -> KaggleSpec:
    return KaggleSpec("awa/tiny", "Tiny", **sources)  # type: ignore[arg-type]


def state(workspace: Workspace) -> Path:
    return workspace.path(workspace.layout.state)


def make(workspace: Workspace, spec: KaggleSpec | None) -> KaggleFolders:
    return kaggle_layout.make_folders(
        state(workspace) / "world",
        workspace.inputs,
        spec,
        PLACE,
        "tests/inputs",
    )


def mounts(world: KaggleFolders, rung: str = "shim") -> dict[str, str]:
    """Let the launcher make the world; return the target of every link below the inputs."""
    request = world_request.Request(
        rung, str(world.folder), str(world.root), str(world.home), str(world.temp), [], {},
        dict(world.mounts), [], [],
    )  # fmt: skip
    launcher.make_world(request)
    top = world.root / "input"
    return {
        path.relative_to(top).as_posix(): path.readlink().as_posix()
        for path in top.rglob("*")
        if path.is_symlink()
    }


def test_a_notebook_without_metadata_has_an_empty_world(workspace: Workspace) -> None:
    world = make(workspace, None)
    assert mounts(world) == {}
    for folder in (world.working, world.home, world.temp):
        assert list(folder.iterdir()) == []
    assert world.working == state(workspace) / "world/kaggle/working"


def test_a_world_is_made_anew_each_time(workspace: Workspace, write: Write) -> None:
    write("inputs/datasets/awa/voices/a.txt", "kept")
    world = make(workspace, spec(dataset_sources=("awa/voices",)))
    (world.working / "left").touch()
    (world.home / "left").touch()
    world = make(workspace, None)
    assert list(world.working.iterdir()) == []
    assert list(world.home.iterdir()) == []
    assert mounts(world) == {}
    assert (workspace.inputs / "datasets/awa/voices/a.txt").read_text() == "kept"


def test_every_kind_of_source_is_mounted_in_both_layouts(
    workspace: Workspace, write: Write
) -> None:
    write("inputs/datasets/awa/voices/a.txt", "")
    write("inputs/competitions/titanic/train.csv", "")
    write("inputs/notebooks/awa/upstream/b.txt", "")
    write("inputs/models/google/gemma/py/2b/1/c.bin", "")
    world = make(
        workspace,
        spec(
            dataset_sources=("awa/voices/3", "awa/voices"),
            competition_sources=("titanic",),
            kernel_sources=("awa/upstream",),
            model_sources=("google/gemma/py/2b/1",),
        ),
    )
    inputs = workspace.inputs.resolve().as_posix()
    assert dict(world.mounts) == {
        f"input/{mount}": f"{inputs}/{mount}"
        for mount in (
            "datasets/awa/voices",
            "competitions/titanic",
            "notebooks/awa/upstream",
            "models/google/gemma/py/2b/1",
        )
    }
    assert mounts(world) == {
        "voices": "datasets/awa/voices",
        "titanic": "competitions/titanic",
        "upstream": "notebooks/awa/upstream",
        "gemma": "models/google/gemma",
    }


def test_all_samples_are_those_of_each_kind_of_source(workspace: Workspace, write: Write) -> None:
    assert kaggle_layout.all_samples(workspace.inputs) == {}
    expected = ("datasets/awa/voices", "competitions/titanic", "notebooks/awa/upstream",
                "models/google/gemma/py/2b/1")  # fmt: skip
    for mount in expected:
        write(f"inputs/{mount}/deep/a.txt", "")
    for other in ("datasets/README.md", "datasets/awa/README.md", "colab/drive/x", "a.txt"):
        write(f"inputs/{other}", "")
    assert kaggle_layout.all_samples(workspace.inputs) == {
        f"input/{mount}": workspace.inputs / mount for mount in expected
    }


@pytest.mark.parametrize(
    ("sources", "first"),
    [
        # A dataset with the name of a folder of mounts, declared before a source in that folder.
        ({"dataset_sources": ("awa/models",), "model_sources": ("a/m/p/v/1",)}, "models/a/m/p/v/1"),
        ({"dataset_sources": ("awa/notebooks",), "kernel_sources": ("a/k",)}, "notebooks/a/k"),
        ({"dataset_sources": ("awa/competitions",), "competition_sources": ("c",)},
         "competitions/c"),
        ({"dataset_sources": ("awa/datasets", "b/x")}, "datasets/b/x"),
    ],
)  # fmt: skip
def test_no_mount_is_made_inside_another(
    workspace: Workspace, write: Write, sources: dict[str, tuple[str, ...]], first: str
) -> None:
    """The inputs are the user's files: nothing is written through a link into them."""
    name = sources["dataset_sources"][0]
    write(f"inputs/datasets/{name}/a.txt", "")
    write(f"inputs/{first}/b.txt", "")
    before = sorted(workspace.inputs.rglob("*"))
    world = make(workspace, spec(**sources))
    mounts(world)
    assert sorted(workspace.inputs.rglob("*")) == before
    assert (world.root / "input" / first / "b.txt").exists()
    assert (world.root / "input/datasets" / name / "a.txt").exists()


def test_of_two_with_one_flat_name_the_first_has_it(workspace: Workspace, write: Write) -> None:
    write("inputs/datasets/awa/voices/a.txt", "")
    write("inputs/datasets/bob/voices/b.txt", "")
    world = make(workspace, spec(dataset_sources=("bob/voices", "awa/voices")))
    assert mounts(world) == {"voices": "datasets/bob/voices"}
    assert (world.root / "input/datasets/awa/voices/a.txt").exists()


@pytest.mark.parametrize("kind", ["nothing", "file"])
def test_a_source_without_a_folder_is_named_before_anything_is_made(
    workspace: Workspace, write: Write, kind: str
) -> None:
    if kind == "file":
        write("inputs/datasets/awa/voices", "no folder")
    with pytest.raises(SourceError) as error:
        make(workspace, spec(dataset_sources=("awa/voices/7",)))
    assert str(error.value) == (
        "src_py/tiny.py:5: no inputs for 'awa/voices/7': tests/inputs/datasets/awa/voices"
        " is missing"
    )
    assert error.value.hint.startswith("mkdir -p tests/inputs/datasets/awa/voices  (")
    assert not state(workspace).exists()


def test_all_sources_without_a_folder_are_named_at_once(workspace: Workspace) -> None:
    with pytest.raises(SourceError) as error:
        make(workspace, spec(dataset_sources=("awa/a", "awa/b")))
    folders = "tests/inputs/datasets/awa/a, tests/inputs/datasets/awa/b"
    assert f"no inputs for 'awa/a', 'awa/b': {folders} are missing" in str(error.value)


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    given = {
        "PATH": "/opt/bin",
        "LANG": "wo_SN.UTF-8",
        "LC_TIME": "C",
        "TZ": "UTC",
        "HOME": "/root",
        "KAGGLE_KEY": "hush",
        "KAGGLE_API_TOKEN": "hush",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "PYTHONPATH": "/hush",
        "http_proxy": "http://hush",
        "lc_all": "hush",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert kaggle_layout.clean_environment() == {
        "LANG": "wo_SN.UTF-8",
        "LC_TIME": "C",
        "PATH": "/opt/bin",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
    }


def test_the_list_of_fonts_is_kept_once_and_is_no_link(
    workspace: Workspace, tmp_path: Path
) -> None:
    world, cache = make(workspace, None), tmp_path / "cache"
    made = world.home / ".cache/matplotlib/fontlist-v390.json"
    made.parent.mkdir(parents=True)
    (tmp_path / "secret").write_text("outside")
    (made.parent / "fontlist-link.json").symlink_to(tmp_path / "secret")
    (made.parent / "fontlist-folder.json").mkdir()
    made.write_text("[]")
    kaggle_layout.keep_fonts(world, cache)
    made.write_text("[changed]")
    kaggle_layout.keep_fonts(world, cache)
    assert [(file.name, file.read_text()) for file in cache.iterdir()] == [(made.name, "[]")]
