"""What Kaggle's known refusals mean, and what to do about each: a table, nothing more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nbship.model.run import Quota

RefusalKind = Literal[
    "title", "kernel", "sessions", "quota", "size", "type", "login", "rights", "rate", "other"
]
_LATER = "Try again in a while."
_RIGHTS = "Check its id and your account."


@dataclass(frozen=True, slots=True)
class Advice:
    """Which trouble it is, and what to do."""

    kind: RefusalKind
    hint: str


# Kaggle's own words, as they were seen in the answers to saves.
_WORDS: tuple[tuple[re.Pattern[str], Advice], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), advice)
    for pattern, advice in (
        (
            r"title is already in use",
            Advice(
                "title",
                "Another notebook of yours has this title, or a slug made from it: choose another "
                "title, and the id that goes with it.",
            ),
        ),
        (
            r"title (cannot exceed|must be at least)",
            Advice("title", "A title has 5 to 50 characters: change it and the id that goes with."),
        ),
        (
            r"(notebook|kernel) not found",
            Advice(
                "kernel",
                "It may be another person's, a draft that was never saved, or a leftover of a "
                "first push that was refused: check the id, then push under a new one.",
            ),
        ),
        (
            r"maximum batch \w+ session count",
            Advice(
                "sessions",
                "As many runs as Kaggle allows are waiting or running: --wait waits until one "
                "ends, 'Active Events' on kaggle.com stops one.",
            ),
        ),
        (
            r"maximum weekly \w+ quota",
            Advice(
                "quota",
                "The week's hours are used up; they start again on Saturday, 00:00 UTC. A machine "
                "without an accelerator takes none.",
            ),
        ),
        (
            r"less than 1 megabytes?",
            Advice(
                "size",
                "The notebook and its modules have 1 MB together: put data and large modules "
                "into a dataset.",
            ),
        ),
        (
            r"type of a kernel cannot change",
            Advice("type", "Push under a new id, or keep what it was: notebook or script."),
        ),
    )
)
_STATUSES: dict[int, Advice] = {
    401: Advice("login", "Your credentials are not valid (any more): make a new API token."),
    403: Advice("rights", f"You may not do this with that kernel. {_RIGHTS}"),
    404: Advice("kernel", f"There is no such thing, or not for you. {_RIGHTS}"),
    409: Advice("title", "Another notebook of yours has this title: choose another one."),
    413: Advice("size", "The notebook and its modules have 1 MB together."),
    429: Advice("rate", "Kaggle asks to slow down: wait a few minutes."),
}
_OTHER = Advice("other", _LATER)
_DROPPED = {
    "dataset": "a dataset is dropped while it is not ready ('kaggle datasets status OWNER/SLUG'), "
    "and when it is misspelt or not yours to read",
    "model": "a model has five parts, OWNER/MODEL/FRAMEWORK/VARIATION/VERSION, and its terms must "
    "have been accepted",
    "kernel": "a kernel's outputs can be read once it has run to its end, by its owner or if it is "
    "public: OWNER/SLUG",
    "competition": "a competition is named by its slug alone, and you must have joined it and "
    "accepted its rules",
}


def classify(words: str, status: int | None = None) -> Advice:
    """Return what a refusal means: by its words where they are known, else by its status."""
    for pattern, advice in _WORDS:
        if pattern.search(words):
            return advice
    return _STATUSES.get(status or 0, _OTHER)


def about_missing(kernel: str, *, is_new: bool, id_no: int | None) -> str:
    """Return what may be behind "Notebook not found", from what is known of this push."""
    if id_no is not None:
        return f"id_no = {id_no} wins over the id and is not of {kernel}, or not yours: remove it."
    if is_new:
        return (
            f"{kernel} is half there, as after a first push that was refused, a draft never saved, "
            "or another person's: push under a new id and title."
        )
    return f"{kernel} is not yours (any more). {_RIGHTS}"


def about_quota(quota: Quota) -> str:
    """Return when a used-up quota starts again, and what is left of each."""
    left = [
        f"{word} {allowance.left / 3600:.1f} of {allowance.allowed / 3600:.0f} h left"
        for word, allowance in (("GPU", quota.gpu), ("TPU", quota.tpu))
        if allowance is not None
    ]
    when = quota.refreshes or "on Saturday, 00:00 UTC"
    return f"The hours start again {when} ({', '.join(left) or 'of what, Kaggle does not say'})."


def about_week(quota: Quota, kind: Literal["GPU", "TPU"]) -> str:
    """Return what is left of the week's hours of one kind; empty where Kaggle does not say."""
    allowance = quota.gpu if kind == "GPU" else quota.tpu
    if allowance is None:
        return ""
    left, allowed = allowance.left / 3600, allowance.allowed / 3600
    return f"{left:.1f} of {allowed:.0f} h of {kind} are left of this week"


def about_dropped(dropped: Mapping[str, tuple[str, ...]]) -> str:
    """Return what to do about the sources that Kaggle dropped, by their kinds."""
    reasons = "; ".join(reason for kind, reason in _DROPPED.items() if kind in dropped)
    return f"{reasons[:1].upper()}{reasons[1:]}. Put it right, then push again."
