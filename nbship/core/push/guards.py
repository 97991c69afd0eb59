"""The guards of a push: each is one reason not to push, with its message and its override.

doit's options, the record's overrides and the documentation are made from ``GUARDS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbship.config import PYPROJECT
from nbship.core.push import objections
from nbship.core.push.facts import Objection, PushFacts
from nbship.diagnostics import Place, did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.target import GuardMode, Target

if TYPE_CHECKING:  # doit reads the list of guards at every start, and does not need it
    from nbship.model.push import PushOptions


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Guard:
    """One reason not to push.

    ``flag`` overrides this guard alone. ``help`` is the flag's help text.
    """

    name: str
    flag: str
    help: str
    refuses: str  # completes "a push is refused if", for the documentation
    check: Callable[[PushFacts], Objection | None]
    ends: bool = False  # by itself: a push with --wait waits for that

    @property
    def option(self) -> str:
        """The name of the flag as a parameter: "allow_dirty"."""
        return self.flag.removeprefix("--").replace("-", "_")

    def mode(self, target: Target) -> GuardMode:
        """Return whether this guard refuses, warns or is not asked on a target."""
        return target.mode(self.name)


ONE_RUN = Guard(
    "one-run",
    "--allow-running",
    "push although a run of the kernel goes on (recorded)",
    "a run of the kernel is queued or running",
    objections.one_run_at_a_time,
    ends=True,
)
SMOKED = Guard(
    "smoked",
    "--allow-unsmoked",
    "push without a passing rehearsal (recorded)",
    "these bytes have not passed a rehearsal",
    objections.smoked,
)
GUARDS: tuple[Guard, ...] = (
    Guard(
        "clean-tree",
        "--allow-dirty",
        "push what is not committed (recorded)",
        "a file that the artifact was built from is not committed",
        objections.clean_tree,
    ),
    Guard(
        "half-merged",
        "--allow-half-merged",
        "push in the middle of a merge or a rebase (recorded)",
        "a merge, a rebase, a cherry-pick or a revert goes on in the repository",
        objections.half_merged,
    ),
    Guard(
        "upstream",
        "--allow-unpublished",
        "push a commit that no branch of the remote has (recorded)",
        "no branch of a remote has the commit; without a remote this is only told",
        objections.upstream,
    ),
    Guard(
        "branch",
        "--allow-branch",
        "push from a branch that the target does not take (recorded)",
        "the target has `branches`, and none of them fits the branch",
        objections.branch,
    ),
    Guard(
        "same-id",
        "--allow-other-id",
        "push to another kernel than before (recorded)",
        "the kernel's id is not the one that was committed first",
        objections.same_id,
    ),
    ONE_RUN,
    Guard(
        "web-edit",
        "--allow-web-edit",
        "push over a version that was edited on the web (recorded)",
        "the latest version was not made by nbship, or was edited on the web since",
        objections.web_edit,
    ),
    Guard(
        "ahead",
        "--allow-behind",
        "push over a version of a commit that this one does not contain (recorded)",
        "the latest version was made from a commit that this one does not contain",
        objections.ahead,
    ),
    SMOKED,
    Guard(
        "sources",
        "--allow-missing-sources",
        "push although data sources are missing or not ready (recorded)",
        "a dataset or kernel source does not exist or is not ready; what Kaggle does not tell is "
        "only said",
        objections.sources_ready,
    ),
    Guard(
        "quota",
        "--allow-low-quota",
        "push although little of the week's time is left (recorded)",
        "of the week's time on the accelerator, no more is left than the target's `reserve`",
        objections.quota,
    ),
    Guard(
        "sessions",
        "--allow-full-sessions",
        "push the first version although no session is free (recorded)",
        "it is a kernel's first, and as many runs from this clone go on as Kaggle takes at once",
        objections.sessions_free,
        ends=True,
    ),
)


def refuse_unknown_guards(target: Target) -> None:
    """Refuse a target that names a guard which does not exist.

    Raises:
        WorkspaceError: a guard is unknown; names the nearest known one.
    """
    names = [guard.name for guard in GUARDS]
    for name in target.guards:
        if name not in names:
            raise WorkspaceError(
                f"unknown guard {name!r} in [tool.nbship.targets.{target.name}]"
                f"{did_you_mean(name, names)}",
                place=Place(PYPROJECT),
            )


def push_options(
    flags: Mapping[str, bool], *, wait: bool = False, no_run: bool = False, again: bool = False
) -> "PushOptions":
    """Return the options of a push; ``flags`` gives the guards' parameters by their names."""
    from nbship.model.push import PushOptions

    given = tuple(guard.flag for guard in GUARDS if flags.get(guard.option))
    return PushOptions(overrides=given, wait=wait, no_run=no_run, again=again)
