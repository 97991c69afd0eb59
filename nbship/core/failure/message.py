"""The message for a failed run: the error in the log, or Kaggle's own message.

Kaggle's messages, as seen: "Your notebook tried to allocate more memory than is available.", "Your
notebook was stopped because it exceeded the max allowed execution duration." More often, a run that
exceeded its time ends as cancelled, without a message.
"""

import re
from dataclasses import replace

from nbship.model.failure import Failure
from nbship.model.run import RunStatus

CANCELLED = "the run was cancelled, or took too long"
_LIMIT = re.compile(r"more memory than is available|max(?:imum)? allowed execution duration")


def choose_message(found: Failure, status: RunStatus) -> Failure:
    """Return the failure with the more informative message.

    If Kaggle stopped the run, the lines are removed: a traceback in the log of such a run belongs
    to an error after which the run went on.
    """
    message = status.failure_message
    if status.state == "cancelled":
        return replace(found, error=message or CANCELLED, frames=(), causes=(), parts=())
    if _LIMIT.search(message) and "Memory" not in found.error:
        return replace(found, error=message, frames=(), causes=(), parts=())
    if message and not found.frames:
        return replace(found, error=message)
    return found
