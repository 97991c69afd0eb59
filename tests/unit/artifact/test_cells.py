"""The bundle with the style "cells": each module can be read in its cell, and read back from it."""

import importlib
import inspect
import json
import linecache
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from nbship.core.artifact.bundle import BUNDLE_TAG
from nbship.core.artifact.cells import MODULE_TAG, module_in
from nbship.core.artifact.cells import module_cells as module_cells_of
from nbship.errors import SourceError
from nbship.model.notebook import BundledFile, Cell, Module, Notebook
from nbship.model.spec import BundleSpec, Spec
from nbship.model.workspace import Origin
from tests.support.usual import bundle_cell, make_artifact, module_cells

# Pieces that mean something to IPython, to jupyter or to the cell itself, and any other text.
PIECES = st.sampled_from([
    "\n", "\n\n", "x = 1\n", "...", "... ", ">>> f()\n", "In [1]: x\n", "%magic\n", "%%cell\n",
    "!ls\n", "x?\n", "'''", '"""', "\\", "\t", "  ", "# %%\n", "--empty", "--verbatim", "\r",
    "\x0c", "\u2028", "def f():\n    pass\n",
])  # fmt: skip
TEXTS = st.lists(
    PIECES | st.text(st.characters(codec="utf-8"), max_size=4), max_size=8
).map("".join)  # fmt: skip
PATHS = ("a.py", "pack/__init__.py", "pack/my tool.py", "pack/b --empty.py", "ɓ.py")
NAMES = st.sampled_from(PATHS)


def cell_of(module: Module) -> str:
    return module_cells([module], [])[-1].cell.text


@given(NAMES, TEXTS)
def test_any_module_is_read_back_as_it_is_in_git(path: str, text: str) -> None:
    module = Module(path, text)
    assert module_in(cell_of(module)) == module


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=3, unique_by=lambda pair: pair[0]))
def test_the_text_arrives_in_a_kernel_as_it_is_in_git(pairs: list[tuple[str, str]]) -> None:
    modules = [Module(path, text) for path, text in pairs]
    with running(modules):
        for module in modules:
            file = Path(sys.path[0], module.path)
            package, _, name = module.path.removesuffix(".py").rpartition("/")
            folder, name = (file.parent, name) if name != "__init__" else (file.parents[1], package)
            importer: Any = pkgutil.get_importer(str(folder))
            spec = importer.find_spec(name)
            assert isinstance(spec.loader, SourceFileLoader)
            assert spec.origin == str(file)
            assert str(file).endswith(f"/nbship-cells/src_py/{module.path}")
            assert spec.loader.get_data(str(file)) == module.text.encode()
            assert "".join(linecache.getlines(str(file))) == module.text


class Shell:
    """What the cells need of IPython's shell: its transformations of cells, and cell magics."""

    def __init__(self) -> None:
        self.manager: Any = TransformerManager()  # it has no types
        self.input_transformers_cleanup = self.manager.cleanup_transforms
        self.magics: dict[str, Callable[[str, str], None]] = {}

    def register_magic_function(self, function: Callable[[str, str], None], kind: str) -> None:
        assert kind == "cell"
        self.magics[function.__name__] = function

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        assert cell  # IPython refuses an empty one
        self.magics[name](line, cell)

    def run(self, cell: str) -> None:
        code = self.manager.transform_cell(cell)
        exec(compile(code, "<cell>", "exec"), {"get_ipython": lambda: self})  # noqa: S102 - as a kernel


@contextmanager
def running(modules: list[Module]) -> Iterator[Shell]:
    """Run the cells of modules as a kernel does, and undo it at the end."""
    with (
        mock.patch("sys.path", [*sys.path]),
        mock.patch("sys.path_hooks", [*sys.path_hooks]),
        mock.patch.dict("sys.path_importer_cache"),
        mock.patch.dict("sys.modules"),
    ):
        shell = Shell()
        for placed in module_cells(modules, []):
            shell.run(placed.cell.text)
        yield shell


def test_a_folder_without_init_is_one_with_files_and_gives_way_to_a_package(tmp_path: Path) -> None:
    (tmp_path / "nbs_bare").mkdir()
    (tmp_path / "nbs_bare/file.py").write_text("X = 1")
    (tmp_path / "nbs_whole").mkdir()
    (tmp_path / "nbs_whole/__init__.py").write_text("X = 2")
    modules = [Module("nbs_bare/cell.py", "X = 3\n"), Module("nbs_whole/cell.py", "X = 4\n")]
    with running(modules):
        sys.path.append(str(tmp_path))
        assert import_module("nbs_bare.file").X == 1
        assert import_module("nbs_bare.cell").X == 3
        assert import_module("nbs_whole").X == 2


