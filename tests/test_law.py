"""The law of the rooms, read from the imports: words ← core ← edges ← verbs ← glue, never back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nbship"
ORDER = ("words", "core", "edges", "verbs", "glue")
WORDS = {
    "nbship", "nbship.errors", "nbship.config", "nbship.model", "nbship.model.git",
    "nbship.model.notebook", "nbship.model.run", "nbship.model.spec", "nbship.model.workspace",
}  # fmt: skip
# Each of these libraries is spoken to in one room only.
ONE_ROOM = {
    "jupytext": "nbship.core.source.jupytext_api",
    "nbformat": "nbship.core.artifact.notebook",
    "papermill": "nbship.edges.rehearsal.papermill",
    "kaggle": "nbship.edges.kaggle.client",
    "kagglesdk": "nbship.edges.kaggle.client",
    "detect_secrets": "nbship.core.checks.secret_patterns",
    "doit": "nbship.tasks",
    "click": "nbship.cli",
    "nbstripout": "nbship.strip",
    "jupyter_client": "nbship.edges.rehearsal.kernelspecs",
}
# jupytext makes its cells by way of nbformat, and is told there to leave their validation to us.
ALSO = {"nbformat": {"nbship.core.source.jupytext_api"}}
OUTSIDE = {"os", "subprocess", "socket", "time", "random", "secrets", "tempfile", "shutil",
           "threading", "requests", "urllib.request", "multiprocessing"}  # fmt: skip
PROCESS_ROOMS = {"nbship.edges.process.runner", "nbship.edges.process.supervisor"}
# The second one writes under names that come from outside, without a path.
FILE_ROOMS = {"nbship.edges.storage.files", "nbship.edges.storage.run_folder"}


def modules() -> dict[str, ast.Module]:
    """Return every module of the package but the two houses of their own."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        if not name.startswith(("nbship.local", "nbship.shim")):
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what a module imports, wherever in it the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """Return the room that a module of nbship lies in."""
    if module in WORDS:
        return "words"
    second = module.split(".")[1]
    return second if second in ORDER else "glue"


def faults(found: dict[str, ast.Module]) -> list[str]:
    """Return what breaks the law, a line each."""
    said = []
    for name, tree in found.items():
        for imported in imports(tree):
            module = imported if imported in found else imported.rpartition(".")[0]
            is_trespass = module.startswith("nbship.local") and room(name) != "glue"
            is_backward = module in found and ORDER.index(room(module)) > ORDER.index(room(name))
            if is_trespass or is_backward:
                said.append(f"{name} imports {module}")
    return said


MODULES = modules()


def test_no_room_imports_one_behind_it() -> None:
    assert faults(MODULES) == []


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("nbship.core.artifact.bundle", "from nbship.edges import files"),
        ("nbship.core.artifact.bundle", "import nbship.edges.storage.files"),
        ("nbship.errors", "from nbship.core.run.log import readable"),
        ("nbship.edges.storage.files", "def f():\n    from nbship.verbs.build import build"),
        ("nbship.verbs.build", "from nbship.frontends.console import Console"),
        ("nbship.edges.kaggle.client", "import nbship.local.http.server"),
    ],
)
def test_the_law_is_broken_by_an_import_backwards(module: str, statement: str) -> None:
    broken = {**MODULES, module: ast.parse(ast.unparse(MODULES[module]) + "\n" + statement)}
    assert len(faults(broken)) >= 1


def test_the_local_kaggle_is_a_house_of_its_own() -> None:
    for folder in ("local", "shim"):
        for file in (PACKAGE / folder).rglob("*.py"):
            for imported in imports(ast.parse(file.read_text(encoding="utf-8"))):
                assert not imported.startswith("nbship") or imported.startswith("nbship.local")


@pytest.mark.parametrize(("library", "only"), ONE_ROOM.items())
def test_each_library_is_spoken_to_in_one_room(library: str, only: str) -> None:
    users = {
        name
        for name, tree in MODULES.items()
        if any(i == library or i.startswith(f"{library}.") for i in imports(tree))
    }
    assert users <= {only, *ALSO.get(library, ())}


def test_the_core_and_the_words_touch_nothing_outside() -> None:
    for name, tree in MODULES.items():
        if room(name) in {"words", "core"}:
            assert OUTSIDE.isdisjoint(imports(tree)), name
            assert not {"open", "print", "input"} & calls(tree), name


def test_processes_are_started_and_words_printed_in_one_room_each() -> None:
    for name, tree in MODULES.items():
        assert name in PROCESS_ROOMS or "subprocess" not in set(imports(tree)), name
        assert name == "nbship.frontends.console" or "print" not in calls(tree), name


def test_files_are_written_in_two_rooms() -> None:
    writes = {"write_text", "write_bytes", "mkdir", "unlink", "rename", "symlink_to", "rmtree"}
    for name, tree in MODULES.items():
        used = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        opened = re.findall(r"(?<!fd)open\(.*['\"][wax]b?\+?['\"]", ast.unparse(tree))
        is_room = name in FILE_ROOMS
        assert is_room or (writes.isdisjoint(used) and not opened), (name, writes & used, opened)


def test_every_file_says_its_reason_in_its_first_line() -> None:
    for name, tree in MODULES.items():
        assert ast.get_docstring(tree), name


def test_no_file_is_longer_than_400_lines() -> None:
    for file in PACKAGE.rglob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 400, file.name


def calls(tree: ast.AST) -> set[str]:
    """Return the names of the functions that are called by their bare name."""
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
