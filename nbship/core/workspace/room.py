"""The number of rehearsals that run at the same time: one for each processor, if memory is free."""

_ONE = 1 << 30  # bytes that must be free before another one begins


def has_room(active: int, processors: float, free: int) -> bool:
    """Return whether one more rehearsal may begin beside those that are active; ``free`` is bytes.

    The first one may always begin.
    """
    return active == 0 or (active < processors and free >= _ONE)
