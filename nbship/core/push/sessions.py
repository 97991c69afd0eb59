"""The runs of earlier pushes that may go on, by the journal: the service says whether they do.

Kaggle runs so many batch sessions of one user at once: 5 without an accelerator, 2 with GPUs and 1
with a TPU, as its refusals say ("Maximum batch GPU session count of 2 reached."). A queued run
counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbship.model.push import Record

AT_ONCE: Mapping[str, int] = {"CPU": 5, "GPU": 2, "TPU": 1}


@dataclass(frozen=True, slots=True)
class Sessions:
    """How many runs go on, and how many may at once."""

    active: int
    most: int


def may_go_on(pushes: Iterable[Record], *, server: str, user: str) -> tuple[Record, ...]:
    """Return the last push of each kernel by a user whose run may go on, the newest first.

    The journal knows no end of a run that nobody has watched: some of them may have ended.
    """
    last = {push.kernel: push for push in pushes if push.server == server and push.version}
    return tuple(
        push
        for push in reversed(last.values())
        if push.state == "pushed" and push.runs and push.user == user
    )


def earlier_run(pushes: Iterable[Record], version: int) -> Record | None:
    """Return the push whose run may go on beside a latest version that did not start it.

    That version was saved without a run, or made elsewhere. ``pushes`` are those of one kernel on
    one server.
    """
    made = {push.version: push for push in pushes if push.version}
    saved = made.get(version)
    if saved is not None and saved.runs:
        return None
    older = {number: push for number, push in made.items() if number < version and push.runs}
    last = older[max(older)] if older else None
    return last if last and last.state == "pushed" else None
