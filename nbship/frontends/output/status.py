"""``status`` on the console: a table or JSON, then what could not be looked at."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nbship.core.overview.status import Standing
from nbship.core.overview.status_text import as_json, table
from nbship.edges import clock
from nbship.edges.workspace import journal
from nbship.errors import KaggleError, NbshipError, SourceError
from nbship.frontends.console import Console
from nbship.frontends.output.runs import tell_damaged
from nbship.frontends.session import Session
from nbship.model.run import Quota
from nbship.verbs.status import see, status

_JSON = "json"


def run_status(
    session: Session,
    names: Sequence[str],
    left_out: Mapping[str, SourceError],
    options: Mapping[str, Any],
) -> None:
    """Print the status of notebooks; with ``remote``, also what the services show of them.

    ``left_out`` are the sources that are in no catalogue, and why.

    Raises:
        NbshipError: a source could not be read, or a service could not be asked; what is known is
            printed before.
    """
    console = session.console
    with console.working("status", ""):
        standings = status(session.context, names)
    _, damaged = journal.read_whole(session.workspace)
    tell_damaged(console, session.workspace.layout.journal, damaged)
    quota: Quota | None = None
    errors: list[NbshipError] = list(left_out.values())
    if options["remote"]:
        standings, quota, refusals = _asked(session, standings)
        errors += refusals
    if options[_JSON]:
        console.line(as_json(standings, left_out, quota))
    else:
        _print(console, standings, quota)
        if not standings and not errors:
            folder = session.workspace.layout.sources
            console.notice(f"there is no notebook in {folder}/ so far: nbship new NAME")
    if errors:
        errors.sort(key=lambda error: error.exit_code)
        for error in errors[:-1]:
            console.error(error)
        raise errors[-1]


def _print(console: Console, standings: Sequence[Standing], quota: Quota | None) -> None:
    for line, meaning in table(standings, clock.since_1970()):
        console.line(line, meaning)
    if quota is not None:
        from nbship.core.kaggle.messages import about_week

        for left in filter(None, (about_week(quota, "GPU"), about_week(quota, "TPU"))):
            console.notice(left)


def _asked(
    session: Session, standings: Sequence[Standing]
) -> tuple[tuple[Standing, ...], Quota | None, list[NbshipError]]:
    """Return the notebooks as their services show them, the weekly time, and what went wrong.

    The service of a notebook is that of its last push. After an error it is not asked again.
    """
    from nbship.frontends.connect import connected, find_target

    usual = find_target(session.workspace, "").name
    seen: dict[str, Standing] = {}
    quota: Quota | None = None
    errors: list[NbshipError] = []
    for target, group in _by_target(session, standings, usual).items():
        try:
            with connected(target, session.context, session.console) as connection:
                with session.console.working("status", connection.remote.name):
                    for number, standing in enumerate(group, 1):
                        session.console.progress(f"{number} of {len(group)}")
                        push = standing.push
                        if push is None or push.server == connection.remote.key:
                            found = see(session.context, standing, connection)
                            seen[standing.entry.name] = replace(standing, seen=found)
                if quota is None and not connection.target.is_local:
                    with suppress(KaggleError):
                        quota = connection.remote.quota()
        except NbshipError as error:
            errors.append(error)
    return tuple(seen.get(each.entry.name, each) for each in standings), quota, errors


def _by_target(
    session: Session, standings: Sequence[Standing], usual: str
) -> Mapping[str, Sequence[Standing]]:
    """Return the kernels by the target of their last push, those of the usual one first."""
    groups: dict[str, list[Standing]] = {usual: []}
    for standing in standings:
        target = standing.push.target if standing.push else usual
        if standing.entry.kernel:
            known = target if target in session.workspace.targets else usual
            groups.setdefault(known, []).append(standing)
    return groups
