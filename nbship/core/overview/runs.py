"""The runs of a workspace: which of its pushes a word means."""

from collections.abc import Iterable, Sequence

from nbship.core.workspace.names import meant_names
from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.push import Record

_LEAST = 4  # characters of the beginning of an id


def run_name(record: Record) -> str:
    """Return the name of a run: the notebook and the version, as in the name of its folder."""
    return f"{record.name}-v{record.version}" if record.version else record.name


def runs_of(records: Iterable[Record], names: Sequence[str] = ()) -> tuple[Record, ...]:
    """Return the records of some notebooks, of all without names, the newest first.

    Raises:
        WorkspaceError: a name is that of no notebook that was ever pushed from here.
    """
    known = tuple(records)
    pushed = dict.fromkeys(record.name for record in known)
    wanted = {_meant(name, pushed) for name in names}
    return tuple(record for record in reversed(known) if not names or record.name in wanted)


def _meant(word: str, pushed: Iterable[str]) -> str:
    known = tuple(pushed)
    meant = (word,) if word in known else meant_names(word, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise WorkspaceError(
            f"runs: {word!r} may be {', '.join(meant)}", hint="Write the whole name."
        )
    near = did_you_mean(word, known) if known else ""
    raise WorkspaceError(f"runs: nothing was pushed from here as {word!r}{near}")


def find_run(records: Iterable[Record], word: str) -> Record:
    """Return the run that a word means: its id, the beginning of it, NAME-vN or its folder.

    Raises:
        WorkspaceError: it means none, or several.
    """
    known = tuple(records)
    found = _fitting(known, word.rstrip("/"))
    if not found:
        names = dict.fromkeys(run_name(record) for record in known if record.version)
        near = did_you_mean(word, names) if names else ""
        raise WorkspaceError(f"runs: no run {word!r}{near}", hint="List them: nbship runs")
    if len(found) > 1:
        shown = ", ".join(f"{each.id} ({each.target})" for each in found)
        raise WorkspaceError(f"runs: {word!r} may be {shown}", hint="Write one of these ids.")
    return found[0]


def _fitting(known: Sequence[Record], word: str) -> list[Record]:
    """Return the records that a word means, by the first way in which it means any."""
    name, _, number = word.rpartition("-v")
    names = meant_names(name, dict.fromkeys(record.name for record in known)) if name else ()
    versions = [r for r in known if r.version and str(r.version) == number]
    ways = (
        [r for r in known if r.id == word],
        [r for r in versions if r.name == name],
        [r for r in known if r.folder and word in {r.folder, r.folder.rpartition("/")[2]}],
        [r for r in versions if r.name in names],
        [r for r in known if len(word) >= _LEAST and r.id.startswith(word)],
    )
    return next(filter(None, ways), [])
