"""``nbship pull`` on the console."""

from collections.abc import Mapping
from typing import Any

from nbship.core.adoption.taken import Answers
from nbship.core.metadata.accelerators import shape
from nbship.core.scaffold.new_notebook import split_id
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.connect import connected
from nbship.frontends.console import Console
from nbship.frontends.output.adopt import HOW_TO_ANSWER, lines_about, recovered
from nbship.frontends.session import Session
from nbship.model.workspace import Context
from nbship.verbs.pull import pull, refuse_present
from nbship.verbs.sync import sync

_UNDO = "nbship adopt --undo"


def run_pull(context: Context, console: Console, word: str, options: Mapping[str, Any]) -> None:
    """Make a source of a kernel, and print what it is and what to do next.

    Raises:
        NbshipError: as ``pull`` does; or something is left for a person.
    """
    kernel, version = _parts(word)
    name = options["name"] or kernel.partition("/")[2]
    recovered(console, context.workspace)
    refuse_present(context, kernel, name)
    answers = Answers(gpu=shape("pull", options["gpu"]), is_template=False)
    owner = kernel.partition("/")[0]
    with connected(options["target"], context, console, owner=owner) as connection:
        adopted = pull(context, connection, kernel, version, name, answers)
    console.step("pull", kernel, f"→ {adopted.source_path}, {adopted.kind}")
    for line in lines_about(adopted):
        console.more(line)
    if adopted.notebook is not None:
        sync(Session(console).context, name)
    console.line(f"next: doit smoke:{name}; to take it back: {_UNDO}")
    if adopted.questions or adopted.unequal:
        flags = " ".join(question.flag for question in adopted.questions)
        rest = f"some values are left out: {flags}" if flags else "some cells or keys differ"
        raise NbshipError(f"pull: {rest}", hint=HOW_TO_ANSWER if flags else "")


def _parts(word: str) -> tuple[str, int | None]:
    """Return the id and the version in ``OWNER/SLUG[/VERSION]``.

    Raises:
        WorkspaceError: it has another form.
    """
    head, _, last = word.rstrip("/").rpartition("/")
    number = last.removeprefix("v")
    version = int(number) if head.count("/") and number.isdecimal() else None
    owner, slug = split_id("pull", head if version is not None else word)
    if not owner:
        raise WorkspaceError(f"pull: {word!r} names no owner", hint="Write OWNER/SLUG")
    return f"{owner}/{slug}", version
