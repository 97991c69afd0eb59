"""The pictures of Markdown cells: from a notebook to files beside its source and back."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nbship.core.pairing.attachments import (
    agree_on_pictures,
    attached,
    data_of,
    file_name,
    missing,
    picture_name,
    pictures_in,
    pictures_of,
    shown,
    unheld,
    with_unique_names,
)
from nbship.digest import sha256

ODD = [
    "plot.png", "Plot.PNG", "image (1).png", "a b.png", "50%.png", "a%20b.png", "../x.png",
    "a/b.png",
    "CON.png", ".hidden.png", "end.", " x ", "é.png", "e\u0301.png", "😀", "a.b.c", "no-ending",
    "c:\\x.png", 'q"uote.svg', "x" * 300 + ".png", "-", "<b>.gif", "image.png", "#1.png", "a?b.jpg",
]  # fmt: skip
NAMES = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
DATA = st.binary(max_size=4)
SPELLINGS: list[Callable[[str], str]] = [
    quote,
    lambda name: quote(name, safe=""),
    lambda name: name,
]


def markdown(text: str, **attachments: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "markdown", "metadata": {}, "source": text}
    if attachments:
        cell["attachments"] = {
            name: {"image/png": base64.b64encode(data).decode()}
            if isinstance(data, bytes)
            else data
            for name, data in attachments.items()
        }
    return cell


def bytes_of(cell: dict[str, Any]) -> dict[str, bytes | None]:
    return {name: data_of(bundle) for name, bundle in cell.get("attachments", {}).items()}


# --- names of files ---


@given(NAMES)
@example("a.")
@example("a ")
@example(".")
def test_each_picture_has_a_file_of_its_own_and_each_file_its_picture(name: str) -> None:
    file = file_name(name)
    assert picture_name(file) == name
    assert not set('/\\\0:*?"<>|') & set(file)
    assert file not in (".", "..")
    assert not file.startswith((".", " "))
    assert not file.endswith((".", " "))


@given(NAMES, NAMES)
def test_two_pictures_have_two_files(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


@pytest.mark.parametrize("file", ["50%.png", "a%2Fb%.png", ".hidden", "%41.png", "\udcff.png"])
def test_a_file_of_another_form_is_no_picture(file: str) -> None:
    assert picture_name(file) == ""
    assert pictures_in({file: b"x", "a.png": b"y"}) == {"a.png": ("a.png", b"y")}


@pytest.mark.parametrize("name", ["aux", "con", "nul", "prn", "AUX.png", "Con.a.b"])
def test_a_name_that_windows_reserves_is_escaped(name: str) -> None:
    assert file_name(name) == f"%{ord(name[0]):02X}{name[1:]}"


@pytest.mark.parametrize("name", ["plot.png", "image (1).png", "a b.png", "é.png", "X", "a.X"])
def test_an_ordinary_name_is_that_of_the_file(name: str) -> None:
    assert file_name(name) == name


# --- what a text shows ---


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("![a](attachment:plot.png)", ["plot.png"]),
        ('![a](attachment:plot.png "Title")', ["plot.png"]),
        ('<img src="attachment:a%20b.png" width=3>', ["a b.png"]),
        ("![a](<attachment:a b.png>)", ["a b.png"]),
        ("![a](attachment:image%20(1).png)", ["image (1).png"]),
        ("![a][1]\n\n[1]: attachment:plot.png", ["plot.png"]),
        ("attachment:plot.pngs, attachment:plot.png.", ["plot.png"]),
        ("plot.png, ](plot.png)", []),
        ("![a](attachment:gone.png)", []),
    ],
)
def test_a_text_shows_the_pictures_that_it_names(text: str, names: list[str]) -> None:
    known = ["plot.png", "a b.png", "image (1).png", "plot"]
    assert list(shown(text, known)) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![a](attachment:gone.png)", [(5, "gone.png")]),
        ("![a](attachment:a%20b.png) ![b](attachment:plot.png)", [(5, "a b.png")]),
        ("x ![a](<attachment:gone.png>)\n[1]: attachment:x", [(8, "gone.png"), (35, "x")]),
        ('<img src="attachment:y.png">', [(10, "y.png")]),
        ("Write attachment:NAME in the text.", []),
    ],
)
def test_a_picture_that_is_not_there_is_found(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(missing(text, ["plot.png"])) == expected


# --- from the notebook to files and back ---


@st.composite
def notebooks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return cells that show pictures, with equal names for other pictures and the reverse."""
    cells = []
    for _ in range(draw(st.integers(0, 4))):
        pictures = draw(st.dictionaries(NAMES, DATA, max_size=3))
        spell = draw(st.sampled_from(SPELLINGS))
        text = "\n".join(f"![x](<attachment:{spell(name)}>)" for name in pictures)
        cells.append(markdown(f"# Title\n{text}", **pictures))
    return cells


