"""unbundled-file, missing-picture and unattached-picture: what Kaggle would not get."""

import ast
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.collected import Collected
from nbship.core.checks.facts import Disk
from nbship.core.checks.rules.bundle import relative
from nbship.core.checks.rules.opened_files import may_open
from nbship.model.git import GitFacts
from tests.support.checked import KAGGLE, check, code, disk, found, notebook
from tests.support.usual import opened

PATH = "src_py/sahel/m.py"


def paths(text: str) -> list[str]:
    """Return the files that code opens; for a relative name, the one beside the code."""
    assert may_open(text) or not list(opened(ast.parse(text), PATH, 1))
    found = [one.path for one in opened(ast.parse(text), PATH, 1)]
    return [path for path in found if path not in ("src_py/sahel", "v.json")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('Path(__file__).parent / "v.json"', "src_py/sahel/v.json"),
        (
            'x = str(pathlib.Path(__file__).resolve().parent / "a" / "v.json")',
            "src_py/sahel/a/v.json",
        ),
        ('Path(__file__).parents[1] / "v.json"', "src_py/v.json"),
        ('Path(__file__).parents[2] / "config/v.json"', "config/v.json"),
        ('Path(__file__).with_name("v.json").read_text()', "src_py/sahel/v.json"),
        ('Path(__file__).parent.joinpath("a", "v.json")', "src_py/sahel/a/v.json"),
        ('Path(os.path.abspath(__file__)).parent / "v.json"', "src_py/sahel/v.json"),
        ('os.path.join(os.path.dirname(__file__), "a", "v.json")', "src_py/sahel/a/v.json"),
        ('os.path.join(os.path.dirname(__file__), "../v.json")', "src_py/v.json"),
        ('importlib.resources.files("sahel") / "v.json"', "src_py/sahel/v.json"),
        ('files("sahel.deep").joinpath("v.json").read_text()', "src_py/sahel/deep/v.json"),
        ('files(__package__) / "v.json"', "src_py/sahel/v.json"),
        ('pkgutil.get_data(__name__, "v.json")', "src_py/sahel/v.json"),
        ('open("v.json")', "src_py/sahel/v.json"),
        ('open("./v.json", "rb")', "src_py/sahel/v.json"),
        ('open("v.json", mode)', "src_py/sahel/v.json"),
        ('pd.read_csv("a/v.csv")', "src_py/sahel/a/v.csv"),
        ('Path("v.json").read_text()', "src_py/sahel/v.json"),
        ('Path("v.json").open()', "src_py/sahel/v.json"),
        ('np.load("v.npy")', "src_py/sahel/v.npy"),
        ('cv2.imread("a/v.png")', "src_py/sahel/a/v.png"),
        ('os.path.dirname(__file__) + "/v.json"', "src_py/sahel/v.json"),
        ('f"{os.path.dirname(__file__)}/a/v.json"', "src_py/sahel/a/v.json"),
    ],
)
def test_a_file_that_code_opens_is_found(text: str, path: str) -> None:
    assert path in paths(text)


def test_a_place_has_a_name() -> None:
    text = 'HERE = Path(__file__).parent\nDATA = HERE / "a"\nf(DATA / "v.json")'
    assert "src_py/sahel/a/v.json" in paths(text)


