"""[tool.nbship] of pyproject.toml: each key has a default, and an unknown key is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.config import has_workspace, layout_of, parse_workspace
from nbship.diagnostics import Place
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout
from nbship.model.target import BUILT_IN, DEFAULT, GuardMode, Target

ROOT = Path("lab")
DEV = "tool.nbship.targets.dev"
REMOTES = "'kaggle', 'local'"
NAME_FORM = "a target's name has lowercase letters, digits and single dashes"


@pytest.mark.parametrize("text", ["", "[tool.ruff]\n", "[tool.nbship]\n"])
def test_without_keys_everything_has_its_default(text: str) -> None:
    workspace = parse_workspace(ROOT, text)
    assert (workspace.root, workspace.inputs) == (ROOT, ROOT / "tests/inputs")


def test_the_inputs_may_lie_elsewhere_in_the_workspace() -> None:
    workspace = parse_workspace(ROOT, '[tool.nbship]\ninputs = "samples/small"\n')
    assert workspace.inputs == ROOT / "samples/small"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.nbship\n", "not TOML: "),
        ("tool = 1\n", "tool must be a table"),
        ("[tool]\nnbship = 1\n", "tool.nbship must be a table"),
        ("[[tool.nbship]]\n", "tool.nbship must be a table"),
        ('[tool.nbship]\ninput = "x"\n', "unknown key 'input' in [tool.nbship]; did you mean 'inp"),
        (
            "[tool.nbship]\nzzz = 1\n",
            "unknown key 'zzz' in [tool.nbship]; known: build",
        ),
        ("[tool.nbship]\ninputs = 1\n", "inputs must be a folder inside the workspace, not 1"),
        ('[tool.nbship]\ninputs = "/data"\n', "must be a folder inside the workspace, not '/data'"),
        ('[tool.nbship]\ninputs = "a/../../b"\n', "must be a folder inside the workspace, not 'a/"),
    ],
)
def test_what_is_wrong_is_refused_with_the_file_it_stands_in(text: str, message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        parse_workspace(ROOT, text)
    assert message in caught.value.message
    assert caught.value.place == Place("pyproject.toml")


@pytest.mark.parametrize("text", ["", "[tool.nbship.targets]\n", "[tool.nbship.targets.main]\n"])
def test_without_keys_there_are_the_built_in_targets(text: str) -> None:
    assert parse_workspace(ROOT, text).targets == BUILT_IN


def test_a_new_target_has_a_default_for_each_key() -> None:
    targets = parse_workspace(ROOT, "[tool.nbship.targets.lab]\n").targets
    assert targets == {**BUILT_IN, "lab": Target("lab", "kaggle", rehearsal=True, guards={})}


def test_each_key_of_a_target_is_read() -> None:
    text = """\
[tool.nbship.targets.my-2-dev]
remote = "local"
rehearsal = false
guards = { clean-tree = "warn", smoked = "refuse" }
personal = true
branches = ["main", "release/*"]
reserve = 2
kaggle = { machine_shape = "NvidiaTeslaT4" }
"""
    guards: dict[str, GuardMode] = {"clean-tree": "warn", "smoked": "refuse"}
    expected = Target(
        "my-2-dev", "local", rehearsal=False, guards=guards, personal=True, reserve=2.0,
        keys={"machine_shape": "NvidiaTeslaT4"}, branches=("main", "release/*"),
    )  # fmt: skip
    assert parse_workspace(ROOT, text).targets["my-2-dev"] == expected


def test_a_table_changes_only_the_named_keys_of_a_built_in_target() -> None:
    text = """\
