"""How this Kaggle is to behave where the real one is now this, now that. Plain data."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quirks:
    """The switches: at rest, everything is at once as it was made."""

    queued_as_nothing: bool = False  # the status of a waiting session is {}, which means queued
    lag: float = 0.0  # seconds by which the status is late
    dataset_delay: float = 0.0  # seconds until a dataset's new version is READY
    # How long an owner's sessions may use a kind of machine in a week.
    hours: dict[str, float] = field(default_factory=lambda: {"GPU": 30.0, "TPU": 20.0})
