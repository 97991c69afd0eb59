"""Each code of check with its level, an example that has the finding, and a neighbour without it.

An error is certain: what it names always fails or never has an effect. A warning may be wrong.
"""

from dataclasses import dataclass, field

import pytest

from nbship.core.artifact.collected import Collected
from nbship.core.checks.codes import RULES, Level
from nbship.core.checks.facts import Disk
from nbship.core.python.newer_syntax import NEWEST, RUNNING
from nbship.diagnostics import Diagnostic
from nbship.model.git import GitFacts
from tests.support.checked import CONFLICT, KAGGLE, PATH, TOKEN, check, check_names, code, notebook

SMOKE = "\n[tool.nbship.smoke]\nparameters = { COUNT = 1 }"
OUTPUT = '{"cells": [{"cell_type": "code", "outputs": [%s], "metadata": {}, "source": ""}]}'
OTHER = KAGGLE.replace("awa/", "ami/")


@dataclass(frozen=True)
class Files:
    """The files of a workspace, and what git knows of it; a text alone is one notebook."""

    files: dict[str, str | bytes]
    git: GitFacts = field(default_factory=GitFacts)
    disk: Disk = field(default_factory=Disk)


BUNDLING = notebook(toml=f'{KAGGLE}\n[tool.nbship.bundle]\nfiles = ["config/a.yaml"]')
SOME = Collected({"src_py/config/a.yaml": b"a: 1"})
Given = str | dict[str, str | bytes] | Files


def before(text: str) -> GitFacts:
    return GitFacts(before={PATH: text.encode()})


def index(output: str) -> GitFacts:
    return GitFacts(notebooks={"notebooks/a.ipynb": (OUTPUT % output).encode()})


def beside(text: str, name: str = "helper") -> dict[str, str | bytes]:
    """Return a notebook in a folder, and a module beside it."""
    return {"src_py/tts/a.py": code(text), f"src_py/tts/{name}.py": "x = 1\n"}


def key(line: str) -> str:
    return notebook(toml=f"{KAGGLE}\n{line}")


