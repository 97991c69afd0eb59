"""Each code of check: what it is found on, where, and what is like it and is none."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from nbship.core.checks.codes import RULES
from nbship.core.metadata.accelerators import KNOWN, RETIRED
from nbship.model.git import GitFacts
from tests.support.checked import FIRST, KAGGLE, PATH, check, code, notebook, said
from tests.support.paths import ROOT

SMOKE = "\n[tool.nbship.smoke]\nparameters = { COUNT = 1 }"
CONFLICT = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> theirs"
HF = "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"


def key(line: str) -> str:
    """Return a notebook whose header has one line more."""
    return notebook(toml=f"{KAGGLE}\n{line}")


# What is found, and where: a case for each code that one file alone can show.
FOUND = {
    "conflict-marker": [
        (code(f"x = 0\n{CONFLICT}"), "10:1"),
        (code(CONFLICT.replace("=======", "||||||| base\n=======")), "9:1"),
        (code("=======\na = 2\n>>>>>>> theirs"), "9:1"),
        (code("<<<<<<< HEAD\na = 1\n======="), "9:1"),
        (KAGGLE.join(["# %%\n# /// script\n", f"\n{CONFLICT}\n# ///"]), "6:1"),
    ],
    "cells": [(code("x = '\x0c'"), "9:6"), (notebook("# %% tags=[\n1"), "8:3")],
    "accidental-command": [
        (code("x = 1\n# copy the weights"), "10:3"),
        (code("%%time\n# why?"), "10:3"),
    ],
    "not-python": [
        (code("await x", KAGGLE + '\nkernel_type = "script"'), "10:1"),
        (code("x = 1\nprint((x"), "10:7"),
        (code("if x:\n# a comment"), "10:12"),
        (notebook("# %%\nx = 1", "# %% [markdown]\n# y", "# %%\n  z = 1"), "15:2"),
    ],
    "header-syntax": [
        (notebook(toml="id = "), "3:3"),
        (notebook().replace("# ///\n", "", 1), "2:3"),
        ("# %%\n# /// script\n# x = 1\n", "2:3"),
        ("# ---\n# a: [\n# ---\n# %%\n# /// script\n# ///\n", "2:3"),
    ],
    "header-unknown-key": [
        (key("machine = 1"), "6:3"),
        (key('code_file = "a.py"'), "6:3"),
        (notebook(toml=KAGGLE.replace("title", "tilte")), "5:3"),
        (notebook(toml="[tool.nbship.smok]"), "3:16"),
    ],
    "header-value": [
        (key('is_private = "yes"'), "6:3"),
        (key('machine_shape = "NvidiaL4"\nenable_gpu = false'), "7:3"),
        (notebook(toml="requires-python = 3"), "3:3"),
        (notebook(toml="dependencies = 3"), "3:3"),
        (notebook(toml="[tool]\nnbship = 1"), "4:3"),
    ],
    "header-missing-key": [(notebook(toml="[tool.nbship.kaggle]"), "3:3")],
    "id-form": [
        (notebook(toml=KAGGLE.replace("awa/", "")), "4:3"),
        (notebook(toml=KAGGLE.replace("tiny-kernel", "tiny")), "4:3"),
    ],
    "title-length": [(notebook(toml=KAGGLE.replace("Tiny", "Tiny" * 20)), "5:3")],
    "title-slug": [(notebook(toml=KAGGLE.replace("Tiny", "Tinny")), "5:3")],
    "requirement": [(notebook(toml='dependencies = [\n  "numpy",\n  "a b",\n]'), "5:6")],
    "source-prefix": [
        (key('kernel_sources = ["awa/other-one", "code/awa/upstream"]'), "6:39"),
        (key('dataset_sources = [\n  "a/b",\n  "datasets/google/fleurs",\n]'), "8:6"),
        (key('competition_sources = ["c/titanic"]'), "6:27"),
    ],
    "source-form": [(key('dataset_sources = ["fleurs"]'), "6:23")],
    "unknown-parameter": [
        (notebook('# %% tags=["parameters"]\nCUONT = 1', toml=KAGGLE + SMOKE), "7:18"),
        (code("COUNT = 1", KAGGLE + SMOKE), "7:18"),
    ],
    "accelerator-unknown": [(key('machine_shape = "NvidiaTeslaT5"'), "6:20")],
    "accelerator-retired": [
        (key('machine_shape = "NvidiaTeslaP100"'), "6:20"),
        (key('machine_shape = "tpuV38"'), "6:20"),
        (key('machine_shape = "TpuV232"'), "6:20"),
    ],
    "internet-in-competition": [
        (key('competition_sources = ["titanic"]\nenable_internet = true'), "7:3")
    ],
    "undeclared-input": [(code('x = open("/kaggle/input/fleurs/x.csv")'), "9:11")],
    "secret": [(code(f'x = 1\ntoken = "{HF}"'), "10:10"), (key(f'docker_image = "{HF}"'), "6:19")],
    "unused-allow": [
        (code("x = 1  # nbship: allow secret"), "9:24"),
        (code("x = 1  # nbship: allow undeclared-inptu"), "9:24"),
        (code("x = 1  # nbship: allow"), "9:23"),
    ],
}  # fmt: skip
# What is like a finding and is none.
CLEAN = [
    notebook(),
    "# %%\nx = 1\n",
    "# %%\n",
    code('text = """\nA title\n=======\n"""'),
    code('text = """\n>>>>>>> is a lot\n"""'),
    code("x = 1  # <<<<<<< no line begins with it"),
    code("if x:\n    # !ls\n    # %time y"),
    code("# # copy\n# a note\n    # rm what is indented\nx = '''\n# rm a string\n'''"),
    code("%%bash\n# rm x"),
    code("# copy the weights", KAGGLE + '\nkernel_type = "script"'),
    notebook('# %% language="bash"\n# rm x', "# %% [markdown]\n# copy this"),
    code("%%bash\nif then"),
    code("# %%bash\n# if then"),
    notebook('# %% language="bash"\n# if then'),
    code("!ls\n%cd ..\nx = !pwd\nawait y"),
    notebook("# %% [raw]\n# x = (", "# %% [markdown]\n# x = ("),
    key('machine_shape = "NvidiaTeslaT4"'),
    key('machine_shape = "None"'),
    key('machine_shape = ""'),
    key('competition_sources = ["titanic"]\nenable_internet = false'),
    key("enable_internet = true"),
    key('kernel_sources = ["awa/upstream"]\nmodel_sources = ["a/b/c/d/1"]'),
    notebook('# %% tags=["parameters"]\nCOUNT: int = 3', toml=KAGGLE + SMOKE),
    notebook(
        '# %% tags=["parameters"]\nX = 3', '# %% tags=["parameters"]\nCOUNT, Y = 3, 4',
        toml=KAGGLE + SMOKE,
    ),
    "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n# %%\nx = 1\n",
]  # fmt: skip
CASES = [(code_, text, place) for code_, cases in FOUND.items() for text, place in cases]


@pytest.mark.parametrize(("code", "text", "place"), CASES)
def test_a_mistake_is_one_finding_at_its_place(code: str, text: str, place: str) -> None:
    (finding,) = check(text)
    assert (str(finding.place), finding.code) == (f"{PATH}:{place}", code)
    assert "\n" not in finding.message + finding.hint


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_like_a_mistake_is_none(text: str) -> None:
    assert check(text) == ()


@pytest.mark.parametrize(
    ("code", "text", "place"), [case for case in CASES if RULES[case[0]].can_allow]
)
@pytest.mark.parametrize("where", ["on its line", "on the line above"])
def test_a_comment_allows_what_may_be_allowed(code: str, text: str, place: str, where: str) -> None:
    lines = text.split("\n")
    number = int(place.split(":", maxsplit=1)[0])
    if where == "on its line" and code != "conflict-marker":
        lines[number - 1] += f"  # nbship: allow {code}"
    elif lines[number - 1].startswith("# "):
        lines.insert(
            number - 1, f"# # nbship: allow secret, {code}".replace("secret, secret", code)
        )
    else:
        lines.insert(number - 1, f"# nbship: allow {code}")
    left = [f.code for f in check("\n".join(lines))]
    assert code not in left


def test_the_documentation_has_the_table_of_the_codes() -> None:
    row = re.compile(r"^\| `([\w-]+)` \| (.*?) \| (.*?) \| (yes)? ?\|$", re.MULTILINE)
    assert row.findall((ROOT / "docs" / "checks.md").read_text(encoding="utf-8")) == [
        (code, rule.what, rule.way_out, "yes" if rule.can_allow else "")
        for code, rule in RULES.items()
    ]


def test_every_code_has_a_case() -> None:
    across = {"encoding", "shadowed-module", "imported-notebook", "duplicate-id", "folder-clash",
              "duplicate-name", "file-name", "id-changed", "committed-outputs"}  # fmt: skip
    assert FOUND.keys() | across == RULES.keys()
    assert not FOUND.keys() & across


def test_what_is_not_utf_8_is_found_in_sources_and_modules() -> None:
    files = {"src_py/a.py": b"# %%\n# caf\xe9\n", "src_py/b.py": b"\xff\n"}
    assert said(files) == ["src_py/a.py:2:1 encoding", "src_py/b.py:1:1 encoding"]


def test_a_bare_command_is_led_to_its_magic() -> None:
    (finding,) = check(code("x = 1\npip install -q numpy"))
    assert finding.code == "not-python"
    assert finding.hint == "Write it as a magic: # %pip install -q numpy"


def test_two_sources_of_one_name_and_a_small_r_are_found() -> None:
    files = {f"src_py/{name}": "# %%\nx <- 1\n" for name in ("a.R", "b.r")}
    files |= {"src_py/a.py": "# %%\nx = 1\n", "src_py/functions.R": "f <- function( 1\n"}
    assert said(files) == ["src_py/a.py:1:1 duplicate-name", "src_py/b.r:1:1 file-name"]


def test_a_parameter_of_r_is_one_that_a_line_assigns() -> None:
    cell = '# %% tags=["parameters"]\nEPOCHS <- 10'
    wrong = notebook(cell, toml=KAGGLE + SMOKE.replace("COUNT", "EPOCH"))
    assert (
        said({"src_py/a.R": notebook(cell, toml=KAGGLE + SMOKE.replace("COUNT", "EPOCHS"))}) == []
    )
    assert [line.split()[1] for line in said({"src_py/a.R": wrong})] == ["unknown-parameter"]


def test_pythons_own_words_count_the_lines_of_the_file() -> None:
    (finding,) = check(code("if x:\n# a comment"))
    assert finding.message.endswith("after 'if' statement on line 9")


# --- one mistake, one line ---


@pytest.mark.parametrize(
    "text",
    [
        code(f'x = "/kaggle/input/x"  # nbship: allow undeclared-input\n{CONFLICT}\nprint(('),
        code('open("/kaggle/input/x")', KAGGLE.replace("title", "tilte")),
        code('open("/kaggle/input/x")', KAGGLE + "\nmachine_shape = 3"),
        code('x = 1  # nbship: allow secret\ny = "\x0b"'),
        notebook('# %% tags=["parameters"]\nCOUNT = (', toml=KAGGLE + SMOKE),
        code('open("/kaggle/input/x")', KAGGLE + "\nx = "),
    ],
)  # fmt: skip
def test_what_follows_from_a_mistake_is_not_said(text: str) -> None:
    assert len(check(text)) == 1


def test_mistakes_of_their_own_are_all_said() -> None:
    text = notebook(
        f'# %%\nt = "{HF}"\nprint((', "# %%\ndef (", toml=KAGGLE + "\nx = 1\nis_private = 1"
    )
    assert said(text) == [
        f"{PATH}:6:3 header-unknown-key",
        f"{PATH}:7:3 header-value",
        f"{PATH}:11:6 secret",
        f"{PATH}:12:7 not-python",
        f"{PATH}:15:5 not-python",
    ]


def test_each_conflict_is_one_finding() -> None:
    text = code(f"{CONFLICT}\nx = 1\n{CONFLICT}\n>>>>>>> alone\ny = 2\n<<<<<<< alone")
    assert said(text) == [f"{PATH}:9:1 conflict-marker", f"{PATH}:15:1 conflict-marker"]


# --- what may be allowed ---


def test_an_allowed_conflict_leaves_the_rest_to_be_checked() -> None:
    text = code(f'doc = """\n# nbship: allow conflict-marker\n{CONFLICT}\n"""\nprint((')
    assert said(text) == [f"{PATH}:17:7 not-python"]