def test_a_cell_of_anything_else_is_read_as_before() -> None:
    with running([Module("a.py", "x = 1\n")]) as shell:
        for cell in ("x = 1", ">>> x", "%%time\nx", "!ls", "%%nbship_modules a.py\n    x"):
            assert shell.manager.transform_cell(cell) == TransformerManager().transform_cell(cell)
        assert shell.manager.cleanup_transforms[0]([]) == []


def test_modules_are_imported_as_from_files() -> None:
    modules = [
        Module("nbs_pack/__init__.py", ""),
        Module(
            "nbs_pack/one.py", "from __future__ import annotations\nfrom . import two\nA: X = 1"
        ),
        Module("nbs_pack/two.py", "from nbs_pack import one\n\n\ndef f():\n    return one.A\n"),
        Module("nbs_bare/three.py", '"""Say it.\n\n>>> f()\n   \n"""\nN = __file__, __name__\n'),
    ]
    with running(modules):
        one, three = import_module("nbs_pack.one"), import_module("nbs_bare.three")
        assert one.two.f() == 1
        assert one.__package__ == "nbs_pack"
        assert inspect.getsource(one.two.f) == "def f():\n    return one.A\n"
        assert inspect.getsource(three) == modules[3].text
        assert three.__doc__ == "Say it.\n\n>>> f()\n   \n"
        assert (three.__file__, "nbs_bare.three") == three.N
        assert importlib.reload(three) is three
        with pytest.raises(ModuleNotFoundError, match=r"nbs_pack\.nothing"):
            import_module("nbs_pack.nothing")
        # Data beside a package, if there is any, is read from the disk.
        assert pkgutil.get_data("nbs_pack", "two.py") == modules[2].text.encode()


TREES = [
    {"nbs_flat.py": "X = __name__, __package__\n"},
    {"nbs_a/__init__.py": '"""Doc."""\nfrom .one import X\n', "nbs_a/one.py": "X = 1\n"},
    {"nbs_b/deep/er/three.py": "from ... import nothing\n", "nbs_b/two.py": "import nbs_b.deep\n"},
    {"nbs_c/__init__.py": "from . import one\n", "nbs_c/one.py": "from nbs_c import two\nY = 1\n",
     "nbs_c/two.py": "from nbs_c import one\nY = one.Y\n"},
    {"nbs_d/__init__.py": "", "nbs_d/sub/__init__.py": "", "nbs_d/sub/x.py": "Z = 1 / 0\n"},
    {"nbs_e/__init__.py": "import pkgutil\nN = [m.name for m in pkgutil.iter_modules(__path__)]\n",
     "nbs_e/x.py": "def f():\n    return 1\n", "nbs_e/bare/y.py": "", "nbs_e/z/__init__.py": ""},
    {"nbs_f.py": "def f(:\n"},
    {"nbs_g/one.py": "", "nbs_g.py": "X = 'module beside a folder'\n"},
]  # fmt: skip
KNOWN = {"__name__", "__package__", "__doc__", "__file__"}


def behaviour(tree: dict[str, str]) -> list[object]:
    """Return what is seen of the modules of a tree, once they can be imported."""
    top = sys.path[0]
    names = {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in tree}
    parts = {".".join(n.split(".")[:count]) for n in names for count in range(1, n.count(".") + 2)}
    seen: list[object] = [[m.name, m.ispkg] for m in pkgutil.iter_modules([top])]
    for name in sorted(parts | {f"{name}.nothing" for name in parts}):
        try:
            module = import_module(name)
        except Exception as error:  # noqa: BLE001 - any error is a part of the behaviour
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
                     if frame.filename.startswith(top)]  # fmt: skip
            seen.append([name, type(error), str(error).replace(top, "TOP"), lines])
            continue
        values = {k: v for k, v in vars(module).items() if k.isupper() or k in KNOWN}
        source = inspect.getsource(module) if values.get("__file__") and module.__doc__ else ""
        below = [[m.name, m.ispkg] for m in pkgutil.iter_modules(getattr(module, "__path__", []))]
        seen.append([name, repr(values).replace(top, "TOP"), source, below])
    return seen


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: next(iter(tree)))
def test_modules_in_cells_behave_as_modules_in_files(tree: dict[str, str], tmp_path: Path) -> None:
    modules = [Module(path, text) for path, text in sorted(tree.items())]
    with running(modules):
        in_cells = behaviour(tree)
    with running([]), mock.patch("tempfile.mkdtemp", return_value=str(tmp_path)):
        exec(bundle_cell(modules).text, {})  # noqa: S102 - as a kernel does
        in_files = behaviour(tree)
    assert in_cells == in_files


