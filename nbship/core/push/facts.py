"""The facts of a push by which its guards decide, and what a guard says against it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbship.model.target import RUNGS, Followed, Rung, Target

if TYPE_CHECKING:  # doit reads the list of guards at every start, and needs none of these
    from collections.abc import Mapping

    from nbship.core.push.sessions import Sessions
    from nbship.model.git import GitState, Head
    from nbship.model.push import GoingOn, Latest
    from nbship.model.run import RunStatus


@dataclass(frozen=True, repr=False, slots=True)  # quicker to make at each start
class Objection:
    """Why a guard objects, and what to do about it. A mild one only warns on every target."""

    message: str
    hint: str = ""
    is_mild: bool = False


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class PushFacts:
    """The facts by which the guards decide.

    ``digest`` is that of the artifact, ``sent`` that of what would be sent.
    """

    name: str
    target: Target
    kernel: str
    digest: str
    git: "GitState"
    status: "RunStatus | None"  # of the kernel's latest run; None if it never ran
    latest: "Latest"  # version of the kernel
    smoked: Rung | None  # how far apart the rehearsal of this digest was that has passed
    rung: Rung = RUNGS[-1]  # how far apart a rehearsal on this machine is
    runs: bool = True  # the push starts a run
    skip: str = ""  # why the header lets no rehearsal be made
    partial: str = ""  # where the last rehearsal of this digest ended before the notebook did
    left_out: tuple[str, ...] = ()  # the cells that it did not run because of their tags
    head: "Head | None" = None  # None outside a repository
    sent: str = ""
    seen: str = ""  # the digest of what the service would show of it
    first_id: str = ""  # of the kernel in the first commit of its source, "" if it has none
    header_id: str = ""  # of the kernel in its header now
    earlier: "GoingOn | None" = None  # a run from here that goes on beside the latest version
    missing: tuple[str, ...] = ()  # data sources that are not there or not ready, each with why
    untold: tuple[str, ...] = ()  # those of which the service does not tell, each with why
    hours_left: float | None = None  # of the week's time on the accelerator, None without one
    reserve: float = 0.0  # hours that the target leaves
    follows: tuple[Followed, ...] = ()  # the kernel sources of this workspace, on a personal target
    sessions: "Sessions | None" = None  # of the user; None if they were not counted

    inputs: "Mapping[str, int] | None" = None  # their versions by id; None if nobody has asked
    newer: tuple[str, ...] = ()  # inputs, in newer versions than the latest version has read

    @property
    def base_version(self) -> int:
        """The number of the kernel's latest version, 0 if there is none."""
        return self.latest.version
