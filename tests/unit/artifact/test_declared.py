"""[tool.nbship.bundle]: which files a header names, and that they arrive byte by byte."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from nbship.core.artifact.bundle import MOST_READABLE, has_files, size_in_bundle
from nbship.core.artifact.collected import Collected
from nbship.core.artifact.compile import Compiled
from nbship.core.artifact.declared import fits, fixed_part, may_hold
from nbship.core.artifact.imports import LocalModule
from nbship.core.failure.executed import sources_as_run
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.notebook import BundledFile, Module
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, notebook
from tests.support.usual import bundle_cell, compile_notebook, executed_artifact

PATH = "src_py/deep/a.py"
FILES = {
    "src_py/deep/a.py": b"",
    "src_py/deep/config/one.yaml": b"a: 1\n",
    "src_py/deep/config/two.yaml": b"b: 2\n",
    "src_py/deep/config/more/three.yaml": b"c: 3\n",
    "src_py/deep/config/.hidden.yaml": b"d: 4\n",
    "src_py/sahel/__init__.py": b"import wave_table\n",
    "src_py/sahel/v.json": b"{}",
    "src_py/sahel/audio.py": b"X = 1\n",
    "src_py/sahel/train.py": b"# %%\nx = 1\n",
    "src_py/sahel/__pycache__/audio.cpython-312.pyc": b"\0",
    "src_py/wave_table.py": b"T = 1\n",
    "vocabulary.bin": bytes(range(256)),
}


def collect(pattern: str, files: Mapping[str, bytes] = FILES) -> Collected:
    return Collected({path: data for path, data in files.items() if fits(path, pattern)})


def find(name: str) -> LocalModule | None:
    folder = f"src_py/{name.replace('.', '/')}"
    for path in (f"{folder}/__init__.py", f"{folder}.py"):
        if path in FILES:
            path_below = path.removeprefix("src_py/")
            return LocalModule(path_below, FILES[path].decode(), path.endswith("__init__.py"))
    return None


def bundling(table: str, *cells: str, kind: str = "") -> str:
    toml = f"{KAGGLE}{kind}\n[tool.nbship.bundle]\n{table}"
    return notebook(*(cells or ("# %%\nx = 1",)), toml=toml)


def compiled(table: str, *cells: str, kind: str = "") -> Compiled:
    return compile_notebook(
        "deep/a", Source(PATH, bundling(table, *cells, kind=kind)), find, collect
    )


@contextmanager
def unpacked(text: str) -> Iterator[Mapping[str, bytes]]:
    """Run the bundle's text; yield what it writes, by path relative to the workspace."""
    with (
        TemporaryDirectory() as folder,
        mock.patch("tempfile.mkdtemp", lambda prefix: folder if prefix == "nbship-" else ""),
        mock.patch("sys.path", []),
    ):
        exec(compile(text, "<bundle>", "exec"), {})  # noqa: S102 - what a kernel does with it
        yield {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in Path(folder).rglob("*")
            if path.is_file()
        }


# --- which files ---


@pytest.mark.parametrize(
    ("table", "paths"),
    [
        ('files = ["config/one.yaml"]', ["src_py/deep/config/one.yaml"]),
        ('files = ["./config/../config/one.yaml"]', ["src_py/deep/config/one.yaml"]),
        (
            'files = ["config/*.yaml"]',
            ["src_py/deep/config/one.yaml", "src_py/deep/config/two.yaml"],
        ),
        (
            'files = ["config"]',
            [
                "src_py/deep/config/more/three.yaml",
                "src_py/deep/config/one.yaml",
                "src_py/deep/config/two.yaml",
            ],
        ),
        ('files = ["**/three.yaml", "*/more/*"]', ["src_py/deep/config/more/three.yaml"]),
        ('files = ["config/.hidden.yaml"]', ["src_py/deep/config/.hidden.yaml"]),
        ('files = ["../../vocabulary.bin"]', ["vocabulary.bin"]),
        ('files = ["../sahel/*.json"]', ["src_py/sahel/v.json"]),
        ('files = ["*.py", "../../*.bin"]', ["vocabulary.bin"]),  # its own source stays out
        (
            'packages = ["sahel"]',
            [
                "src_py/sahel/__init__.py",
                "src_py/sahel/audio.py",
                "src_py/sahel/v.json",
                "src_py/wave_table.py",
            ],
        ),
        ('packages = ["wave_table"]', ["src_py/wave_table.py"]),
    ],
)
def test_what_a_header_names_arrives_at_its_place_in_the_workspace(
    table: str, paths: list[str]
) -> None:
    made = compiled(table)
    (bundle, _) = (cell["source"] for cell in _cells(made))
    with unpacked(bundle) as files:
        assert files == {path: FILES[path] for path in paths}
    assert {*made.inputs, *made.data} == {PATH, *paths}
    assert all(digest == sha256(FILES[path]) for path, digest in made.data.items())


def _cells(made: Compiled) -> list[Any]:
    import json

    cells: list[Any] = json.loads(made.artifact.text)["cells"]
    return cells


