"""Each code of check: sources with the mistake and its place, and similar ones without it."""

import re

import pytest

from nbship.core.checks.codes import RULES
from tests.support.checked import CONFLICT, FIRST, KAGGLE, PATH, TOKEN, check, code, found, notebook

SMOKE = "\n[tool.nbship.smoke]\nparameters = { COUNT = 1 }"


def key(line: str) -> str:
    """Return a notebook whose header has one line more."""
    return notebook(toml=f"{KAGGLE}\n{line}")


# Sources and the place of their one mistake, for each code that a single file can have.
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
        (code("%%time\n# copy all"), "10:3"),
        (code("# f()?"), "9:3"),
    ],
    "doubtful-command": [(code("x = 1\n# ls"), "10:3"), (code("# rm the old files"), "9:3")],
    "not-python": [
        (code("await x", KAGGLE + '\nkernel_type = "script"'), "10:1"),
        (code("x = 1\nprint((x"), "10:7"),
        (code("if x:\n# a comment"), "10:12"),
        (notebook("# %%\nx = 1", "# %% [markdown]\n# y", "# %%\n  z = = 1"), "15:7"),
    ],
    "header-syntax": [
        (notebook(toml="id = "), "3:3"),
        (notebook().replace("# ///\n", "", 1), "2:3"),
        ("# %%\n# /// script\n# x = 1\n", "2:3"),
        ("# ---\n# a: [\n# ---\n# %%\n# /// script\n# ///\n", "2:3"),
    ],
    "header-unknown-key": [
        (key("machine = 1"), "6:3"),
        (notebook(toml=KAGGLE.replace("title", "tilte")), "5:3"),
        (notebook(toml="[tool.nbship.smok]"), "3:16"),
    ],
    "header-value": [
        (key('is_private = "yes"'), "6:3"),
        (notebook(toml="requires-python = 3"), "3:3"),
        (notebook(toml="dependencies = 3"), "3:3"),
        (notebook(toml="[tool]\nnbship = 1"), "4:3"),
    ],
    "header-replaced": [
        (key('code_file = "a.py"'), "6:3"),
        (key('dataset_sources = [""]'), "6:3"),
        (key('machine_shape = "NvidiaL4"\nenable_gpu = false'), "7:3"),
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
    "unknown-input": [(code('x = "/kaggle/input/fleurs/x.csv"'), "9:6")],
    "undeclared-input": [(code('x = open("/kaggle/input/fleurs/x.csv")'), "9:11")],
    "secret": [
        (code(f'x = 1\ntoken = "{TOKEN}"'), "10:10"),
        (key(f'docker_image = "{TOKEN}"'), "6:19"),
    ],
    "unused-allow": [
        (code("x = 1  # nbship: allow secret"), "9:24"),
        (code("x = 1  # nbship: allow undeclared-inptu"), "9:24"),
        (code("x = 1  # nbship: allow"), "9:23"),
    ],
}  # fmt: skip
# Sources without a mistake that are similar to those above.
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
def test_a_similar_source_without_a_mistake_has_no_finding(text: str) -> None:
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


def test_every_code_has_a_case() -> None:
    elsewhere = {"encoding", "shadowed-module", "imported-notebook", "duplicate-id", "folder-clash",
              "cell-tag",
              "newer-syntax", "no-cells", "relative-import", "sibling-import", "link", "bundle",
              "unreadable",
              "unbundled-file", "missing-picture", "unattached-picture", "too-large",
              "undefined-name",
              "duplicate-name", "file-name", "id-changed", "committed-outputs",
              "git-not-asked"}  # fmt: skip
    assert FOUND.keys() | elsewhere == RULES.keys()
    assert not FOUND.keys() & elsewhere


def test_bytes_that_are_not_utf_8_are_found_in_notebooks_and_modules() -> None:
    files = {"src_py/a.py": b"# %%\n# caf\xe9\n", "src_py/b.py": b"\xff\n"}
    assert found(files) == ["src_py/a.py:2:1 encoding", "src_py/b.py:1:1 encoding"]


def test_the_hint_for_a_bare_command_is_its_magic() -> None:
    (finding,) = check(code("x = 1\npip install -q numpy"))
    assert finding.code == "not-python"
    assert finding.hint == "Write it as a magic: # %pip install -q numpy"


def test_a_line_in_pythons_message_is_one_of_the_file() -> None:
    (finding,) = check(code("if x:\n# a comment"))
    assert finding.message.endswith("after 'if' statement on line 9")


# --- one mistake, one finding ---


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
def test_what_follows_from_a_mistake_is_not_reported(text: str) -> None:
    assert len(check(text)) == 1


def test_independent_mistakes_are_all_reported() -> None:
    text = notebook(
        f'# %%\nt = "{TOKEN}"\nprint((', "# %%\ndef (", toml=KAGGLE + "\nx = 1\nis_private = 1"
    )
    assert found(text) == [
        f"{PATH}:6:3 header-unknown-key",
        f"{PATH}:7:3 header-value",
        f"{PATH}:11:6 secret",
        f"{PATH}:12:7 not-python",
        f"{PATH}:15:5 not-python",
    ]


def test_each_conflict_is_one_finding() -> None:
    text = code(f"{CONFLICT}\nx = 1\n{CONFLICT}\n>>>>>>> alone\ny = 2\n<<<<<<< alone")
    assert found(text) == [f"{PATH}:9:1 conflict-marker", f"{PATH}:15:1 conflict-marker"]


def test_the_secret_itself_is_never_reported() -> None:
    for finding in check(code(f't = "{TOKEN}"\nu = ["{TOKEN[:-3]}abc"]')):
        assert not re.search(r"hf_\w", repr(finding))


def test_first_is_the_line_where_the_cells_begin() -> None:
    assert code("x").split("\n")[FIRST] == "x"
