"""The repairs of a clone: only what is faulty changes."""

from dataclasses import replace

import pytest

from nbship.core.clone.diagnosis import CLEAN, MERGE, REQUIRED, TEXTCONV, CloneFacts, program_of
from nbship.core.clone.git_attributes import FolderRules
from nbship.core.clone.repairs import repairs_for, settings_for
from tests.support.paths import ROOT
from tests.unit.clone.test_diagnosis import NO_REPO, RULES, SETTINGS, WELL, clone, config
from tests.unit.clone.test_git_attributes import without


def test_a_healthy_clone_needs_no_repair() -> None:
    repairs = repairs_for(WELL, SETTINGS)
    assert not repairs.config
    assert not repairs.files


@pytest.mark.parametrize(
    ("facts", "changed"),
    [
        (clone(config={}), set(SETTINGS)),
        (clone(config=config(required=None)), {REQUIRED}),
        (clone(config=config(clean="x"), gone={CLEAN: "/gone"}), {CLEAN}),
        # Another command that works is left unchanged.
        (clone(config=config(clean="'/other/venv/bin/python' -m nbstripout --keep-id")), set()),
        (NO_REPO, set()),
    ],
)
def test_only_settings_that_are_in_the_way_are_changed(
    facts: CloneFacts, changed: set[str]
) -> None:
    assert set(repairs_for(facts, SETTINGS).config) == changed


def test_files_get_the_lines_that_they_lack() -> None:
    rules = FolderRules(without("x.yml", eol=""), RULES.ignored - {"build/x", "runs/x"})
    for facts in (WELL, NO_REPO):
        files = repairs_for(replace(facts, rules=rules, pyproject=""), SETTINGS).files
        assert files[".gitattributes"] == ("*.yml text eol=lf",)
        assert files[".gitignore"] == ("/build/", "/runs/")
        assert files["pyproject.toml"][1] == "[tool.jupytext]"


def test_a_new_workspace_keeps_its_notebooks_out_of_git_and_others_decide_themselves() -> None:
    lines = ("/notebooks/*", "!/notebooks/README.md")
    assert ".gitignore" not in repairs_for(WELL, SETTINGS).files
    assert repairs_for(WELL, SETTINGS, hides_notebooks=True).files[".gitignore"] == lines
    ignored = FolderRules(RULES.attributes, RULES.ignored | {"notebooks/x.ipynb"})
    assert not repairs_for(replace(WELL, rules=ignored), SETTINGS, hides_notebooks=True).files


def test_in_a_repo_that_git_cannot_use_no_file_changes() -> None:
    facts = replace(NO_REPO, rules=None, pyproject="")
    assert not repairs_for(facts, SETTINGS).files
    without_git = replace(facts, git=None)
    assert list(repairs_for(without_git, SETTINGS).files) == ["pyproject.toml"]


def test_a_pyproject_that_jupytext_does_not_read_is_left_alone() -> None:
    facts = replace(WELL, pyproject="", other_jupytext=".jupytext")
    assert not repairs_for(facts, SETTINGS).files


@pytest.mark.parametrize(
    "python", ["/venv/bin/python", "/my labs/it's/$HOME/`x`/python", '/"quoted"/python']
)
def test_a_path_comes_through_the_shell_as_it_is(python: str) -> None:
    settings = settings_for(python)
    assert program_of(settings[CLEAN]) == python
    assert program_of(settings[TEXTCONV]) == python
    assert program_of(settings[MERGE]) == python


def test_a_percent_sign_is_not_taken_for_a_placeholder_of_gits() -> None:
    settings = settings_for("/100%f/python")
    assert settings[CLEAN].startswith("/100%%f/python ")
    assert settings[TEXTCONV].startswith("/100%f/python ")


def test_the_folder_of_the_notebooks_says_what_it_is_here_too() -> None:
    readme = repairs_for(replace(WELL, has_readme=False), {}).files["notebooks/README.md"]
    assert (ROOT / "notebooks/README.md").read_text(encoding="utf-8").splitlines() == [*readme]
