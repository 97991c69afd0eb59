"""The files of the workspace that fit a pattern: what the disk answers to check and the build."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Collected:
    """The files that fit a pattern, by path relative to the workspace.

    A source or module is decoded and has LF line ends. ``refused`` has the files whose content is
    not taken, and why. ``sizes`` has all of them with their sizes in bytes if they have more than
    20,000,000 together: then none is read.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


Collect = Callable[[str], Collected]  # a pattern relative to the workspace → its files


def nothing(_: str) -> Collected:
    """Return no file for a pattern."""
    return Collected()