def test_a_script_takes_its_files_along_too() -> None:
    made = compiled(
        'files = ["config/one.yaml"]', "# %%\nprint(1)", kind='\nkernel_type = "script"'
    )
    bundle, _, rest = made.artifact.text.partition("del _bundle\n")
    assert rest.strip().endswith("print(1)")
    assert "'''\na: 1\n'''" in bundle


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('files = ["gone.json"]', "files has 'gone.json', and there is no file src_py/deep/gone."),
        ('files = ["../../../x"]', "files has '../../../x', which leads out of the workspace"),
        ('files = ["/etc/passwd"]', "files has '/etc/passwd', which leads out of the workspace"),
        ('files = ["c:/x"]', "files has 'c:/x', which leads out of the workspace"),
        ("files = ['..\\\\x']", "files has '..\\\\\\\\x', which leads out of the workspace"),
        ('files = ["../.."]', "files has '../..', which leads out of the workspace"),
        ('packages = ["torch"]', "packages has 'torch', and there is no file src_py/torch"),
        ('packages = ["../x"]', "packages has '../x', which is not a package's name"),
    ],
)
def test_what_cannot_be_bundled_is_refused_at_its_line_of_the_header(
    table: str, message: str
) -> None:
    with pytest.raises(SourceError) as caught:
        compiled(table)
    place = caught.value.place
    assert place is not None
    assert (place.path, place.line) == (PATH, 7)
    assert caught.value.message.startswith(message)
    assert caught.value.diagnostic.code == "bundle"


@pytest.mark.parametrize(
    ("collected", "message"),
    [
        (
            Collected({"src_py/deep/x": b""}, {"src_py/deep/y": "it is a link"}),
            "src_py/deep/y cannot be bundled: it is a link",
        ),
        (
            Collected(sizes={"src_py/deep/x": 7, "src_py/deep/y": 30_000_000}),
            "files has '*', of 30,000,007 bytes (largest: src_py/deep/y 30,000,000, src_py/deep/x ",
        ),
    ],
)
def test_files_whose_content_is_not_taken_are_named(collected: Collected, message: str) -> None:
    source = Source(
        PATH, notebook("# %%\nx = 1", toml=f'{KAGGLE}\n[tool.nbship.bundle]\nfiles=["*"]')
    )
    with pytest.raises(SourceError) as caught:
        compile_notebook("deep/a", source, find, lambda _: collected)
    assert caught.value.message.startswith(message)


def test_a_limit_names_what_is_large() -> None:
    import random

    noise = random.Random(1).randbytes(900_000)  # noqa: S311 - nothing secret
    files = {"src_py/deep/noise.bin": noise, "src_py/deep/small.txt": b"x"}
    toml = f'{KAGGLE}\n[tool.nbship.bundle]\nfiles = ["*"]'
    source = Source(PATH, notebook("# %%\nx = 1", toml=toml))
    with pytest.raises(SourceError) as caught:
        compile_notebook("deep/a", source, find, lambda _: Collected(files))
    assert "Kaggle accepts 1,000,000 (largest: src_py/deep/noise.bin 1,2" in caught.value.message
    assert caught.value.diagnostic.code == "too-large"


# --- patterns ---

NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.lists(NAMES | st.sampled_from(["*", "**", "a*", "?", "[ab]"]), min_size=1, max_size=4)


@given(PATHS, PATTERNS.map("/".join))
def test_a_pattern_fits_what_it_says(path: str, pattern: str) -> None:
    """The same question, answered part by part."""

    def is_hidden(name: str) -> bool:
        return name.startswith(".")

    def answer(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
        from fnmatch import fnmatchcase

        if not names or not parts:
            return not names and not parts
        name, part = names[0], parts[0]
        if part == "**" and len(parts) == 1:
            return not any(map(is_hidden, names))
        if part == "**":
            skips = not is_hidden(name) and answer(names[1:], parts)
            return skips or answer(names, parts[1:])
        fit = fnmatchcase(name, part) and (not is_hidden(name) or part.startswith("."))
        return fit and answer(names[1:], parts[1:])

    names, parts = tuple(path.split("/")), tuple(pattern.split("/"))
    if set("*?[") & set(pattern):
        assert fits(path, pattern) == answer(names, parts)
    else:
        rest = names[len(parts) :]
        assert fits(path, pattern) == (
            names[: len(parts)] == parts and not any(map(is_hidden, rest))
        )


@given(PATHS, PATTERNS.map("/".join))
def test_what_fits_lies_below_the_fixed_part_in_folders_that_may_hold_it(
    path: str, pattern: str
) -> None:
    if fits(path, pattern):
        start = fixed_part(pattern)
        assert f"{path}/".startswith(f"{start}/" if start else "")
        folders = path.split("/")[:-1]
        depth = len(start.split("/")) if start else 0
        for count in range(depth + 1, len(folders) + 1):
            assert may_hold("/".join(folders[:count]), pattern)


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"),
    [
        ("src_py/a", "src_py/**", True),
        ("src_py/a", "src_py/*.json", True),
        (".git", "**/*.json", False),
        ("src_py/__pycache__", "src_py/**", False),
        ("src_py/.config", "src_py/.config/*", True),
        ("src_py/.config", "src_py/.config", True),
    ],
)
def test_a_hidden_folder_is_looked_into_only_where_a_pattern_names_it(
    folder: str, pattern: str, *, expected: bool
) -> None:
    assert may_hold(folder, pattern) == expected


