"""check as users run it: with doit, the nbship command, git and the hook."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.workspace import TINY, Workspace

pytestmark = pytest.mark.unmeasured

HOOKS = ROOT / ".pre-commit-hooks.yaml"


def both(lab: Workspace) -> list[str]:
    """Return the lines of the findings, which doit and nbship must print alike."""
    doit, nbship = lab.doit("check"), lab.inside("check")
    assert doit.code == nbship.code
    lines = nbship.out.splitlines()
    assert [line for line in doit.out.splitlines() if line != ".  check"] == lines
    assert doit.err == nbship.err
    return lines


def test_a_valid_workspace_is_reported_as_valid(lab: Workspace) -> None:
    assert both(lab) == ["check    all  1 notebook is valid"]
    assert lab.inside("check").code == 0
    assert json.loads(lab.inside("check", "--format", "json").out) == []


def test_one_wrong_header_is_one_line(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# title =", "# tilte =")
    assert both(lab) == [
        (
            "src_py/tiny.py:7:3: header-unknown-key unknown key 'tilte' in [tool.nbship.kaggle]; "
            "did you mean 'title'?"
        )
    ]
    result = lab.inside("check")
    assert result.code == 1
    assert result.err == (
        "check: 1 error in 1 file (1 notebook): correct each at its line, or allow it there with "
        "'# nbship: allow CODE'\n"
    )


def test_no_file_is_changed_or_made(lab: Workspace) -> None:
    lab.write("src_py/wrong.py", "# %%\nprint((\n")

    def state() -> dict[str, tuple[bytes, int]]:
        files = [p for p in lab.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}

    before = state()
    assert lab.inside("check").code == 1
    assert state() == before


def test_the_format_is_that_of_the_option_or_of_the_ci(lab: Workspace) -> None:
    lab.write("src_py/wrong.py", "# %%\nprint((\n")
    text = "src_py/wrong.py:2:7: not-python not Python: '(' was never closed"
    command = f"::error file=src_py/wrong.py,line=2,col=7,title=nbship not-python::{text}"
    assert lab.nbship("check", GITHUB_ACTIONS="false").out == f"{text}\n"
    assert lab.nbship("check", GITHUB_ACTIONS="true").out == f"{command}\n"
    assert lab.nbship("check", "--format", "text", GITHUB_ACTIONS="true").out == f"{text}\n"
    assert lab.doit("check", "--format", "github").out == f".  check\n{command}\n"
    (found,) = json.loads(lab.inside("check", "--format", "json").out)
    assert (found["file"], found["line"], found["code"]) == ("src_py/wrong.py", 2, "not-python")


def test_a_warning_fails_only_a_strict_check(lab: Workspace) -> None:
    lab.replace(
        "src_py/tiny.py",
        "# title =",
        "# competition_sources = ['titanic']\n# enable_internet = true\n# title =",
    )
    line = "src_py/tiny.py:8:3: warning: internet-in-competition "
    assert both(lab)[0].startswith(line)
    assert both(lab)[-1] == "check    all  1 notebook is valid, with 1 warning"
    assert lab.inside("check").code == 0
    for result in (lab.inside("check", "--strict"), lab.doit("check", "--strict")):
        assert result.code == 1
        assert line in result.out
        assert result.err.startswith("check: 1 warning in 1 file (1 notebook): ")
    (found,) = json.loads(lab.inside("check", "--format", "json").out)
    assert found["level"] == "warning"
    assert lab.inside("check", "--format", "github").out.startswith("::warning file=src_py/tiny.py")


def test_an_unknown_format_is_refused(lab: Workspace) -> None:
    result = lab.inside("check", "--format", "jsn")
    assert (result.code, result.err) == (2, "unknown format 'jsn'; did you mean 'json'?\n")


def test_a_wrong_workspace_exits_with_2(bare: Workspace, tmp_path: Path) -> None:
    bare.write("pyproject.toml", "[tool.nbship]\ninput = 1\n")
    assert bare.inside("check").code == 2
    outside = Workspace(tmp_path / "outside")
    outside.root.mkdir()
    assert outside.inside("check").code == 2


def test_paths_limit_what_is_reported(lab: Workspace) -> None:
    lab.write("src_py/deep/one.py", "# %%\nprint((\n")
    lab.write("src_py/two.py", "# %%\nprint((\n")
    lab.write("README.md", "")
    lab.write("../elsewhere.py", "")
    found = {
        (): ["src_py/deep/one.py", "src_py/two.py"],
        ("src_py/two.py", "README.md", "../elsewhere.py"): ["src_py/two.py"],
        ("src_py/deep",): ["src_py/deep/one.py"],
        (str(lab.root / "src_py/two.py"),): ["src_py/two.py"],
        ("src_py/tiny.py",): [],
        (".",): ["src_py/deep/one.py", "src_py/two.py"],
    }
    for paths, names in found.items():
        result = lab.inside("check", "--format", "json", *paths)
        assert [entry["file"] for entry in json.loads(result.out)] == names
        assert result.code == (1 if names else 0)
    inner = Workspace(lab.root / "src_py/deep")
    assert "deep/one.py:2:7" in inner.inside("check", "one.py").out


# --- git ---


def test_an_id_is_permanent_also_across_a_rename(lab: Workspace) -> None:
    lab.git("mv", "src_py/tiny.py", "src_py/small.py")
    lab.replace("src_py/small.py", "awa/tiny-kernel", "awa/small-kernel")
    lab.replace("src_py/small.py", "Tiny Kernel", "Small Kernel")
    (line, hint) = both(lab)
    assert line == (
        "src_py/small.py:6:3: id-changed the id 'awa/small-kernel' was 'awa/tiny-kernel' in the "
        "last commit, and an id is permanent"
    )
    assert "another kernel" in hint
    lab.replace("src_py/small.py", "# id =", "# # nbship: allow id-changed\n# id =")
    assert lab.inside("check").code == 0
    lab.commit()
    assert lab.inside("check").code == 0


def test_outputs_in_the_index_are_found_not_those_in_the_working_tree(
    lab: Workspace,
) -> None:
    stained = '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [1], "source": ""}]}'
    lab.write("notebooks/tiny.ipynb", stained)
    assert lab.inside("check").code == 0
    lab.git("add", "notebooks")
    assert both(lab)[0].startswith("notebooks/tiny.ipynb:1:50: committed-outputs git's index has")
    lab.write("notebooks/tiny.ipynb", stained.replace("[1]", "[]"))
    assert lab.inside("check").code == 1
    lab.git("add", "notebooks")
    assert lab.inside("check").code == 0


def test_a_real_conflict_is_one_line_for_each_file(lab: Workspace) -> None:
    for branch, count in (("one", "4"), ("two", "5")):
        lab.git("checkout", "-q", "-b", branch, "main")
        lab.replace("src_py/tiny.py", "COUNT = 3", f"COUNT = {count}")
        lab.replace("src_py/words.py", '"hello "', f'"hello {count}"')
        lab.commit()
    assert lab.run("git", "merge", "-q", "one").code == 1
    places = [line.split(" ")[:2] for line in both(lab) if not line.startswith(" ")]
    assert places == [
        ["src_py/tiny.py:18:1:", "conflict-marker"],
        ["src_py/words.py:5:1:", "conflict-marker"],
    ]


# --- the hook ---


def hook(lab: Workspace) -> int:
    """Run the hook's entry as pre-commit does: with the staged files, without unstaged changes."""
    text = HOOKS.read_text()
    entry = re.findall(r"^  entry: (.*)$", text, re.MULTILINE)
    assert entry == ["nbship check"]
    staged = lab.git("diff", "--staged", "--name-only", "--diff-filter=ACMRTUXB").out.split()
    lab.git("stash", "push", "-q", "--keep-index")
    try:
        return lab.nbship(*entry[0].split()[1:], *staged).code
    finally:
        lab.git("reset", "-q", "--hard")
        lab.git("stash", "pop", "-q", "--index")


