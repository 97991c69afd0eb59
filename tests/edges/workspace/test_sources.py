"""The sources of a workspace: which are found, how they are read, what an import finds."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.core.artifact.imports import LocalModule
from nbship.edges.workspace import sources
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Source, Workspace

Write = Callable[[str, str | bytes], Path]
NOTEBOOK = "# %%\nprint(1)\n"


def test_the_workspace_is_the_nearest_folder_with_sources(
    workspace: Workspace, write: Write, tmp_path: Path
) -> None:
    write("pyproject.toml", '[tool.nbship]\ninputs = "samples"\n')
    (workspace.root / "a/b").mkdir(parents=True)
    for start in (workspace.root, workspace.root / "a/b", workspace.root / "a/../src_py"):
        found = sources.open_workspace(start)
        assert (found.root, found.inputs) == (workspace.root, workspace.root / "samples")
    write("a/src_py/x.py", "")
    assert sources.open_workspace(workspace.root / "a/b").root == workspace.root / "a"
    (tmp_path / "way").symlink_to(workspace.root)
    assert sources.open_workspace(tmp_path / "way").root == workspace.root


def test_a_notebook_is_found_by_an_import_unless_python_has_a_module_of_its_name(
    workspace: Workspace, write: Write
) -> None:
    for name in ("statistics", "email/train", "voices"):
        write(f"src_py/{name}.py", NOTEBOOK)
    for name in ("statistics", "email.train"):
        assert sources.find_module(workspace, name) is None
        assert not sources.is_local(workspace, name)
    assert sources.is_local(workspace, "voices")


def test_where_there_is_none_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "src_py").touch()  # a file is no folder of sources
    with pytest.raises(
        WorkspaceError, match=f"neither {tmp_path} nor a folder above it contains src_py/"
    ) as error:
        sources.open_workspace(tmp_path)
    assert error.value.hint.endswith("nbship init")


@pytest.mark.parametrize("text", ["not [TOML", b"\xff\xfe", "[tool.nbship]\nwrong = 1"])
def test_a_wrong_pyproject_is_named(workspace: Workspace, write: Write, text: str | bytes) -> None:
    write("pyproject.toml", text)
    with pytest.raises(WorkspaceError) as error:
        sources.open_workspace(workspace.root)
    assert str(error.value).startswith("pyproject.toml: ")


def test_a_workspace_needs_no_pyproject(workspace: Workspace) -> None:
    assert sources.open_workspace(workspace.root).inputs == workspace.root / "tests/inputs"


def test_a_source_is_text_with_plain_line_ends(workspace: Workspace, write: Write) -> None:
    write("src_py/a.py", b"\xef\xbb\xbf# %%\r\nx = '\xc9\x93'\r\n")
    assert sources.read(workspace, "src_py/a.py") == Source("src_py/a.py", "# %%\nx = 'ɓ'\n")


@pytest.mark.parametrize(
    ("text", "words"), [(None, "src_py/a.py: no such source"), (b"# %%\nx = '\xe9'\n", "UTF-8")]
)
def test_a_source_that_cannot_be_read_is_named(
    workspace: Workspace, write: Write, text: bytes | None, words: str
) -> None:
    if text:
        write("src_py/a.py", text)
    with pytest.raises(SourceError) as error:
        sources.read(workspace, "src_py/a.py")
    assert str(error.value).startswith("src_py/a.py")
    assert words in str(error.value)


def test_notebooks_are_found_by_their_cells_in_every_folder(
    workspace: Workspace, write: Write
) -> None:
    write("src_py/b.py", NOTEBOOK)
    write("src_py/a.py", NOTEBOOK)
    write("src_py/deep/er/c.py", NOTEBOOK)
    write("src_py/Ɓalli man.py", NOTEBOOK)
    write("src_py/not_utf8.py", b"# %%\n'\xff'\n")
    write("src_py/module.py", "X = 1\n")
    write("src_py/empty.py", "")
    write("src_py/text.txt", NOTEBOOK)
    (workspace.path(workspace.layout.sources) / "gone.py").symlink_to("nowhere")
    names = ("a", "b", "deep/er/c", "not_utf8", "Ɓalli man")
    assert tuple(sources.read_catalogue(workspace)) == names
    catalogue = sources.read_catalogue(workspace)
    assert set(catalogue) == set(names)
    assert catalogue["not_utf8"].kernel is None
    assert catalogue["deep/er/c"].path == "src_py/deep/er/c.py"


def test_r_sources_are_found_and_two_of_a_name_are_one_entry(
    workspace: Workspace, write: Write
) -> None:
    for name in ("a.R", "b.r", "c.py", "c.R", "d.Rmd"):
        write(f"src_py/{name}", NOTEBOOK)
    write("src_py/functions.R", "f <- function() 1\n")
    catalogue = sources.read_catalogue(workspace)
    assert {entry.path: entry.twins for entry in catalogue.values()} == {
        "src_py/a.R": (), "src_py/b.r": (), "src_py/c.R": ("src_py/c.py",),
    }  # fmt: skip
    assert tuple(catalogue) == ("a", "b", "c")


def test_lines_are_those_that_stand_there_today(workspace: Workspace, write: Write) -> None:
    write("src_py/a.py", "x\r\n  y\n")
    assert sources.lines(workspace, "src_py/a.py") == ["x", "  y", ""]
    assert sources.lines(workspace, "src_py/gone.py") == []
    assert sources.lines(workspace, "src_py") == []


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop", "nowhere"])
def test_what_cannot_be_read_is_one_refused_source_and_is_never_waited_for(
    workspace: Workspace, write: Write, kind: str
) -> None:
    write("src_py/good.py", NOTEBOOK)
    path = workspace.path(workspace.layout.sources) / "odd.py"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "loop": "odd.py"}.get(kind, kind))
    catalogue, left_out = sources.read_notebooks(workspace)
    assert (list(catalogue), list(left_out)) == (["good"], ["src_py/odd.py"])
    assert left_out["src_py/odd.py"].diagnostic.code == (
        "unreadable" if kind in {"folder", "pipe"} else "link"
    )
    found, unreadable = sources.read_all(workspace)
    assert (list(found), list(unreadable)) == (["src_py/good.py"], ["src_py/odd.py"])
    with pytest.raises(SourceError):
        sources.read(workspace, "src_py/odd.py")
    with pytest.raises(SourceError):
        sources.find_module(workspace, "odd")


def test_a_folder_that_cannot_be_read_is_refused_like_a_source(
    workspace: Workspace, write: Write
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    write("src_py/good.py", NOTEBOOK)
    folder = write("src_py/closed/a.py", NOTEBOOK).parent
    folder.chmod(0)
    catalogue, left_out = sources.read_notebooks(workspace)
    folder.chmod(0o700)
    assert (list(catalogue), list(left_out)) == (["good"], ["src_py/closed"])


def test_an_import_leads_where_python_would_go(workspace: Workspace, write: Write) -> None:
    write("src_py/both.py", "MODULE = 1\n")
    write("src_py/both/__init__.py", "PACKAGE = 1\n")
    write("src_py/alone.py", "A = 1\n")
    write("src_py/space/inner.py", "I = 1\n")

    def find(name: str) -> LocalModule | None:
        return sources.find_module(workspace, name)

    assert find("both") == LocalModule("both/__init__.py", "PACKAGE = 1\n", is_package=True)
    assert find("alone") == LocalModule("alone.py", "A = 1\n", is_package=False)
    assert find("space") == LocalModule(None, is_package=True)
    assert find("space.inner") == LocalModule("space/inner.py", "I = 1\n", is_package=False)
    assert find("numpy") is None
    assert find("space.numpy") is None
    assert find("alone.below") is None


def test_a_notebook_is_no_module(workspace: Workspace, write: Write) -> None:
    write("src_py/nb.py", NOTEBOOK)
    with pytest.raises(SourceError, match=r"src_py/nb\.py is a notebook"):
        sources.find_module(workspace, "nb")


def test_a_module_that_is_no_text_is_named(workspace: Workspace, write: Write) -> None:
    write("src_py/bad.py", b"X = '\xff'\n")
    with pytest.raises(SourceError, match=r"src_py/bad\.py"):
        sources.find_module(workspace, "bad")
