"""The languages of sources: each follows from the extension of the file's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import LanguageName


@dataclass(frozen=True, slots=True)
class Language:
    """A language that Kaggle runs, with the kernelspec of its notebooks on Kaggle."""

    name: LanguageName
    title: str  # for messages
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

# The kernelspec of a person's editor, which runs a notebook as on Kaggle: of this machine only.
EDITOR_KERNEL = "nbship"

# The names with which jupytext makes a cell magic of a cell's language; a test compares them.
CELL_LANGUAGES = frozenset({
    "bash", "c#", "c++", "clojure", "coconut", "cs", "csharp", "cython", "f#", "fs", "fsharp",
    "gnuplot", "go", "groovy", "haskell", "html", "idl", "java", "javascript", "jenner", "js",
    "julia", "latex", "logtalk", "lua", "markdown", "matlab", "maxima", "ocaml", "octave",
    "perl", "powershell", "pypy", "python", "python2", "python3", "q", "R", "robotframework",
    "ruby", "rust", "sage", "sas", "scala", "scheme", "script", "sh", "sos", "spark", "sql",
    "stata", "svg", "tcl", "typescript", "wolfram language", "xonsh",
})  # fmt: skip

LANGUAGES = (PYTHON, R)
_MISSPELT = ".r"
SUFFIXES = frozenset({PYTHON.suffix, R.suffix, _MISSPELT})


def language_of(path: str) -> Language:
    """Return the language of a source."""
    return R if path.endswith((R.suffix, _MISSPELT)) else PYTHON


def shared_kernelspec(kernelspec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the kernelspec of a notebook that leaves this machine, in git or in an artifact.

    That of the editor, which other machines need not have, becomes Python's usual one.
    """
    return PYTHON.kernelspec if kernelspec.get("name") == EDITOR_KERNEL else kernelspec


def with_shared_kernelspec(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook's metadata as they leave this machine, by ``shared_kernelspec``."""
    found = metadata.get("kernelspec")
    shared = {"kernelspec": dict(shared_kernelspec(found))} if isinstance(found, Mapping) else {}
    return {**metadata, **shared}


def refuse_misspelt(path: str) -> None:
    """Refuse the extension ``.r``: Kaggle and R's tools write ``.R``, and a NAME has one source.

    Raises:
        SourceError: the path ends in ``.r``; the hint says how to rename the file.
    """
    if path.endswith(_MISSPELT):
        from shlex import join

        right = path.removesuffix(_MISSPELT) + R.suffix
        hint = f"Rename it: {join(['mv', path, right])}"
        raise SourceError("an R source ends in '.R'", place=Place(path), hint=hint)


def refuse_other_kernelspec(path: str, kernelspec: Mapping[str, str]) -> None:
    """Refuse a YAML header whose kernelspec is for another language than the file.

    Raises:
        SourceError: the languages differ; names both.
    """
    expected = language_of(path)
    names = {language.kernelspec["name"]: language.name for language in LANGUAGES}
    found = kernelspec.get("language") or names.get(kernelspec.get("name", ""), expected.name)
    if found.lower() != expected.name:
        raise SourceError(
            f"the YAML header has a kernelspec for {found!r}, but a {expected.suffix} is "
            f"{expected.title}",
            place=Place(path, 1),
            hint="Remove the YAML header: the kernelspec follows from the extension.",
        )
