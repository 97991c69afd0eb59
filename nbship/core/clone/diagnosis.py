"""The diagnosis of a machine and a clone: one diagnostic for each fact that is examined."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nbship.core.clone import git_attributes, jupytext_config, kernelspec, sandbox, task_file
from nbship.core.clone.git_attributes import FolderRules
from nbship.core.clone.kernelspec import EditorKernel
from nbship.core.clone.sandbox import Machine
from nbship.core.ipynb.clean import SMUDGE_COMMAND, cells_with_outputs
from nbship.core.ipynb.json_text import OUTPUT_KEY
from nbship.core.python.newer_syntax import KAGGLE
from nbship.diagnostics import NOWHERE, Diagnostic, Severity
from nbship.errors import SourceError
from nbship.model.layout import Layout

PYTHON = (3, 11)
GIT = (2, 15)  # the first with --no-optional-locks
CLEAN, SMUDGE, REQUIRED = (f"filter.nbstripout.{key}" for key in ("clean", "smudge", "required"))
TEXTCONV = "diff.ipynb.textconv"
MERGE_NAME, MERGE = "merge.ipynb.name", "merge.ipynb.driver"
FIX = "nbship doctor --fix"
INIT = "nbship init"
_SHOWN = 5  # notebooks named in a line
# A notebook with parts that must not be committed (an output, a count) and parts that must.
_OUTPUT, _ID = "nbship-doctor-output", "kept"
PROBE = json.dumps({
    "cells": [{
        "cell_type": "code", "execution_count": 7, "id": _ID, "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": [_OUTPUT]}],
        "source": ["1 + 1"],
    }],
    "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernelspec that a rehearsal would find; ``program`` is None if it does not exist."""

    language: str
    program: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What git did with a notebook with outputs; None and git's message where git failed."""

    committed: str | None  # the notebook as git would commit it
    shown: str | None  # the notebook as git diff would show it
    words: str = ""  # git's error message


@dataclass(frozen=True, slots=True)
class Clone:
    """What git reports about this clone."""

    config: Mapping[str, str]
    gone: Mapping[str, str]  # settings whose program does not exist, with the program's path
    probe: Probe
    with_outputs: tuple[str, ...]  # tracked notebooks with outputs
    has_deleted: bool = False  # one of the tracked notebooks is not on the disk


@dataclass(frozen=True, slots=True)
class CloneFacts:
    """All facts that the doctor examines; None for what does not exist."""

    python: tuple[int, int, int]
    git: str | None  # its version
    clone: Clone | None
    no_clone: str  # why there is no clone, in git's words
    no_clone_fix: str
    rules: FolderRules | None  # None where git cannot tell, and in a bare repository
    pyproject: str  # the text of pyproject.toml
    other_jupytext: str | None  # a file that jupytext reads instead of pyproject.toml
    kernels: Mapping[str, Kernel] = field(default_factory=dict)
    has_r: bool = False
    stale: tuple[str, ...] = ()  # folders of artifacts whose source is gone
    tasks: str | None = None  # the text of dodo.py
    no_credentials: str = ""  # why a push to Kaggle would fail; "" also where there is no kernel
    no_credentials_fix: str = ""
    lacking: tuple[str, ...] = ()  # folders of samples that rehearsals need
    layout: Layout = field(default_factory=Layout)
    old_journals: tuple[str, ...] = ()  # journals in other folders than that of the runs
    has_journal: bool = False  # in the folder of the runs
    has_readme: bool = True  # the folder of the notebooks says what it is
    machine: Machine | None = None  # what decides about the sandbox; None if nobody looked
    editor: EditorKernel | None = None  # the kernelspec of editors; None if nobody looked


def diagnose(facts: CloneFacts) -> tuple[Diagnostic, ...]:
    """Return a finding for each thing examined, in the order in which they are printed."""
    return tuple(_findings(facts))


def _about(severity: Severity, topic: str, text: str, fix: str = "") -> Diagnostic:
    """Return one line of the doctor's output; ``fix`` says what to do."""
    return Diagnostic(NOWHERE, topic, text, hints=(fix,) if fix else (), severity=severity)


def has_working_settings(clone: Clone) -> bool:
    """Return whether the clone's filter, diff driver and merge driver work as they should."""
    checks = (_filter, _diff, _merge)
    return all(check(clone).severity == "ok" for check in checks)


def program_of(command: str) -> str | None:
    """Return the program of a command in git's config, or None if the command has no full path."""
    try:
        words = shlex.split(command)
    except ValueError:  # a script that only a shell can parse
        return None
    return words[0] if words and words[0].startswith("/") else None


def has_outputs(text: str) -> bool:
    """Return whether the text of an .ipynb contains an output that git should not have."""
    try:
        return bool(cells_with_outputs("", text.encode()))
    except SourceError:
        return f'"{OUTPUT_KEY}"' in text  # it cannot be read, and may have some


