"""The order of a ship: which notebooks can begin, and which cannot because one upstream failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Schedule:
    """The notebooks of a ship, and how far each one is.

    ``above`` gives for each notebook those of the ship whose outputs it reads, upstream first.
    ``ended`` says of each notebook that has ended whether it has succeeded.
    """

    above: Mapping[str, tuple[str, ...]]
    begun: frozenset[str] = frozenset()
    ended: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether every notebook has ended."""
        return len(self.ended) == len(self.above)

    @property
    def ready(self) -> tuple[str, ...]:
        """The notebooks that can begin now: all upstream of them have succeeded."""
        return tuple(
            name
            for name, above in self.above.items()
            if self._is_left(name) and all(self.ended.get(each) for each in above)
        )

    @property
    def held(self) -> Mapping[str, str]:
        """By notebook that cannot begin any more, the one upstream that has failed."""
        found: dict[str, str] = {}
        for name, above in self.above.items():
            failed = [each for each in above if self.ended.get(each) is False]
            if failed and self._is_left(name):
                found[name] = failed[0]
        return found

    def begin(self, name: str) -> Self:
        """Return the schedule after a notebook has begun."""
        return replace(self, begun=self.begun | {name})

    def put_back(self, name: str) -> Self:
        """Return the schedule after a notebook could not begin yet."""
        return replace(self, begun=self.begun - {name})

    def end(self, name: str, *, has_succeeded: bool) -> Self:
        """Return the schedule after the end of a notebook."""
        return replace(self, ended={**self.ended, name: has_succeeded})

    def _is_left(self, name: str) -> bool:
        return name not in self.begun and name not in self.ended
