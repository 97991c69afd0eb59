"""Paths below /kaggle/input: their places in code, and the sources that provide them."""

import pytest

from tests.support.checked import KAGGLE, PATH, check, code, found, notebook

SOURCES = f"""{KAGGLE}
dataset_sources = ["google/fleurs", "Robots-Mali/jeli-asr/3"]
competition_sources = ["titanic"]
kernel_sources = ["awa/upstream"]
model_sources = ["google/gemma/Transformers/2b/1"]"""


@pytest.mark.parametrize(
    "path",
    [
        "/kaggle/input", "/kaggle/input/", "/kaggle/inputs/x", "/kaggle/input.txt",
        "x/kaggle/input/y", "/kaggle/working/x",
        "/kaggle/input/datasets", "/kaggle/input/competitions/",
        # the new layout
        "/kaggle/input/datasets/google/fleurs", "/kaggle/input/datasets/google/fleurs/a/b.csv",
        "/kaggle/input/datasets/google", "/kaggle/input/datasets/robots-mali/jeli-asr",
        "/kaggle/input/competitions/titanic/train.csv", "/kaggle/input/notebooks/awa/upstream/x",
        "/kaggle/input/models/google/gemma/transformers/2b/1/model.bin",
        "/kaggle/input/models/google/gemma",
        # the old layout
        "/kaggle/input/fleurs", "/kaggle/input/fleurs/", "/kaggle/input/jeli-asr/x.csv",
        "/kaggle/input/titanic/train.csv", "/kaggle/input/upstream/w.npz",
        "/kaggle/input/gemma/transformers/2b/1", "/kaggle//input/x", "/kaggle/input//fleurs/x",
        # incomplete paths
        "/kaggle/input/*/x.csv", "/kaggle/input/fle*/x.csv", "/kaggle/input/{}/x",
        "/kaggle/input/%s",
        "/kaggle/input/datasets/google/fl{name}/x", "cp /kaggle/input/fleurs/x /kaggle/working",
        "/kaggle/input/[tf]*", "/kaggle/input/<dataset>/x", "/kaggle/input/...",
    ],
)  # fmt: skip
def test_a_path_that_a_source_provides_is_no_finding(path: str) -> None:
    assert check(code(f"x = {path!r}", SOURCES)) == ()
    assert check(code(f"!ls {path}", SOURCES)) == ()


@pytest.mark.parametrize(
    ("path", "named", "hint"),
    [
        ("/kaggle/input/flers/x.csv", "flers/x.csv", "did you mean 'fleurs'?"),
        (
            "/kaggle/input/datasets/google/flers/x",
            "datasets/google/flers/x",
            "'datasets/google/fleurs'?",
        ),
        ("/kaggle/input/fleurs-2", "fleurs-2", "declared: "),
        ("/kaggle/input/zzz", "zzz", "declared: datasets/google/fleurs, "),
        ("/kaggle/input/datasets/a/b/c", "datasets/a/b/c", 'Add "a/b" to dataset_sources.'),
        ("/kaggle/input/datasets/a", "datasets/a", "to the header; "),
        ("/kaggle/input/datasets/google/fl", "datasets/google/fl", "to dataset_sources."),
        ("/kaggle/input/competitions/x/y", "competitions/x/y", 'Add "x" to competition_sources.'),
        ("/kaggle/input/notebooks/a/b", "notebooks/a/b", 'Add "a/b" to kernel_sources.'),
        ("/kaggle/input/models/a/b/c/d/1/x", "models/a/b/c/d/1/x", '"a/b/c/d/1" to model_sources.'),
        ("/kaggle/input/zzz*/x", "zzz", "declared: "),
    ],
)
def test_a_path_that_no_source_provides_is_found(path: str, named: str, hint: str) -> None:
    (finding,) = check(code(f'x = "{path}"', SOURCES))
    assert finding.message == f"no declared source provides /kaggle/input/{named}"
    assert hint in finding.hint
    (shell,) = check(code(f"# !ls {path}", SOURCES))
    assert (shell.message, str(shell.place)) == (finding.message, f"{PATH}:13:7")


