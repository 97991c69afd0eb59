"""A target of a push: the remote service, the kernel's id there, and what the target allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbship.model.spec import KaggleSpec

RemoteName = Literal["kaggle", "local"]
GuardMode = Literal["refuse", "warn"]

DEFAULT = "main"  # the target of a command line without -t


@dataclass(frozen=True, slots=True)
class Target:
    """Where an artifact goes. ``guards`` gives the mode of a guard by its name."""

    name: str
    remote: RemoteName = "kaggle"
    rehearsal: bool = True  # a push needs a rehearsal of the same bytes
    guards: Mapping[str, GuardMode] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether the remote is the local Kaggle on this machine."""
        return self.remote == "local"

    def softens(self, guard: str) -> bool:
        """Whether a guard only warns here."""
        return self.guards.get(guard) == "warn"

    def kernel_id(self, spec: "KaggleSpec", person: str) -> str:  # noqa: ARG002 - see below
        """Return the id of the kernel that a push by this person goes to.

        The targets of today share the header's kernel, whoever pushes. A personal target will
        derive the id from the person.
        """
        return spec.id

    def command(self, verb: str, name: str) -> str:
        """Return the command line of a verb for a hint: "doit watch:trainer -t local"."""
        option = "" if self.name == DEFAULT else f" -t {self.name}"
        return f"doit {verb}:{name}{option}"


# What every workspace has; [tool.nbship.targets] of pyproject.toml changes these and adds others.
BUILT_IN: Mapping[str, Target] = {
    "main": Target("main"),
    # People try things there: an uncommitted change is worth a notice only.
    "local": Target("local", remote="local", guards={"clean-tree": "warn"}),
}
