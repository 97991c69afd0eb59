"""From what a machine and a clone are like to what is well, what is not, and what would mend it."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nbship.core.clone import git_attributes, jupytext_config
from nbship.core.clone.git_attributes import Attributes
from nbship.core.source.nbjson import cells_of

State = Literal["ok", "note", "wrong"]

PYTHON = (3, 11)
GIT = (2, 15)  # the first with --no-optional-locks
CLEAN, SMUDGE, REQUIRED = (f"filter.nbstripout.{key}" for key in ("clean", "smudge", "required"))
TEXTCONV = "diff.ipynb.textconv"
FIX = "nbship doctor --fix"
_SHOWN = 5  # notebooks named in a line
# A notebook with what must not be committed (an output, a count) and what must (source, id).
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
class Finding:
    """One line of the doctor's: ``wrong`` is in the way, ``note`` is worth knowing."""

    state: State
    topic: str
    text: str
    fix: str = ""  # what to do


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernelspec that a rehearsal would find; ``program`` is None where it is not there."""

    language: str
    program: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What git made of a notebook with outputs: as committed, as shown, or its words why not."""

    committed: str | None
    shown: str | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Clone:
    """What git says of this clone; ``attributes`` and ``ignored`` hold for every clone."""

    config: Mapping[str, str]
    gone: Mapping[str, str]  # settings that name a program which is not there, with its path
    probe: Probe
    attributes: Attributes
    ignored: frozenset[str]
    with_outputs: tuple[str, ...]  # tracked notebooks


@dataclass(frozen=True, slots=True)
class CloneFacts:
    """All that the doctor looks at; None where there is nothing to look at."""

    python: tuple[int, int, int]
    git: str | None  # its version
    clone: Clone | None
    no_clone: str  # why there is none
    pyproject: str
    other_jupytext: str | None  # a file that jupytext reads in pyproject.toml's place
    kernels: Mapping[str, Kernel] = field(default_factory=dict)
    has_r: bool = False


@dataclass(frozen=True, slots=True)
class Repairs:
    """What would mend it: settings of this clone, and lines for the ends of files."""

    config: Mapping[str, str]
    files: Mapping[str, tuple[str, ...]]


def diagnose(facts: CloneFacts) -> tuple[Finding, ...]:
    """Return a finding for each thing that was looked at, in the order of a person's reading."""
    return tuple(_findings(facts))


def repairs_for(facts: CloneFacts, settings: Mapping[str, str]) -> Repairs:
    """Return what mends all that can be mended; ``settings`` are those of a clone that is well."""
    config: Mapping[str, str] = {}
    lines: dict[str, tuple[str, ...]] = {}
    if facts.clone is not None:
        is_well = {_filter(facts.clone).state, _diff(facts.clone).state} == {"ok"}
        config = {} if is_well else _changed(facts.clone.config, settings)
        missing = git_attributes.missing_rules(facts.clone.attributes)
        lines[".gitattributes"] = git_attributes.lines_to_add(missing)
        lines[".gitignore"] = git_attributes.lines_to_ignore(facts.clone.ignored)
    if facts.other_jupytext is None:
        lines["pyproject.toml"] = jupytext_config.lines_to_add(facts.pyproject)
    return Repairs(config, {name: added for name, added in lines.items() if added})


def settings_for(python: str) -> dict[str, str]:
    """Return git's settings for a clone whose tools are those of the Python at this path.

    They are nbstripout's own, but that cell ids are kept, that diffs are percent text, and that
    ``-P`` keeps a module of the repo from being taken for one of theirs.
    """
    program = shlex.quote(python)
    return {
        # git reads a % in a filter's command as its own.
        CLEAN: f"{program.replace('%', '%%')} -P -m nbship.strip --keep-id",
        SMUDGE: "cat",
        REQUIRED: "true",
        TEXTCONV: f"{program} -P -m nbship.textconv",
    }


def program_of(command: str) -> str | None:
    """Return the program that a command of git's config starts, None where its path is not said."""
    try:
        words = shlex.split(command)
    except ValueError:  # a script of the shell's, which only a shell understands
        return None
    return words[0] if words and words[0].startswith("/") else None


def has_outputs(text: str) -> bool:
    """Whether an .ipynb's text holds an output."""
    return any(cell.get("outputs") for cell in cells_of(text))


def parse_version(said: str) -> str | None:
    """Return the version in what ``git --version`` says: ``git version 2.39.5 (Apple Git-154)``."""
    words = said.removeprefix("git version ").split()
    return words[0] if words and said.startswith("git version ") else None


def _findings(facts: CloneFacts) -> Iterator[Finding]:
    yield _python(facts.python)
    yield _git(facts.git)
    if facts.git is not None:
        if facts.clone is None:
            yield Finding("wrong", "repo", facts.no_clone, "git init, or git clone")
        else:
            yield from _clone(facts.clone)
    yield _jupytext(facts)
    yield from _kernels(facts)


def _clone(clone: Clone) -> Iterator[Finding]:
    yield _filter(clone)
    yield _diff(clone)
    yield _attributes(clone)
    yield _ignored(clone)
    yield _committed(clone)


