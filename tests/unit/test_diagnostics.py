"""The known word that a user probably meant: the right one, or none."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.diagnostics import Place, did_you_mean, edits, mistyped

WORDS = st.text("abc/_", max_size=6)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("titel", ("title", "id"), "title"),
        ("Title", ("title", "id"), "title"),
        ("tinny", ("tiny", "words"), "tiny"),
        ("train_fula", ("train_colab", "train_fula_tts/run"), "train_fula_tts/run"),
        ("fula", ("tts/fula", "tts/hausa"), "tts/fula"),
        ("acceler", ("accelerator", "title"), "accelerator"),
        ("enable_intrenet", ("enable_internet", "enable_gpu"), "enable_internet"),
        ("--vresion", ("--version", "--only"), "--version"),
    ],
)
def test_the_right_word_is_proposed(word: str, known: tuple[str, ...], meant: str) -> None:
    assert did_you_mean(word, known) == f"; did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("word", "known", "listed"),
    [
        ("zzz", ("title", "id"), "id, title"),
        ("", ("title", "id"), "id, title"),
        ("train_fula", ("train_colab", "train_bert"), "train_bert, train_colab"),
        ("train_fula", ("train_colab", "train_fula_tts/a", "train_fula_tts/b"),
         "train_fula_tts/a, train_fula_tts/b"),
        ("model_x", ("model_a", "model_b"), "model_a, model_b"),
        ("ab", ("ac", "xy"), "ac, xy"),
        ("train_v2", ("train_v1", "score"), "score, train_v1"),
        ("evaluate", ("explore", "train"), "explore, train"),
    ],
)  # fmt: skip
def test_where_no_word_is_likely_those_that_may_be_meant_are_listed(
    word: str, known: tuple[str, ...], listed: str
) -> None:
    assert did_you_mean(word, known) == f"; known: {listed}"


def test_nothing_is_listed_where_no_word_is_known() -> None:
    assert did_you_mean("zzz", []) == ""


def test_of_many_words_the_first_are_listed() -> None:
    many = did_you_mean("zzz", [f"{number:02}" for number in range(30)])
    assert many.endswith(", 18, 19 and 10 more")


@given(WORDS, WORDS, st.integers(0, 3))
def test_the_edits_are_those_of_the_definition(one: str, other: str, limit: int) -> None:
    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        found = min(
            distance(i - 1, j) + 1,
            distance(i, j - 1) + 1,
            distance(i - 1, j - 1) + (one[i - 1] != other[j - 1]),
        )
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            found = min(found, distance(i - 2, j - 2) + 1)
        return found

    assert edits(one, other, limit) == min(distance(len(one), len(other)), limit + 1)


@given(WORDS, st.lists(WORDS, max_size=5, unique=True))
def test_a_mistyped_word_is_nearer_than_each_other_one(word: str, known: list[str]) -> None:
    meant = mistyped(word, known)
    if meant is not None:
        rivals = [edits(word, other, 9) for other in known if other != meant]
        assert all(edits(word, meant, 9) < rival for rival in rivals)


@given(st.text() | st.sampled_from(["src_py/a\x1b[31m.py", "notebooks/a\nb.ipynb", "\udcff.py"]))
def test_a_place_is_one_line_that_no_terminal_obeys(path: str) -> None:
    shown = str(Place(path, 3))
    assert shown.isprintable()
    assert shown.endswith(":3")
    if path.isprintable():
        assert shown == f"{path}:3"
