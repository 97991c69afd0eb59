"""The pages that are made from the code: as the code gives them, and how they are written."""

import pytest

from tests.support.generated import COMMAND, PAGES, Page, markers, table
from tests.support.paths import ROOT

BEGIN, END = markers("part")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.path} {page.section}".strip())
def test_a_page_is_what_the_code_gives(page: Page) -> None:
    text = (ROOT / page.path).read_text(encoding="utf-8")
    assert page.updated(text) == text, f"{page.path} is outdated: {COMMAND}"


def test_a_whole_page_is_replaced() -> None:
    page = Page("docs/x.md", lambda: "\nnew\n\n")
    assert page.updated("old\n") == page.updated("") == "new\n"


def test_a_section_is_replaced_and_the_rest_stays() -> None:
    page = Page("docs/x.md", lambda: "new", section="part")
    text = page.updated(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    assert text == f"above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"
    assert page.updated(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{BEGIN}\n",
        f"{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n{END}\n{END}\n",
        f"{END}\n{BEGIN}\n{END}\n",
    ],
)
def test_a_section_without_its_two_markers_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"docs/x\.md must have each of these lines once"):
        Page("docs/x.md", lambda: "new", section="part").updated(text)


def test_a_table_keeps_its_columns() -> None:
    assert table(("a", "b"), [("x|y", ""), ("1\n2", "z")]) == (
        "| a | b |\n| --- | --- |\n| x\\|y | |\n| 1 2 | z |"
    )
