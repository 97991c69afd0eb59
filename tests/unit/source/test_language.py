"""The language of a source, by its extension."""

import pytest

from nbship.core.source.language import (
    PYTHON,
    SUFFIXES,
    Language,
    R,
    language_of,
    refuse_misspelt,
    refuse_other_kernelspec,
)
from nbship.diagnostics import Place
from nbship.errors import SourceError


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src_py/a.py", PYTHON),
        ("src_py/fula/tts.R", R),
        ("src_py/a.b.r", R),
        ("src_py/R.py", PYTHON),
    ],
)
def test_the_extension_says_the_language(path: str, language: Language) -> None:
    assert language_of(path) == language


def test_only_the_small_letter_is_misspelt() -> None:
    refuse_misspelt("src_py/a.R")
    refuse_misspelt("src_py/a.py")
    with pytest.raises(SourceError) as caught:
        refuse_misspelt("src_py/my a.r")
    assert (caught.value.message, caught.value.place) == (
        "an R source ends in '.R'", Place("src_py/my a.r"),
    )  # fmt: skip
    assert caught.value.hint == "Rename it: mv 'src_py/my a.r' 'src_py/my a.R'"


def test_each_language_has_the_kernelspec_that_kaggle_needs() -> None:
    assert PYTHON.kernelspec == {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    assert R.kernelspec == {"display_name": "R", "language": "R", "name": "ir"}
    assert {".py", ".R", ".r"} == SUFFIXES


@pytest.mark.parametrize(
    ("path", "kernelspec"),
    [
        ("src_py/a.py", {"name": "python3", "display_name": "x"}),
        ("src_py/a.py", {"name": "xeus", "language": "Python"}),
        ("src_py/a.py", {"name": "of-my-own"}),
        ("src_py/a.R", {"name": "ir", "language": "R"}),
        ("src_py/a.R", {"name": "xr"}),
        ("src_py/a.R", {}),
    ],
)
def test_a_kernelspec_of_the_language_is_fine(path: str, kernelspec: dict[str, str]) -> None:
    refuse_other_kernelspec(path, kernelspec)


@pytest.mark.parametrize(
    ("path", "kernelspec", "expected"),
    [
        ("src_py/a.py", {"name": "ir"}, "'r', but a .py is Python"),
        ("src_py/a.py", {"name": "x", "language": "julia"}, "'julia', but a .py is Python"),
        ("src_py/a.R", {"name": "python3"}, "'python', but a .R is R"),
    ],
)
def test_a_kernelspec_of_another_language_is_refused(
    path: str, kernelspec: dict[str, str], expected: str
) -> None:
    with pytest.raises(SourceError) as caught:
        refuse_other_kernelspec(path, kernelspec)
    assert caught.value.message == f"the YAML header has a kernelspec for {expected}"
    assert caught.value.place == Place(path, 1)
    assert caught.value.hint == (
        "Remove the YAML header: the kernelspec follows from the extension."
    )
