"""The layout, read from the code: which module may import which, and who may touch the outside."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "nbship"

# Lower layers never import higher ones. Frontends and entry points are one layer.
LAYERS = ("base", "core", "edges", "verbs", "entry")
BASE = {"nbship", "nbship.errors", "nbship.diagnostics", "nbship.digest", "nbship.sanitize",
        "nbship.lazy", "nbship.config"}  # fmt: skip

# Which subjects of core each subject may import. `run`, `kaggle` and
# `terminal` import none.
CORE = {
    "python": set(),
    "source": {"python"},
    "ipynb": {"python", "source"},
    "metadata": {"python", "source"},
    "pairing": {"python", "source", "ipynb"},
    "clone": {"python", "source", "ipynb"},
    "scaffold": {"python", "source", "metadata", "clone"},
    "push": {"python", "source"},
    "artifact": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push"},
    "workspace": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push"},
    "checks": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push", "artifact",
               "workspace"},
    "adoption": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push", "artifact",
                 "workspace", "scaffold"},
    "drift": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push", "artifact"},
    "failure": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push", "artifact",
                "workspace", "run"},
    "overview": {"python", "source", "ipynb", "metadata", "pairing", "clone", "push", "artifact",
                 "workspace", "run", "terminal"},
    "run": set(),
    "kaggle": set(),
    "terminal": set(),
}  # fmt: skip

# Programs of their own: they import nothing of nbship but themselves.
STANDALONE = ("nbship.local", "nbship.shim")

# Each of these libraries is imported in one module only.
ADAPTERS = {
    "jupytext": {"nbship.core.source.jupytext_api"},
    # jupytext makes its cells with nbformat, so its adapter speaks to both.
    "nbformat": {"nbship.core.artifact.notebook", "nbship.core.source.jupytext_api"},
    "IPython": {"nbship.core.python.ipython_transformer"},
    "papermill": {"nbship.edges.rehearsal.papermill"},
    "kaggle": {"nbship.edges.kaggle.client"},
    "kagglesdk": {"nbship.edges.kaggle.client", "nbship.edges.kaggle.datasets"},
    "detect_secrets": {"nbship.core.checks.rules.secret_patterns"},
    "doit": {
        "nbship.frontends.doit_adapter",
        "nbship.frontends.doit_dumpdb",
        "nbship.frontends.doit_failures",
        "nbship.frontends.doit_tasks",
    },
    "click": {"nbship.cli"},
    "distributed": {"nbship.edges.cluster.dask"},
    "jupyter_client": {"nbship.edges.rehearsal.kernelspecs"},
}
OUTSIDE = {"os", "subprocess", "socket", "time", "random", "secrets", "tempfile", "shutil",
           "threading", "requests", "urllib.request", "multiprocessing"}  # fmt: skip
INTERPRETER = {"gc", "importlib"}  # and sys.modules
# The adapter of jupytext replaces two functions of jupytext and nbformat while they work.
PATCHES = {"nbship.core.source.jupytext_api"}
WRITES_FILES = "nbship.edges.storage"
STARTS_PROGRAMS = "nbship.edges.process"
PRINTS = "nbship.frontends.console"

MOST_MODULES = 15  # in a folder
MOST_LINES = 400  # in a file


@cache  # not while the tests are collected, which each of their processes does
def modules() -> dict[str, ast.Module]:
    """Return every module of the package but those of the standalone programs."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.startswith(STANDALONE):
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


@cache  # each tree is asked for many times
def imports(tree: ast.AST) -> tuple[str, ...]:
    """Return what a module imports, wherever in it the statement is."""
    return tuple(_imports(tree))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer(module: str) -> str:
    """Return the layer of a module of nbship."""
    if module in BASE or module.startswith("nbship.model"):
        return "base"
    second = module.split(".")[1]
    return second if second in LAYERS else "entry"


def part(module: str, depth: int) -> str:
    """Return the n-th part of a dotted name, or nothing."""
    return ".".join(module.split(".")[depth : depth + 1])