def test_what_a_build_refuses_cannot_be_allowed() -> None:
    left = check(notebook(toml=KAGGLE + "\nx = 1  # nbship: allow header-unknown-key"))
    assert [f.code for f in left] == ["header-unknown-key"]
    cells, unknown = check(code("x = 1  # nbship: allow cells\ny = 1 # nbship: allow x"))
    assert unknown.message.startswith("there is no check 'x'; ")
    assert cells.message == "cells cannot be allowed: mend what it names"


def test_a_comment_behind_code_allows_nothing_on_the_next_line() -> None:
    text = code(f'x = 1  # nbship: allow secret\nt = "{HF}"')
    assert said(text) == [f"{PATH}:9:24 unused-allow", f"{PATH}:10:6 secret"]


def test_one_comment_allows_several_and_names_the_unused_one() -> None:
    line = f'f("/kaggle/input/x", "{HF}")  # nbship: allow secret,  undeclared-input, id-changed'
    assert check(code(line)) == ()
    assert said(code(line.replace("id-changed", "conflict-marker"))) == [
        f"{PATH}:9:{line.index('id-changed') + 1} unused-allow"
    ]


def test_a_comment_about_the_last_commit_is_never_unused() -> None:
    toml = KAGGLE.replace('kernel"', 'kernel"  # nbship: allow id-changed', 1)
    assert check(notebook(toml=toml)) == ()


