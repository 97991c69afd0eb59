"""``nbship runs`` on the console: the list, one run, two compared."""

from collections.abc import Mapping, Sequence
from typing import Any

from nbship.core.overview import run_text
from nbship.core.overview.runs import find_run, run_name, runs_of
from nbship.edges.workspace import journal
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console
from nbship.frontends.session import Session
from nbship.verbs.runs import metrics_of

_PAIR = 2


def run_runs(session: Session, names: Sequence[str], options: Mapping[str, Any]) -> None:
    """Print the runs of this clone, the newest first.

    Raises:
        WorkspaceError: the journal cannot be read, or a name has no runs.
    """
    console, workspace = session.console, session.workspace
    known, damaged = journal.read_whole(workspace)
    runs = runs_of(known, names)
    tell_damaged(console, workspace.layout.journal, damaged)
    if options["json"]:
        console.line(run_text.list_json(runs))
        return
    for line, meaning in run_text.list_text(runs):
        console.line(line, meaning)
    if not runs:
        console.notice("nothing was pushed from this clone so far")


def run_show(session: Session, word: str, options: Mapping[str, Any]) -> None:
    """Print one run: what was pushed, how the run ended, and its numbers.

    Raises:
        WorkspaceError: the word means no run, or several.
    """
    run = find_run(journal.read(session.workspace), word)
    metrics = metrics_of(session.workspace, run)
    if options["json"]:
        session.console.line(run_text.show_json(run, metrics))
        return
    for line in run_text.show_text(run, metrics):
        session.console.line(line)
    _tell(session.console, metrics.problem)


def run_diff(session: Session, words: Sequence[str], options: Mapping[str, Any]) -> None:
    """Print what differs between two runs, and their numbers side by side.

    Raises:
        WorkspaceError: there are not two words, or one of them means no run, or several.
    """
    if len(words) != _PAIR:
        given = " ".join(words) or "none"
        raise WorkspaceError(
            f"runs diff: give two runs; there is {given}", hint="List them: nbship runs"
        )
    known = journal.read(session.workspace)
    one, other = (find_run(known, word) for word in words)
    metrics = metrics_of(session.workspace, one), metrics_of(session.workspace, other)
    if options["json"]:
        session.console.line(run_text.diff_json((one, other), metrics))
        return
    for line in run_text.diff_text((one, other), metrics):
        session.console.line(line)
    for run, each in zip((one, other), metrics, strict=True):
        _tell(session.console, f"{run_name(run)}: {each.problem}" if each.problem else "")


def _tell(console: Console, problem: str) -> None:
    if problem:
        console.notice(problem)


def tell_damaged(console: Console, path: str, damaged: Sequence[int]) -> None:
    """Say which lines of the journal are left out."""
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        console.warning(
            f"{path}:{damaged[0]}{more}: no record; it is torn, or of a newer nbship, and left out"
        )
