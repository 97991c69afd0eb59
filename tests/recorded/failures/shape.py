"""The input of a recorded failure: a source, its modules, and the line to report."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAIN = "src_py/main.py"
MARK = "# HERE"


@dataclass(frozen=True, slots=True)
class Shape:
    """A notebook or script that fails, and how.

    The line to report ends with MARK. If it cannot be marked, ``at`` gives it; an empty ``at``
    means that no line can be known.
    """

    source: str
    function: str | None
    error: str
    modules: Mapping[str, str] = field(default_factory=dict)  # by their path below src_py/
    at: str | None = None
    at_of_7: str | None = None  # with IPython 7, which tells no line below %%time
    is_script: bool = False
    everywhere: bool = False  # recorded with every IPython, and not only the two that matter most

    def expected(self, kernel: str) -> str:
        """Return ``path:line function error``, with the unqualified name of the function."""
        place = self.at_of_7 if self.at_of_7 and kernel.startswith("ipython-7") else self._place()
        return f"{place} {self.function or '-'} {self.error}"

    def _place(self) -> str:
        if self.at is not None:
            return self.at or "-"
        texts = {MAIN: self.source} | {f"src_py/{p}": t for p, t in self.modules.items()}
        [place] = [
            f"{path}:{number}"
            for path, text in texts.items()
            for number, line in enumerate(text.split("\n"), 1)
            if line.endswith(MARK)
        ]
        return place
