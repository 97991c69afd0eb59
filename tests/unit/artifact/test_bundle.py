"""The bundle holds every local module that a notebook needs, byte for byte."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from nbship.core.artifact.bundle import BUNDLE_TAG
from nbship.core.artifact.imports import LocalModule, Reach, notebook_fault
from nbship.core.python.ipython_syntax import parse_cell
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Module, Notebook
from tests.support.usual import bundle_cell, reach_modules

# --- reach_modules ---


def notebook(*texts: str, kind: str = "code") -> Notebook:
    cells = [Cell("markdown" if kind != "code" else "code", text, {}, 10) for text in texts]
    return Notebook("a", "src_py/a.py", tuple(cells), {})


def reach(files: Mapping[str, str], *texts: str) -> Reach:
    """Follow the imports of cells; ``files`` are the modules by their paths below src_py/."""

    def find(name: str) -> LocalModule | None:
        assert name
        folder = name.replace(".", "/")
        for path, is_package in ((f"{folder}/__init__.py", True), (f"{folder}.py", False)):
            if path in files:
                return LocalModule(path, files[path], is_package)
        return (
            LocalModule(None, is_package=True)
            if any(p.startswith(f"{folder}/") for p in files)
            else None
        )

    return reach_modules(notebook(*texts), find)


def paths(files: Mapping[str, str], *texts: str) -> list[str]:
    return [module.path for module in reach(files, *texts).modules]


TREE = {
    "flat.py": "",
    "pack/__init__.py": "",
    "pack/one.py": "",
    "pack/two.py": "",
    "pack/deep/__init__.py": "",
    "pack/deep/three.py": "",
    "bare/four.py": "",
}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import flat", ["flat.py"]),
        ("import flat as f, pack", ["flat.py", "pack/__init__.py"]),
        ("from flat import something", ["flat.py"]),
        ("import pack.one", ["pack/__init__.py", "pack/one.py"]),
        ("from pack import one", ["pack/__init__.py", "pack/one.py"]),
        ("from pack import one as o, two", ["pack/__init__.py", "pack/one.py", "pack/two.py"]),
        ("from pack import *", ["pack/__init__.py"]),
        ("from pack import VALUE", ["pack/__init__.py"]),
        (
            "import pack.deep.three",
            ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/three.py"],
        ),
        (
            "from pack.deep import three",
            ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/three.py"],
        ),
        ("import bare.four", ["bare/four.py"]),
        ("from bare import four", ["bare/four.py"]),
        ("import bare", []),
        ("def f():\n    import flat", ["flat.py"]),
        ("async def f():\n    import flat", ["flat.py"]),
        (
            "try:\n    import flat\nexcept ImportError:\n    import pack",
            ["flat.py", "pack/__init__.py"],
        ),
        ("if False:\n    import flat", ["flat.py"]),
        ("class A:\n    import flat", ["flat.py"]),
        ("x = 'import flat'  # import flat", []),
        ("import numpy, os.path", []),
        ("import flat.nothing", ["flat.py"]),
        ("await f()\nimport flat", ["flat.py"]),
        ("async with a: import flat", ["flat.py"]),
    ],
)
def test_an_import_leads_to_its_module_and_the_packages_above(
    statement: str, expected: list[str]
) -> None:
    assert paths(TREE, statement) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%matplotlib inline\nimport flat", ["flat.py"]),
        ("import flat\n!pip install x", ["flat.py"]),
        ("def f():\n    !ls {x}\n    import flat", ["flat.py"]),
        ("x = !ls -l\nimport flat", ["flat.py"]),
        ("x = %time y\nimport flat", ["flat.py"]),
        ("flat?\nimport flat", ["flat.py"]),
        ("?flat\nflat.*?\nflat??\nimport flat", ["flat.py"]),
        ("%%time\nimport flat", ["flat.py"]),
        ("%%time\n%matplotlib inline\nimport flat", ["flat.py"]),
        ("%%capture out\nawait f()\nimport flat", ["flat.py"]),
        ("%%bash\nimport flat && [ -f x ]", []),
        ("%%time", []),
        ("print(5 %\n 3)\nimport flat", ["flat.py"]),
        ("x = 'a\\\n%b'\nimport flat", ["flat.py"]),
        ("x = '\\d' is 'd'  # Python warns of both\nimport flat", ["flat.py"]),
        ("", []),
    ],
)
def test_ipythons_own_syntax_does_not_hide_an_import(text: str, expected: list[str]) -> None:
    assert paths(TREE, text) == expected


@pytest.mark.parametrize(
    ("importer", "statement", "expected"),
    [
        ("pack/one.py", "from . import two", ["pack/two.py"]),
        ("pack/one.py", "from .two import x", ["pack/two.py"]),
        (
            "pack/one.py",
            "from .deep.three import x",
            ["pack/deep/__init__.py", "pack/deep/three.py"],
        ),
        ("pack/__init__.py", "from . import two", ["pack/two.py"]),
        (
            "pack/__init__.py",
            "from .deep import three",
            ["pack/deep/__init__.py", "pack/deep/three.py"],
        ),
        ("pack/deep/three.py", "from .. import two", ["pack/deep/__init__.py", "pack/two.py"]),
        ("pack/deep/three.py", "from ..two import x", ["pack/deep/__init__.py", "pack/two.py"]),
        ("pack/deep/three.py", "from ... import flat", ["flat.py", "pack/deep/__init__.py"]),
        ("pack/deep/__init__.py", "from ..two import x", ["pack/two.py"]),
        ("pack/one.py", "import two", []),
        ("flat.py", "from . import pack", []),
    ],
)
def test_a_relative_import_counts_from_its_package(
    importer: str, statement: str, expected: list[str]
) -> None:
    name = importer.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    above = (
        {"pack/__init__.py"}
        if importer.startswith("pack")
        else {"pack/__init__.py"} & set(expected)
    )
    files = {**TREE, importer: statement}
    if importer == "flat.py":
        expected = ["pack/__init__.py"]  # more dots than packages: Python fails, we find more
    assert paths(files, f"import {name}") == sorted({*above, importer, *expected})


def test_imports_are_followed_through_modules_and_round_in_circles() -> None:
    files = {
        "a.py": "import b",
        "b.py": "def f():\n    from pack import c",
        "pack/__init__.py": "",
        "pack/c.py": "import a\nfrom . import c",
        "unused.py": "import a",
    }
    assert paths(files, "import a") == ["a.py", "b.py", "pack/__init__.py", "pack/c.py"]
    assert paths(files, "x = 1", "import pack", "import b") == paths(files, "import a")


def test_what_is_reached_is_the_text_that_stands_there() -> None:
    assert reach({"a.py": "x = 'ɓ'\n"}, "import a").modules == (Module("a.py", "x = 'ɓ'\n"),)


def test_names_that_are_not_local_are_kept_in_order() -> None:
    """If a local module gets one of these names later, the artifact is out of date."""
    files = {"pack/__init__.py": "import torch.nn"}
    found = reach(files, "import os.path\nfrom pack import one, VALUE\nimport pack.two.three")
    assert found.absent == ("os", "pack.VALUE", "pack.one", "pack.two", "torch")


@pytest.mark.parametrize(
    ("cells", "files", "place"),
    [
        (["x = 1\nimport os, pack.nested"], {}, "src_py/a.py:11:12"),
        (["import flat", "\nfrom pack import nested"], {"flat.py": ""}, "src_py/a.py:11:1"),
        (["x = 1", "from pack.nested import x"], {}, "src_py/a.py:10:1"),
        (["import flat"], {"flat.py": "\n\nimport pack.nested as n"}, "src_py/flat.py:3:8"),
        (
            ["import pack"],
            {"pack/__init__.py": "from . import nested"},
            "src_py/pack/__init__.py:1:1",
        ),
    ],
)
def test_a_notebook_that_is_imported_is_refused_at_the_import(
    cells: list[str], files: dict[str, str], place: str
) -> None:
    def find(name: str) -> LocalModule | None:
        if name == "pack.nested":
            raise notebook_fault("src_py/pack/nested.py")
        folder = name.replace(".", "/")
        for path, is_package in ((f"{folder}/__init__.py", True), (f"{folder}.py", False)):
            if path in files:
                return LocalModule(path, files[path], is_package)
        return LocalModule(None, is_package=True) if name == "pack" else None

    with pytest.raises(SourceError) as caught:
        reach_modules(notebook(*cells), find)
    assert str(caught.value) == (
        f"{place}: src_py/pack/nested.py is a notebook, and only modules can be imported"
    )


def test_a_notebook_and_a_folder_may_have_the_name_of_a_standard_module() -> None:
    def find(name: str) -> LocalModule | None:
        if name in {"email", "random"}:
            return LocalModule(None, is_package=True)
        return LocalModule("random/x.py") if name == "random.x" else None

    found = reach_modules(notebook("import statistics, random", "import email, email.train"), find)
    assert found == Reach((), ("email.train", "statistics"))
    with pytest.raises(SourceError, match="the module 'random' has the name") as caught:
        reach_modules(notebook("import random.x"), find)
    assert caught.value.place == Place("src_py/random")


def test_a_notebook_in_a_package_that_the_header_names_is_refused_at_the_file() -> None:
    def find(name: str) -> LocalModule | None:
        raise notebook_fault(f"src_py/{name}.py")

    with pytest.raises(SourceError) as caught:
        reach_modules(notebook("x = 'import'"), find, ["nested"])
    assert caught.value.place == Place("src_py/a.py")


def test_a_markdown_cell_imports_nothing() -> None:
    found = reach_modules(notebook("import flat", kind="markdown"), lambda _: None)
    assert found == Reach((), ())


def test_a_module_with_a_star_import_of_its_own_package_is_whole() -> None:
    files = {
        "pack/__init__.py": "from .one import *\nfrom . import *",
        "pack/one.py": "import flat",
    }
    assert paths({**files, "flat.py": ""}, "import pack") == [
        "flat.py", "pack/__init__.py", "pack/one.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = = 1", 10),
        ("x = 1\n\ny = = 1", 12),
        ("%matplotlib inline\n!ls\ny = (", 12),
        ("x = 1\n'bad\0'", 11),
    ],
)
def test_a_cell_that_is_not_python_is_refused_at_its_line_of_the_source(
    text: str, line: int
) -> None:
    with pytest.raises(SourceError, match="not Python: ") as caught:
        reach({}, text)
    place = caught.value.place
    assert place is not None
    assert (place.path, place.line) == ("src_py/a.py", line)


def test_a_cell_of_no_source_is_refused_without_a_line() -> None:
    made = Notebook("a", "src_py/a.py", (Cell("code", "x = = 1", {}, None),), {})
    with pytest.raises(SourceError) as caught:
        reach_modules(made, lambda _: None)
    assert caught.value.place == Place("src_py/a.py", None, 5)


def test_a_module_that_is_not_python_is_refused_at_its_own_line() -> None:
    with pytest.raises(SourceError) as caught:
        reach({"pack/__init__.py": "", "pack/one.py": "x = 1\n!ls\n"}, "import pack.one")
    assert str(caught.value) == "src_py/pack/one.py:2:1: not Python: invalid syntax"


def test_top_level_await_is_no_mistake_in_a_cell() -> None:
    assert len(parse_cell("await f()\nx = 1").body) == 2


# --- bundle_cell ---

TEXTS = st.lists(
    st.sampled_from([
        "'", '"', "'''", '"""', "\\", "\n", "\r", "\r\n", "\0", "0", "\u2028", "\x0c", "\x1c",
        "\x85", "é", "😀", "{", "}", "{}", "%", "!ls", "\n!ls\n", "\n%%bash\n", "\n%x\n", "x?\n",
        ">>> ", "\t", "\n    ", "r'''\n", "\\'", "\\N{DASH}", "#", "ɓ = 1\n", "import x\n",
    ])
    | st.text(max_size=5),
    max_size=12,
).map("".join)  # fmt: skip


