"""The Python packages installed here, asked about what a notebook declares. Only reads."""

import platform
from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def missing(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return the requirements that what is installed does not meet, as they were written."""
    return tuple(text for text in requirements if not _is_met(Requirement(text)))


def python_fits(requires_python: str) -> bool:
    """Whether this Python is one that the notebook asks for; an empty text asks for nothing."""
    return SpecifierSet(requires_python).contains(platform.python_version(), prereleases=True)


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
