"""The paths in a failure as Kaggle shows them: below /kaggle, and not below a folder of nbship."""

from dataclasses import replace

from nbship.model.failure import Failure


def as_on_kaggle(failure: Failure, world: str) -> Failure:
    """Return a failure in which /kaggle takes the place of the folder ``world``."""
    return replace(
        failure,
        error=failure.error.replace(world, "/kaggle"),
        before=tuple(line.replace(world, "/kaggle") for line in failure.before),
        causes=tuple(as_on_kaggle(cause, world) for cause in failure.causes),
        parts=tuple(as_on_kaggle(part, world) for part in failure.parts),
    )
