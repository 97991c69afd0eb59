"""Tests of the merge of a version into a source: a law over random triples, and each edit."""

from dataclasses import replace

import pytest

from nbship.core.drift.conflicts import MergedText, Triple
from nbship.core.drift.merge import Piece, Prepared, Versions, compared, joined, prepared
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, read_text
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.rescues import Case, case_of, fault_of, rescued
from tests.support.sampling import IS_FULL
from tests.support.triples import HEADER, Made, percent


def code(*lines: str) -> Made:
    return Made("code", list(lines))


A, B, C = code("a = 1", "a = 2", "a = 3"), code("b = 1"), code("c = 1")


def after_header(text: str) -> str:
    return text.removeprefix(HEADER).lstrip("\n")


@pytest.mark.parametrize("first", range(0, 5000 if IS_FULL else 100, 20))
def test_no_line_is_lost_and_the_result_is_proved(first: int) -> None:
    faults = {
        seed: fault for seed in range(first, first + 20) if (fault := fault_of(case_of(seed)))
    }
    assert faults == {}


def test_an_edit_there_changes_no_other_line_of_ours() -> None:
    ours = percent([A, B]).replace("# %%\nb", "#%%  my title\n\n\nb")
    source = Source("src_py/t.py", ours)
    read = read_text(source, SHIPPED_OPTIONS)
    base = read.cells[1:]
    theirs = [{**base[0], "source": "a = 1\na = 9\na = 3"}, base[1]]
    versions = Versions(base, base, theirs, (1, 2))
    found = prepared(
        source, read, Piece(HEADER + "\n", is_kept=True), versions,
        compared(versions, SHIPPED_OPTIONS), SHIPPED_OPTIONS,
    )  # fmt: skip
    assert found.triples == ()
    assert joined(found, [], SHIPPED_OPTIONS).text == ours.replace("a = 2", "a = 9")


def test_edits_of_different_lines_of_a_cell_are_both_taken() -> None:
    ours, theirs = code("a = 10", "a = 2", "a = 3"), code("a = 1", "a = 2", "a = 30")
    merged = rescued(Case([A], [ours], [theirs]))
    assert merged.conflicts == 0
    assert after_header(merged.text) == "# %%\na = 10\na = 2\na = 30\n"


def test_edits_of_one_line_are_a_conflict_with_both() -> None:
    merged = rescued(
        Case([A], [code("a = 1", "a = 5", "a = 3")], [code("a = 1", "a = 6", "a = 3")])
    )
    assert merged.conflicts == 1
    assert after_header(merged.text) == (
        "# %%\na = 1\n<<<<<<< here: src_py/t.py\na = 5\n||||||| version 3 on Kaggle\na = 2\n"
        "=======\na = 6\n>>>>>>> version 4 on Kaggle\na = 3\n"
    )
    assert after_header(merged.ours) == "# %%\na = 1\na = 5\na = 3\n"
    assert after_header(merged.theirs) == "# %%\na = 1\na = 6\na = 3\n"


def test_a_cell_that_one_side_moves_and_the_other_edits_is_no_conflict() -> None:
    edited = code("a = 1", "a = 2", "a = 30")
    for ours, theirs in (([edited, B, C], [B, C, A]), ([B, C, A], [edited, B, C])):
        merged = rescued(Case([A, B, C], ours, theirs))
        assert merged.conflicts == 0
        assert after_header(merged.text) == after_header(percent([B, C, edited]))


def test_a_cell_that_both_move_stays_where_it_is_here() -> None:
    new = code("d = 1")
    merged = rescued(Case([A, B, C, new], [new, A, B, C], [A, new, B, C]))
    assert after_header(merged.text) == after_header(percent([new, A, B, C]))


def test_a_divided_cell_takes_an_edit_of_its_second_half() -> None:
    long = code(*(f"a_{n} = 1" for n in range(8)))
    first, second = code(*long.lines[:4]), code(*long.lines[4:])
    edited = code(*long.lines[:7], "a_7 = 2")
    for ours, theirs in (([edited], [first, second]), ([first, second], [edited])):
        merged = rescued(Case([long], ours, theirs))
        assert merged.conflicts == 0
        assert after_header(merged.text) == after_header(percent([first, code(*edited.lines[4:])]))


