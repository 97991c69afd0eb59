"""How many sessions a user may have, for how long, on which kind of machine.

Side effects: none; reads the database.
"""

from datetime import timedelta

from nbship.local.protocol.validation import Json, now, quota_week
from nbship.local.sessions.environment import SessionFolders

# How many sessions of one user may wait or run at once, by the machine that they ask for.
_AT_ONCE = {"CPU": 5, "GPU": 2, "TPU": 1}
LONGEST = {"CPU": 12 * 3600, "GPU": 12 * 3600, "TPU": 9 * 3600}  # seconds


def accelerator_of(request: Json) -> str:
    """Return the kind of machine that is asked for; the shape wins over the older switches."""
    shape = request.get("machineShape", "").casefold()
    if shape in ("", "none"):
        if request.get("enableTpu"):
            return "TPU"
        return "GPU" if request.get("enableGpu") else "CPU"
    if shape.startswith("tpu"):
        return "TPU"
    return "GPU" if shape.startswith(("nvidia", "gpu")) else "CPU"


def reached(worlds: SessionFolders, user: str, accelerator: str) -> str | None:
    """Return which limit stands against one more session, in Kaggle's words; None where none."""
    limit = _AT_ONCE[accelerator]
    if worlds.state.count_active(user, accelerator) >= limit:
        return f"Maximum batch {accelerator} session count of {limit} reached."
    hours = worlds.oddities.hours.get(accelerator)
    if hours is None:
        return None
    start, _ = quota_week(now())
    if worlds.state.time_used(user, accelerator, start) < timedelta(hours=hours):
        return None
    return f"Maximum weekly {accelerator} quota of {hours:.2f} hours reached."