# --- git ---


@pytest.mark.parametrize("path", [PATH, "src_py/new_name.py"])
def test_an_id_that_was_another_one_is_found(path: str) -> None:
    before = notebook(toml=KAGGLE.replace("tiny", "teeny").replace("Tiny", "Teeny"))
    git = GitFacts(before={path: before.encode()})
    assert said({path: notebook()}, git) == [f"{path}:4:3 id-changed"]
    allowed = KAGGLE.replace('kernel"', 'kernel"  # nbship: allow id-changed', 1)
    assert check({path: notebook(toml=allowed)}, git) == ()


@pytest.mark.parametrize(
    "before", [notebook().encode(), b"# %%\nx = 1\n", b"\xff", notebook(toml="x =").encode()]
)
def test_an_id_that_is_the_same_or_new_is_none(before: bytes) -> None:
    assert check(notebook("# %%\nx = 2"), GitFacts(before={PATH: before})) == ()


def test_of_two_notebooks_with_one_id_the_newer_one_is_found() -> None:
    other = notebook(toml=KAGGLE.replace("awa/", "Awa/"))
    files = {"src_py/a.py": notebook(), "src_py/b.py": other}
    assert said(files) == ["src_py/b.py:4:3 duplicate-id"]
    assert said(files, GitFacts(known=frozenset({"src_py/b.py"}))) == [
        "src_py/a.py:4:3 duplicate-id"
    ]