def parse_version(output: str) -> str | None:
    """Return the version in the output of git, such as ``git version 2.39.5 (Apple Git-154)``."""
    words = output.removeprefix("git version ").split()
    return words[0] if words and output.startswith("git version ") else None


def _findings(facts: CloneFacts) -> Iterator[Diagnostic]:
    yield _python(facts.python)
    yield _git(facts.git)
    if facts.git is not None:
        if facts.clone is None:
            yield _about("wrong", "repo", facts.no_clone, facts.no_clone_fix)
        else:
            yield _filter(facts.clone)
            yield _diff(facts.clone)
            yield _merge(facts.clone)
        if facts.rules is not None:
            yield _attributes(facts.rules, facts.layout)
            yield _ignored(facts.rules, facts.layout)
        if facts.clone is not None:
            yield _committed(facts.clone)
    yield _tasks(facts.tasks)
    if facts.stale:
        text = f"the source is gone: {_listed(facts.stale)}"
        yield _about("note", "artifacts", text, "doit clean build, which removes all artifacts")
    yield _jupytext(facts)
    yield from _kernels(facts)
    if facts.editor is not None:
        yield kernelspec.about(facts.editor)
    yield from _journals(facts)
    if facts.machine is not None:
        yield sandbox.about(facts.machine)
    yield from _kaggle(facts)


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(paths[:_SHOWN])}{more}"


def _python(version: tuple[int, int, int]) -> Diagnostic:
    text = ".".join(map(str, version))
    if version[:2] < PYTHON:
        return _about("wrong", "python", f"{text} is too old", "Use Python 3.11 or newer.")
    if version[:2] == KAGGLE:
        return _about("ok", "python", text)
    kaggles = ".".join(map(str, KAGGLE))
    return _about(
        "note",
        "python",
        f"{text} rehearses, and Kaggle runs {kaggles}",
        f'With nbship in Python {kaggles}, or environment = "uv" in [tool.nbship.smoke], a '
        "rehearsal has Kaggle's version.",
    )


def _git(version: str | None) -> Diagnostic:
    if version is None:
        return _about("wrong", "git", "not installed", "Install git 2.15 or newer.")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= GIT:
        return _about("ok", "git", version)
    return _about("wrong", "git", f"{version} is too old", "Install git 2.15 or newer.")


def _filter(clone: Clone) -> Diagnostic:
    if CLEAN not in clone.config:
        text = "not installed in this clone: notebooks would be committed with their outputs"
    elif CLEAN in clone.gone:
        text = f"its program does not exist: {clone.gone[CLEAN]}"
    elif clone.probe.committed is None:
        text = f"does not work: {clone.probe.words}"
    elif has_outputs(clone.probe.committed) or _OUTPUT in clone.probe.committed:
        text = "leaves outputs in notebooks"
    elif clone.config.get(REQUIRED) != "true":
        text = f"{REQUIRED} is not true: if the filter fails, outputs would be committed"
    elif f'"{_ID}"' not in clone.probe.committed:
        text = "strips outputs, but renumbers cell ids: cells that two people add may conflict"
        return _about("note", "filter", text, FIX)
    elif clone.config.get(SMUDGE) != SMUDGE_COMMAND:
        text = f"{SMUDGE} marks no notebook: outputs that git removes do not come back"
        return _about("note", "filter", text, FIX)
    else:
        return _about("ok", "filter", "notebooks are committed without outputs")
    return _about("wrong", "filter", text, FIX)


def _diff(clone: Clone) -> Diagnostic:
    shown = clone.probe.shown
    if TEXTCONV not in clone.config:
        text = "not installed in this clone: git shows notebooks as JSON"
        return _about("wrong", "diff", text, FIX)
    if TEXTCONV in clone.gone:
        text = f"its program does not exist, so git shows JSON: {clone.gone[TEXTCONV]}"
        return _about("wrong", "diff", text, FIX)
    if clone.probe.committed is not None and shown is None:
        return _about("wrong", "diff", f"does not work: {clone.probe.words}", FIX)
    if shown is not None and ("# %%" not in shown or '"cells"' in shown):
        return _about("note", "diff", "notebooks are not shown as percent text", FIX)
    return _about("ok", "diff", "notebooks are shown as percent text")


def _merge(clone: Clone) -> Diagnostic:
    if MERGE not in clone.config:
        text = "not installed in this clone: a conflict in a notebook makes it unreadable"
    elif MERGE in clone.gone:
        text = f"its program does not exist: {clone.gone[MERGE]}"
    else:
        return _about("ok", "merge", "notebooks are merged as percent text")
    return _about("note", "merge", text, FIX)


def _attributes(rules: FolderRules, layout: Layout) -> Diagnostic:
    missing = git_attributes.missing_rules(rules.attributes, layout)
    if not missing:
        return _about("ok", ".gitattributes", "sources keep LF, and notebooks are filtered")
    lines = "; ".join(rule.line for rule in missing)
    is_needed = any(rule.is_needed for rule in missing)
    text = f"does not have the effect of these lines: {lines}"
    return _about("wrong" if is_needed else "note", ".gitattributes", text, FIX)