@pytest.mark.parametrize(
    ("text", "column", "named"),
    [
        ('os.path.join("/kaggle/input", "gone", "x.csv")', 14, "gone/x.csv"),
        ('os.path.join("../input/", "gone", name)', 14, "gone"),
        ('pd.read_csv(join("/kaggle/input", "Titanic/train.csv"))', 18, "Titanic/train.csv"),
        ('Path("/kaggle/input") / "gone" / "x"', 6, "gone/x"),
        ('Path("/kaggle/input").joinpath("gone", "x").open()', 6, "gone/x"),
        ('join(Path("../input"), "gone")', 11, "gone"),
        ('Path("/x", "y") / Path("/kaggle/input/", "gone")', 24, "gone"),
        ('Path("/kaggle/input", "gone") / "x"', 6, "gone/x"),
        ('Path("/kaggle/input").joinpath("gone") / "x"', 6, "gone/x"),
        ('PosixPath("/kaggle/input", "gone")', 11, "gone"),
        ('pathlib.PurePath("/kaggle/input", "gone")', 18, "gone"),
        ('PurePosixPath("/kaggle/input", "gone")', 15, "gone"),
        ('Path("/kaggle/input")' + ' / "a"' * 90, 6, "/".join("a" * 29)),
    ],
)
def test_a_path_that_code_joins_is_found_at_its_first_part(
    text: str, column: int, named: str
) -> None:
    (finding,) = check(code(text, KAGGLE + LINES))
    assert finding.message == f"no declared source provides /kaggle/input/{named}"
    assert (finding.code, str(finding.place)) == ("unknown-input", f"{PATH}:10:{column}")


@pytest.mark.parametrize(
    "text",
    [
        'os.path.join("/kaggle/input", "fleurs", "gone")', 'Path("/kaggle/input") / name / "gone"',
        'os.path.join("/kaggle/input", "*.csv")', 'join("/kaggle/input", "/kaggle/working")',
        'os.path.join("/kaggle/input", "..", "working")', 'os.path.join("/kaggle/input", "")',
        'print(Path("/kaggle/input") / "gone")', '", ".join(["/kaggle/input"])', "a / b", "f()(1)",
        'x = "/kaggle/input/fleurs"\nPath("/kaggle") / "input" / "gone"',
        'Path("/kaggle/input/fle" + name)',
        "os.path.join(*parts)", '"/kaggle/input".join()', 'Path("/kaggle/input")', "x % 2",
    ],
)  # fmt: skip
def test_what_is_not_certain_of_a_joined_path_is_not_said(text: str) -> None:
    assert check(code(text, SOURCES)) == ()


def test_the_hint_names_the_source_and_its_key() -> None:
    (finding,) = check(code('x = "/kaggle/input/datasets/a/b/c"', SOURCES))
    assert finding.hint == 'Add "a/b" to dataset_sources.'


def test_a_folder_of_the_layout_needs_no_source() -> None:
    for folder in ("competitions", "datasets", "models", "notebooks"):
        assert check(code(f'x = "/kaggle/input/{folder}"')) == ()


def test_the_hint_says_if_the_header_declares_no_sources() -> None:
    (finding,) = check(code('x = "/kaggle/input/x"'))
    assert finding.hint == "Add its source to the header; the header declares no sources"


def test_only_a_kaggle_kernel_has_inputs() -> None:
    assert check(code('x = "/kaggle/input/x"', "")) == ()
    assert check(code('x = "/kaggle/input/x"', "[tool.nbship.colab]")) == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('f("/kaggle/input/x", "/kaggle/input/x")', ["9:4", "9:23"]),
        ('x = "/kaggle/input/x /kaggle/input/x"', ["9:6", "9:22"]),
        ('é = f("é", "/kaggle/input/x")', ["9:13"]),
        ('x = 1\né = f("é", "/kaggle/input/x")', ["10:13"]),
        ('é = {1: "/kaggle/input/x\\x41", "/kaggle/input/x": 2}', ["9:9", "9:33"]),
        ('x = ("a "\n     "/kaggle/input/x")', ["10:7"]),
        ('x = """\n  cp /kaggle/input/x .\n"""', ["10:6"]),
        ('x = """\n/kaggle/input/x"""', ["10:1"]),
        ('x = "in /kaggle/input/x\\ty"', ["9:9"]),
        ('x = "/kaggle/input/x\\x41"', ["9:5"]),
        ('x = "/kaggle/input/x\\x41 /kaggle/input/y\\x41"', ["9:5", "9:5"]),
        ('x = f"{y}/kaggle/input/x"', ["9:10"]),
        ('x = f"/kaggle/input/x/{y}"', ["9:7"]),
        ('x = f"/kaggle/input/x{y}"', ["9:7"]),
        ('x = y + "/kaggle/input/x"', ["9:10"]),
        ('x = "/kaggle/input/fleurs" + "/kaggle/input/x"', ["9:31"]),
        ("!cp /kaggle/input/x /kaggle/input/y", ["9:5", "9:21"]),
        ("x = !ls /kaggle/input/x", []),  # a line of Python with a command in it
        ("%%bash\nls /kaggle/input/x", ["10:4"]),
        ("# %%bash\n# ls /kaggle/input/x", ["10:6"]),
        ("%%time\nx = '/kaggle/input/x'", ["10:6"]),
        ("if x:\n    # !ls /kaggle/input/x", ["10:11"]),
    ],
)
def test_its_line_and_column_are_exact(text: str, places: list[str]) -> None:
    assert found(code(text, KAGGLE + LINES)) == [
        f"{PATH}:{_moved(place)} unknown-input" for place in places
    ]


