"""A method of the API: the fields of its request, and the function that answers it. Plain data."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbship.local.protocol.validation import FieldType, Json


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that redirects the client to a URL."""

    url: str


@dataclass(frozen=True, slots=True)
class Archive:
    """An answer that is a zip file of a run's output."""

    name: str
    run_folder: Path


Answer = Json | Redirect | Archive
AnswerFunction = Callable[[str, Json], Answer | Awaitable[Answer]]


def _no_effect(_request: Json, _answer: Answer) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method. ``answer`` takes the user's name (empty in a public method) and the request."""

    fields: Mapping[str, FieldType]
    answer: AnswerFunction
    effect: Callable[[Json, Answer], str] = _no_effect  # what the call has changed, in a few words
    is_public: bool = False  # needs no credential
