"""The sources and modules below src_py/, and the workspace's pyproject.toml. Only reads."""

from collections.abc import Iterator
from pathlib import Path

from nbship import config
from nbship.core import grammar
from nbship.core import source as sources
from nbship.core.bundle import Found
from nbship.core.catalogue import catalogue_of, glance
from nbship.edges import files
from nbship.errors import Place, SourceError, WorkspaceError
from nbship.model import Catalogue, Entry, Source, Workspace


def open_workspace(start: Path) -> Workspace:
    """Find the workspace: the nearest folder at or above ``start`` with a src_py/.

    Raises:
        WorkspaceError: there is none, or its pyproject.toml is wrong.
    """
    start = start.resolve()
    root = next((p for p in (start, *start.parents) if (p / "src_py").is_dir()), None)
    if root is None:
        raise WorkspaceError(
            f"no workspace here: no src_py/ in {start} or above",
            hint="Put the notebooks' sources into a folder src_py/.",
        )
    text = (files.read_bytes(root / config.PYPROJECT) or b"").decode(errors="replace")
    return config.parse_workspace(root, text)


def read(workspace: Workspace, path: str) -> Source:
    """Return a source or module by its path relative to the workspace.

    Raises:
        SourceError: it is not there, or not UTF-8.
    """
    data = files.read_bytes(workspace.root / path)
    if data is None:
        raise SourceError("no such source", place=Place(path))
    return sources.decode(path, data)


def notebook_names(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of all notebooks: the paths below src_py/, without ``.py``."""
    return tuple(sorted(_notebooks(workspace)))


def read_catalogue(workspace: Workspace) -> Catalogue:
    """Return every notebook with what a glance at its header shows."""
    return catalogue_of(_glance(workspace, name) for name in notebook_names(workspace))


def read_all(workspace: Workspace) -> dict[str, bytes]:
    """Return every ``.py`` below src_py/ by its path relative to the workspace.

    Raises:
        WorkspaceError: one is there but cannot be read.
    """
    found = {file.relative_to(workspace.root).as_posix(): files.read_bytes(file)
             for file in sorted(workspace.sources.rglob("*.py"))}  # fmt: skip
    return {path: data for path, data in found.items() if data is not None}


def path_of(name: str) -> str:
    """Return the path of a notebook's source, relative to the workspace."""
    return f"src_py/{name}.py"


def find_module(workspace: Workspace, name: str) -> Found | None:
    """Return what ``import name`` leads to below src_py/, as Python would choose it.

    Raises:
        SourceError: it leads to a notebook, which runs and is not imported.
    """
    folder = workspace.sources.joinpath(*name.split("."))
    relative = name.replace(".", "/")
    for path, is_package in ((f"{relative}/__init__.py", True), (f"{relative}.py", False)):
        data = files.read_bytes(workspace.sources / path)
        if data is not None:
            text = sources.decode(f"src_py/{path}", data).text
            if grammar.is_notebook(text):
                raise SourceError(
                    "a notebook is imported; only modules can be",
                    code="imported-notebook",
                    place=Place(f"src_py/{path}"),
                    hint="Move what is shared into a .py without '# %%' lines.",
                )
            return Found(path, text, is_package)
    return Found(None, is_package=True) if folder.is_dir() else None


def _glance(workspace: Workspace, name: str) -> Entry:
    try:
        return glance(name, read(workspace, path_of(name)))
    except SourceError:  # not UTF-8: build and check say so by name
        return Entry(name)


def _notebooks(workspace: Workspace) -> Iterator[str]:
    for file in workspace.sources.rglob("*.py"):
        data = files.read_bytes(file) or b""
        # A byte order mark, or UTF-16, hides no marker: what is not UTF-8 is build's to refuse.
        text = data.replace(b"\0", b"").decode("utf-8-sig", errors="replace").lstrip("\ufffd")
        if grammar.is_notebook(text):
            yield file.relative_to(workspace.sources).with_suffix("").as_posix()
