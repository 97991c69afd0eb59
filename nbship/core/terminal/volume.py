"""The volume of a command's output: quiet, normal or verbose."""

from collections.abc import Mapping
from typing import Literal, get_args

from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError

Volume = Literal["quiet", "normal", "verbose"]
_VOLUMES: tuple[Volume, ...] = get_args(Volume)
VARIABLE = "NBSHIP_OUTPUT"  # for doit, whose -v and -q are its own


def volume_of(environ: Mapping[str, str]) -> Volume:
    """Return how much to print by the environment: normal where it says nothing.

    Raises:
        WorkspaceError: it says something else.
    """
    said = environ.get(VARIABLE) or "normal"
    for volume in _VOLUMES:
        if said == volume:
            return volume
    raise WorkspaceError(f"{VARIABLE} is {said!r}{did_you_mean(said, _VOLUMES)}")