@given(TEXTS)
def test_the_cell_shows_the_text_line_by_line(text: str) -> None:
    *_, placed = module_cells([Module("a.py", text)], [])
    origin = placed.origin
    assert origin is not None
    assert (origin.path, origin.line) == ("src_py/a.py", 1)
    shown = placed.cell.text.split("\n")[origin.start - 1 :]
    lines = text.split("\n")
    assert shown in (lines, lines[:-1]) or not text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("x = 1\n", "%%nbship_module a.py\nx = 1"),
        ("x = 1", "%%nbship_module a.py --verbatim\nx = 1"),
        ("x = 1\n\n", "%%nbship_module a.py --verbatim\nx = 1\n\n"),
        ("\n", "%%nbship_module a.py --verbatim\n\n"),
        ("", "%%nbship_module a.py --empty\n# The module is empty."),
        ("%x\n!y\n", "%%nbship_module a.py\n%x\n!y"),
    ],
)
def test_an_ordinary_module_is_its_text_below_one_line(text: str, cell: str) -> None:
    assert cell_of(Module("a.py", text)) == cell


@pytest.mark.parametrize(
    "text", ["", "x = 1", "%%bash\nls", "%%nbship_module", "%%nbship_modules a"]
)
def test_any_other_cell_holds_no_module(text: str) -> None:
    assert module_in(text) is None


def test_a_module_whose_name_has_a_line_break_is_refused() -> None:
    with pytest.raises(SourceError, match="a cell cannot have a module of this name"):
        cell_of(Module("a\nb.py", ""))


def test_the_cells_are_the_files_the_importer_and_the_modules() -> None:
    modules = [Module("a.py", "x = 1\n"), Module("run.py", "print(1)\n")]
    cells = module_cells(modules, [BundledFile("src_py/v.csv", b"1,2\n")], ["src_py/run.py"])
    assert [placed.cell.metadata["tags"] for placed in cells] == [
        [BUNDLE_TAG], [BUNDLE_TAG], [MODULE_TAG], [MODULE_TAG],
    ]  # fmt: skip
    files, importer = cells[0].cell.text, cells[1].cell.text
    assert "_root = _bundle({\n}, {\n" in files
    assert '"src_py/run.py"' in files  # it can be executed
    assert "src_py/a.py" not in files
    assert importer.endswith("_modules(_root)\ndel _modules, _root")
    alone = module_cells(modules, [])
    assert len(alone) == 3
    assert alone[0].cell.text.endswith("_modules(_root())\ndel _modules, _root")
    assert [placed.origin for placed in module_cells([], [BundledFile("a", b"")])] == [None]


def test_the_folder_of_the_sources_may_have_another_name() -> None:
    *_, importer, module = module_cells_of([Module("a.py", "x = 1\n")], [], sources="lab/code")
    assert importer.cell.text.startswith("# The modules of lab/code/ that are imported here")
    assert 'os.path.join(tempfile.gettempdir(), "nbship-cells", "lab/src_py")' in importer.cell.text
    assert module.origin == Origin("lab/code/a.py", 1, 2)


def test_an_artifact_has_the_cells_above_the_first_code_and_a_map_to_the_modules() -> None:
    cells = (Cell("markdown", "# T", {}, 4), Cell("code", "import a", {}, 7))
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = Notebook("n", "src_py/n.py", cells, kernelspec)
    spec = Spec(bundle=BundleSpec(style="cells"))
    artifact = make_artifact(notebook, [Module("a.py", "x = 1\n")], spec, ())
    sources = [cell["source"] for cell in json.loads(artifact.text)["cells"]]
    assert [sources[0], *sources[2:]] == ["# T", "%%nbship_module a.py\nx = 1", "import a"]
    assert artifact.line_map == (
        Origin("src_py/n.py", 4), None, Origin("src_py/a.py", 1, 2), Origin("src_py/n.py", 7),
    )  # fmt: skip
    assert make_artifact(notebook, (), spec, ()).line_map == (
        Origin("src_py/n.py", 4), Origin("src_py/n.py", 7),
    )  # fmt: skip