def test_joined_cells_take_an_edit_of_one_of_them() -> None:
    first, second = code("a_1 = 1", "a_2 = 1", "a_3 = 1"), code("b_1 = 1", "b_2 = 1", "b_3 = 1")
    both = code(*first.lines, *second.lines)
    merged = rescued(Case([first, second], [first, code("b_1 = 1", "b_2 = 1", "b_3 = 2")], [both]))
    assert merged.conflicts == 0
    assert after_header(merged.text) == after_header(
        percent([code(*first.lines, "b_1 = 1", "b_2 = 1", "b_3 = 2")])
    )


def test_a_cell_that_one_side_removes_and_the_other_edits_is_a_conflict() -> None:
    edited = code("a = 1", "a = 2", "a = 4")
    for ours, theirs in (([B], [edited, B]), ([edited, B], [B])):
        merged = rescued(Case([A, B], ours, theirs))
        assert merged.conflicts == 1
        assert "a = 4" in merged.text
        assert merged.text.endswith(">>>>>>> version 4 on Kaggle\n\n# %%\nb = 1\n")


def test_cells_that_both_sides_add_in_one_place_are_both_there_ours_first() -> None:
    new, other = code("new = 1"), code("other = [2]")
    merged = rescued(Case([A, B], [A, new, B], [A, other, B]))
    assert merged.conflicts == 0
    assert after_header(merged.text) == after_header(percent([A, new, other, B]))
    same = rescued(Case([A, B], [A, new, B], [A, new, B]))
    assert after_header(same.text) == after_header(percent([A, new, B]))


def test_without_a_base_what_differs_is_a_conflict_and_the_rest_is_there() -> None:
    ours, theirs = [A, B, C], [code("a = 1", "a = 20", "a = 3"), B, code("new = [1, 2]"), C]
    merged = rescued(Case([], ours, theirs, has_base=False))
    assert merged.conflicts == 1
    assert "||||||| " not in merged.text.replace("||||||| version 3 on Kaggle\n", "")
    for line in ("a = 2", "a = 20", "b = 1", "c = 1", "new = [1, 2]"):
        assert line in merged.text


def test_quotes_around_the_text_of_a_cell_stay() -> None:
    ours = HEADER + '\n# %% [markdown]\n"""\nOne\n\nTwo\n"""\n'
    source = Source("src_py/t.py", ours)
    read = read_text(source, SHIPPED_OPTIONS)
    base = [{"cell_type": "markdown", "metadata": {}, "source": "One\n\nZero"}]
    theirs = [{"cell_type": "markdown", "metadata": {}, "source": "One and\n\nZero"}]
    for other in (theirs, [{**theirs[0], "source": 'One and\n\n"""\n\nZero'}]):
        versions = Versions(read.cells[1:], base, other, (1,))
        parts = compared(versions, SHIPPED_OPTIONS)
        found = prepared(source, read, None, versions, parts, SHIPPED_OPTIONS)
        assert ('[markdown]\n"""\n' in found.triples[0].theirs) == (other is theirs)


