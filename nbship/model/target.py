"""A target of a push: the remote service, whose kernel it is there, and what the target allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

RemoteName = Literal["kaggle", "local"]
GuardMode = Literal["refuse", "warn", "skip"]
Rung = Literal["shim", "sandbox"]  # how far a rehearsal is kept apart from the machine
RUNGS: tuple[Rung, ...] = get_args(Rung)  # each one apart from more than the one before

DEFAULT = "main"  # the target of a command line without -t, unless something names another one


@dataclass(frozen=True, slots=True)
class Person:
    """Who pushes: a name among the people of the team, and the user on the remote."""

    name: str
    user: str


NOBODY = Person("", "")  # where it does not matter who pushes


@dataclass(frozen=True, slots=True)
class Followed:
    """A kernel source of this workspace on a personal target: the shared kernel or the own copy.

    ``why`` says why the shared one stays the source; "" where the copy takes its place.
    """

    source: str  # as the header has it
    copy: str
    why: str = ""

    @property
    def used(self) -> str:
        """The kernel whose output the run reads."""
        return self.source if self.why else self.copy


@dataclass(frozen=True, slots=True)
class Target:
    """Where an artifact goes.

    ``guards`` gives the mode of a guard by its name, ``keys`` the values that keys of
    ``[tool.nbship.kaggle]`` have on this target, and ``branches`` the patterns of the branches that
    may be pushed to it; none are all. ``reserve`` are the hours of the week's time on an
    accelerator that a push leaves.
    """

    name: str
    remote: RemoteName = "kaggle"
    rehearsal: bool | Rung = True  # a push needs a rehearsal of the same bytes, or one so apart
    guards: Mapping[str, GuardMode] = field(default_factory=dict)
    personal: bool = False  # each person has a kernel of their own, under a derived id
    keys: Mapping[str, Any] = field(default_factory=dict)
    branches: tuple[str, ...] = ()
    reserve: float = 0.0
    is_usual: bool = False  # the target of a command line without -t

    @property
    def is_local(self) -> bool:
        """Whether the remote is the local Kaggle on this machine."""
        return self.remote == "local"

    @property
    def is_shared(self) -> bool:
        """Whether it is the kernel on Kaggle that the header names, and its number."""
        return self.name == DEFAULT and not self.is_local

    def accepts(self, rung: Rung | None) -> bool:
        """Return whether a rehearsal on this rung, or none (None), is enough for a push."""
        if self.rehearsal is False:
            return True
        least = RUNGS[0] if self.rehearsal is True else self.rehearsal
        return rung is not None and RUNGS.index(rung) >= RUNGS.index(least)

    def mode(self, guard: str) -> GuardMode:
        """Return what a guard does on this target: by default it refuses."""
        return self.guards.get(guard, "refuse")

    def command(self, verb: str, name: str) -> str:
        """Return the command line of a verb for a hint: "doit watch:trainer -t local"."""
        from shlex import quote  # a name may have spaces

        option = "" if self.is_usual else f" -t {self.name}"
        return f"doit {quote(f'{verb}:{name}')}{option}"


# The targets of every workspace; [tool.nbship.targets] in pyproject.toml changes and adds targets.
BUILT_IN: Mapping[str, Target] = {
    "main": Target("main", is_usual=True),
    # A kernel for one person's experiments: what runs is in git and rehearsed, the rest is told.
    "dev": Target(
        "dev",
        personal=True,
        guards={
            "upstream": "warn", "branch": "skip", "one-run": "warn", "web-edit": "warn",
            "ahead": "skip", "sources": "warn", "quota": "warn",
        },
    ),
    # The local Kaggle is for trying things, and costs nothing.
    "local": Target(
        "local",
        remote="local",
        guards={
            "clean-tree": "warn", "half-merged": "warn", "upstream": "skip", "branch": "skip",
            "same-id": "warn", "web-edit": "warn", "ahead": "skip", "sources": "skip",
            "quota": "skip", "sessions": "skip",
        },
    ),
}  # fmt: skip
