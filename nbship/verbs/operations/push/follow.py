"""The kernel sources of a personal kernel: the person's own copies, where they can be read.

Kaggle gives a run the output of the last complete run of a source. So a copy takes the place of the
shared kernel if one of its runs is complete, also while a later one goes on or after it has failed.

Side effects: asks the service once for each kernel of the workspace that the notebook reads.
"""

from collections.abc import Iterator
from contextlib import suppress

from nbship.core.metadata.data_sources import kernel_id
from nbship.core.metadata.destination import copies_of, is_named, spec_on
from nbship.core.push.record import complete_versions
from nbship.core.source.nbjson import cells_of, text_of
from nbship.edges.workspace import journal, sources
from nbship.errors import SourceError
from nbship.model.notebook import Built
from nbship.model.spec import KaggleSpec
from nbship.model.target import Followed
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact
from nbship.verbs.operations.run import Connection, kernels_of


def followed(
    context: Context, connection: Connection, built: Built, spec: KaggleSpec
) -> tuple[Followed, ...]:
    """Return the kernel sources of this workspace, each with what takes its place and why.

    ``spec`` are the keys of the kernel on the target, with the sources of its header. There are
    none on a target that is not personal.

    Raises:
        KaggleError: the service cannot be asked.
    """
    kernels = kernels_of(context)
    copies = copies_of(connection.target, spec, connection.person, kernels)
    code = "\n".join(_code(context, built)) if copies else ""
    return tuple(
        Followed(source, copy, _why_not(context, connection, source, copy, code))
        for source, copy in copies
    )


def may_follow(context: Context, connection: Connection, name: str) -> frozenset[str]:
    """Return the ids of the shared kernels whose place a copy can take, once it has run.

    Side effects: builds the notebook.

    Raises:
        SourceError: the notebook is wrong.
    """
    built, kernels = build_artifact(context, name), kernels_of(context)
    if built.spec.kaggle is None:
        return frozenset()
    spec = spec_on(connection.target, built.spec.kaggle, connection.person, kernels)
    code = "\n".join(_code(context, built))
    copies = copies_of(connection.target, spec, connection.person, kernels)
    return frozenset(kernel_id(source) for source, _ in copies if not is_named(source, code))


def _why_not(context: Context, connection: Connection, source: str, copy: str, code: str) -> str:
    """Return why the copy cannot take the place of a source, "" if it can."""
    if is_named(source, code):
        return f"the code names it, and would not find {copy}"
    status = connection.remote.status(copy)
    if status is None:
        return f"{copy} has no run"
    known = complete_versions(journal.read(context.workspace))
    if status.state == "complete" or (connection.remote.key, copy) in known:
        return ""
    return f"{copy} is {status.state}, and no run of it is known to be complete"


def _code(context: Context, built: Built) -> Iterator[str]:
    """Yield the code of a notebook and of what it bundles: no Markdown, and no line of comment."""
    text = built.artifact.text
    cells = [text_of(cell) for cell in cells_of(text) if cell.get("cell_type") == "code"]
    texts = [text] if built.is_script else cells
    for path in built.inputs[1:]:
        with suppress(SourceError):  # a file of data
            texts.append(sources.read(context.workspace, path).text)
    for line in "\n".join(texts).splitlines():
        if not line.lstrip().startswith("#"):
            yield line
