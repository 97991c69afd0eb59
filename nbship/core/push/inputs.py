"""The inputs of a version: which of them the service has in a newer version than its run read.

Kaggle gives a run the latest version of a dataset, and the outputs of a kernel's last complete run.
"""

from collections.abc import Iterable, Iterator, Mapping

from nbship.model.push import Record

Places = Mapping[tuple[str, str, int], int]


def places_of(pushes: Iterable[Record]) -> Places:
    """Return by server, kernel and version the place of a push in the journal."""
    return {
        (push.server, push.kernel, push.version): place
        for place, push in enumerate(pushes)
        if push.version and not push.dropped
    }


def newer_inputs(push: Record, now: Mapping[str, int], places: Places) -> Iterator[str]:
    """Yield the ids of the inputs that a push has not read as they are now.

    ``now`` are the present versions, as far as they are known. An input whose version at the push
    is not known, as in older records, is newer only if this clone has pushed it later: a run costs
    the quota, so that a guess starts none. So it is for a kernel that was deleted and made again.
    """
    own = places.get((push.server, push.kernel, push.version or 0))
    for name, version in now.items():
        read = push.inputs.get(name)
        if read == version:
            continue
        place = places.get((push.server, name, version))
        is_later = own is not None and place is not None and place > own
        if is_later or (read is not None and version > read):
            yield name
