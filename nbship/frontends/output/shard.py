"""The shard of a command: which notebooks it takes, and the line that says so."""

from pathlib import Path

from nbship.core.workspace.shards import (
    describe,
    divide,
    parse_durations,
    parse_shard,
    part_of,
)
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.frontends.session import Session


def shard_of(session: Session, text: str, durations: str) -> tuple[str, ...]:
    """Return the notebooks of the shard in a text like "2/5", and say how many they are.

    ``durations`` is the path of a file with those of all rehearsals, "" for none.

    Raises:
        WorkspaceError: the text names no shard; the file is missing or has no durations.
    """
    if not text:
        raise WorkspaceError("smoke: --durations divides the notebooks for --shard K/N")
    shard = parse_shard(text)
    seconds = _durations(durations) if durations else {}
    division = divide(session.catalogue, seconds, shard.count)
    session.console.notice(f"smoke: {describe(division, shard)}")
    return part_of(division, shard)


def _durations(path: str) -> dict[str, float]:
    data = files.read_bytes(Path(path))
    if data is None:
        raise WorkspaceError(f"smoke: --durations {path}: no such file")
    found = parse_durations(data)
    if found is None:
        raise WorkspaceError(
            f"smoke: --durations {path} is not what nbship status --json prints",
            hint="Make one, and give it to all parts: nbship status --json > FILE",
        )
    return found