def test_a_source_named_as_a_folder_of_sources_is_found() -> None:
    files = {"src_py/a.py": "# %%\n", "src_py/a/b/c.py": "# %%\n", "src_py/ab.py": "# %%\n"}
    (finding,) = check(files)
    assert (finding.code, str(finding.place)) == ("folder-clash", "src_py/a.py:1:1")
    assert "would hold that of src_py/a/b/c.py" in finding.message


def test_the_secret_itself_is_never_said() -> None:
    for finding in check(code(f't = "{HF}"\nu = ["{HF[:-3]}abc"]')):
        assert not re.search(r"hf_\w", repr(finding))


def test_first_is_where_the_cells_begin() -> None:
    assert code("x").split("\n")[FIRST] == "x"


def test_the_retired_accelerators_are_those_of_the_kaggle_package() -> None:
    """Its source is read: importing it would log in."""
    package = find_spec("kaggle")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "api" / "kaggle_api_extended.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tables = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "_RETIRED_ACCELERATORS" for t in node.targets)
    ]
    if not tables:
        pytest.skip("this version of kaggle has no such table; 2.2.5 has")
    assert tables[0].keys() == {name.lower() for name in RETIRED}
    for name, instead in RETIRED.items():
        assert (instead or "CPU") in tables[0][name.lower()]
    assert not RETIRED.keys() & set(KNOWN)
