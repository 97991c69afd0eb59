"""link, bundle and secret: what a notebook takes along is in git, and gives nothing away."""

from collections.abc import Mapping

import pytest

from nbship.core.artifact.collected import Collected
from nbship.core.artifact.declared import fits
from nbship.core.artifact.imports import LocalModule
from nbship.core.checks.facts import Disk
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, TOKEN, check, code, found, notebook
from tests.support.usual import compile_notebook

FILES = {
    "src_py/config/a.yaml": b"a: 1\n",
    "src_py/config/secret.json": f'{{\n "token": "{TOKEN}"}}'.encode(),
    "src_py/sahel/__init__.py": b"",
    "src_py/sahel/plugin.py": f'KEY = "{TOKEN}"\n'.encode(),
}


def disk(files: Mapping[str, bytes] = FILES, links: frozenset[str] = frozenset()) -> Disk:
    return Disk(
        links, lambda pattern: Collected({p: d for p, d in files.items() if fits(p, pattern)})
    )


def bundling(table: str) -> str:
    return notebook("# %%\nx = 1", toml=f"{KAGGLE}\n[tool.nbship.bundle]\n{table}")


# --- links ---

LINKED = {
    "src_py/m.py": "X = 1\n",
    "src_py/pack/n.py": "Y = 1\n",
    "src_py/reached.py": "import m\n",
}


@pytest.mark.parametrize(
    ("statement", "links", "places"),
    [
        ("import m", {"src_py/m.py"}, ["src_py/a.py:9:1 link"]),
        ("x = 1\nfrom m import X", {"src_py/m.py"}, ["src_py/a.py:10:1 link"]),
        ("import deep.m", {"src_py/deep"}, ["src_py/a.py:9:8 link"]),
        ("from pack import n", {"src_py/pack/n.py"}, ["src_py/a.py:9:1 link"]),
        ("import reached", {"src_py/m.py"}, ["src_py/reached.py:1:8 link"]),
        ("import m", {"src_py/other.py", "src_py/data"}, []),
        ("import pack.n", set(), []),
    ],
)
def test_an_import_that_leads_to_a_link_is_found_where_it_stands(
    statement: str, links: set[str], places: list[str]
) -> None:
    files = {"src_py/a.py": code(statement), **LINKED}
    found_places = found(files, disk=disk({}, frozenset(links)))
    assert [place.replace(":9:8", ":9:1") for place in found_places] == [
        place.replace(":9:8", ":9:1") for place in places
    ]


def test_what_a_link_leads_to_is_not_looked_at() -> None:
    files = {"src_py/a.py": code(f"x = '{TOKEN}'"), "src_py/m.py": f"x = '{TOKEN}'\n"}
    links = frozenset(files)
    (finding,) = check(files, disk=disk({}, links))
    assert (str(finding.place), finding.code) == ("src_py/a.py:1:1", "link")


@pytest.mark.parametrize(
    ("links", "places"),
    [
        ((), ["src_py/a.py:9:8 unreadable", "src_py/m.py:1:1 unreadable"]),
        (("src_py/m.py",), ["src_py/a.py:9:8 link", "src_py/m.py:1:1 link"]),
    ],
)
def test_what_cannot_be_read_is_found_where_it_is_and_where_it_is_imported(
    links: tuple[str, ...], places: list[str]
) -> None:
    files = {"src_py/a.py": code("import m"), "src_py/b.py": code("import n"), "src_py/n.py": ""}
    files["src_py/b.py"] = files["src_py/b.py"].replace("tiny", "other").replace("Tiny", "Other")
    odd = Disk(frozenset(links), unreadable={"src_py/m.py": "it is a pipe"})
    assert found(files, disk=odd) == places
    assert [str(each.place) for each in check(files, None, ["src_py/a.py"], odd)] == [
        "src_py/a.py:9:8"
    ]
    assert [str(each.place) for each in check(files, None, ["src_py/m.py"], odd)] == [
        "src_py/m.py:1:1"
    ]


# --- what the header names ---


@pytest.mark.parametrize(
    ("table", "findings"),
    [
        ('files = ["config/a.yaml"]', []),
        ('files = ["config/*.yaml", "gone.json"]', ["src_py/a.py:7:30 bundle"]),
        ('packages = ["torch"]', ["src_py/a.py:7:16 bundle"]),
        ('files = ["../../x"]', ["src_py/a.py:7:13 bundle"]),
        ('files = ["config/*"]', ["src_py/a.py:7:3 secret"]),
        ('packages = ["sahel"]', ["src_py/a.py:7:3 secret"]),
        ('files = ["config/*"]  # nbship: allow secret', []),
    ],
)
def test_what_a_header_names_is_looked_at(table: str, findings: list[str]) -> None:
    assert found({"src_py/a.py": bundling(table)}, disk=disk()) == findings


def test_a_secret_in_a_file_is_named_with_its_place_and_never_shown() -> None:
    (finding,) = check({"src_py/a.py": bundling('files = ["config"]')}, disk=disk())
    assert finding.message == (
        "src_py/config/secret.json:2: this looks like a secret: Hugging Face token"
    )


def test_a_module_of_a_package_is_looked_at_once() -> None:
    files = {"src_py/a.py": bundling('packages = ["sahel"]')}
    files |= {path: data.decode() for path, data in FILES.items() if path.endswith(".py")}
    assert found(files, disk=disk()) == ["src_py/sahel/plugin.py:1:8 secret"]


def test_a_link_among_the_files_is_found_at_the_header() -> None:
    collected = Collected({}, {"src_py/config/x": "it is a link"})
    (finding,) = check(
        {"src_py/a.py": bundling('files = ["config/*"]')}, disk=Disk(collect=lambda _: collected)
    )
    assert (str(finding.place), finding.code) == ("src_py/a.py:7:13", "bundle")
    assert finding.message == "src_py/config/x cannot be bundled: it is a link"


def large(*lines: str, size: int = 0) -> str:
    return "\n".join([*lines, f"X = '{'x' * size}'", ""])


def test_what_is_too_large_has_the_same_size_for_check_and_build() -> None:
    files = {
        "src_py/a.py": code("import lab, other.one"),
        "src_py/lab/__init__.py": "from . import big\n",
        "src_py/lab/big.py": large(size=600_000),
        "src_py/other/one.py": large(size=600_000),
    }
    modules = {
        path.removeprefix("src_py/"): text for path, text in files.items() if path != "src_py/a.py"
    }

    def find(name: str) -> LocalModule | None:
        path = name.replace(".", "/")
        for below in (f"{path}/__init__.py", f"{path}.py"):
            if below in modules:
                return LocalModule(below, modules[below], is_package="__init__" in below)
        return LocalModule(None, is_package=True) if name == "other" else None

    (finding,) = check(files)
    with pytest.raises(SourceError) as error:
        compile_notebook("a", Source("src_py/a.py", files["src_py/a.py"]), find)
    assert finding.code == "too-large"
    assert finding.message == error.value.message
    assert "1,20" in finding.message


def test_a_notebook_that_another_one_imports_is_no_part_of_its_size() -> None:
    files = {
        "src_py/a.py": code(large("import b", size=600_000)),
        "src_py/b.py": large("# %%", size=600_000),
    }
    assert [finding.code for finding in check(files)] == ["imported-notebook"]