def is_forbidden(importer: str, imported: str) -> bool:
    """Return whether a module of nbship may not import another one."""
    if imported.startswith(STANDALONE):
        # The package `shim` is named for the path of its folder only.
        return imported.startswith("nbship.local") and layer(importer) != "entry"
    if LAYERS.index(layer(imported)) > LAYERS.index(layer(importer)):
        return True
    if layer(imported) == layer(importer) == "core":
        subject, other = part(importer, 2), part(imported, 2)
        return bool(other) and other != subject and other not in CORE[subject]
    if layer(imported) == layer(importer) == "verbs":
        return is_forbidden_among_verbs(importer, imported)
    return False


def is_forbidden_among_verbs(importer: str, imported: str) -> bool:
    """Return whether this is a verb that imports another verb, or an operation that imports one.

    An operation may be used by verbs and by operations; a verb by nobody below the entry points.
    """
    is_verb = imported.count(".") == 2 and imported != "nbship.verbs.operations"
    return is_verb and importer != imported


def faults(found: dict[str, ast.Module]) -> list[str]:
    """Return the imports that break the order of the layers, a line each."""
    wrong = []
    for name, tree in found.items():
        modules = {i if i in found else i.rpartition(".")[0] for i in imports(tree)}
        bad = {
            module
            for module in modules
            if (module in found or module.startswith("nbship.local")) and is_forbidden(name, module)
        }
        # `from package import module` names the package, too: the module alone is reported.
        packages = {module.rpartition(".")[0] for module in bad}
        wrong += [f"{name} imports {module}" for module in sorted(bad - packages)]
    return wrong


def standalone_faults(name: str, tree: ast.AST) -> list[str]:
    """Return what a module of a standalone program imports of the rest of nbship."""
    home = next(folder for folder in STANDALONE if name.startswith(folder))
    return [i for i in imports(tree) if i.split(".")[0] == "nbship" and not i.startswith(home)]


def foreign_changes(tree: ast.AST) -> list[str]:
    """Return the assignments to attributes of imported modules and of their classes."""
    names = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    targets = [
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete)
        for whole in (node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target])
        for target in _outermost(whole)
    ]
    found = [
        ast.unparse(target)
        for target in targets
        if isinstance(target, ast.Attribute | ast.Subscript) and _root(target) in names
    ]
    return found + [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"setattr", "delattr"}
        and isinstance(node.args[0], ast.Name | ast.Attribute)
        and _root(node.args[0]) in names
    ]


def _outermost(target: ast.AST) -> Iterator[ast.AST]:
    """Yield each target of an assignment; those of a tuple by themselves."""
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from _outermost(item)
    else:
        yield target


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def interpreter_uses(tree: ast.AST) -> set[str]:
    """Return what a module touches of the interpreter's own state."""
    used = {name.split(".")[0] for name in imports(tree)} & INTERPRETER
    return used | {
        "sys.modules"
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.modules")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "sys"
            and any(alias.name == "modules" for alias in node.names)
        )
    }


def test_no_module_imports_a_higher_one() -> None:
    assert faults(modules()) == []


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("nbship.core.artifact.bundle", "from nbship.edges.storage import files"),
        ("nbship.core.artifact.bundle", "import nbship.edges.storage.files"),
        ("nbship.errors", "from nbship.core.run.log import parse_log"),
        ("nbship.edges.storage.files", "def f():\n    from nbship.verbs.check import check"),
        ("nbship.verbs.check", "from nbship.frontends.console import Console"),
        ("nbship.verbs.check", "from nbship.verbs.doctor import repair"),
        ("nbship.verbs.check", "from nbship.verbs import doctor"),
        ("nbship.verbs.operations.push.send", "from nbship.verbs.check import check"),
        ("nbship.core.source.reader", "from nbship.core.artifact.bundle import BUNDLE_TAG"),
        ("nbship.core.metadata.spec", "from nbship.core.pairing import losses"),
        ("nbship.core.run.log", "from nbship.core.source import nbjson"),
        ("nbship.core.kaggle.messages", "from nbship.core.run.log import parse_log"),
        ("nbship.core.artifact.bundle", "from nbship.core.checks import codes"),
        ("nbship.edges.kaggle.client", "import nbship.local.http.server"),
    ],
)
def test_an_import_of_a_higher_module_is_found(module: str, statement: str) -> None:
    broken = {**modules(), module: ast.parse(ast.unparse(modules()[module]) + "\n" + statement)}
    assert len(faults(broken)) == 1


