"""The installed Python packages, compared with what a notebook declares. It only reads."""

import platform
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from importlib.machinery import PathFinder

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def missing(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return the requirements that the installed packages do not meet, as they were written."""
    return tuple(text for text in requirements if not _is_met(Requirement(text)))


def python_fits(requires_python: str) -> bool:
    """Return whether this Python meets a version specifier; an empty one allows every version."""
    return SpecifierSet(requires_python).contains(platform.python_version(), prereleases=True)


def is_library(name: str) -> bool:
    """Return whether this Python has a library with this name."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return PathFinder.find_spec(name, folders) is not None


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
