"""Versions that somebody else made between the plan of a push and its save.

Kaggle takes each version, whatever the latest one is. So the push asks for the latest version just
before it saves, and afterwards tells of the versions that came in between.
"""

from dataclasses import replace

from nbship.core.push import record as records
from nbship.core.push.latest import latest_of
from nbship.core.push.objections import about
from nbship.edges.workspace import journal
from nbship.verbs.operations.run import Run

_MOST = 3  # versions that are read


def tell_overtaken(run: Run) -> None:
    """Tell which versions of others a push has replaced without having seen them.

    Raises:
        KaggleError: the server cannot be asked now.
    """
    pushes = journal.read(run.workspace)
    numbers = records.unseen(pushes, run.record)
    if not numbers:
        return
    told = []
    for number in numbers[-_MOST:]:
        found = run.remote.get(run.kernel, number)
        latest = latest_of(replace(found, latest=number), ()) if found else None
        told.append(
            about(latest) if latest and latest.stamp else f"version {number}, not by nbship"
        )
    run.report.notice(
        f"made while this push was sent, and not seen by it: {'; '.join(told)}. Version "
        f"{run.version} is the latest now; the kernel's page keeps the others"
    )
