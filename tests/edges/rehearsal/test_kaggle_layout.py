"""The Kaggle-shaped folders of a rehearsal: mounts, other folders, and a clean environment."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.diagnostics import Place
from nbship.edges.rehearsal import kaggle_layout
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import Workspace

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


def mounts(world: KaggleFolders) -> dict[str, str]:
    """Return the target of every link below the inputs, by its path."""
    top = world.root / "input"
    return {
        path.relative_to(top).as_posix(): path.readlink().as_posix()
        for path in top.rglob("*")
        if path.is_symlink()
    }


def test_a_notebook_without_metadata_has_an_empty_world(workspace: Workspace) -> None:
    world = make(workspace, None)
    assert mounts(world) == {}
    for folder in (world.working, world.home, world.temp, world.root / "temp"):
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
    assert mounts(world) == {
        "datasets/awa/voices": f"{inputs}/datasets/awa/voices",
        "voices": f"{inputs}/datasets/awa/voices",
        "competitions/titanic": f"{inputs}/competitions/titanic",
        "titanic": f"{inputs}/competitions/titanic",
        "notebooks/awa/upstream": f"{inputs}/notebooks/awa/upstream",
        "upstream": f"{inputs}/notebooks/awa/upstream",
        "models/google/gemma/py/2b/1": f"{inputs}/models/google/gemma/py/2b/1",
        "gemma": f"{inputs}/models/google/gemma/py/2b/1",
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
    assert sorted(workspace.inputs.rglob("*")) == before
    assert (world.root / "input" / first / "b.txt").exists()
    assert (world.root / "input/datasets" / name / "a.txt").exists()


def test_of_two_with_one_flat_name_the_first_has_it(workspace: Workspace, write: Write) -> None:
    write("inputs/datasets/awa/voices/a.txt", "")
    write("inputs/datasets/bob/voices/b.txt", "")
    world = make(workspace, spec(dataset_sources=("bob/voices", "awa/voices")))
    assert mounts(world)["voices"].endswith("datasets/bob/voices")
    assert len(mounts(world)) == 3


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
    assert not state(workspace).exists()


def test_the_environment_is_clean(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
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
    world = KaggleFolders(
        state(workspace) / "kaggle",
        state(workspace) / "home",
        state(workspace) / "tmp",
    )
    env = kaggle_layout.clean_environment(world, state(workspace) / "cache")
    assert {name: env.pop(name) for name in ("LANG", "LC_TIME", "TZ", "HOME", "TMPDIR")} == {
        "LANG": "wo_SN.UTF-8",
        "LC_TIME": "C",
        "TZ": "UTC",
        "HOME": str(world.home),
        "TMPDIR": str(world.temp),
    }
    assert env.pop("PATH") == f"{Path(sys.executable).parent}:/opt/bin"
    assert (Path(env.pop("PYTHONPATH")) / "sitecustomize.py").is_file()
    assert env == {
        "IPYTHONDIR": str(world.home / ".ipython"),
        "KAGGLE_KERNEL_RUN_TYPE": "Batch",
        "KAGGLE_WORLD": str(world.root),
        "MPLCONFIGDIR": str(state(workspace) / "cache/matplotlib"),
        "PYTHONUNBUFFERED": "1",
    }