@contextmanager
def unpacked(text: str) -> Iterator[Path]:
    """Run the bundle cell's text; yield the folder that it put first on sys.path."""
    with (
        TemporaryDirectory() as folder,
        mock.patch("tempfile.mkdtemp", lambda prefix: folder if prefix == "nbship-" else ""),
        mock.patch("sys.path", ["before"]),
    ):
        names: dict[str, object] = {}
        exec(compile(text, "<bundle>", "exec"), names)  # noqa: S102 - what a kernel does with it
        assert sys.path == [str(Path(folder, "src_py")), "before"]
        assert names.keys() == {"__builtins__"}
        yield Path(sys.path[0])


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


HARD = [
    "", "\n", "'", '"', "\\", "\\\n", "'''", '"""', "''''\"\"\"\"", "'''\"\"\"\\", "'''\"\"\"'",
    "\"\"\"'''", "a\rb", "a\r\nb", "\0", "\x001", "'''\"\"\"\\\r\0'", "\ufeff# x", "\u2028", "{}",
    "%%bash\n", "!ls", "a\\", "no line break at the end", "x = '''\ny\n'''\n", 'x = """\ny\n"""\n',
]  # fmt: skip


@pytest.mark.parametrize("text", HARD)
@pytest.mark.parametrize("by_ipython", [False, True])
def test_hard_texts_come_out_as_they_went_in(text: str, *, by_ipython: bool) -> None:
    _check_unpacked([Module("sahel/a.py", text)], by_ipython=by_ipython)


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_modules_come_out_byte_for_byte(texts: list[str]) -> None:
    _check_unpacked([Module(f"sahel/m{n}.py", text) for n, text in enumerate(texts)])


