"""The files of the workspace that fit a pattern: what the disk answers to check and the build."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Collected:
    """The files that fit a pattern, by path relative to the workspace.

    A source or module is decoded and has LF line ends. ``refused`` has the files whose content is
    not taken, and why. ``sizes`` has all of them with their sizes in bytes if they have more than
    20,000,000 together: then none is read. ``programs`` are those that their owner may execute.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    programs: frozenset[str] = frozenset()


Collect = Callable[[str], Collected]  # a pattern relative to the workspace → its files


def nothing(_: str) -> Collected:
    """Return no file for a pattern."""
    return Collected()


def digest_of(content: str, *, is_program: bool) -> str:
    """Return the digest of a file whose content has the digest ``content``."""
    return f"{content}, executable" if is_program else content
