"""The doctor in a workspace with other folders: rules, lines and messages name these folders."""

import tomllib
from dataclasses import replace

import pytest

from nbship.core.clone import git_attributes, jupytext_config
from nbship.core.clone.diagnosis import diagnose
from nbship.core.clone.git_attributes import FolderRules, attribute_rules, ignore_rules
from nbship.core.clone.jupytext_config import lacks, table
from nbship.core.clone.repairs import repairs_for
from nbship.core.pairing.notebook_metadata import paired_metadata
from nbship.model.jupytext_options import jupytext_options
from nbship.model.layout import Layout
from tests.support.usual import LAYOUT, RULES
from tests.unit.clone.test_diagnosis import WELL

OTHERS = [
    Layout("code", "ipynb", "made", "results"),
    Layout("kaggle/src", "kaggle/notebooks", "out/build", "out/runs"),
]


def renamed(text: str, layout: Layout) -> str:
    for key in ("sources", "notebooks", "build", "runs"):
        text = text.replace(f"{getattr(LAYOUT, key)}/", f"{getattr(layout, key)}/")
    return text


@pytest.mark.parametrize("layout", OTHERS)
def test_each_rule_is_the_usual_one_with_the_names_of_the_folders(layout: Layout) -> None:
    assert [(rule.line, rule.path) for rule in attribute_rules(layout)] == [
        (renamed(rule.line, layout), renamed(rule.path, layout)) for rule in RULES
    ]
    assert [(rule.line, rule.path) for rule in ignore_rules(layout)] == [
        (renamed(rule.line, layout), renamed(rule.path, layout)) for rule in ignore_rules(LAYOUT)
    ]


@pytest.mark.parametrize("layout", OTHERS)
def test_formats_are_compared_with_the_folders(layout: Layout) -> None:
    assert lacks(table(layout), layout) == ()
    expected = f"{layout.sources}///py:percent,{layout.notebooks}///ipynb"
    (fault,) = lacks(table(LAYOUT), layout)
    assert fault == f'formats is not "{expected}": JupyterLab would pair other files'
    for one in (Layout(sources=layout.sources), Layout(notebooks=layout.notebooks)):
        assert len(lacks(table(one), layout)) == 1
    assert jupytext_config.lines_to_add("", layout)[2] == f'formats = "{expected}"'
    assert tomllib.loads(table(layout))["tool"]["jupytext"] == jupytext_options(layout)


@pytest.mark.parametrize("layout", OTHERS)
def test_a_notebook_in_r_names_the_pair_of_the_folders(layout: Layout) -> None:
    entry = paired_metadata({}, {}, ".R", jupytext_options(layout))["jupytext"]
    assert entry["formats"] == f"{layout.sources}///R:percent,{layout.notebooks}///ipynb"
    assert "jupytext" not in paired_metadata({}, {}, ".R", {})


@pytest.mark.parametrize("layout", OTHERS)
def test_the_repairs_are_those_that_the_diagnosis_asks_for(layout: Layout) -> None:
    bare = FolderRules({}, frozenset())
    facts = replace(WELL, layout=layout, rules=bare, pyproject="", has_readme=False)
    said = "\n".join(finding.message for finding in diagnose(facts))
    repairs = repairs_for(facts, WELL.clone.config if WELL.clone else {}).files
    for line in (*repairs[".gitattributes"], *repairs[".gitignore"]):
        assert line in said
    assert f"pair notebooks with {layout.sources}/" in said
    readme = repairs[f"{layout.notebooks}/README.md"]
    assert len(readme) == 3
    assert f"`{layout.sources}/`" in readme[1]
    assert not repairs_for(replace(facts, has_readme=True), {}).files.keys() - {
        ".gitattributes",
        ".gitignore",
        "pyproject.toml",
    }
    lines = git_attributes.lines_to_add(attribute_rules(layout)[6:7], layout)
    assert lines[1] == f"/{layout.build}/** -text -filter -diff -merge linguist-generated"
    healed = FolderRules({}, frozenset(rule.path for rule in ignore_rules(layout)))
    assert ".gitignore" not in repairs_for(replace(facts, rules=healed), {}).files
    healthy = diagnose(replace(facts, pyproject=table(layout)))
    assert f"JupyterLab pairs {layout.notebooks}/ with {layout.sources}/, without headers" in [
        finding.message for finding in healthy
    ]
