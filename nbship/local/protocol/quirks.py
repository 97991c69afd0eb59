"""Switches for Kaggle behaviour that varies. Plain data."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quirks:
    """The switches; by default every change is visible at once."""

    queued_as_nothing: bool = False  # answer {} for the status of a queued session
    lag: float = 0.0  # seconds by which the reported status is out of date
    dataset_delay: float = 0.0  # seconds until a new dataset version is READY
    saving: float = 0.0  # seconds from the end of a cancelled session until its outputs are saved
    editors_save: bool = True  # a collaborator with edit rights may save by the API
    # Each user's weekly quota of an accelerator, in hours.
    hours: dict[str, float] = field(default_factory=lambda: {"GPU": 30.0, "TPU": 20.0})