@given(notebooks(), st.dictionaries(NAMES, DATA, max_size=2))
def test_every_picture_that_is_shown_comes_back_from_the_files(
    cells: list[dict[str, Any]], known: dict[str, bytes]
) -> None:
    before = [[data for _, data in _seen(cell)] for cell in cells]
    named = with_unique_names(cells, known)
    files: dict[str, tuple[str, bytes]] = {}
    for _, name, data in pictures_of(named):
        file = file_name(name)
        assert files.setdefault(file.casefold(), (file, data)) == (file, data)
        assert len(file.encode()) <= 255
    pictures = {n: d for n, (_, d) in pictures_in(dict(files.values())).items()}
    bare = [{**cell, "attachments": {}} for cell in named]
    back = [attached(cell, pictures) for cell in bare]
    assert [[data for _, data in _seen(cell)] for cell in back] == before
    assert with_unique_names(back, pictures) == back


def _seen(cell: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return the pictures of a cell in the order of the links in its text."""
    return [(name, data) for _, name, data in pictures_of([cell])]


@given(notebooks())
def test_names_that_are_unique_stay_and_so_do_texts(cells: list[dict[str, Any]]) -> None:
    folded = [file_name(name).casefold() for _, name, _ in pictures_of(cells)]
    assume(len(set(folded)) == len(folded))
    assume(all(len(name.encode()) < 200 for name in folded))
    import unicodedata

    assume(len({unicodedata.normalize("NFC", name) for name in folded}) == len(folded))
    assert with_unique_names(cells, {}) == cells


def test_the_second_picture_of_a_name_gets_another_also_in_the_text() -> None:
    cells = [
        markdown("![x](attachment:image.png)", **{"image.png": b"1"}),
        markdown("![x](attachment:image.png) and image.png", **{"image.png": b"2"}),
        markdown("![x](attachment:image.png)", **{"image.png": b"1"}),
        markdown("![x](attachment:IMAGE.png)", **{"IMAGE.png": b"3"}),
        markdown("![x](attachment:image.png)", **{"image.png": b"2"}),
    ]
    made = with_unique_names(cells, {})
    assert [cell["source"] for cell in made] == [
        "![x](attachment:image.png)",
        "![x](attachment:image-2.png) and image.png",
        "![x](attachment:image.png)",
        "![x](attachment:IMAGE-3.png)",
        "![x](attachment:image-2.png)",
    ]
    assert bytes_of(made[1]) == {"image-2.png": b"2"}


def test_files_whose_names_differ_by_case_only_do_not_hinder_each_other() -> None:
    files = {"A.png": b"1", "a.png": b"2"}
    for text, expected in (("nothing", {}), ("![](attachment:A.png)", {"A.png": b"1"})):
        assert agree_on_pictures([markdown(text)], files, {}).pictures == expected


def test_a_known_picture_keeps_its_name_and_a_new_one_takes_its_place() -> None:
    old = markdown("![x](attachment:image.png)", **{"image.png": b"1"})
    new = markdown("![x](attachment:image.png)", **{"image.png": b"2"})
    assert with_unique_names([new, old], {"image.png": b"1"})[1] == old
    assert with_unique_names([new], {"image.png": b"1"}) == [new]


@pytest.mark.parametrize("ending", [".png", ""])
def test_a_name_that_is_too_long_for_a_file_is_replaced(ending: str) -> None:
    name = "x" * 300 + ending
    cells = [markdown(f"![x](attachment:{name})", **{name: b"1"})] * 2
    (one, other) = with_unique_names(cells, {})
    (new,) = one["attachments"]
    assert new.startswith("picture-6b86b273ff34")
    assert new.endswith(ending)
    assert one == other
    assert one["source"] == f"![x](attachment:{new})"


@pytest.mark.parametrize(
    ("stem", "is_kept"),
    [("x" * 196, True), ("x" * 197, False), ("é" * 98, True), ("é" * 98 + "x", False)],
)
def test_a_name_of_a_file_has_at_most_200_bytes(stem: str, *, is_kept: bool) -> None:
    cells = [markdown(f"![x](attachment:{stem}.png)", **{f"{stem}.png": b"1"})]
    assert (with_unique_names(cells, {}) == cells) == is_kept


def test_a_name_that_begins_with_a_point_has_no_ending() -> None:
    cells = [markdown("![x](attachment:.plot)", **{".plot": data}) for data in (b"1", b"2")]
    (name,) = with_unique_names(cells, {})[1]["attachments"]
    assert name == ".plot-2"


def test_an_attachment_that_holds_the_picture_stays_as_it_is() -> None:
    old = markdown(
        "![x](attachment:a.png)", **{"a.png": {"image/jpeg": ["MQ", "==\n"]}, "b.png": b"2"}
    )
    assert attached(old, {"a.png": b"1", "b.png": b"3"}) == old
    changed = attached(old, {"a.png": b"5"})
    assert changed["attachments"]["a.png"] == {"image/png": "NQ=="}
    assert bytes_of(changed)["b.png"] == b"2"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        *(
            (f"a.{ending}", b"\x89PNG", kind)
            for ending, kind in (
                ("apng", "image/apng"),
                ("avif", "image/avif"),
                ("bmp", "image/bmp"),
                ("gif", "image/gif"),
                ("ico", "image/x-icon"),
                ("jpeg", "image/jpeg"),
                ("JPG", "image/jpeg"),
                ("pdf", "application/pdf"),
                ("svg", "image/svg+xml"),
                ("tif", "image/tiff"),
                ("tiff", "image/tiff"),
                ("webp", "image/webp"),
            )
        ),
        ("a.png", b"\xff\xd8\xff", "image/png"),
        ("a", b"\x89PNG\r\n", "image/png"),
        ("a", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.txt", b"GIF89a", "image/gif"),
        ("a", b"BM6", "image/bmp"),
        ("a", b"<svg/>", "image/svg+xml"),
        ("a", b"%PDF-1.7", "application/pdf"),
        ("a", b"?", "application/octet-stream"),
    ],
)
def test_a_picture_has_the_type_of_its_name_or_of_its_beginning(
    name: str, data: bytes, kind: str
) -> None:
    cell = attached(markdown(f"![x](attachment:{name})"), {name: data})
    assert list(cell["attachments"][name]) == [kind]


@pytest.mark.parametrize("bundle", [None, {}, [], {"image/png": 3}, {"image/png": "no base64!"},
                                    {"image/png": ["a", 3]}, {"image/png": "é"}])  # fmt: skip
def test_what_no_file_could_hold_is_left_in_the_notebook(bundle: Any) -> None:
    cell = markdown("![x](attachment:a.png)") | {"attachments": {"a.png": bundle}}
    assert list(pictures_of([cell])) == []
    assert with_unique_names([cell], {}) == [cell]


def test_only_a_markdown_cell_shows_pictures() -> None:
    code = {"cell_type": "code", "source": "x = '![x](attachment:a.png)'", "metadata": {}}
    assert attached(code, {"a.png": b"1"}) == code
    assert (
        list(pictures_of([code, {**code, "attachments": {"a.png": {"image/png": "MQ=="}}}])) == []
    )
    plain = markdown("no picture")
    assert attached(plain, {"a.png": b"1"}) == plain
    assert list(pictures_of([markdown("x") | {"attachments": 3}])) == []


# --- both sides ---

OLD, NEW, OTHER = b"old", b"new", b"other"
SIDES = [None, OLD, NEW, OTHER]


def showing(data: bytes | None) -> dict[str, Any]:
    text = "![x](attachment:a.png)"
    return markdown(text) if data is None else markdown(text, **{"a.png": data})


@pytest.mark.parametrize("file", SIDES)
@pytest.mark.parametrize("attachment", SIDES)
@pytest.mark.parametrize("last", [None, OLD])
def test_the_side_that_has_changed_wins_and_nothing_is_lost(
    file: bytes | None, attachment: bytes | None, last: bytes | None
) -> None:
    """The law: what both agree on stays, one change is taken, two are a conflict."""
    files = {} if file is None else {"a.png": file}
    digests = {} if last is None else {"a.png": sha256(last)}
    found = agree_on_pictures([showing(attachment)], files, digests)
    there = {data for data in (file, attachment) if data is not None}
    changed = there - {last}
    if len(there) < 2 or len(changed) == 1:
        expected = changed or there
        assert found.conflicts == ()
        assert set(found.pictures.values()) == expected
        assert bytes_of(found.cells[0]) == found.pictures
    else:
        assert found.conflicts == ("a.png",)


def test_a_picture_that_nothing_shows_is_not_touched() -> None:
    cell = markdown("no picture", **{"a.png": OLD})
    found = agree_on_pictures([cell], {"b.png": NEW}, {})
    assert (found.cells, dict(found.pictures)) == ([cell], {})


def test_a_paste_under_the_name_of_an_edited_file_gets_a_name_of_its_own() -> None:
    cells = [showing(OTHER), showing(OLD)]
    found = agree_on_pictures(cells, {"a.png": NEW}, {"a.png": sha256(OLD)})
    assert found.pictures == {"a-2.png": OTHER, "a.png": NEW}
    assert [bytes_of(cell) for cell in found.cells] == [{"a-2.png": OTHER}, {"a.png": NEW}]


@given(notebooks(), st.dictionaries(NAMES, DATA, max_size=2))
def test_a_second_sync_of_the_pictures_changes_nothing(
    cells: list[dict[str, Any]], files: dict[str, bytes]
) -> None:
    once = agree_on_pictures(cells, files, {})
    assume(not once.conflicts)
    assume(len({file_name(n).casefold() for n in {*files, *once.pictures}})
           == len({*files, *once.pictures}))  # fmt: skip
    after = {**files, **once.pictures}
    last = {name: sha256(data) for name, data in after.items()}
    twice = agree_on_pictures(once.cells, after, last)
    assert (twice.cells, twice.pictures, twice.conflicts) == (once.cells, once.pictures, ())
    alone = [{key: cell[key] for key in cell if key != "attachments"} for cell in once.cells]
    again = agree_on_pictures(alone, after, last)
    assert [bytes_of(cell) for cell in again.cells] == [
        {name: data for _, name, data in pictures_of([cell])} for cell in once.cells
    ]


def test_an_attachment_that_no_file_can_hold_is_named() -> None:
    cells = [markdown("![x](attachment:a)", a={"x/y": 3}), showing(OLD), markdown("no")]
    assert list(unheld(cells)) == [(0, "a")]
    assert list(unheld([showing(None) | {"attachments": None}])) == []


def test_a_picture_without_a_name_is_shown_nowhere() -> None:
    assert shown("![x](attachment:) ![x](attachment:a)", {"": b"1", "a": b"2"}) == ("a",)


def test_a_new_name_changes_no_other_link_of_its_cell() -> None:
    text = "![x](attachment:b.png) ![x](attachment:a.png)"
    cells = [showing(OLD), markdown(text, **{"a.png": NEW, "b.png": OLD})]
    made = with_unique_names(cells, {})
    assert made[1]["source"] == "![x](attachment:b.png) ![x](attachment:a-2.png)"


def test_a_long_name_gives_way_to_a_file_that_has_its_new_name() -> None:
    name, new = "x" * 300, f"picture-{sha256(OLD)[:12]}"
    cells = [
        markdown(f"![x](attachment:{new})", **{new: NEW}),
        markdown(f"![x](attachment:{name})", **{name: OLD}),
    ]
    assert list(with_unique_names(cells, {})[1]["attachments"]) == [f"{new}-2"]


def test_code_shows_no_attachment() -> None:
    code = {"cell_type": "code", "source": "attachment:a", "attachments": {"a": {"x/y": 3}}}
    assert list(unheld([code])) == []


def test_many_pictures_in_one_text_take_linear_time() -> None:
    """Counted are the comparisons of names: twice the pictures make twice as many."""

    class Text(str):
        __slots__ = ()
        pieces = 0

        def __getitem__(self, where: Any) -> str:
            Text.pieces += 1
            return super().__getitem__(where)

    def work(count: int) -> int:
        names = [f"picture-{number:05}.png" for number in range(count)]
        Text.pieces = 0
        assert len(shown(Text("".join(f"![x](attachment:{n})\n" for n in names)), names)) == count
        return Text.pieces

    assert work(2_000) < 3 * work(1_000)
