"""The parts of a notebook that a rehearsal runs: by tags, and to the cell that --until names."""

from typing import Any

import pytest

from nbship.core.artifact.parts import Parts, parts_of
from nbship.errors import WorkspaceError
from nbship.model.workspace import Origin

SOURCE = "src_py/a.py"


def cell(text: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "id": text or "empty", "metadata": metadata, "source": text}


CELLS = [
    cell("bundle", "nbship-bundle"),
    cell("# Title", kind="markdown"),
    cell("first", "parameters", "timeout=2"),
    cell(""),
    cell("second", "skip-smoke"),
    cell("module"),
    cell("third", "only-colab", "last"),
    cell("# End", "the-end", kind="markdown"),
    cell("fourth", "timeout=x"),
]
LINES = (
    None,
    *(Origin(SOURCE, line) for line in (10, 20, 25, 30)),
    Origin("src_py/m.py", 1, 2),
    *(Origin(SOURCE, line) for line in (40, 45, 50)),
)
SECOND, THIRD = "cell 3 (line 30): tagged skip-smoke", "cell 5 (line 40): tagged only-colab"


def parts(until: str = "", service: Any = "kaggle") -> Parts:
    return parts_of(CELLS, LINES, SOURCE, service, until)


def test_tags_leave_out_cells_and_limit_them() -> None:
    assert parts() == Parts(
        {"second": "skipped: tagged skip-smoke", "third": "skipped: tagged only-colab"},
        {"first": 2},
        (SECOND, THIRD),
    )
    assert parts(service="colab").left_out == (SECOND,)


@pytest.mark.parametrize(
    ("until", "partial", "not_run"),
    [
        ("1", "it ended after cell 1", ["first", "second", "module", "third", "fourth"]),
        ("3", "it ended after cell 3 (line 30)", ["module", "third", "fourth"]),
        ("4", "it ended after cell 4", ["third", "fourth"]),
        ("6", "", []),
        (":20", "it ended after cell 2 (line 20)", ["second", "module", "third", "fourth"]),
        (":39", "it ended after cell 3 (line 30)", ["module", "third", "fourth"]),
        (f"{SOURCE}:49", "it ended after the text (line 45)", ["fourth"]),
        (":999", "", []),
        ("parameters", "it ended after cell 2 (line 20)", ["second", "module", "third", "fourth"]),
        ("last", "it ended after cell 5 (line 40)", ["fourth"]),
        ("the-end", "it ended after the text (line 45)", ["fourth"]),
    ],
)
def test_the_last_cell_is_named_by_number_line_or_tag(
    until: str, partial: str, not_run: list[str]
) -> None:
    found = parts(until)
    assert found.partial == partial
    assert [name for name, why in found.skipped.items() if why.startswith("not run")] == not_run
    ran = {"second": SECOND, "third": THIRD}.items()
    assert found.left_out == tuple(text for name, text in ran if name not in not_run)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("0", "has 6 cells with code"),
        ("7", "has 6 cells with code"),
        (":9", "no cell begins at this line or before it"),
        ("parametres", "no cell has this tag; did you mean 'parameters'?"),
        ("²", "no cell has this tag; known: "),
    ],
)
def test_a_cell_that_is_not_there_is_refused(until: str, words: str) -> None:
    with pytest.raises(WorkspaceError, match=words) as error:
        parts(until)
    assert str(error.value).startswith(f"{SOURCE}: --until {until}: ")
    assert error.value.exit_code == 2