def test_a_file_with_a_name_is_found_where_the_name_is_assigned() -> None:
    text = 'HERE = os.path.dirname(__file__)\nV = HERE + "/v.json"\nopen(V)\nopen(V)'
    places = [(one.path, one.line, one.column) for one in opened(ast.parse(text), PATH, 1)]
    assert places[1:] == [("src_py/sahel/v.json", 2, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "open(name)", 'open("v.json", "w")', 'open("v.json", "ab")', 'open("v.json", "x")',
        'Path("v.json").open("w")', 'open("/kaggle/input/v.json")', 'pd.read_csv("https://x/v.csv")',
        'Path(__file__).parents[-1] / "v"', 'Path(__file__).parents[n] / "v"',
        "os.path.join(os.path.dirname(__file__), name)", 'Path(__file__).parents[9] / "v"',
        'Path(__file__).parent / "../../../v"', 'Path(__file__).parent / "/etc/v"', "__file__",
        'files("no-name") / "v"', "files(x) / 'v'", "resolve()", "a.files()", "x / 3", "f()(1)",
        "pkgutil.get_data(x)", "open()", "read_text", '__file__ + ".bak"', 'f"{__file__}{x}"',
        'f"{__file__}"', "dirname(__file__) + name", 'f"{dirname(__file__)!r}/v"', 'open("a\\0b")',
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_said(text: str) -> None:
    assert paths(text) == []


def test_code_that_is_nested_or_long_takes_no_time() -> None:
    long = "x = " + "/".join(["__file__", *["a"] * 900])
    nested = "x = " + "str(" * 80 + "__file__" + ")" * 80
    begin = time.process_time()
    assert paths(long) == paths(nested) == []
    assert time.process_time() - begin < 5


# --- the rule ---

MODULE = 'from pathlib import Path\nX = (Path(__file__).parent / "v.json").read_text()\n'


def with_table(table: str, cell: str = "import sahel.m") -> Mapping[str, str]:
    toml = f"{KAGGLE}\n{table}"
    return {"src_py/a.py": notebook(f"# %%\n{cell}", toml=toml), PATH: MODULE}


@pytest.mark.parametrize(
    ("table", "there", "findings"),
    [
        ("", ["src_py/sahel/v.json"], [f"{PATH}:2:6 unbundled-file"]),
        ("", [], []),
        ("[tool.nbship.bundle]\nfiles = ['sahel/*.json']", ["src_py/sahel/v.json"], []),
        ("[tool.nbship.bundle]\npackages = ['sahel']", ["src_py/sahel/v.json", PATH], []),
        (
            "[tool.nbship.bundle]\nfiles = ['../other.json']",
            ["src_py/sahel/v.json", "other.json"],
            [f"{PATH}:2:6 unbundled-file"],
        ),
    ],
)
def test_a_neighbour_that_stays_behind_is_found_in_the_module_that_opens_it(
    table: str, there: list[str], findings: list[str]
) -> None:
    assert found(with_table(table), disk=disk(*there)) == findings


def test_of_a_header_that_cannot_be_followed_only_that_is_said() -> None:
    table = "[tool.nbship.bundle]\nfiles = ['sahel/*.json', '../../x']"
    (line,) = found(with_table(table), disk=disk("src_py/sahel/v.json"))
    assert line.endswith(" bundle")


def test_the_hint_says_what_to_write() -> None:
    (finding,) = check(with_table(""), disk=disk("src_py/sahel/v.json"))
    assert finding.hint == (
        'Add to the header of src_py/a.py: [tool.nbship.bundle] files = ["sahel/v.json"]'
    )


def test_what_is_never_shipped_leaves_nothing_behind() -> None:
    files = {"src_py/a.py": "# %%\nimport sahel.m\n", PATH: MODULE}
    assert found(files, disk=disk("src_py/sahel/v.json")) == []


@pytest.mark.parametrize(
    ("known", "is_found"), [("src_py/v.csv", True), ("v.csv", True), ("x", False)]
)
def test_a_relative_name_counts_only_for_a_file_in_git(known: str, *, is_found: bool) -> None:
    git = GitFacts(known=frozenset({known}))
    places = found(code('x = pd.read_csv("v.csv")'), git)
    assert [place for place in places if "unbundled" in place] == (
        ["src_py/a.py:9:5 unbundled-file"] if is_found else []
    )


NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(NAMES, NAMES)
def test_a_relative_path_leads_back(path: str, folder: str) -> None:
    parts = folder.split("/")
    for part in relative(path, folder).split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    assert "/".join(parts) == path


# --- pictures ---

SHOWS = "# %% [markdown]\n# # A\n# ![x](attachment:a.png) ![y](attachment:b%20b.png)"


def test_a_picture_that_is_missing_is_found_at_its_line() -> None:
    files = {"src_py/a.py": notebook(SHOWS)}
    assert found(files, disk=disk("src_py/a.assets/a.png")) == ["src_py/a.py:10:1 missing-picture"]
    there = disk("src_py/a.assets/a.png", "src_py/a.assets/b b.png")
    assert found(files, disk=there) == []


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("![a](img/a.png)", 7),
        ("![a]( <img/a.png> )", 9),
        ("a ![a](./img/a.png 'title') b", 9),
        ("[a link](img/a.png)", 11),
        ("<img width=3 src='img/a.png'>", 20),
        ("![a](../deep/img/a%2Epng)", None),
        ("![a](../deep/img/%61.png)", 7),
        ("![a](img/a.png?raw=true)", 7),
        ("![a](img/b.png)", None),
        ("![a](https://h/img/a.png) ![a](data:img/a.png) ![a](attachment:a.png)", None),
        ("![a](/img/a.png) ![a](//h/img/a.png)", None),
        ("`![a](img/a.png)`", None),
        ("img/a.png (img/a.png)", None),
    ],
)
@pytest.mark.parametrize("where", ["src_py/deep/img/a.png", "notebooks/deep/img/a.png"])
def test_a_picture_that_is_shown_by_its_path_does_not_go_along(
    line: str, column: int | None, where: str
) -> None:
    files = {"src_py/deep/x.py": notebook(f"# %% [markdown]\n# # A\n# {line}")}
    places = [] if column is None else [f"src_py/deep/x.py:10:{column + 1} unattached-picture"]
    there = replace(disk("src_py/deep/x.assets/a.png"), is_file=lambda path: path == where)
    assert found(files, disk=there) == places


