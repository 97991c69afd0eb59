"""Kaggle's known refusals: a table of messages and HTTP statuses, each with a hint for the user."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nbship.model.run import Quota

RefusalKind = Literal[
    "title", "kernel", "sessions", "quota", "size", "type", "login", "rights", "rate", "other"
]
_LATER = "Try again later."
_RIGHTS = "Check the id and your account."


@dataclass(frozen=True, slots=True)
class Advice:
    """The kind of a refusal, and what the user can do."""

    kind: RefusalKind
    hint: str


# Kaggle's own messages, as seen in its answers to saves.
_WORDS: tuple[tuple[re.Pattern[str], Advice], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), advice)
    for pattern, advice in (
        (
            r"title is already in use",
            Advice(
                "title",
                "Another of your notebooks has this title, or an id made from it: choose another "
                "title and the id that matches it.",
            ),
        ),
        (
            r"title (cannot exceed|must be at least)",
            Advice("title", "A title has 5 to 50 characters: change the title and the id."),
        ),
        (
            r"(notebook|kernel) not found",
            Advice(
                "kernel",
                "The kernel may belong to another user, be a draft that was never saved, or be "
                "left over from a first push that was refused: check the id, then push under a "
                "new one.",
            ),
        ),
        (
            r"maximum batch \w+ session count",
            Advice(
                "sessions",
                "The maximum number of runs is queued or running: wait for one to end (--wait), or "
                "stop one under 'Active Events' on kaggle.com.",
            ),
        ),
        (
            r"maximum weekly \w+ quota",
            Advice(
                "quota",
                "The weekly quota is used up; it is renewed on Saturday, 00:00 UTC. A machine "
                "without an accelerator uses no quota.",
            ),
        ),
        (
            r"less than 1 megabytes?",
            Advice(
                "size",
                "The notebook and its modules may have 1 MB together: move data and large modules "
                "into a dataset.",
            ),
        ),
        (
            r"type of a kernel cannot change",
            Advice("type", "Push under a new id, or restore the type: notebook or script."),
        ),
    )
)
_STATUSES: dict[int, Advice] = {
    401: Advice("login", "Your credentials are not valid or have expired: create a new API token."),
    403: Advice("rights", f"Your account may not do this with this kernel. {_RIGHTS}"),
    404: Advice("kernel", f"It does not exist, or your account may not see it. {_RIGHTS}"),
    409: Advice("title", "Another of your notebooks has this title: choose another one."),
    413: Advice("size", "The notebook and its modules may have 1 MB together."),
    429: Advice("rate", "Kaggle limits the rate of requests: wait a few minutes."),
}
_OTHER = Advice("other", _LATER)
_DROPPED = {
    "dataset": "a dataset is dropped if it is not ready yet ('kaggle datasets status OWNER/SLUG'), "
    "if its name is misspelt, or if you may not read it",
    "model": "a model has five parts, OWNER/MODEL/FRAMEWORK/VARIATION/VERSION, and you must have "
    "accepted its terms",
    "kernel": "a kernel, OWNER/SLUG, has outputs once a run is complete, and it must be yours or "
    "public",
    "competition": "a competition is named by its slug alone, and you must have joined it and "
    "accepted its rules",
}


def classify(message: str, status: int | None = None) -> Advice:
    """Return the advice for a refusal: by its message if that is known, else by its HTTP status."""
    for pattern, advice in _WORDS:
        if pattern.search(message):
            return advice
    return _STATUSES.get(status or 0, _OTHER)


def about_missing(kernel: str, *, is_new: bool, id_no: int | None) -> str:
    """Return a hint for the refusal "Notebook not found", from the keys and records of the push."""
    if id_no is not None:
        return (
            f"id_no = {id_no} takes precedence over the id, but is not the number of {kernel}, or "
            "the kernel is not yours: correct it, or leave it out and let the id find the kernel."
        )
    if is_new:
        return (
            f"{kernel} may be left over from a first push that was refused, be a draft that was "
            "never saved, or belong to another user: push under a new id and title."
        )
    return f"{kernel} does not exist any more, or is not yours. {_RIGHTS}"


def about_quota(quota: Quota) -> str:
    """Return a hint for a used-up quota: when it is renewed, and how many hours are left."""
    left = [
        f"{kind} {allowance.left / 3600:.1f} of {allowance.allowed / 3600:.0f} h left"
        for kind, allowance in (("GPU", quota.gpu), ("TPU", quota.tpu))
        if allowance is not None
    ]
    when = quota.refreshes or "Saturday, 00:00 UTC"
    return f"The quota is renewed on {when} ({', '.join(left) or 'Kaggle reports no hours'})."


def about_week(quota: Quota, kind: Literal["GPU", "TPU"]) -> str:
    """Return the hours that are left this week, as text; empty if Kaggle does not report them."""
    allowance = quota.gpu if kind == "GPU" else quota.tpu
    if allowance is None:
        return ""
    left, allowed = allowance.left / 3600, allowance.allowed / 3600
    return f"{left:.1f} of {allowed:.0f} h of {kind} are left this week"


def about_dropped(dropped: Mapping[str, tuple[str, ...]]) -> str:
    """Return a hint for sources that Kaggle dropped from a save; ``dropped`` has them by kind."""
    reasons = "; ".join(reason for kind, reason in _DROPPED.items() if kind in dropped)
    return f"{reasons[:1].upper()}{reasons[1:]}. Correct it, then push again."
