"""``pull``: makes a source of a kernel that is on the service."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbship.core.adoption.convert import Adopted, adopt_notebook
from nbship.core.adoption.survey import Found
from nbship.core.adoption.taken import Answers
from nbship.core.metadata.data_sources import kernel_id
from nbship.core.source.language import PYTHON, R
from nbship.diagnostics import Place
from nbship.edges.workspace import changes
from nbship.edges.workspace.changes import Change
from nbship.errors import KaggleError, SourceError, WorkspaceError
from nbship.model.layout import NOTEBOOK_SUFFIX
from nbship.model.workspace import METADATA_FILE, Context
from nbship.verbs.operations.run import Connection
from nbship.verbs.operations.set_up.free_name import refuse_taken
from nbship.verbs.operations.set_up.plan_adoption import surroundings

_SCRIPTS = {PYTHON.name: PYTHON.suffix, R.name: R.suffix}


def pull(
    context: Context,
    connection: Connection,
    kernel: str,
    version: int | None,
    name: str,
    answers: Answers,
) -> Adopted:
    """Write the source of a kernel, and return what became of it.

    Side effects: writes the source, the notebook of the pair and its pictures.

    Raises:
        KaggleError: the service has no such kernel or version, or cannot be reached.
        SourceError: the kernel cannot be held as a source; names the cell.
        WorkspaceError: the disk cannot be written.
    """
    found = connection.remote.get(kernel, version)
    if found is None:
        what = f"{kernel} version {version}" if version else kernel
        raise KaggleError(
            f"{connection.remote.name} has no kernel {what} that you may read",
            hint="Look at the address of its page: kaggle.com/code/OWNER/SLUG",
        )
    metadata = found.metadata
    if connection.target.is_local:  # its number belongs to the local Kaggle alone
        metadata = {key: value for key, value in metadata.items() if key != "id_no"}
    path = kernel + _suffix(kernel, metadata)
    adopted = adopt_notebook(
        Found(path, METADATA_FILE, metadata),
        name,
        found.source.encode(),
        None,
        surroundings(context.workspace, answers),
    )
    _write(context, adopted)
    return replace(adopted, removed=())


def refuse_present(context: Context, kernel: str, name: str) -> None:
    """Refuse a kernel that has a source here, and a name that is not free.

    Raises:
        WorkspaceError: names the source or the file.
    """
    for entry in context.catalogue.values():
        if entry.kernel and kernel_id(entry.kernel) == kernel_id(kernel):
            raise WorkspaceError(
                f"pull: {entry.path} is the source of {kernel} already",
                hint="A kernel has one source. To start anew from Kaggle, remove this one first.",
            )
    refuse_taken(context, "pull", name)


def _suffix(kernel: str, metadata: Mapping[str, Any]) -> str:
    """Return the extension of the file in which a kernel's code is.

    Raises:
        SourceError: it has a language that no source has.
    """
    if metadata.get("kernel_type") != "script":
        return NOTEBOOK_SUFFIX
    language = str(metadata.get("language") or PYTHON.name)
    if language not in _SCRIPTS:
        raise SourceError(f"a script in {language}, which no source can hold", place=Place(kernel))
    return _SCRIPTS[language]


def _write(context: Context, adopted: Adopted) -> None:
    workspace = context.workspace
    texts: dict[str, bytes] = {adopted.source_path: adopted.text.encode(), **adopted.pictures}
    if adopted.notebook is not None:
        texts[adopted.notebook_path] = adopted.notebook
    made = [Change(path, None, data) for path, data in texts.items()]
    changes.make(workspace, made, (), {})
