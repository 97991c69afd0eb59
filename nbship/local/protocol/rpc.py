"""What a method of the API is: its request's fields, and the function that answers. Plain data."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbship.local.protocol.validation import FieldType, Json


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that is somewhere else."""

    url: str


@dataclass(frozen=True, slots=True)
class Archive:
    """An answer that is a zip file of what a run has left."""

    name: str
    run_folder: Path


Answer = Json | Redirect | Archive
Answers = Callable[[str, Json], Answer | Awaitable[Answer]]


def _nothing(_request: Json, _answer: Answer) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method. It answers for a user; for nobody (an empty name) where anyone may ask."""

    fields: Mapping[str, FieldType]
    answer: Answers
    effect: Callable[[Json, Answer], str] = _nothing  # in a few words, what it then has changed
    is_for_anyone: bool = False
