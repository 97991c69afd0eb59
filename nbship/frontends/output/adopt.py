"""``nbship adopt`` on the console: the plan, then the change, then how to undo it."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.adoption.convert import Adopted
from nbship.core.adoption.taken import Answers
from nbship.core.metadata.accelerators import shape
from nbship.core.scaffold.new_notebook import split_id
from nbship.diagnostics import did_you_mean
from nbship.edges.storage import files
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.console import Console
from nbship.frontends.session import Session
from nbship.model.workspace import Workspace
from nbship.verbs.adopt import adopt, commit, recover, refuse_dirty, refuse_staged, undo
from nbship.verbs.operations.set_up.plan_adoption import AdoptionPlan, Wishes, plan_adoption
from nbship.verbs.sync import sync

_UNDO = "nbship adopt --undo"
_ANSWER = "Type the command again with these options."
HOW_TO_ANSWER = (
    f"Write the values into the headers; or take it back with '{_UNDO}', and type the command "
    "again with these options."
)
_REVERT = "git commit --message 'Take back the adoption'"
_COMMIT = "git add --all && git commit, then doit"


def run_adopt(
    console: Console, root: Path, paths: tuple[str, ...], options: Mapping[str, Any]
) -> None:
    """Print the plan of an adoption, make it, and print what is next.

    Raises:
        WorkspaceError: the command line is wrong, the clone has changes of its own, or the disk
            cannot be written.
        NbshipError: something is left for a person.
    """
    text = (files.read_bytes(root / config.PYPROJECT) or b"").decode(errors="replace")
    workspace = config.parse_workspace(root, text)
    is_recovered = recovered(console, workspace)
    if options["undo"] and is_recovered:
        return
    if options["undo"]:
        paths = tuple(undo(workspace))
        console.line(f"{len(paths)} files are as before the adoption")
        return
    if not options["allow_dirty"]:
        refuse_dirty(workspace)
    if options["commit"]:
        refuse_staged(workspace)
    wishes = _wishes(root, paths, options)
    with console.working("adopt", "", "looks for notebooks"):
        plan = plan_adoption(workspace, wishes)
    _show(console, plan)
    if options["dry_run"] or not plan.adopted:
        _end(console, plan, is_dry=bool(plan.adopted))
        return
    adopt(plan)
    faults = list(_sync(console, plan))
    is_committed = options["commit"] and not faults
    if is_committed:
        try:
            commit(plan)
        except WorkspaceError as error:
            is_committed = False
            faults.append(error)
    for fault in faults:
        console.error(fault)
    _end(console, plan, is_dry=False, is_committed=is_committed)
    if faults:
        raise NbshipError("adopt: the notebooks are adopted, but not all that follows is done")


def recovered(console: Console, workspace: Workspace) -> bool:
    """Take back an adoption that was interrupted, and say so; return whether there was one."""
    is_recovered = recover(workspace)
    if is_recovered:
        console.notice("an adoption that was interrupted is taken back")
    return is_recovered


def _wishes(root: Path, paths: tuple[str, ...], options: Mapping[str, Any]) -> Wishes:
    given = [*paths, *([options["from"]] if options["from"] else [])]
    relative = []
    for word in given:
        path = (Path.cwd() / word).resolve()
        if not path.exists():
            near = did_you_mean(word, [str(p.relative_to(root)) for p in root.glob("*")])
            raise WorkspaceError(f"adopt: there is no {word}{near}")
        if root not in (path, *path.parents):
            raise WorkspaceError(f"adopt: {word} is outside of {root}")
        relative.append(path.relative_to(root).as_posix())
    answers = Answers(
        owner=options["owner"],
        gpu=shape("adopt", options["gpu"]),
        values=dict(_pairs("set", options["set"])),
        kernels={name: _kernel(text) for name, text in _pairs("kernel", options["kernel"])},
    )
    return Wishes(tuple(word for word in relative if word != "."), answers, options["samples"])


def _kernel(text: str) -> str:
    owner, slug = split_id("adopt", text)
    if not owner:
        raise WorkspaceError(f"adopt: {text!r} names no owner", hint="Write NAME=OWNER/SLUG")
    return f"{owner}/{slug}"


def _pairs(option: str, text: str) -> list[tuple[str, str]]:
    """Return the pairs of an option: ``A=B,C=D``."""
    found = []
    for part in filter(None, text.split(",")):
        name, sign, value = part.partition("=")
        if not (name and sign and value):
            raise WorkspaceError(f"adopt: --{option} {part!r} is not NAME=VALUE")
        found.append((name.strip(), value.strip()))
    return found


def _show(console: Console, plan: AdoptionPlan) -> None:
    for secret in plan.secrets:
        console.warning(secret)
    for each in plan.adopted:
        metadata = f", with {each.found.metadata}" if each.found.metadata else ""
        console.step("adopt", each.found.path, f"→ {each.source_path}, {each.kind}{metadata}")
        for line in lines_about(each):
            console.more(line)
    for error in plan.refused:
        console.error(error)
    for change in plan.files:
        if change.text is not None:
            console.step(change.verb, change.path, change.words)
    for remark in plan.remarks:
        console.notice(remark)
    for command in plan.commands:
        console.step("old", f"{command.path}:{command.line}", f"{command.text}  → {command.new}")


def lines_about(each: Adopted) -> Iterator[str]:
    """Yield what a person should know of one notebook's adoption."""
    yield from (f"note: {remark}" for remark in each.remarks)
    for question in each.questions:
        yield f"left out: {question.words}: {question.flag}"
    yield from (f"differs: {words}" for words in each.unequal)


def _sync(console: Console, plan: AdoptionPlan) -> Iterator[NbshipError]:
    """Let a sync of each pair save its state; it has nothing else to do. Yield what fails."""
    session = Session(console)
    for each in plan.adopted:
        if each.notebook is not None:
            try:
                sync(session.context, each.name)
            except NbshipError as error:
                yield error


def _end(console: Console, plan: AdoptionPlan, *, is_dry: bool, is_committed: bool = False) -> None:
    if not plan.adopted and not plan.refused:
        console.line("there is nothing to adopt")
        return
    equal = sum(not each.unequal for each in plan.adopted)
    total = len(plan.adopted)
    if total:
        console.line(
            f"{equal} of {total} adopted notebooks build to the cells and metadata that they had"
        )
    if is_dry:
        console.line("nothing is written: without --dry-run, it is")
    elif plan.adopted:
        old = sorted({path for each in plan.adopted for path in each.removed})
        for path in old:
            console.more(f"its history: git log -- {shlex.quote(path)}")
        # Until git's index has the change, check finds the outputs of the old notebooks in it.
        following, way = ("doit", f"{_UNDO} && {_REVERT}") if is_committed else (_COMMIT, _UNDO)
        console.line("every other clone, once after its pull: nbship doctor --fix, then doit sync")
        console.line(f"next: {following}; to take all of it back: {way}")
    _refuse_rest(plan, is_made=bool(plan.adopted) and not is_dry)


def _refuse_rest(plan: AdoptionPlan, *, is_made: bool) -> None:
    """End with exit code 1 if something is left for a person."""
    flags = " ".join(question.flag for question in plan.questions)
    parts = [
        f"not adopted: {len(plan.refused)}" if plan.refused else "",
        f"some values are left out: {flags}" if flags else "",
        "some cells or keys differ" if any(each.unequal for each in plan.adopted) else "",
    ]
    if any(parts):
        again = (HOW_TO_ANSWER if is_made else _ANSWER) if flags else ""
        raise NbshipError(f"adopt: {'; '.join(filter(None, parts))}", hint=again)