def test_a_cell_that_no_source_can_hold_is_named_by_its_number_there() -> None:
    source = Source("src_py/t.py", percent([A]))
    read = read_text(source, SHIPPED_OPTIONS)
    theirs = [{"cell_type": "code", "metadata": {}, "source": "# %%\n1", "outputs": []}]
    versions = Versions(read.cells[1:], [], theirs, (3,), label="awa/k version 4")
    with pytest.raises(SourceError) as caught:
        prepared(source, read, None, versions, compared(versions, SHIPPED_OPTIONS), SHIPPED_OPTIONS)
    assert "awa/k version 4: cell 3 (code, '# %% 1') cannot be kept in a .py" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "below", "reason"),
    [
        ("# %%\na = 5\n", "# %%\nb = 1\n", r"^src_py/t\.py: the merge would lose a line: 'a = 6'$"),
        (
            "# %%\na = 5\na = 6\ns = '''\n",
            "# %%\nb = '''\n'''\n",
            "would not be read as it is: not Python",
        ),
        (
            "# %%\na = 5\na = 6\ns = '''\n",
            "# %%\nb = '''\n",
            r"^src_py/t\.py: the merged source would not be read as it is$",
        ),
    ],
)
def test_what_is_not_proved_is_refused(text: str, below: str, reason: str) -> None:
    triple = Triple("# %%\na = 5\n", "# %%\na = 1\n", "# %%\na = 6\n")
    header = Piece(HEADER + "\n", is_kept=True)
    pieces = (header, Piece(triple=triple), Piece(below))
    with pytest.raises(SourceError, match=reason):
        joined(Prepared("src_py/t.py", pieces), [MergedText(text, text, text)], SHIPPED_OPTIONS)


def test_each_side_of_a_conflict_is_proved() -> None:
    triple = Triple("# %%\na = 5\n", "# %%\na = 1\n", "# %%\na = '''\n")
    header = Piece(HEADER + "\n", is_kept=True)
    pieces = (header, Piece(triple=triple), Piece("# %%\nb = '''\n'''\n"))
    whole = MergedText(f"{triple.ours}{triple.theirs}", triple.ours, triple.theirs, 1)
    for merged in (whole, replace(whole, ours=triple.theirs, theirs=triple.ours)):
        with pytest.raises(SourceError, match="would not be read as it is"):
            joined(Prepared("src_py/t.py", pieces), [merged], SHIPPED_OPTIONS)
    proved = replace(whole, theirs=triple.ours)
    assert joined(Prepared("src_py/t.py", pieces), [proved], SHIPPED_OPTIONS).conflicts == 1


def test_a_piece_with_other_cells_than_expected_is_refused() -> None:
    pieces = (
        Piece(HEADER + "\n", is_kept=True),
        Piece("# %%\nb = 1\n", (("code", "b = 2", "{}"),)),
    )
    with pytest.raises(SourceError, match="would not be read as it is"):
        joined(Prepared("src_py/t.py", pieces), [], SHIPPED_OPTIONS)


def test_a_piece_that_is_read_as_a_part_of_another_cell_is_refused() -> None:
    pieces = (Piece("# %%\na = 1\n", is_kept=True), Piece("b = 1\n", is_kept=True))
    with pytest.raises(SourceError, match="would not be read as it is"):
        joined(Prepared("src_py/t.py", pieces), [], SHIPPED_OPTIONS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata": {"tags": [1]}}, "^a cell cannot be written as text"),
        ({"source": "a = 1\n# %%\na = 3"}, "^a cell has a line that begins another cell$"),
    ],
)
def test_a_base_that_no_source_can_hold_is_refused(changes: dict[str, object], reason: str) -> None:
    source = Source("src_py/t.py", percent([A]))
    read = read_text(source, SHIPPED_OPTIONS)
    cell = {"cell_type": "code", "metadata": {}, "source": "a = 1\na = 0\na = 3", "outputs": []}
    theirs = [{**cell, "source": "a = 1\na = 9\na = 3"}]
    versions = Versions(read.cells[1:], [{**cell, **changes}], theirs, (1,))
    parts = compared(versions, SHIPPED_OPTIONS)
    with pytest.raises(SourceError, match=reason):
        prepared(source, read, None, versions, parts, SHIPPED_OPTIONS)


def test_a_line_of_many_cells_does_not_link_them() -> None:
    usual = [code(f"a_{n} = {n}", "plot(data, axis, colour, width, height)") for n in range(12)]
    theirs = [code(f"b_{n} = [{n}]", *cell.lines[1:]) for n, cell in enumerate(usual)]
    merged = rescued(Case(usual, usual, [*theirs[6:], *theirs[:6]]))
    assert merged.conflicts == 0
    assert after_header(merged.text) == after_header(percent([*theirs[6:], *theirs[:6]]))
