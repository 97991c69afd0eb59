"""The root of a workspace: the nearest one, and never a project that only contains it."""

from pathlib import Path

import pytest

from nbship.edges.workspace import sources
from nbship.edges.workspace.root import find_root
from nbship.errors import WorkspaceError

TABLE = "[tool.nbship]\n"
PROJECT = "[project]\nname = 'x'\ndependencies = ['nbship']\n"
FOLDERS = """\
sources = "kaggle/src_py"
notebooks = "kaggle/notebooks"
build = "made"
runs = "results"
inputs = "samples"
"""


def tree(top: Path, files: dict[str, str | None]) -> None:
    """Make folders with a pyproject.toml each; None makes a folder alone."""
    for path, text in files.items():
        folder = top / path
        folder.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (folder / "pyproject.toml").write_text(text)


@pytest.mark.parametrize(
    ("files", "start", "root"),
    [
        ({"a": TABLE, "a/b/c": None}, "a/b/c", "a"),
        ({".": TABLE, "a": TABLE}, "a", "a"),
        ({".": TABLE, "a/src_py": None}, "a/src_py", "a"),
        ({".": PROJECT, "a/src_py": None}, "a", "a"),
        ({".": PROJECT, "a": TABLE}, "a", "a"),
        ({"a": TABLE, "a/b": PROJECT}, "a/b", "a"),
        ({"a": TABLE, "a/b": "[tool.nbship"}, "a/b", "a/b"),
        ({"a": TABLE, "a/b": "name = nbship"}, "a/b", "a"),
        # A folder src_py/ in a folder of a workspace above makes no workspace.
        ({"a": TABLE + FOLDERS, "a/kaggle/src_py/x": None}, "a/kaggle/src_py/x", "a"),
        ({"a": TABLE + FOLDERS, "a/kaggle/src_py": None}, "a/kaggle", "a"),
        ({"a": TABLE + FOLDERS, "a/results/v1/src_py": None}, "a/results/v1", "a"),
        ({"a": TABLE + FOLDERS, "a/samples/src_py": None}, "a/samples/src_py", "a"),
        ({"a": TABLE, "a/.nbship/smoke/src_py": None}, "a/.nbship/smoke", "a"),
        ({"a": TABLE + FOLDERS, "a/other/src_py": None}, "a/other/src_py", "a/other"),
        ({"a": "[tool.nbship]\nx = 1", "a/b/src_py": None}, "a/b", "a/b"),
        ({"a": PROJECT, "a/b/src_py": None}, "a/b", "a/b"),
    ],
)
def test_the_root_is_the_nearest_workspace(
    tmp_path: Path, files: dict[str, str | None], start: str, root: str
) -> None:
    tree(tmp_path, files)
    assert find_root(tmp_path / start) == tmp_path / root


def test_a_pyproject_that_cannot_be_read_makes_no_workspace(tmp_path: Path) -> None:
    tree(tmp_path, {".": TABLE, "a": None})
    (tmp_path / "a/pyproject.toml").mkdir()
    assert find_root(tmp_path / "a") == tmp_path
    assert find_root(Path("/")) is None


def test_a_folder_of_sources_that_is_missing_is_named_with_the_command(tmp_path: Path) -> None:
    tree(tmp_path, {".": TABLE + FOLDERS})
    with pytest.raises(WorkspaceError) as caught:
        sources.open_workspace(tmp_path)
    assert str(caught.value).startswith("pyproject.toml: no folder kaggle/src_py/, in which the")
    assert f"mkdir -p {tmp_path}/kaggle/src_py" in caught.value.hint
    tree(tmp_path, {"kaggle/src_py": None})
    assert sources.open_workspace(tmp_path / "kaggle").layout.sources == "kaggle/src_py"