TABLE: dict[str, tuple[Level, Given, Given]] = {
    "conflict-marker": ("error", code(CONFLICT), code('x = """\nTitle\n=======\n"""')),
    "link": (
        "error",
        Files({PATH: code("import m"), "src_py/m.py": ""}, disk=Disk(frozenset({"src_py/m.py"}))),
        Files({PATH: code("x = 1"), "src_py/m.py": ""}, disk=Disk(frozenset({"src_py/m.py"}))),
    ),
    "unreadable": (
        "error",
        Files({PATH: code("import m")}, disk=Disk(unreadable={"src_py/m.py": "it is a folder"})),
        Files({PATH: code("import m"), "src_py/m.py": ""}),
    ),
    "bundle": ("error", BUNDLING, Files({PATH: BUNDLING}, disk=Disk(collect=lambda _: SOME))),
    "unbundled-file": (
        "warning",
        Files(
            {PATH: code("import m"), "src_py/m.py": "open(__file__ + '')\nfiles('x') / 'y'\n"},
            disk=Disk(is_file=lambda path: path == "src_py/x/y"),
        ),
        Files({PATH: code("import m"), "src_py/m.py": "files('x') / 'z'\n"}),
    ),
    "missing-picture": (
        "warning",
        notebook("# %% [markdown]\n# ![x](attachment:a.png)"),
        notebook("# %% [markdown]\n# attachment:a.png"),
    ),
    "unattached-picture": (
        "warning",
        Files(
            {PATH: notebook("# %% [markdown]\n# ![x](img/a.png)")},
            disk=Disk(is_file=lambda path: path == "notebooks/img/a.png"),
        ),
        notebook("# %% [markdown]\n# ![x](img/a.png)"),  # there is no such file
    ),
    "too-large": (
        "error",
        code(f"x = '{'x' * 999_999}'"),
        code(f"x = '{'x' * 99_999}'"),
    ),
    "encoding": ("error", {PATH: b"# %%\n# caf\xe9\n"}, {PATH: "# %%\n# café\n"}),
    "cells": ("error", code("x = '\x0c'"), code("x = '\t'")),
    "no-cells": (
        "warning",
        {"src_py/a.py": notebook().replace("# %%\n", "")},
        {"src_py/a.py": "# /// script\n# dependencies = []\n# ///\nx = 1\n"},
    ),
    "accidental-command": ("error", code("# copy the weights"), code("# # copy the weights")),
    "doubtful-command": ("warning", code("# ls\nx = 1"), code("# ls")),
    "cell-tag": (
        "warning",
        notebook('# %% tags=["skip_smoke"]\n1'),
        notebook('# %% tags=["smoke"]\n1'),
    ),
    "newer-syntax": ("warning", code("x = t'{1}'"), code("x = f'{1}'")),
    "not-python": ("error", code("x = ("), code("x = ()")),
    "shadowed-module": (
        "error",
        {"src_py/a.py": code("import random"), "src_py/random.py": ""},
        {"src_py/a.py": code("import randoms"), "src_py/randoms.py": ""},
    ),
    "imported-notebook": (
        "error",
        {"src_py/a.py": code("import b"), "src_py/b.py": "# %%\n"},
        {"src_py/a.py": code("import b"), "src_py/b.py": "x = 1\n"},
    ),
    "relative-import": (
        "error",
        beside("from . import helper"),
        beside("try:\n    from . import helper\nexcept ImportError:\n    from tts import helper"),
    ),
    "sibling-import": ("warning", beside("import helper"), beside("from tts import helper")),
    "header-syntax": ("error", notebook(toml="id = "), notebook(toml="")),
    "header-unknown-key": ("error", key("machine = 1"), key('machine_shape = ""')),
    "header-value": ("error", key('is_private = "yes"'), key("is_private = true")),
    "header-replaced": ("warning", key('code_file = "a.py"'), key('docker_image = "a"')),
    "header-missing-key": ("error", notebook(toml="[tool.nbship.kaggle]"), notebook()),
    "id-form": ("error", notebook(toml=KAGGLE.replace("awa/", "")), notebook()),
    "title-length": ("error", notebook(toml=KAGGLE.replace("Tiny", "Tiny" * 20)), notebook()),
    "title-slug": ("error", notebook(toml=KAGGLE.replace("Tiny", "Tinny")), notebook()),
    "requirement": (
        "error",
        notebook(toml='dependencies = ["a b"]'),
        notebook(toml='dependencies = ["a-b"]'),
    ),
    "source-prefix": (
        "error",
        key('competition_sources = ["c/titanic"]'),
        key('competition_sources = ["titanic"]'),
    ),
    "source-form": ("error", key('dataset_sources = ["x"]'), key('dataset_sources = ["a/x"]')),
    "duplicate-id": (
        "error",
        {"src_py/a.py": notebook(), "src_py/b.py": notebook()},
        {"src_py/a.py": notebook(), "src_py/b.py": notebook(toml=OTHER)},
    ),
    "duplicate-name": (
        "error",
        {"src_py/a.py": "# %%\n", "src_py/a.R": "# %%\n"},
        {"src_py/a.py": "# %%\n", "src_py/b.R": "# %%\n"},
    ),
    "file-name": ("error", {"src_py/a.r": "# %%\n"}, {"src_py/a.R": "# %%\n"}),
    "folder-clash": (
        "error",
        {"src_py/a.py": "# %%\n", "src_py/a/b.py": "# %%\n"},
        {"src_py/a.py": "# %%\n", "src_py/ab/b.py": "# %%\n"},
    ),
    "unknown-parameter": (
        "error",
        notebook('# %% tags=["parameters"]\nCUONT = 1', toml=KAGGLE + SMOKE),
        notebook('# %% tags=["parameters"]\nCOUNT = 1', toml=KAGGLE + SMOKE),
    ),
    "id-changed": (
        "error",
        Files({PATH: notebook()}, before(notebook(toml=OTHER))),
        Files({PATH: notebook()}, before(notebook())),
    ),
    "accelerator-unknown": (
        "warning",
        key('machine_shape = "NvidiaTeslaT5"'),
        key('machine_shape = "NvidiaTeslaT4"'),
    ),
    "accelerator-retired": (
        "error",
        key('machine_shape = "NvidiaTeslaP100"'),
        key('machine_shape = "NvidiaTeslaT4"'),
    ),
    "internet-in-competition": (
        "warning",
        key('competition_sources = ["titanic"]\nenable_internet = true'),
        key('competition_sources = ["titanic"]\nenable_internet = false'),
    ),
    "undeclared-input": (
        "error",
        code('open("/kaggle/input/x/y.csv")'),
        code('open("/kaggle/working/x/y.csv")'),
    ),
    "unknown-input": (
        "warning",
        code('x = "/kaggle/input/x/y.csv"'),
        code('print("see /kaggle/input/x/y.csv")'),
    ),
    "undefined-name": ("warning", code("model = trian(1)"), code("import trian\ntrian(1)")),
    "secret": ("error", code(f'x = "{TOKEN}"'), code(f'x = "{TOKEN[:-9]}"')),
    "git-not-asked": (
        "warning",
        Files({}, GitFacts(refusal="dubious ownership", way_out="git config x")),
        Files({}, GitFacts()),
    ),
    "committed-outputs": ("error", Files({}, index("1")), Files({}, index(""))),
    "unused-allow": (
        "warning",
        code("x = 1  # nbship: allow secret"),
        code(f'x = "{TOKEN}"  # nbship: allow secret'),
    ),
}


def findings_in(given: Given, code: str) -> tuple[Diagnostic, ...]:
    """Return the findings; undefined names are looked for in their own examples."""
    look = check_names if code == "undefined-name" else check
    if isinstance(given, Files):
        return look(given.files, given.git, disk=given.disk)
    return look(given)


def codes_in(given: Given, code: str) -> set[str]:
    return {finding.code for finding in findings_in(given, code)}


def test_every_code_has_its_level_and_its_examples() -> None:
    assert {code: level for code, (level, _, _) in TABLE.items()} == {
        code: rule.level for code, rule in RULES.items()
    }


@pytest.mark.parametrize("code", TABLE)
def test_the_example_has_the_finding_and_its_neighbour_has_none(code: str) -> None:
    if code == "newer-syntax" and RUNNING >= NEWEST:
        pytest.skip("this Python reads all of it")
    _, fires, neighbour = TABLE[code]
    assert codes_in(fires, code) == {code}
    assert codes_in(neighbour, code) == set()


def test_every_warning_can_be_allowed() -> None:
    """A warning may be wrong: who knows better must have a way to say so."""
    warnings = {code for code, rule in RULES.items() if rule.level == "warning"}
    assert {code for code in warnings if not RULES[code].can_allow} == {
        "unused-allow",  # removing the comment is the way
        "git-not-asked",  # it is at no line of a file
    }