@given(TEXTS)
def test_ipython_does_not_alter_what_the_bundle_means(text: str) -> None:
    _check_unpacked([Module("m.py", text)], by_ipython=True)


@pytest.mark.parametrize(
    "text",
    [
        ">>> ",
        ">>> f()\n",
        'def f():\n    """Say it.\n\n    >>> f()\n    ... \n    1\n    """\n',
        "x = '''\n... a\\\n>>> b\r\n'''\n",
    ],
)
def test_ipython_takes_no_prompt_off_a_doctest(text: str) -> None:
    _check_unpacked([Module("m.py", text)], by_ipython=True)


def _check_unpacked(modules: list[Module], *, by_ipython: bool = False) -> None:
    text = bundle_cell(modules).text
    if by_ipython:
        manager: Any = TransformerManager  # it has no types
        text = manager().transform_cell(text)
    with unpacked(text) as folder:
        assert files_in(folder) == {module.path: module.text.encode() for module in modules}


def test_the_bundle_is_a_tagged_code_cell_of_no_source() -> None:
    cell = bundle_cell([Module("a.py", "x = 1\n")])
    assert (cell.kind, cell.line, cell.metadata) == ("code", None, {"tags": [BUNDLE_TAG]})
    assert cell.text.endswith("})\ndel _bundle")


def test_an_ordinary_module_stands_in_the_bundle_as_it_stands_in_git() -> None:
    text = 'def f():\n    """Say it."""\n    return r"\\d", "don\'t", "\\n"\n'
    assert f"\n\"a/b.py\": r'''\n{text}''',\n" in bundle_cell([Module("a/b.py", text)]).text


def test_a_path_with_quotes_and_backslashes_is_a_path() -> None:
    with unpacked(bundle_cell([Module('a"b\\c.py', "")]).text) as folder:
        assert files_in(folder) == {'a"b\\c.py': b""}


def test_a_module_that_a_kernel_would_never_see_is_refused() -> None:
    """``import random`` gives a kernel the standard module, which is already loaded."""
    with pytest.raises(
        SourceError, match="the module 'random' has the name of a standard"
    ) as caught:
        reach({"random.py": "X = 1\n"}, "import random")
    assert caught.value.place == Place("src_py/random.py")
    assert paths({"lab/random.py": "X = 1\n"}, "import lab.random") == ["lab/random.py"]
