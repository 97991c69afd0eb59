"""The number of rehearsals that run at the same time: as the processors and the memory allow."""

_ONE = 1 << 30  # bytes that must be free before another one begins
_MORE = 1  # than processors: a rehearsal often waits, for its kernel or for papermill


def has_room(active: int, processors: float, free: int) -> bool:
    """Return whether one more rehearsal may begin beside those that are active; ``free`` is bytes.

    The first one may always begin.
    """
    return active == 0 or (active < processors + _MORE and free >= _ONE)
