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


def like_a_library(sources: str, paths: Iterable[str]) -> str:
    """Return a module of the workspace with the name of a library of this Python, "" for none.

    The notebook imports the module. ``paths`` are relative to the workspace, and ``sources`` is the
    folder of its modules there.
    """
    libraries = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    for path in paths:
        name = path.removeprefix(f"{sources}/").partition("/")[0].removesuffix(".py")
        if PathFinder.find_spec(name, libraries) is not None:
            return path
    return ""


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
