"""``nbship new`` on the console: asks on a terminal for what is missing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbship.core.metadata.data_sources import mounts
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.scaffold.new_notebook import NewNotebook, split_id
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context, Source
from nbship.verbs.new import known_owner, new


def run_new(context: Context, console: Console, name: str, options: Mapping[str, Any]) -> None:
    """Make a notebook's source, and print what it is and what to do next.

    Raises:
        WorkspaceError: something is missing and nobody can be asked; as ``new`` does.
    """
    wanted = NewNotebook(
        name,
        kernel=options["kaggle"],
        title=options["title"],
        gpu=options["gpu"],
        datasets=tuple(filter(None, map(str.strip, options["dataset"].split(",")))),
        internet=options["internet"],
        is_script=options["script"],
        is_r=options["r"],
    )
    if options["kaggle"] and options["colab"]:
        raise WorkspaceError("new: a notebook is for Kaggle or for Colab, not both")
    if options["kaggle"]:
        wanted = replace(wanted, kind="kernel", kernel=_whole_id(context, console, wanted.kernel))
    elif options["colab"]:
        wanted = replace(wanted, kind="colab")
    source = new(context, wanted)
    kinds = {"kernel": f"the kernel {wanted.kernel}", "colab": "a Colab notebook"}
    console.step("make", source.path, kinds.get(wanted.kind, "a local helper, never pushed"))
    lacking = list(_lacking(context, source))
    if lacking:
        console.more("a rehearsal needs small samples of its inputs here:")
        console.more(f"  mkdir -p {' '.join(lacking)}")
    console.line(f"next: edit {source.path}, then doit smoke:{name}")


def _whole_id(context: Context, console: Console, given: str) -> str:
    owner, slug = split_id("new", given)
    owner = owner or known_owner(context)
    if not owner:
        owner = (console.ask("The owner of the kernel on Kaggle: ") or "").strip()
    if not owner:
        raise WorkspaceError(
            "new: the owner of the kernel is not known", hint=f"Write --kaggle OWNER/{slug}"
        )
    return f"{owner}/{slug}"


def _lacking(context: Context, source: Source) -> list[str]:
    """Return the folders of samples that the notebook needs and that do not exist."""
    workspace = context.workspace
    spec = parse_spec(read_header(source)).kaggle
    shown = workspace.inputs.relative_to(workspace.root).as_posix()
    paths = [mount for mount, _ in mounts(spec)] if spec else []
    return [f"{shown}/{path}" for path in paths if not (workspace.inputs / path).is_dir()]
