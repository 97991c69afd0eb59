"""The answer of a worker that has rehearsed a notebook: the output and the verdict, as JSON.

The worker has the same nbship. Its answer counts only if it names the artifact that was sent.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbship.diagnostics import Place
from nbship.errors import NbshipError, SmokeError, SourceError, WorkspaceError

# What both sides must have alike: what runs a notebook, and what speaks between them.
COMPARED = ("nbship", "distributed", "papermill", "nbclient", "ipykernel", "jupyter_client")
_KINDS: Mapping[str, type[NbshipError]] = {
    kind.__name__: kind for kind in (SmokeError, SourceError, WorkspaceError)
}
_TEXTS = ("message", "function", "quote", "code", "near")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a worker: its lines, and a result or an error.

    Each line is a pair: its kind and its text. ``is_whole`` says that all outputs came along.
    """

    lines: tuple[tuple[str, str], ...] = ()
    result: Mapping[str, Any] | None = None
    error: NbshipError | None = None
    is_whole: bool = True


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return which versions of a worker differ, in words; "" if none does."""
    return ", ".join(
        f"{name} {there.get(name) or 'is missing'} (here {version})"
        for name, version in here.items()
        if there.get(name) != version
    )


def render_answer(name: str, digest: str, answer: Answer) -> str:
    """Return the answer of a worker about the artifact with this rehearsal digest."""
    error = answer.error
    failure = None
    if error is not None:
        known = (*_KINDS.values(), NbshipError)
        kind = next(kind for kind in type(error).__mro__ if kind in known)
        failure = {
            **asdict(error.diagnostic),
            "kind": kind.__name__,
            "rung": getattr(error, "rung", ""),
            "seconds": getattr(error, "seconds", None),
        }
    return json.dumps({
        "name": name, "digest": digest, "lines": answer.lines, "result": answer.result,
        "failure": failure, "is_whole": answer.is_whole,
    })  # fmt: skip


def read_answer(text: object, name: str, digest: str) -> Answer | None:
    """Return the answer about an artifact; None if it is none, or is about another one."""
    try:
        told = json.loads(text if isinstance(text, str) else "")
        result, failure = told["result"], told["failure"]
        is_right = (told["name"], told["digest"]) == (name, digest)
        is_one = (result is None) != (failure is None)
        if not (is_right and is_one) or (result is not None and result["digest"] != digest):
            return None
        lines = tuple((str(kind), str(line)) for kind, line in told["lines"])
        error = None if failure is None else _error(failure)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Answer(lines, result, error, told["is_whole"] is True)


def _error(failure: Mapping[str, Any]) -> NbshipError:
    kind, place = _KINDS.get(failure["kind"], NbshipError), failure["place"]
    where = Place(str(place["path"]), *(_number(place[name]) for name in ("line", "column")))
    texts = {name: str(failure[name]) for name in _TEXTS}
    hints = tuple(str(hint) for hint in failure["hints"])
    error = kind(texts.pop("message"), place=where, hints=hints, **texts)
    if isinstance(error, SmokeError):
        return error.measured(str(failure["rung"]), float(failure["seconds"] or 0))
    return error


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