LINES = '\ndataset_sources = ["google/fleurs"]'


def _moved(place: str) -> str:
    """Return the place one line below: the header has a line more than KAGGLE alone."""
    line, column = place.split(":")
    return f"{int(line) + 1}:{column}"


@pytest.mark.parametrize(
    "text",
    [
        "# a comment on /kaggle/input/x",
        '"""A text on /kaggle/input/x."""',
        'def f():\n    """Read /kaggle/input/x."""',
        'x = "/kaggle/input/fl" + name',
        'x = f"/kaggle/input/fl{name}"',
        'x = "a" + "/kaggle/input/fl" + name',
        'x = "a" + f"{a}/kaggle/input/fl" + name',
        'x = f"{a}/kaggle/input/fl" + name',
        'x = "/kaggle/input/%s/x" % name',
        'x = b"/kaggle/input/x"',
        'x = f"" + name + "/kaggle/input"',
    ],
)
def test_comments_docstrings_and_incomplete_paths_are_no_findings(text: str) -> None:
    assert check(code(text, KAGGLE + LINES)) == ()


@pytest.mark.parametrize(
    "text",
    [
        'print("Contents of /kaggle/input:")',
        'print("Contents of /kaggle/input/x:")',
        'print(f"in /kaggle/input/x there are {n} files")',
        'print("a", ("/kaggle/input/x", y), end="/kaggle/input/x")',
        'logging.info("read /kaggle/input/x")',
        'raise FileNotFoundError("no /kaggle/input/x")',
        'raise FileNotFoundError(f"no {x} in /kaggle/input/x")',
        'assert x, "attach /kaggle/input/x"',
        'x = "Contents of /kaggle/input: none"',
        'x = "Contents of /kaggle/input!"',
        'x = "../inputs/x"',
        'x = "a/../input/x"',
        'x = "../input"',
    ],
)
def test_a_text_that_is_only_shown_and_one_that_is_no_path_are_no_findings(text: str) -> None:
    assert check(code(text, KAGGLE + LINES)) == ()


@pytest.mark.parametrize(
    "function",
    [
        "HTML", "Markdown", "logger.critical", "logging.debug", "display", "st.error",
        "log.exception", "sys.exit", "pytest.fail", "logging.info", "logger.log", "pprint",
        "print", "warnings.warn", "log.warning",
    ],
)  # fmt: skip
def test_a_function_that_shows_a_text_opens_nothing(function: str) -> None:
    assert check(code(f'{function}("in /kaggle/input/x")', KAGGLE + LINES)) == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('print(os.listdir("/kaggle/input/x"))', "10:19"),
        ('print(len(f"/kaggle/input/x"))', "10:13"),
        ('x = {"a": "/kaggle/input/x:"}', "10:12"),
        ('x = "../input/x/train.csv"', "10:6"),
        ("!ls ../input/x", "10:5"),
        ('assert os.path.exists("/kaggle/input/x"), "none"', "10:24"),
        ('x = "a ../input/x"', "10:8"),
    ],
)
def test_a_path_that_may_be_opened_is_found(text: str, place: str) -> None:
    (finding,) = check(code(text, KAGGLE + LINES))
    assert str(finding.place) == f"{PATH}:{place}"
    assert finding.message.startswith("no declared source provides /kaggle/input/x")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/kaggle/input/Fleurs/x.csv", "did you mean 'fleurs'?"),
        ("/kaggle/input/datasets/Google/fleurs", "did you mean 'datasets/google/fleurs'?"),
        ("/kaggle/input/Titanic", "did you mean 'titanic'?"),
        ("../input/FLEURS", "did you mean 'fleurs'?"),
    ],
)
def test_the_case_of_a_mount_counts(path: str, hint: str) -> None:
    (finding,) = check(code(f"x = {path!r}", SOURCES))
    assert hint in finding.hint


@pytest.mark.parametrize(
    "path",
    [
        "/kaggle/input/fleurs/Train.CSV", "/kaggle/input/jeli-asr", "../input/titanic/Train.csv",
        "/kaggle/input/gemma/Transformers/2b/1", "/kaggle/input/models/google/gemma/transformers",
    ],
)  # fmt: skip
def test_the_case_of_a_file_and_of_a_model_does_not_count(path: str) -> None:
    assert check(code(f"x = {path!r}", SOURCES)) == ()


