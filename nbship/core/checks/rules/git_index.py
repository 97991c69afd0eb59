"""git-not-asked, committed-outputs, conflict-marker: what git's index has, if git answers."""

import re
from collections.abc import Iterator
from dataclasses import replace
from shlex import quote

from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.ipynb.json_text import OUTPUT_KEY
from nbship.core.source.conflict_markers import OF_THE_DRIVER, conflict_markers
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

_OUTPUTS = re.compile(rb'(?<!\\)"outputs"\s*+:\s*+(?!\[\])|"%b"' % OUTPUT_KEY.encode())
_CONFLICT = b"<<<<<<<"
_LINE_OF_A_CELL = re.compile(r' *"(.*?)(?:\\n)?",?')


def git_not_asked(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield a finding at the folder of the sources if git could not be asked."""
    if facts.git.refusal:
        message = f"git could not be asked, and its checks are left out: {facts.git.refusal}"
        hints = (facts.git.way_out,) if facts.git.way_out else ()
        yield Diagnostic(Place(facts.layout.sources), "git-not-asked", message, hints)


def committed_outputs(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield a finding for each notebook in git's index that has outputs, at the first output.

    git's filter lets a notebook pass that it cannot read: it may have outputs.
    """
    for path, data in facts.git.notebooks.items():
        first = _OUTPUTS.search(data)
        if first is not None:
            is_deleted = path in facts.git.deleted
            yield from _outputs_in(path, data, first.start(), is_deleted=is_deleted)


def _outputs_in(path: str, data: bytes, first: int, *, is_deleted: bool) -> Iterator[Diagnostic]:
    from nbship.core.ipynb.clean import cells_with_outputs

    try:
        cells = cells_with_outputs(path, data)
    except SourceError as error:
        message = f"git's index may have outputs of this notebook, which cannot be read: {error}"
        yield Diagnostic(
            _place(path, data, first), "committed-outputs", message, error.diagnostic.hints
        )
        return
    if cells:
        more = f", and {len(cells) - 1} more" if len(cells) > 1 else ""
        message = f"git's index has outputs of this notebook: cell {cells[0]}{more}"
        command = f"git add --renormalize {quote(path)}"
        hints = (
            f"Take them out of git; the file keeps them: {command}",
            "If that changes nothing, set git's filter first: nbship doctor --fix",
        )
        if is_deleted:
            hints = (
                f"The file is deleted. To delete it in git, too: git rm --cached {quote(path)}",
                f"To keep it: git checkout -- {quote(path)} && {command}",
            )
        yield Diagnostic(_place(path, data, first), "committed-outputs", message, hints)


def _place(path: str, data: bytes, at: int) -> Place:
    line_start = data.rfind(b"\n", 0, at) + 1
    return Place(
        path, data.count(b"\n", 0, at) + 1, len(data[line_start:at].decode(errors="replace")) + 1
    )


def committed_conflicts(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield the first conflict of each notebook in git's index, at its first marker.

    git itself leaves the markers between the lines of the JSON, nbship's merge driver in a cell.
    """
    for path, data in facts.git.notebooks.items():
        if _CONFLICT in data:
            lines = data.decode(errors="replace").split("\n")
            text = "\n".join(map(_marker_in, lines))
            first = next(conflict_markers(Source(path, text)), None)
            if first is not None:
                hint = (
                    "Resolve it in the source and sync, or in a notebook without a source. Then: "
                    f"git add {quote(path)}"
                )
                message = f"git's index has {first.message}"
                yield replace(first, message=message, hints=(hint,))


def _marker_in(line: str) -> str:
    """Return the line of an .ipynb, or of a cell in it; empty if it is no conflict marker."""
    if line.startswith(("<", "|", "=", ">")):
        return line
    found = _LINE_OF_A_CELL.fullmatch(line)
    return found[1] if found and found[1].startswith(OF_THE_DRIVER) else ""