[tool.nbship.targets.main]
rehearsal = false
[tool.nbship.targets.local.guards]
one-run = "warn"
"""
    targets = parse_workspace(ROOT, text).targets
    assert targets["main"] == replace(BUILT_IN["main"], rehearsal=False)
    guards: dict[str, GuardMode] = {**BUILT_IN["local"].guards, "one-run": "warn"}
    assert targets["local"] == Target("local", "local", guards=guards)
    assert "one-run" not in BUILT_IN["local"].guards


def test_the_usual_target_is_main_or_the_one_that_is_named() -> None:
    assert parse_workspace(ROOT, "[tool.nbship]\n").target == DEFAULT
    text = '[tool.nbship]\ntarget = "lab"\n[tool.nbship.targets.lab]\n'
    assert parse_workspace(ROOT, text).target == "lab"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target = 1", "tool.nbship.target must name a target, not 1"),
        (
            'target = "man"',
            "tool.nbship.target must name a target, not 'man'; did you mean 'main'?",
        ),
        ("targets.dev.personal = 1", f"{DEV}.personal must be true or false, not 1"),
        ("targets.dev.reserve = -1", f"{DEV}.reserve must be a number of hours, not -1"),
        ("targets.dev.reserve = inf", f"{DEV}.reserve must be a number of hours, not inf"),
        ("targets.dev.reserve = true", f"{DEV}.reserve must be a number of hours, not True"),
        ("targets.dev.kaggle = 1", f"{DEV}.kaggle must be a table"),
        (
            'targets.dev.branches = "main"',
            f'{DEV}.branches must be a list such as ["main", "release/*"], not \'main\'',
        ),
        (
            'targets.dev.branches = [""]',
            f'{DEV}.branches must be a list such as ["main", "release/*"], not [\'\']',
        ),
        ("targets = 1", "tool.nbship.targets must be a table"),
        ("targets.dev = 1", "tool.nbship.targets.dev must be a table"),
        ("targets.Dev = {}", f"tool.nbship.targets.Dev: {NAME_FORM}"),
        ('targets."a--b" = {}', f"tool.nbship.targets.a--b: {NAME_FORM}"),
        (
            "targets.dev.remot = 1",
            "unknown key 'remot' in [tool.nbship.targets.dev]; did you mean 'remote'?",
        ),
        ('targets.dev.remote = "colab"', f"{DEV}.remote must be one of {REMOTES}, not 'colab'"),
        ("targets.dev.remote = []", f"{DEV}.remote must be one of {REMOTES}, not []"),
        (
            "targets.dev.rehearsal = 1",
            f"{DEV}.rehearsal must be true, false or one of 'shim', 'sandbox', not 1",
        ),
        (
            'targets.dev.guards = "warn"',
            f'{DEV}.guards must be a table such as {{ clean-tree = "warn" }}',
        ),
        (
            "targets.dev.guards.smoked = true",
            f"{DEV}.guards.smoked must be one of 'refuse', 'warn', 'skip', not True",
        ),
    ],
)
def test_a_wrong_target_is_refused_in_one_line_that_names_the_key(text: str, message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        parse_workspace(ROOT, f"[tool.nbship]\n{text}\n")
    assert caught.value.message == message
    assert caught.value.place == Place("pyproject.toml")


KEYS = ("sources", "notebooks", "build", "runs", "inputs")


def test_each_folder_is_a_key() -> None:
    text = """\