def test_the_standalone_programs_import_nothing_of_nbship() -> None:
    for folder in ("local", "shim"):
        for file in (PACKAGE / folder).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            assert standalone_faults(f"nbship.{folder}", tree) == [], file


def test_an_import_by_a_standalone_program_is_found() -> None:
    tree = ast.parse("from nbship.core.source import nbjson\nfrom nbship.local import faults")
    assert standalone_faults("nbship.local.http.server", tree) == [
        "nbship.core.source", "nbship.core.source.nbjson",
    ]  # fmt: skip


@pytest.mark.parametrize("library", ADAPTERS)
def test_each_library_is_imported_by_its_adapter_only(library: str) -> None:
    users = {
        name
        for name, tree in modules().items()
        if any(i == library or i.startswith(f"{library}.") for i in imports(tree))
    }
    assert users <= ADAPTERS[library]


def test_core_and_base_touch_nothing_outside() -> None:
    for name, tree in modules().items():
        if layer(name) in {"base", "core"}:
            assert OUTSIDE.isdisjoint(imports(tree)), name
            assert not {"open", "print", "input"} & calls(tree), name


def test_core_changes_no_foreign_module() -> None:
    for name, tree in modules().items():
        if layer(name) == "core":
            assert interpreter_uses(tree) == set(), name
            assert name in PATCHES or foreign_changes(tree) == [], name


@pytest.mark.parametrize(
    "change",
    [
        "import json\njson.dumps = None",
        "from nbformat.v4 import nbbase\nnbbase.validate = None",
        "from jupytext.stringparser import StringParser\nStringParser.read_line = None",
        "import json\nsetattr(json, 'dumps', None)",
        "import json\ndel json.dumps",
        "import json\njson.a, b = 1, 2",
        "import os\nos.environ['A'] = 'b'",
        "import json.decoder\njson.decoder.NaN += 1",
    ],
)
def test_a_change_of_a_foreign_module_is_found(change: str) -> None:
    assert len(foreign_changes(ast.parse(change))) == 1


@pytest.mark.parametrize(
    "use",
    ["import gc", "from importlib.util import find_spec", "import sys\nsys.modules.pop('a')",
     "from sys import modules"],
)  # fmt: skip
def test_a_use_of_the_interpreters_state_is_found(use: str) -> None:
    assert len(interpreter_uses(ast.parse(use))) == 1


def test_programs_are_started_and_text_is_printed_in_one_place_each() -> None:
    for name, tree in modules().items():
        assert name.startswith(STARTS_PROGRAMS) or "subprocess" not in set(imports(tree)), name
        assert name == PRINTS or "print" not in calls(tree), name


def test_files_are_written_in_one_folder() -> None:
    writes = {"write_text", "write_bytes", "mkdir", "unlink", "rename", "symlink_to", "rmtree"}
    for name, tree in modules().items():
        used = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        opened = re.findall(r"(?<!fd)open\(.*['\"][wax]b?\+?['\"]", ast.unparse(tree))
        is_storage = name.startswith(WRITES_FILES)
        assert is_storage or (writes.isdisjoint(used) and not opened), (name, writes & used)


def test_every_module_has_a_docstring_and_every_folder_a_sentence() -> None:
    for file in PACKAGE.rglob("*.py"):
        found = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        assert found, file
        if file.name == "__init__.py" and file.parent != PACKAGE:
            assert found.endswith("."), file
            assert "\n" not in found, file


def test_no_folder_and_no_file_is_too_large_to_be_read() -> None:
    for folder in (PACKAGE, *filter(Path.is_dir, PACKAGE.rglob("*"))):
        files = [file for file in folder.glob("*.py") if file.name != "__init__.py"]
        assert len(files) <= MOST_MODULES or folder.name == "verbs", folder
        for file in files:
            assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, file


def test_core_holds_the_subjects_that_the_order_knows() -> None:
    folders = {path.name for path in (PACKAGE / "core").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(CORE)


def calls(tree: ast.AST) -> set[str]:
    """Return the names of the functions that are called by their bare name."""
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
