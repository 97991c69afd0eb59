"""The language of a notebook, by its metadata, and the extension of the source that it has."""

from collections.abc import Mapping
from typing import Any

from nbship.core.ipynb.reader import Content, read_ipynb
from nbship.core.source.language import LANGUAGES, PYTHON, language_of
from nbship.diagnostics import Place
from nbship.errors import SourceError

_SUFFIXES: Mapping[str, str] = {str(each.name): each.suffix for each in LANGUAGES}


def language_in(content: Content) -> str:
    """Return the name of a notebook's language; empty if its metadata do not tell."""
    metadata: Mapping[str, Any] = content["metadata"]
    kernel = metadata.get("kernelspec", {})
    known = {each.kernelspec["name"]: each.name for each in LANGUAGES}
    names = (
        kernel.get("language"),
        metadata.get("language_info", {}).get("name"),
        known.get(str(kernel.get("name"))),
    )
    return next((name for name in names if isinstance(name, str) and name), "")


def known_suffix(content: Content) -> str | None:
    """Return the extension of the source that a notebook gets, None if no source has its language.

    A notebook that does not tell its language is Python's.
    """
    return _SUFFIXES.get(language_in(content).lower() or PYTHON.name)


def suffix_of(path: str, data: bytes) -> str:
    """Return the extension of the source that a notebook without one gets.

    Raises:
        SourceError: the notebook cannot be read, or has a language that no source has.
    """
    content = read_ipynb(path, data).content
    suffix = known_suffix(content)
    if suffix is None:
        raise _other_language(path, f"its language is {language_in(content)}")
    return suffix


def refuse_language(source_path: str, notebook_path: str, content: Content) -> None:
    """Refuse a notebook whose language is not that of its source.

    Raises:
        SourceError: names both languages.
    """
    expected = language_of(source_path)
    name = language_in(content)
    if name and name.lower() != expected.name:
        text = f"its language is {name}, but {source_path} contains {expected.title}"
        raise _other_language(notebook_path, text)


def _other_language(path: str, text: str) -> SourceError:
    supported = " or ".join(f"{each.title} ({each.suffix})" for each in LANGUAGES)
    return SourceError(
        text,
        place=Place(path),
        hint=f"A source is {supported}. Keep notebooks in another language in another folder.",
    )