[tool.nbship]
sources = "./kaggle//src/"
notebooks = "kaggle/ipynb"
build = ".made"
runs = "out/runs+1"
inputs = "some samples"
"""
    workspace = parse_workspace(ROOT, text)
    assert workspace.layout == Layout("kaggle/src", "kaggle/ipynb", ".made", "out/runs+1")
    assert workspace.inputs == ROOT / "some samples"
    assert parse_workspace(ROOT, "").layout == Layout()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "value", ["1", '""', '"."', '"./"', '"/a"', '"a/../b"', "[]", '".git"', '".GIT/x"', '".nbship"']
)
def test_a_folder_outside_the_workspace_or_of_another_program_is_refused(
    key: str, value: str
) -> None:
    with pytest.raises(WorkspaceError, match=f"tool.nbship.{key} must ") as caught:
        parse_workspace(ROOT, f"[tool.nbship]\n{key} = {value}\n")
    assert caught.value.place == Place("pyproject.toml")


@pytest.mark.parametrize("key", KEYS[:4])
@pytest.mark.parametrize("value", ["a b", "a,b", "a*", "-x", "a/b:c", "a\\b", "a\nb", "#a", "{x}"])
def test_a_folder_whose_name_would_need_quotes_is_refused(key: str, value: str) -> None:
    with pytest.raises(WorkspaceError, match=f"tool.nbship.{key} may only have letters") as caught:
        parse_workspace(ROOT, f"[tool.nbship]\n{key} = {json.dumps(value)}\n")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources = 'build'", "sources and tool.nbship.build are both 'build'"),
        ("sources = 'Runs'", "sources and tool.nbship.runs are both 'runs'"),
        ("notebooks = 'src_py/ipynb'", "notebooks is 'src_py/ipynb', inside tool.nbship.sources"),
        ("sources = 'tests/inputs/src'", "sources is 'tests/inputs/src', inside tool.nbship.inp"),
        ("runs = 'tests'", "inputs is 'tests/inputs', inside tool.nbship.runs, which is 'tests'"),
        (
            "build = 'a'\nsources = 'A/b'",
            "sources is 'A/b', inside tool.nbship.build, which is 'a'",
        ),
    ],
)
def test_two_folders_of_which_one_is_in_the_other_are_named(text: str, message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        parse_workspace(ROOT, f"[tool.nbship]\n{text}\n")
    assert message in caught.value.message
    assert caught.value.place == Place("pyproject.toml")


@given(st.dictionaries(st.sampled_from(KEYS), st.text("aA./b", max_size=5)))
def test_folders_that_are_accepted_are_apart(values: dict[str, str]) -> None:
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    workspace, message = None, ""
    try:
        workspace = parse_workspace(ROOT, f"[tool.nbship]\n{lines}\n")
    except WorkspaceError as error:
        message = error.message
    assert workspace or any(f"tool.nbship.{key}" in message for key in values)
    if workspace is None:
        return
    layout = workspace.layout
    inputs = workspace.inputs.relative_to(ROOT).as_posix()
    folders = [layout.sources, layout.notebooks, layout.build, layout.runs, inputs]
    for number, folder in enumerate(folders):
        for other in folders[:number] + folders[number + 1 :]:
            assert not f"{other}/".casefold().startswith(f"{folder}/".casefold())


@pytest.mark.parametrize(
    ("text", "has_it"),
    [
        ("[tool.nbship]\n", True),
        ("[tool.nbship.targets.dev]\n", True),
        ("tool.nbship.runs = 'x'\n", True),
        ("[tool]\nnbship = 1\n", True),
        ("[tool.nbship]\nruns = \n", True),
        ("", False),
        ("# [tool.nbship]\n", False),
        ("[project]\ndependencies = ['nbship']\n", False),
        ("[project]\ndependencies = ['nbship'\n", False),
        ("[tool.nbships]\n", False),
        ("tool = 'nbship'\n", False),
    ],
)
def test_a_workspace_is_known_by_its_table(text: str, has_it: bool) -> None:  # noqa: FBT001 - a row
    assert has_workspace(text) == has_it


@pytest.mark.parametrize(
    "text",
    ["", "[tool.nbship]\n", "[tool.jupytext]\nformats = 'notebooks///ipynb'\n",
     "[tool.nbship]\nruns = 'x'\n", "tool.nbship.sources='x'\n", "tool.nbship.'build' = 'x'\n",
     "[tool]\nnbship = {notebooks = 'x'}\n", "[tool.other]\nbuild = 'x'\n"],
)  # fmt: skip
def test_the_layout_alone_is_that_of_the_workspace(text: str) -> None:
    assert layout_of(text) == parse_workspace(ROOT, text).layout
    is_usual = "nbship" not in text or "x" not in text
    assert (layout_of(text) == Layout()) == is_usual
