"""``runs``: what was pushed from this clone, and the numbers that the runs have brought home."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from nbship.core.overview.metrics import FILE, MOST_BYTES, Metrics, read_metrics
from nbship.core.push import record as records
from nbship.core.run.output_names import OURS
from nbship.edges.storage import containment, files
from nbship.errors import NbshipError
from nbship.model.push import Record
from nbship.model.workspace import Workspace


def metrics_of(workspace: Workspace, run: Record) -> Metrics:
    """Return the numbers among the outputs of a run; none, and why, where they cannot be read."""
    if not run.folder:
        return Metrics()
    try:
        if not containment.contained(workspace.root, run.folder).is_dir():
            return Metrics(problem=f"{run.folder}/ is gone")
        for name in _candidates(workspace, run.folder):
            path = containment.contained(workspace.root, f"{run.folder}/{name}")
            data = files.read_bytes(path, most=MOST_BYTES + 1, follows=False)
            if data is not None:
                return read_metrics(data)
    except NbshipError as error:
        return Metrics(problem=error.message)
    return Metrics()


def _candidates(workspace: Workspace, folder: str) -> Iterator[str]:
    """Yield the names of the files that may have the numbers: the one at the top first."""
    yield FILE
    with suppress(NbshipError):
        record = containment.contained(workspace.root, f"{folder}/{OURS}/record.json")
        fetched = records.fetched_before(files.read_bytes(record) or b"")
        names = [PurePosixPath(file.name) for file in fetched]
        for name in sorted(names, key=lambda name: (len(name.parts), name)):
            if name.name == FILE:
                yield str(name)