def _python(version: tuple[int, int, int]) -> Finding:
    text = ".".join(map(str, version))
    if version[:2] >= PYTHON:
        return Finding("ok", "python", text)
    return Finding("wrong", "python", f"{text} is too old", "Use Python 3.11 or newer.")


def _git(version: str | None) -> Finding:
    if version is None:
        return Finding("wrong", "git", "not installed", "Install git 2.15 or newer.")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= GIT:
        return Finding("ok", "git", version)
    return Finding("wrong", "git", f"{version} is too old", "Install git 2.15 or newer.")


def _filter(clone: Clone) -> Finding:
    if CLEAN not in clone.config:
        text = "not installed in this clone: notebooks would be committed with their outputs"
    elif CLEAN in clone.gone:
        text = f"its program is gone: {clone.gone[CLEAN]}"
    elif clone.probe.committed is None:
        text = f"does not work: {clone.probe.words}"
    elif has_outputs(clone.probe.committed) or _OUTPUT in clone.probe.committed:
        text = "leaves outputs in notebooks"
    elif clone.config.get(REQUIRED) != "true":
        text = f"{REQUIRED} is not true: when it breaks, outputs would be committed"
    elif f'"{_ID}"' not in clone.probe.committed:
        text = "strips outputs, but numbers cell ids anew: cells that two people add may clash"
        return Finding("note", "filter", text, FIX)
    else:
        return Finding("ok", "filter", "notebooks are committed without outputs")
    return Finding("wrong", "filter", text, FIX)


def _diff(clone: Clone) -> Finding:
    shown = clone.probe.shown
    if TEXTCONV not in clone.config:
        text = "not installed in this clone: git shows notebooks as JSON"
        return Finding("wrong", "diff", text, FIX)
    if TEXTCONV in clone.gone:
        text = f"its program is gone, and git diff fails: {clone.gone[TEXTCONV]}"
        return Finding("wrong", "diff", text, FIX)
    if clone.probe.committed is not None and shown is None:
        return Finding("wrong", "diff", f"does not work: {clone.probe.words}", FIX)
    if shown is not None and ("# %%" not in shown or '"cells"' in shown):
        return Finding("note", "diff", "notebooks are not shown as percent text", FIX)
    return Finding("ok", "diff", "notebooks are shown as percent text")


def _attributes(clone: Clone) -> Finding:
    missing = git_attributes.missing_rules(clone.attributes)
    if not missing:
        return Finding("ok", ".gitattributes", "sources keep LF, notebooks are filtered")
    lines = "; ".join(rule.line for rule in missing)
    is_needed = any(rule.is_needed for rule in missing)
    text = f"does not do what these lines do: {lines}"
    return Finding("wrong" if is_needed else "note", ".gitattributes", text, FIX)


def _ignored(clone: Clone) -> Finding:
    lines = git_attributes.lines_to_ignore(clone.ignored)
    if not lines:
        return Finding("ok", ".gitignore", "what nbship makes stays out of git")
    return Finding("wrong", ".gitignore", f"lacks {' '.join(lines)}", FIX)


def _committed(clone: Clone) -> Finding:
    paths = clone.with_outputs
    if not paths:
        return Finding("ok", "notebooks", "none in git has outputs")
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    text = f"in git with outputs: {', '.join(paths[:_SHOWN])}{more}"
    way = "git add --renormalize -- '*.ipynb', then commit; earlier commits keep them"
    return Finding("wrong", "notebooks", text, way)


def _jupytext(facts: CloneFacts) -> Finding:
    if facts.other_jupytext is not None:
        text = f"{facts.other_jupytext} is read in place of [tool.jupytext] in pyproject.toml"
        return Finding("note", "jupytext", text, "Keep one of the two; nbship's is in its README.")
    try:
        lacks = jupytext_config.lacks(facts.pyproject)
    except ValueError as error:
        return Finding("wrong", "jupytext", f"pyproject.toml is not TOML: {error}")
    if not lacks:
        return Finding(
            "ok", "jupytext", "JupyterLab pairs notebooks/ with src_py/, without headers"
        )
    can_add = jupytext_config.lines_to_add(facts.pyproject)
    way = FIX if can_add else "Write it so into [tool.jupytext] of pyproject.toml."
    return Finding("note", "jupytext", "; ".join(lacks), way)


def _kernels(facts: CloneFacts) -> Iterator[Finding]:
    python = facts.kernels.get("python3")
    if python is None:
        yield Finding("wrong", "kernel", "no kernelspec python3", "pip install ipykernel")
    elif python.program is None:
        way = "python -m ipykernel install --sys-prefix"
        yield Finding("wrong", "kernel", "the program of kernelspec python3 is gone", way)
    else:
        yield Finding("ok", "kernel", f"python3: {python.program}")
    if facts.has_r:
        yield _r_kernel(facts.kernels)


def _r_kernel(kernels: Mapping[str, Kernel]) -> Finding:
    for name, kernel in kernels.items():
        if kernel.language.lower() == "r" and kernel.program is not None:
            return Finding("ok", "R kernel", f"{name}: {kernel.program}")
    return Finding(
        "wrong", "R kernel", "none, and there are .R sources",
        "In R: install.packages('IRkernel'); IRkernel::installspec(sys_prefix = TRUE)",
    )  # fmt: skip


def _changed(config: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if config.get(key) != value}
