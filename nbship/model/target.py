"""A target of a push: the remote service, the kernel's id there, and what the target allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from nbship.model.spec import KaggleSpec

RemoteName = Literal["kaggle", "local"]
GuardMode = Literal["refuse", "warn"]
Rung = Literal["shim", "sandbox"]  # how far a rehearsal is kept apart from the machine
RUNGS: tuple[Rung, ...] = get_args(Rung)  # each one apart from more than the one before

DEFAULT = "main"  # the target of a command line without -t


@dataclass(frozen=True, slots=True)
class Target:
    """Where an artifact goes. ``guards`` gives the mode of a guard by its name."""

    name: str
    remote: RemoteName = "kaggle"
    rehearsal: bool | Rung = True  # a push needs a rehearsal of the same bytes, or one so apart
    guards: Mapping[str, GuardMode] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether the remote is the local Kaggle on this machine."""
        return self.remote == "local"

    def accepts(self, rung: Rung | None) -> bool:
        """Return whether a rehearsal on this rung, or none (None), is enough for a push."""
        if self.rehearsal is False:
            return True
        least = RUNGS[0] if self.rehearsal is True else self.rehearsal
        return rung is not None and RUNGS.index(rung) >= RUNGS.index(least)

    def softens(self, guard: str) -> bool:
        """Return whether a guard only warns on this target."""
        return self.guards.get(guard) == "warn"

    def kernel_id(self, spec: "KaggleSpec", person: str) -> str:  # noqa: ARG002 - see below
        """Return the id of the kernel that a push by this person goes to.

        Today every target uses the kernel of the header. A personal target will derive the id from
        ``person``.
        """
        return spec.id

    def kernel_number(self, spec: "KaggleSpec") -> int | None:
        """Return the number of that kernel on the remote, None where the id alone finds it.

        The header has the number of the shared kernel on Kaggle; the local Kaggle has its own.
        """
        return spec.id_no if self.name == DEFAULT and not self.is_local else None

    def command(self, verb: str, name: str) -> str:
        """Return the command line of a verb for a hint: "doit watch:trainer -t local"."""
        from shlex import quote  # a name may have spaces

        option = "" if self.name == DEFAULT else f" -t {self.name}"
        return f"doit {quote(f'{verb}:{name}')}{option}"


# The targets of every workspace; [tool.nbship.targets] in pyproject.toml changes and adds targets.
BUILT_IN: Mapping[str, Target] = {
    "main": Target("main"),
    # The local Kaggle is for trying things: an uncommitted change is only reported.
    "local": Target("local", remote="local", guards={"clean-tree": "warn"}),
}