# --- arrival ---

DATA = st.binary(max_size=40) | st.text(max_size=20).map(str.encode) | st.sampled_from([
    b"", b"\n", b"'''", b'"""\\', b">>> x\n", b"%%bash\n!ls\n", b"\xff\xfe",
    b"x" * (MOST_READABLE + 1),
    "\u2028".encode(), b"a\r\nb", b"\x0c", b"\0",
])  # fmt: skip


@given(st.lists(DATA, max_size=3), st.booleans())
def test_any_files_arrive_byte_by_byte_also_through_ipython(
    contents: list[bytes],
    through_ipython: bool,  # noqa: FBT001 - drawn
) -> None:
    files = [BundledFile(f"config/{n} 'x\".bin", data) for n, data in enumerate(contents)]
    modules = [Module("sahel/a.py", "X = 1\n"), Module("big.py", "# é\n" * MOST_READABLE)]
    text = bundle_cell(modules, files).text
    if through_ipython:
        manager: Any = TransformerManager  # it has no types
        text = manager().transform_cell(text)
    with unpacked(text) as found:
        assert found == {file.path: file.data for file in files} | {
            f"src_py/{module.path}": module.text.encode() for module in modules
        }


@pytest.mark.parametrize("spoiled", ["X = 2", "eA=="])
def test_what_has_changed_on_its_way_is_not_taken(spoiled: str) -> None:
    text = bundle_cell([Module("a.py", "X = 1\n")], [BundledFile("v.bin", b"\xff")]).text
    packed = text.partition("b'''\n")[2].partition("\n'''")[0]
    assert packed
    if spoiled.startswith("X"):
        text = text.replace("X = 1", spoiled)
    else:
        import base64
        import bz2

        text = text.replace(packed, base64.b64encode(bz2.compress(b"\xfe")).decode())
    with (
        pytest.raises(RuntimeError, match="has not arrived as it was built"),
        unpacked(text),
    ):
        pass


@pytest.mark.parametrize("programs", [set(), {"src_py/sahel/audio.py", "vocabulary.bin"}])
def test_a_file_that_can_be_executed_arrives_as_such(tmp_path: Path, programs: set[str]) -> None:
    source = Source(PATH, bundling('files = ["../../vocabulary.bin"]\npackages = ["sahel"]'))

    def with_programs(pattern: str) -> Collected:
        return replace(collect(pattern), programs=frozenset(programs))

    made = compile_notebook("deep/a", source, find, with_programs)
    changed = {path for path, digest in made.data.items() if digest.endswith(", executable")}
    assert changed == programs
    assert all(len(digest.removesuffix(", executable")) == 64 for digest in made.data.values())
    cells = json.loads(made.artifact.text)["cells"]
    bundle = next(cell for cell in cells if "_bundle" in "".join(cell["source"]))
    with (
        mock.patch("tempfile.mkdtemp", return_value=str(tmp_path)),
        mock.patch("sys.path", []),
    ):
        exec("".join(bundle["source"]), {})  # noqa: S102 - what a kernel does with it
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    executable = {p.relative_to(tmp_path).as_posix() for p in written if os.access(p, os.X_OK)}
    assert executable == programs
    executed = executed_artifact([bundle], (None,))
    assert sources_as_run(executed)["src_py/sahel/audio.py"] == ["X = 1", ""]


def test_text_can_be_read_in_the_cell_and_the_rest_is_compressed() -> None:
    text = bundle_cell((), [BundledFile("a.json", b'{"a": 1}\n')]).text
    assert "\"a.json\": r'''\n{\"a\": 1}\n'''," in text
    large = BundledFile("b.txt", b"word " * 40_000)
    assert size_in_bundle(large) < 1_000
    assert size_in_bundle(BundledFile("c", b"abc")) < 20


def test_the_compressed_form_is_the_same_on_every_machine() -> None:
    text = bundle_cell((), [BundledFile("a", bytes(range(256)) * 300)]).text
    assert sha256(text.encode())[:12] == "00e6cf6b13e5"


def test_a_failure_is_located_in_a_module_beside_files() -> None:
    cell = bundle_cell([Module("a.py", "X = 1\nY = 2")], [BundledFile("v.bin", b"\xff")])
    executed = executed_artifact(
        [{"cell_type": "code", "source": cell.text, "metadata": dict(cell.metadata)}], (None,)
    )
    assert sources_as_run(executed) == {"src_py/a.py": ["X = 1", "Y = 2"]}


def test_a_bundle_tells_whether_it_holds_more_than_readable_modules() -> None:
    modules = [Module("m.py", "X = 1\n")]
    assert not has_files(bundle_cell(modules).text)
    assert has_files(bundle_cell(modules, []).text)
    assert not any(map(has_files, ["", "print(", "x", "del _bundle", "\0"]))
