"""The settings that adoption takes over from a notebook, and the questions that are open."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# Words that people and templates leave where a value of their own belongs.
_PLACEHOLDER = re.compile(
    r"<[^<>]+>|\$\{?\w+\}?|\{\{.*?\}\}|__\w+__"
    r"|\b(?:INSERT|YOUR|REPLACE|CHANGE|ENTER)_\w+\b|\bTODO\b|\bFIXME\b|\bCHANGEME\b|\bXXX+\b"
    r"|\b(?:your|insert)-(?:kaggle-)?(?:user-?name|owner|account|id|slug|kernel|dataset)[\w-]*"
    r"|\b(?:kaggle-?)?username\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers that a person gave on the command line.

    ``owner`` is the owner of kernels whose id names none; ``gpu`` the accelerator in place of one
    that Kaggle has retired; ``values`` has a text for each placeholder, and ``kernels``
    the id of a kernel by the NAME of its notebook. ``is_template`` means that a word such as
    ``YOUR_NAME`` is a placeholder, and no value of a kernel that exists.
    """

    owner: str = ""
    gpu: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    kernels: Mapping[str, str] = field(default_factory=dict)
    is_template: bool = True

    def unknown(self, text: str) -> tuple[str, ...]:
        """Return the placeholders in a text."""
        return tuple(placeholders(text)) if self.is_template else ()


@dataclass(frozen=True, slots=True)
class Question:
    """A value that only a person knows. ``flag`` gives it on the command line."""

    flag: str
    words: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The keys of one table, and in words what was changed, left out, or must be asked for."""

    keys: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def placeholders(text: str) -> Iterator[str]:
    """Yield each placeholder in a text."""
    return (match[0] for match in _PLACEHOLDER.finditer(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values of its placeholders, as far as they are known."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), text)


def asked(placeholder: str) -> Question:
    """Return the question for a placeholder."""
    return Question(f"--set '{placeholder}=VALUE'", f"what belongs in place of {placeholder}")
