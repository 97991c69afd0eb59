"""Which words tell of a failed run: the log's, or Kaggle's own.

Kaggle's texts, as they were seen: "Your notebook tried to allocate more memory than is available.",
"Your notebook was stopped because it exceeded the max allowed execution duration." A run that
exceeded its time more often ends as cancelled, without a word.
"""

import re
from dataclasses import replace

from nbship.model.failure import Failure
from nbship.model.run import RunStatus

CANCELLED = "the run was cancelled, or took too long"
_ENDED = re.compile(r"more memory than is available|max(?:imum)? allowed execution duration")


def choose_message(found: Failure, status: RunStatus) -> Failure:
    """Return the failure in the words that tell most, and without a line that is not its own.

    What Kaggle ends does not fail at a line: a traceback in its log is of something that went on.
    """
    said = status.failure_message
    if status.state == "cancelled":
        return replace(found, error=said or CANCELLED, frames=(), causes=(), parts=())
    if _ENDED.search(said) and "Memory" not in found.error:
        return replace(found, error=said, frames=(), causes=(), parts=())
    if said and not found.frames:
        return replace(found, error=said)
    return found