def test_the_hook_sees_what_is_staged(lab: Workspace) -> None:
    lab.replace("src_py/words.py", "hello", "good day")
    lab.git("add", "-A")
    lab.replace("src_py/tiny.py", "# %%", "<<<<<<< not staged\n=======\n# %%")
    assert hook(lab) == 0
    lab.git("add", "-A")
    lab.replace("src_py/words.py", "good", "a good")
    assert hook(lab) == 1


def test_the_hook_is_described_for_pre_commit() -> None:
    lines = HOOKS.read_text().splitlines()
    settings = dict(line.strip(" -").split(": ", 1) for line in lines if not line.startswith("#"))
    assert settings["id"] == "nbship-check"
    assert settings["language"] == "python"
    assert settings["types_or"] == "[python, jupyter]"
    assert settings["pass_filenames"] == "true"  # noqa: S105 - pre-commit's word
    assert settings["require_serial"].startswith("true")


# --- imports and docs ---


@pytest.mark.parametrize("command", ["doit", "nbship"])
def test_nothing_slow_is_imported(lab: Workspace, command: str) -> None:
    """People wait for a hook: slow libraries are imported only for sources that need them."""
    module = {"doit": "doit.__main__", "nbship": "nbship.cli"}[command]
    code = (
        f"import sys; from {module} import main as run\nsys.argv = [{command!r}, 'check']\n"
        "try: run()\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    result = lab.run(sys.executable, "-c", code)
    slow = {"jupytext", "nbformat", "yaml", "packaging", "slugify", "detect_secrets", "requests",
            "papermill", "kagglesdk"}  # fmt: skip
    modules = set(result.err.split())
    assert "nbship.verbs.check" in modules
    assert not slow & modules


def test_this_workspace_is_clean() -> None:
    result = Workspace(ROOT).inside("check")
    assert (result.code, result.out) == (0, "check    all  4 notebooks are valid\n")


def test_the_readme_links_the_codes() -> None:
    assert "docs/reference/checks.md" in (ROOT / "README.md").read_text()


def test_the_line_numbers_above_fit_the_source() -> None:
    assert TINY.split("\n")[5].startswith("# id = ")


def test_a_repo_that_git_refuses_is_a_warning_with_gits_own_way_out(lab: Workspace) -> None:
    owned = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    result = lab.nbship("check", **owned)
    assert result.code == 0
    assert "src_py: warning: git-not-asked" in result.out
    assert f"git config --global --add safe.directory {lab.root}" in result.out
    assert lab.inside("check", "--strict", **owned).code == 1
