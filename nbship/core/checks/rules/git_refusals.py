"""git-not-asked: git does not answer, so that some rules cannot be applied."""

from collections.abc import Iterator

from nbship.core.checks.facts import WorkspaceFacts
from nbship.diagnostics import Diagnostic, Place
from nbship.model.layout import SOURCES


def git_not_asked(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield a finding at the folder of the sources if git could not be asked."""
    if facts.git.refusal:
        message = f"git could not be asked, and its checks are left out: {facts.git.refusal}"
        hints = (facts.git.way_out,) if facts.git.way_out else ()
        yield Diagnostic(Place(SOURCES), "git-not-asked", message, hints)
