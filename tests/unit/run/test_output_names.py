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
def test_ordinary_names_are_taken_as_they_are(name: str) -> None:
    choice = choose(outputs(name))
    assert choice.refused == ()
    assert "/".join(choice.wanted[0].path) == name


@given(st.text())
def test_a_name_that_is_taken_stays_below_its_folder(name: str) -> None:
    if not fault_of(name):
        parts = name.split("/")
        assert all(part not in {"", ".", ".."} for part in parts)
        assert not {"\0", "\\", "\n"} & set(name)
        assert all(0 < len(part.encode()) <= 255 for part in parts)
    assert shown(name).isprintable()


def test_the_patterns_choose_and_the_rest_is_counted() -> None:
    files = outputs("a.csv", "b.txt", "plots/1.png", "..")
    choice = choose(files, patterns_of(" *.csv , plots/*,"))
    assert [wanted.file.name for wanted in choice.wanted] == ["a.csv", "plots/1.png"]
    assert (choice.refused, choice.left_out) == ((), 2)


def test_above_the_cap_the_rest_is_refused() -> None:
    choice = choose(outputs("a", "b", "c", "d"), most=2)
    assert len(choice.wanted) == 2
    assert choice.refused == ("more than 2 files: zip them in the notebook",) * 2


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("a.txt", "A.txt"), "'A.txt' clashes with 'a.txt'"),
        (("a", "a"), "is listed twice"),
        (("a", "a/b"), "is used for a file and for a folder"),
        (("a/b", "a"), "is used for a file and for a folder"),
        (("X/a", "x/b"), "'x/b' clashes with 'X'"),
    ],
)
def test_of_two_names_that_clash_the_second_is_refused(names: tuple[str, ...], why: str) -> None:
    choice = choose(outputs(*names, "other"))
    assert [wanted.file.name for wanted in choice.wanted] == [names[0], "other"]
    assert why in choice.refused[0]