@pytest.mark.parametrize(
    "ending", ["apng", "avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp", "PNG"]
)
def test_each_format_that_browsers_show_is_a_picture(ending: str) -> None:
    others = f"[y](a.{ending}x) [z](a.csv) [u](https://h/a.{ending}) [v](/a.{ending})"
    text = notebook(f"# %% [markdown]\n# [x](a.{ending}) {others}")
    (finding,) = check({"src_py/a.py": text}, disk=Disk(is_file=lambda _: True))
    assert finding.message == f"notebooks/a.{ending} does not go along to Kaggle"


def test_text_of_other_cells_shows_no_picture() -> None:
    text = "![x](attachment:a.png) ![y](a.png)"
    files = {"src_py/a.py": notebook(f"# %%\nx = '{text}'", f"# %% [raw]\n# {text}")}
    assert found(files, disk=Disk(is_file=lambda _: True)) == []


def test_a_picture_in_a_block_of_code_or_of_a_local_helper_stays_where_it_is() -> None:
    text = "# %% [markdown]\n# ```\n# ![a](a.png)\n# ```\n# ![a](a.png)"
    anywhere = Disk(is_file=lambda _: True)
    assert found({"src_py/x.py": notebook(text)}, disk=anywhere) == [
        "src_py/x.py:12:8 unattached-picture"
    ]
    assert found({"src_py/x.py": f"{text}\n\n# %%\nx = 1\n"}, disk=anywhere) == []


def test_the_hint_says_where_the_picture_goes() -> None:
    files = {"src_py/x.py": notebook("# %% [markdown]\n# ![a](img/my%20a.png)")}
    (finding,) = check(files, disk=Disk(is_file=lambda path: path == "src_py/img/my a.png"))
    (hint,) = finding.hints
    assert hint.startswith("Copy it to src_py/x.assets/my a.png, and write attachment:my%20a.png ")


def test_a_picture_that_is_a_link_is_found() -> None:
    collected = Collected({}, {"src_py/a.assets/a.png": "it is a link"})
    places = found({"src_py/a.py": notebook(SHOWS)}, disk=Disk(collect=lambda _: collected))
    assert "src_py/a.assets/a.png:1:1 bundle" in places
