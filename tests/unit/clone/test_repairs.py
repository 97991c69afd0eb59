"""The repairs of a clone: only what is faulty changes."""

from dataclasses import replace

import pytest

from nbship.core.clone.diagnosis import CLEAN, REQUIRED, TEXTCONV, CloneFacts, program_of
from nbship.core.clone.repairs import repairs_for, settings_for
from tests.unit.clone.test_diagnosis import SETTINGS, WELL, clone, config
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
        (replace(WELL, clone=None, no_clone="no repo"), set()),
    ],
)
def test_only_settings_that_are_in_the_way_are_changed(
    facts: CloneFacts, changed: set[str]
) -> None:
    assert set(repairs_for(facts, SETTINGS).config) == changed


def test_files_get_the_lines_that_they_lack() -> None:
    facts = replace(clone(attributes=without("x.yml", eol=""), ignored=frozenset()), pyproject="")
    files = repairs_for(facts, SETTINGS).files
    assert files[".gitattributes"] == ("*.yml text eol=lf",)
    assert files[".gitignore"] == ("/build/", "/runs/", "/.nbship/")
    assert files["pyproject.toml"][1] == "[tool.jupytext]"


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


def test_a_percent_sign_is_not_taken_for_a_placeholder_of_gits() -> None:
    settings = settings_for("/100%f/python")
    assert settings[CLEAN].startswith("/100%%f/python ")
    assert settings[TEXTCONV].startswith("/100%f/python ")


def test_a_checkout_writes_a_notebook_as_git_has_it() -> None:
    settings = settings_for("/venv/bin/python")
    assert (settings["filter.nbstripout.smudge"], settings[REQUIRED]) == ("cat", "true")
