"""The languages of sources: what follows from the extension of a file's name."""

from collections.abc import Mapping
from dataclasses import dataclass

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import LanguageName


@dataclass(frozen=True, slots=True)
class Language:
    """A language that Kaggle runs, and the kernel in which its notebooks run there."""

    name: LanguageName
    title: str  # for people
    suffix: str
    kernelspec: Mapping[str, str]


PYTHON = Language(
    "python",
    "Python",
    ".py",
    {"display_name": "Python 3", "language": "python", "name": "python3"},
)
# Without this kernelspec, its language included, Kaggle runs the notebook as Python:
# https://github.com/Kaggle/kaggle-cli/issues/283
R = Language("r", "R", ".R", {"display_name": "R", "language": "R", "name": "ir"})

_MISSPELT = ".r"
SUFFIXES = frozenset({PYTHON.suffix, R.suffix, _MISSPELT})


def language_of(path: str) -> Language:
    """Return the language of a source."""
    return R if path.endswith((R.suffix, _MISSPELT)) else PYTHON


def name_of(path: str) -> str:
    """Return the NAME of the notebook in ``src_py/NAME.py`` or ``src_py/NAME.R``."""
    return path.removeprefix("src_py/").rpartition(".")[0]


def refuse_misspelt(path: str) -> None:
    """Refuse ``.r``: Kaggle and R's own tools write ``.R``, and one NAME has one source.

    Raises:
        SourceError: says how to rename it.
    """
    if path.endswith(_MISSPELT):
        right = path.removesuffix(_MISSPELT) + R.suffix
        raise SourceError(
            "an R source ends in '.R'", place=Place(path), hint=f"Rename it: git mv {path} {right}"
        )


def refuse_other_kernelspec(path: str, kernelspec: Mapping[str, str]) -> None:
    """Refuse a YAML header whose kernelspec is of another language than the file.

    Raises:
        SourceError: names both languages.
    """
    ours = language_of(path)
    known = {language.kernelspec["name"]: language.name for language in (PYTHON, R)}
    said = kernelspec.get("language") or known.get(kernelspec.get("name", ""), ours.name)
    if said.lower() != ours.name:
        raise SourceError(
            f"the YAML header's kernelspec is of {said!r}, but a {ours.suffix} is {ours.title}",
            place=Place(path, 1),
            hint="Take the YAML header out: the kernelspec follows from the extension.",
        )