def _ignored(rules: FolderRules, layout: Layout) -> Diagnostic:
    missing = git_attributes.missing_ignores(rules, layout)
    if not missing:
        return _about("ok", ".gitignore", "the folders that programs write are ignored")
    text = f"lacks {' '.join(rule.line for rule in missing)}"
    is_needed = any(rule.is_needed for rule in missing)
    return _about("wrong" if is_needed else "note", ".gitignore", text, FIX)


def _committed(clone: Clone) -> Diagnostic:
    paths = clone.with_outputs
    if not paths:
        return _about("ok", "notebooks", "no notebook in git has outputs")
    text = f"in git with outputs: {_listed(paths)}"
    fix = "git add --renormalize -- '*.ipynb', then commit; earlier commits keep the outputs"
    if clone.has_deleted:  # git would renormalize none of them
        fix = (
            f"git add --update -- '*.ipynb' && {fix}. The first command takes over what is deleted"
        )
    return _about("wrong", "notebooks", text, fix)


def _tasks(text: str | None) -> Diagnostic:
    if text is None:
        return _about("wrong", task_file.FILE, "missing: doit finds no tasks", INIT)
    try:
        if task_file.has_tasks(text):
            return _about("ok", task_file.FILE, "doit finds the tasks of nbship")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        text = f"line {line} is not Python" if line else "not Python"
        return _about("wrong", task_file.FILE, text, "Correct it: doit cannot read it either.")
    text = f"has no line '{task_file.IMPORT}': doit finds no tasks of nbship"
    return _about("wrong", task_file.FILE, text, INIT)


def _journals(facts: CloneFacts) -> Iterator[Diagnostic]:
    """Yield each journal that the key ``runs`` has left behind: pushes in it are not known."""
    new = facts.layout.journal
    for old in facts.old_journals:
        text = f"{old} has pushes that are not known: now {new} is the journal"
        before, now, aside = map(shlex.quote, (old, new, f"{old}.old"))
        join = f"cat {before} {now} > {now}.joined && mv {now}.joined {now} && mv {before} {aside}"
        move = f"mkdir -p {shlex.quote(facts.layout.runs)} && mv {before} {now}"
        yield _about("wrong", "journal", text, join if facts.has_journal else move)


def _kaggle(facts: CloneFacts) -> Iterator[Diagnostic]:
    """Yield what rehearsals and pushes of kernels lack; neither is needed for local notebooks."""
    if facts.no_credentials:
        yield _about("note", "credentials", facts.no_credentials, facts.no_credentials_fix)
    if facts.lacking:
        text = f"a rehearsal would find no inputs: {_listed(facts.lacking)}"
        fix = "Put small samples there, in the same layout as on Kaggle."
        yield _about("note", "samples", text, fix)


def _jupytext(facts: CloneFacts) -> Diagnostic:
    if facts.other_jupytext is not None:
        text = f"jupytext reads {facts.other_jupytext} instead of [tool.jupytext] in pyproject.toml"
        fix = "Keep one of the two. Without that file, 'nbship doctor --fix' writes the table."
        return _about("note", "jupytext", text, fix)
    try:
        lacks = jupytext_config.lacks(facts.pyproject, facts.layout)
    except ValueError as error:
        return _about("wrong", "jupytext", f"pyproject.toml is not TOML: {error}")
    if not lacks:
        layout = facts.layout
        text = f"JupyterLab pairs {layout.notebooks}/ with {layout.sources}/, without headers"
        return _about("ok", "jupytext", text)
    lines = "; ".join(jupytext_config.lines_of(lacks, facts.layout))
    can_add = jupytext_config.lines_to_add(facts.pyproject, facts.layout)
    fix = FIX if can_add else f"In [tool.jupytext] of pyproject.toml, it must be: {lines}"
    return _about("note", "jupytext", "; ".join(lacks), fix)


def _kernels(facts: CloneFacts) -> Iterator[Diagnostic]:
    python = facts.kernels.get("python3")
    if python is None:
        yield _about("wrong", "kernel", "no kernelspec python3", "pip install ipykernel")
    elif python.program is None:
        fix = "python -m ipykernel install --sys-prefix"
        yield _about("wrong", "kernel", "the program of kernelspec python3 does not exist", fix)
    else:
        yield _about("ok", "kernel", f"python3: {python.program}")
    if facts.has_r:
        yield _r_kernel(facts.kernels)


def _r_kernel(kernels: Mapping[str, Kernel]) -> Diagnostic:
    for name, kernel in kernels.items():
        if kernel.language.lower() == "r" and kernel.program is not None:
            return _about("ok", "R kernel", f"{name}: {kernel.program}")
    return _about(
        "wrong", "R kernel", "not installed, but there are .R sources",
        "In R: install.packages('IRkernel'); IRkernel::installspec(sys_prefix = TRUE)",
    )  # fmt: skip
