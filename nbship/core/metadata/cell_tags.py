"""The tags by which a rehearsal leaves out a cell, or limits its time.

A tag is in the artifact, too, and means nothing to Kaggle and Colab: there, each cell runs.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from nbship.diagnostics import mistyped
from nbship.model.spec import Spec

Service = Literal["kaggle", "colab", ""]  # where a notebook is to run; "" for a local helper

SKIP = "skip-smoke"
_ONLY: Mapping[str, Service] = {"only-kaggle": "kaggle", "only-colab": "colab"}
_TIMEOUT = "timeout="
_TAGS = (SKIP, *_ONLY)


def service_of(spec: Spec) -> Service:
    """Return where a notebook with this header is to run."""
    if spec.kaggle is not None:
        return "kaggle"
    return "" if spec.colab is None else "colab"


def left_out_by(tags: Sequence[str], service: Service) -> str:
    """Return the tag by which a rehearsal leaves out a cell, "" if it runs the cell."""
    if SKIP in tags:
        return SKIP
    return next((tag for tag in tags if tag in _ONLY and _ONLY[tag] != service), "")


def timeout_of(tags: Sequence[str]) -> float | None:
    """Return the longest time of a cell in seconds, None if no tag limits it."""
    limits = [_seconds(tag) for tag in tags if tag.startswith(_TIMEOUT)]
    return min((limit for limit in limits if limit is not None), default=None)


def _seconds(tag: str) -> float | None:
    try:
        number = float(tag.removeprefix(_TIMEOUT))
    except ValueError:
        return None
    return number if 0 < number < math.inf else None


class TagFault(NamedTuple):
    """A tag that certainly does not do what it is meant to: why, and what to write."""

    tag: str
    message: str
    hint: str = ""


def tag_faults(tags: Sequence[str], *, is_script: bool) -> Iterator[TagFault]:
    """Yield the faults in the tags of one cell."""
    for tag in tags:
        is_limit = tag.startswith(_TIMEOUT)
        if is_limit and _seconds(tag) is None:
            message = f"tag {tag!r} has no number of seconds: it limits nothing"
            yield TagFault(tag, message, f"Write it like this: {_TIMEOUT}30")
        elif is_script and (is_limit or tag in _TAGS):
            message = f"tag {tag!r} does nothing here: a script runs as a whole"
            yield TagFault(tag, message, "Remove it.")
        elif meant := _meant(tag):
            yield TagFault(tag, f"unknown tag {tag!r}; did you mean {meant!r}?")


def _meant(tag: str) -> str:
    """Return the tag that a mistyped one certainly stands for, or ""."""
    if tag in _TAGS:
        return ""
    return mistyped(tag.replace("_", "-").replace(" ", "-"), _TAGS) or ""