# Code that certainly opens the file of this name, and code that may not run or not fail.
READ = [
    'open("/kaggle/input/x/y.csv")',
    'x = pd.read_csv("/kaggle/input/x/y.csv", sep=";")',
    'with open("/kaggle/input/x/y") as f:\n    pass',
    'for x in os.listdir("/kaggle/input/x"):\n    pass',
    'x = [json.load(open("/kaggle/input/x/y")), 2]',
    'class A:\n    X = np.load("/kaggle/input/x/y")',
    'pd.read_csv("/kaggle/input/x/y.csv").info()',
]
UNCERTAIN = [
    'x = "/kaggle/input/x/y.csv"',
    'if x:\n    open("/kaggle/input/x/y.csv")',
    'try:\n    open("/kaggle/input/x/y.csv")\nexcept OSError:\n    pass',
    'def f():\n    open("/kaggle/input/x/y.csv")',
    'x = y and open("/kaggle/input/x/y.csv")',
    'with suppress(OSError):\n    open("/kaggle/input/x/y.csv")',
    'while x:\n    open("/kaggle/input/x/y.csv")',
    'for x in y:\n    open("/kaggle/input/x/y.csv")',
    'os.path.exists("/kaggle/input/x/y.csv")',
    'cv2.imread("/kaggle/input/x/y.png")',
    'f()("/kaggle/input/x/y.png")',
    'open("../input/x/y.csv")',
    'open(x, "/kaggle/input/x/y.csv")',
    'open("a /kaggle/input/x/y.csv")',
    'open("/kaggle/input/x/y (1).csv")',
    'open(f"/kaggle/input/x/{y}")',
    'open("/kaggle/input/x/" + y)',
]


@pytest.mark.parametrize("text", READ)
def test_a_file_that_is_certainly_opened_is_an_error(text: str) -> None:
    assert [f.code for f in check(code(text, KAGGLE + LINES))] == ["undeclared-input"]


@pytest.mark.parametrize("text", UNCERTAIN)
def test_a_file_that_may_not_be_opened_is_a_warning(text: str) -> None:
    assert [f.code for f in check(code(text, KAGGLE + LINES))] == ["unknown-input"]


def test_a_cell_that_may_raise_an_error_opens_nothing_for_certain() -> None:
    cell = '# %% tags=["raises-exception"]\nopen("/kaggle/input/x")'
    assert [f.code for f in check(notebook(cell))] == ["unknown-input"]


def test_paths_in_long_literals_are_found_in_their_order() -> None:
    lines = [f"cp /kaggle/input/x{n} é /kaggle/input/x{n}" for n in range(3)]
    text = 'é = """\n' + "\n".join(lines) + '"""'
    assert [str(f.place) for f in check(code(text, KAGGLE + LINES))] == [
        f"{PATH}:{11 + n}:{column}" for n in range(3) for column in (4, 23)
    ]
    text = 'é = {"é": "/kaggle/input/x", "/kaggle/input/x": f"é {é} /kaggle/input/x"}'
    assert [str(f.place) for f in check(code(text, KAGGLE + LINES))] == [
        f"{PATH}:10:{column}" for column in (12, 31, 57)
    ]


def test_a_markdown_cell_may_name_any_path() -> None:
    assert check(notebook("# %% [markdown]\n# !ls /kaggle/input/x")) == ()


def test_every_line_of_a_cell_in_another_language_is_searched() -> None:
    text = notebook('# %% language="bash"\n# ls /kaggle/input/x')
    assert found(text) == [f"{PATH}:9:6 unknown-input"]


# --- modules ---


def test_the_paths_of_a_module_are_compared_with_each_notebook_that_imports_it() -> None:
    files = {
        "src_py/a.py": code("import lab.deep", KAGGLE + LINES),
        "src_py/b.py": code("from lab import deep", KAGGLE.replace("awa/", "ami/")),
        "src_py/c.py": code("x = 1", ""),
        "src_py/lab/deep.py": 'def f():\n    return "/kaggle/input/fleurs"\n',
        "src_py/lab/unused.py": 'X = "/kaggle/input/x"\n',
    }
    (finding,) = check(files)
    assert str(finding.place) == "src_py/lab/deep.py:2:13"
    assert finding.message == ("no declared source of src_py/b.py provides /kaggle/input/fleurs")
    files["src_py/lab/deep.py"] = (
        'def f():\n    return "/kaggle/input/fleurs"  # nbship: allow unknown-input\n'
    )
    assert check(files) == ()
