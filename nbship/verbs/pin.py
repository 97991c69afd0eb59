"""``pin``: puts the image of a run that was complete into the header of its notebook."""

from nbship.core.drift.header import with_values
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.push.record import image_of_good_run
from nbship.core.source.decode import decode
from nbship.diagnostics import Place
from nbship.edges.storage import locks
from nbship.edges.workspace import journal, pairs
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Context, Source

_ATTEMPTS = 5  # when another program saves the source meanwhile
_PATIENCE = 30.0  # seconds to wait for a sync or a rescue of the same notebook


def pin(context: Context, name: str) -> tuple[str, bool]:
    """Write the image of the last complete run into the header; return it.

    Also returned is whether the source has changed. All other lines, comments and the order of the
    keys stay.

    Side effects: writes the source.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or its header is wrong, or has a form in
            which it cannot be changed.
        WorkspaceError: no complete run has told its image, the disk cannot be written, or another
            program saves the source repeatedly.
    """
    workspace = context.workspace
    image = image_of_good_run(journal.read(workspace), name)
    with locks.locked(workspace.path(workspace.layout.lock("sync", name)), patience=_PATIENCE):
        for _ in range(_ATTEMPTS):
            pair = pairs.read(workspace, name)
            source = decode(pair.source_path, pair.source or b"")
            text = _pinned(name, source, image)
            if text == source.text:
                return image, False
            if pairs.write_source(workspace, pair, text.encode()):
                return image, True
    raise WorkspaceError(
        f"another program repeatedly saves the source of {name}",
        hint="Wait until it has finished, then try again.",
    )


def _pinned(name: str, source: Source, image: str) -> str:
    """Return the text of a source with an image in its header."""
    spec = parse_spec(read_header(source)).kaggle
    if spec is None:
        raise SourceError(
            f"{name} is not a Kaggle kernel: it has no image", place=Place(source.path)
        )
    if not image:
        raise WorkspaceError(
            f"no complete run of {name} has told the digest of its image",
            hint=f"The session line of a run tells it: nbship ship {name}",
        )
    keys = {} if spec.docker_image == image else {"docker_image": image}
    if spec.docker_image_pinning_type == "latest":
        keys["docker_image_pinning_type"] = "original"
    return with_values(source.path, source.text, keys)
