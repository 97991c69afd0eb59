"""The choice of outputs to fetch; tests/acceptance/hostile has a table of refused names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.output_names import choose, fault_of, patterns_of, shown
from nbship.model.run import OutputFile


def outputs(*names: str) -> list[OutputFile]:
    return [OutputFile(name, "u") for name in names]


@pytest.mark.parametrize(
    "name",
    ["a", ".hidden", "a b.txt", "Ɓalli.csv", "plots/é 1.png", "10:30.txt", "a" * 255, "x/con_.txt",
     "comb1", "..a", "a..b", "nbship/_nbship", "emoji 👩\u200d🔬.txt"],
)  # fmt: skip
def test_ordinary_names_are_accepted_unchanged(name: str) -> None:
    choice = choose(outputs(name))
    assert choice.refused == ()
    assert "/".join(choice.wanted[0].path) == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("..", "leads out of the run's folder"),
        ("../a", "leads out of the run's folder"),
        ("a/../b", "leads out of the run's folder"),
        ("a/..", "leads out of the run's folder"),
        ("/a", "leads out of the run's folder"),
        ("/", "leads out of the run's folder"),
        ("a\\b", "leads out of the run's folder"),
        ("\\", "leads out of the run's folder"),
        ("C:a", "leads out of the run's folder"),
        ("c:", "leads out of the run's folder"),
        ("a\nb", "has characters that are not allowed in a file name"),
        ("a\0", "has characters that are not allowed in a file name"),
        ("a\ud800", "has characters that are not allowed in a file name"),
        ("a\u2028b", "has characters that are not allowed in a file name"),
        ("a\u2029b", "has characters that are not allowed in a file name"),
        ("a\u202eb", "has characters that are not allowed in a file name"),
        ("a\u200fb/c", "has characters that are not allowed in a file name"),
        ("", "has an empty part or the part '.'"),
        (".", "has an empty part or the part '.'"),
        ("a/", "has an empty part or the part '.'"),
        ("a//b", "has an empty part or the part '.'"),
        ("a/./b", "has an empty part or the part '.'"),
        ("_nbship", "is reserved for nbship's own files"),
        ("_NBship/a", "is reserved for nbship's own files"),
        ("con", "is a device name on Windows"),
        ("a/PRN.txt", "is a device name on Windows"),
        ("aux/b", "is a device name on Windows"),
        ("nul .a", "is a device name on Windows"),
        ("CONIN$", "is a device name on Windows"),
        ("conout$", "is a device name on Windows"),
        ("com1", "is a device name on Windows"),
        ("lpt³.tar.gz", "is a device name on Windows"),
        ("a.", "ends with a dot or a space"),
        ("a /b", "ends with a dot or a space"),
        ("a/...", "ends with a dot or a space"),
        ("a" * 256, "is too long"),
        ("é" * 128, "is too long"),
        ("a" * 256 + "/b", "is too long"),
        ("b/" + "a" * 256, "is too long"),
        ("/".join(["a" * 255] * 4) + "/b", "is too long"),
        ("/".join(["a" * 255, "a" * 255, "a" * 255, "a" * 254, "b"]), "is too long"),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_refused_with_its_reason(
    name: str, fault: str
) -> None:
    assert fault_of(name) == fault
    (refused,) = choose(outputs(name)).refused
    assert refused == f"the file name {shown(name)} {fault}"


@pytest.mark.parametrize("name", ["é" * 127, "/".join(["a" * 255] * 4), "C", "1:", "com0"])
def test_a_name_at_the_limit_is_accepted(name: str) -> None:
    assert fault_of(name) == ""


PARTS = st.lists(
    st.sampled_from([
        "..", ".", "", "a", "B", "\\", "C:", "_nbship", "_NBSHIP", "con", "lpt1.txt", "a.", "b ",
        "x" * 255, "x" * 256, "é" * 128, "\0", "\n", "\u202e", "...",
    ])
    | st.text("a./\\:C ", max_size=3),
    min_size=1, max_size=6,
)  # fmt: skip


@given(PARTS.map("/".join) | PARTS.map("".join))
def test_the_path_of_an_accepted_name_is_below_its_folder(name: str) -> None:
    (place, *_) = [*choose(outputs(name)).wanted, None]
    assert (place is None) == bool(fault_of(name))
    if place is not None:
        assert "/".join(place.path) == name
        assert not {"\0", "\\", "\n", "\u202e"} & set(name)
        assert not {"", ".", ".."} & set(place.path)
        assert all(0 < len(part.encode()) <= 255 for part in place.path)
        assert all(part[-1] not in ". " for part in place.path)
        assert len(name.encode()) <= 1024
        assert place.path[0].lower() != "_nbship"
        assert name[1:2] != ":" or not name[0].isalpha()
    assert shown(name).isprintable()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a'b", '"a\'b"'),
        ("é", "'é'"),
        ("é\u202e", "'\\xe9\\u202e'"),
        ("a\nb", "'a\\nb'"),
        ("a" * 81, f"'{'a' * 80}'"),
        ("\n" + "a" * 80, f"'\\n{'a' * 79}'"),
    ],
)
def test_invisible_characters_of_a_name_are_escaped_in_messages(name: str, expected: str) -> None:
    assert shown(name) == expected


def test_the_patterns_choose_and_the_rest_is_counted() -> None:
    files = outputs("a.csv", "b.txt", "plots/1.png", "..")
    choice = choose(files, patterns_of(" *.csv , plots/*,"))
    assert [wanted.file.name for wanted in choice.wanted] == ["a.csv", "plots/1.png"]
    assert (choice.refused, choice.left_out) == ((), 2)


def test_the_path_of_an_output_has_the_folders_in_its_name() -> None:
    (wanted,) = choose(outputs("plots/a b/1.png")).wanted
    assert wanted.path == ("plots", "a b", "1.png")


@pytest.mark.parametrize(
    ("only", "expected"),
    [("", ()), (" , ,", ()), (" a , ,b/*,", ("a", "b/*")), ("a b", ("a b",))],
)
def test_patterns_are_separated_by_commas_and_blank_ones_are_ignored(
    only: str, expected: tuple[str, ...]
) -> None:
    assert patterns_of(only) == expected


def test_above_the_cap_the_rest_is_refused() -> None:
    choice = choose(outputs("a", "b", "c", "d"), most=2)
    assert [wanted.file.name for wanted in choice.wanted] == ["a", "b"]
    assert choice.refused == ("more than 2 files: zip them in the notebook",) * 2
    (refused,) = choose(outputs(*map(str, range(10_001)))).refused
    assert refused == "more than 10,000 files: zip them in the notebook"


def test_an_output_that_matches_no_pattern_is_left_out_and_not_refused() -> None:
    choice = choose(outputs("a.txt", "/b.csv", "c.csv"), ("*.csv",), most=9)
    assert [wanted.file.name for wanted in choice.wanted] == ["c.csv"]
    assert (len(choice.refused), choice.left_out) == (1, 1)
    assert choose(outputs("a")).left_out == 0


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("a.txt", "A.txt"), "'A.txt' clashes with 'a.txt'"),
        (("a", "a"), "is listed twice"),
        (("a", "a/b"), "is used for a file and for a folder"),
        (("a/b", "a"), "is used for a file and for a folder"),
        (("X/a", "x/b"), "'x/b' clashes with 'X'"),
        (("a/b/c", "a/b"), "is used for a file and for a folder"),
        (("é", "e\u0301"), "clashes with 'é' on some file systems"),
        (("straße", "STRASSE"), "clashes with 'straße'"),
    ],
)
def test_of_two_names_that_clash_the_second_is_refused(names: tuple[str, ...], why: str) -> None:
    choice = choose(outputs(*names, "other"))
    assert [wanted.file.name for wanted in choice.wanted] == [names[0], "other"]
    (refused,) = choice.refused
    assert refused.endswith(why) or f"{why} on some file systems" in refused


def test_different_names_in_the_same_or_in_other_folders_do_not_clash() -> None:
    names = ("a/x", "a/y", "b/x", "ab", "a.b", "a/a")
    assert choose(outputs(*names)).refused == ()


def test_a_refused_name_does_not_clash_with_a_later_one() -> None:
    choice = choose(outputs("a", "a/b", "A/b", "c", "a/.."))
    assert [wanted.file.name for wanted in choice.wanted] == ["a", "c"]
    assert len(choice.refused) == 3
