"""The documentation as files: each page is in the menu, each command is played or says why not."""

import re
from typing import get_args

import pytest
import yaml

from nbship.core.scaffold.templates import INSTALL
from nbship.local.faults.rules import Action
from nbship.model.push import Record, RecordState
from tests.support.pages import PAGES, blocks, place_of
from tests.support.paths import ROOT

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
README = TEXTS["README.md"]
DOCS = {name.removeprefix("docs/"): text for name, text in TEXTS.items() if "docs/" in name}


def menu(entries: list[dict[str, object]]) -> list[str]:
    """Return the pages of the menu, from its top to its end."""
    found = []
    for entry in entries:
        for value in entry.values():
            found += menu(value) if isinstance(value, list) else [str(value)]
    return found


def test_every_page_is_in_the_menu_once() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(menu(config["nav"])) == sorted(DOCS)


@pytest.mark.parametrize("page", [name for name in TEXTS if name != "README.md"])
def test_a_page_that_has_commands_says_where_they_are_played(page: str) -> None:
    assert bool(place_of(TEXTS[page])) == any(block.is_played for block in blocks(TEXTS[page]))


def test_the_readme_has_commands_only_where_ci_runs_them() -> None:
    start = re.findall(r"^## Start\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    assert [b for b in blocks(README) if b.is_played] == blocks(start[0])
    assert len(README.splitlines()) <= 120


def test_the_way_to_install_nbship_stands_in_one_place() -> None:
    """A page links to it, or shows a part that is generated from it."""
    generated = re.compile(r"<!-- begin .*?<!-- end .*? -->", re.DOTALL)
    for name, text in TEXTS.items():
        rest = generated.sub("", text)
        assert INSTALL not in rest, name
        assert not re.search(r"pip install (?!-e)\S*nbship", rest), name


def test_every_state_and_key_of_a_record_is_described() -> None:
    page = DOCS["reference/runs.md"]
    for word in (*get_args(RecordState), *Record.__dataclass_fields__):
        assert f"`{word}`" in page, word


def test_every_fault_is_described() -> None:
    for action in get_args(Action):
        assert f"| `{action}` |" in DOCS["reference/local-kaggle.md"]
