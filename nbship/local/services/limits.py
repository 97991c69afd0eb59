"""The limits of Kaggle: sessions at once, length of a session, weekly hours of an accelerator.

Side effects: reads the database.
"""

from datetime import timedelta

from nbship.local.protocol.validation import Json, now, quota_week
from nbship.local.sessions.environment import SessionFolders

# How many sessions of one user may wait or run at once, by accelerator.
_AT_ONCE = {"CPU": 5, "GPU": 2, "TPU": 1}
LONGEST = {"CPU": 12 * 3600, "GPU": 12 * 3600, "TPU": 9 * 3600}  # seconds


def accelerator_of(request: Json) -> str:
    """Return CPU, GPU or TPU; ``machineShape`` overrides ``enableGpu`` and ``enableTpu``."""
    shape = request.get("machineShape", "").casefold()
    if shape in ("", "none"):
        if request.get("enableTpu"):
            return "TPU"
        return "GPU" if request.get("enableGpu") else "CPU"
    if shape.startswith("tpu"):
        return "TPU"
    return "GPU" if shape.startswith(("nvidia", "gpu")) else "CPU"


def reached_limit(folders: SessionFolders, user: str, accelerator: str) -> str | None:
    """Return Kaggle's message for the limit that forbids one more session, or None."""
    limit = _AT_ONCE[accelerator]
    if folders.database.count_active(user, accelerator) >= limit:
        return f"Maximum batch {accelerator} session count of {limit} reached."
    hours = folders.quirks.hours.get(accelerator)
    if hours is None:
        return None
    start, _ = quota_week(now())
    if folders.database.time_used(user, accelerator, start) < timedelta(hours=hours):
        return None
    return f"Maximum weekly {accelerator} quota of {hours:.2f} hours reached."
