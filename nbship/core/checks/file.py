"""Examine one file by itself: what is wrong in it, and what others have to know of it."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbship.core.checks.codes import finding_of
from nbship.core.checks.secrets import secrets
from nbship.core.checks.suppressions import settle
from nbship.core.metadata.data_sources import INPUT
from nbship.core.metadata.parameters import TAG, assigned, assigned_in_r
from nbship.core.metadata.script_block import Header, read_header
from nbship.core.metadata.spec import make_spec
from nbship.core.metadata.validate import spec_faults
from nbship.core.source.conflict_markers import conflict_markers
from nbship.core.source.decode import decode
from nbship.core.source.grammar import Span, split_cells
from nbship.core.source.ipython_syntax import hint_of, imports_of, parse_cell, parse_python
from nbship.core.source.language import PYTHON, language_of, refuse_other_kernelspec
from nbship.core.source.magics import accidental_commands, idle_commands, magics_of_r
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
from nbship.model.spec import Spec
from nbship.model.workspace import Source

if TYPE_CHECKING:
    from nbship.core.checks.input_paths import Mention

_ON_LINE = re.compile(r"\bon line (\d+)")
_COMMENTED_MAGIC = re.compile(r"^(\s*)# ?(?=[%!?])", re.MULTILINE)


@dataclass(slots=True)
class CheckedFile:
    """One file below src_py/, and what was found in it alone.

    ``not_python`` counts for a module only where a notebook reaches it. ``is_complete`` tells that
    nothing had to be left out because of what is wrong.
    """

    source: Source
    findings: list[Diagnostic] = field(default_factory=list)
    header: Header | None = None
    spec: Spec | None = None
    imports: list[str] = field(default_factory=list)
    mentions: "list[Mention]" = field(default_factory=list)
    parameters: list[str] | None = None  # None: no cell is tagged
    not_python: Diagnostic | None = None
    is_complete: bool = True


def examine_notebook(path: str, data: bytes) -> CheckedFile:
    """Read a notebook's source as far as it can be read."""
    examined = _open(path, data)
    if examined.is_complete:
        _examine_header(examined)
        _examine_cells(examined)
        _examine_script(examined)
    return examined


def examine_module(path: str, data: bytes, package: str) -> CheckedFile:
    """Read a module that lies in the package of this name."""
    examined = _open(path, data)
    if not examined.is_complete:
        return examined
    try:
        tree = parse_python(examined.source.text)
    except SyntaxError as error:
        examined.not_python = _not_python(path, 1, error)
        examined.is_complete = False
        return examined
    _note(examined, tree, examined.source.text, 1, package)
    return examined


def examine_other(path: str, data: bytes) -> CheckedFile:
    """Read a file that no notebook can import: R beside notebooks in R."""
    return _open(path, data)


def _open(path: str, data: bytes) -> CheckedFile:
    """Decode a file and look for what can stand anywhere in it."""
    try:
        examined = CheckedFile(decode(path, data))
    except SourceError as error:
        examined = CheckedFile(Source(path, data.decode(errors="replace")), is_complete=False)
        examined.findings.append(finding_of(error, "encoding"))
        return examined
    examined.findings += conflict_markers(examined.source)
    if any(settle(examined.source, examined.findings, is_complete=False)):
        examined.is_complete = False  # what stands there is nobody's text
    else:
        examined.findings += secrets(examined.source)
    return examined


def _examine_header(examined: CheckedFile) -> None:
    source = examined.source
    try:
        if "# ---" in source.text:
            from nbship.core.source.yaml_header import read_kernelspec

            kernelspec = read_kernelspec(source)
            refuse_other_kernelspec(source.path, kernelspec or {})
        header = read_header(source)
    except SourceError as error:
        examined.findings.append(finding_of(error, "header-syntax", source.text))
        examined.is_complete = False
        return
    faults = [finding_of(fault, "header-value", source.text) for fault in spec_faults(header)]
    examined.findings += faults
    if faults:
        examined.is_complete = False
    else:
        examined.header, examined.spec = header, make_spec(header)


def _examine_cells(examined: CheckedFile) -> None:
    source = examined.source
    try:
        spans = split_cells(source)
    except SourceError as error:
        examined.findings.append(finding_of(error, "cells", source.text))
        examined.is_complete = False
        return
    _examine_comments(examined, spans)
    for span in spans:
        if span.kind == "code":
            try:
                _examine_cell(examined, span)
            except SyntaxError as error:
                hint = hint_of(span.text, error)
                examined.findings.append(_not_python(source.path, span.first, error, hint))
                examined.is_complete = False


def _examine_comments(examined: CheckedFile, spans: Iterable[Span]) -> None:
    """Find the comments that are something else in what is shipped than they seem."""
    kaggle = None if examined.spec is None else examined.spec.kaggle
    is_script = kaggle is not None and kaggle.kernel_type == "script"
    path, text = examined.source.path, examined.source.text
    if language_of(path) == PYTHON:
        faults = idle_commands if is_script else accidental_commands
    elif is_script:
        return  # R takes them for comments
    else:
        faults = magics_of_r
    for span in spans:
        for fault in faults(path, span):
            examined.findings.append(finding_of(fault, "accidental-command", text))


def _examine_script(examined: CheckedFile) -> None:
    kaggle = None if examined.spec is None else examined.spec.kaggle
    if kaggle and kaggle.kernel_type == "script" and examined.is_complete:
        from nbship.core.artifact.script import refuse_non_script

        try:
            if language_of(examined.source.path) == PYTHON:
                refuse_non_script(examined.source)
        except SourceError as error:
            examined.findings.append(finding_of(error, "not-python", examined.source.text))
            examined.is_complete = False


def _examine_cell(examined: CheckedFile, span: Span) -> None:
    """Note what a code cell imports, mentions and assigns.

    Raises:
        SyntaxError: it is not Python; its line counts from the cell's first.
    """
    language = language_of(examined.source.path)
    if any(INPUT in line for line in span.lines):
        from nbship.core.checks.input_paths import shell_mentions

        examined.mentions += shell_mentions(span.lines, span.first, is_foreign=not span.is_active)
    if not span.is_active:
        return
    if language != PYTHON:
        if TAG in span.tags:
            examined.parameters = [*(examined.parameters or []), *assigned_in_r(span.text)]
        return
    tree = _tree_of(span)
    _note(examined, tree, span.text, span.first, package="")
    if TAG in span.tags:
        examined.parameters = [*(examined.parameters or []), *assigned(tree)]


def _tree_of(span: Span) -> ast.Module:
    """Parse a cell; a command in a comment is the only statement of its block at times."""
    try:
        return parse_cell(span.text)
    except SyntaxError as error:
        try:
            return parse_cell(_COMMENTED_MAGIC.sub(r"\1", span.text))
        except SyntaxError:
            raise error from None


def _note(examined: CheckedFile, tree: ast.Module, text: str, first: int, package: str) -> None:
    if "import" in text:
        examined.imports += imports_of(tree, package)
    if INPUT in text:
        from nbship.core.checks.input_paths import python_mentions

        examined.mentions += python_mentions(tree, text.split("\n"), first)


def _not_python(path: str, first: int, error: SyntaxError, hint: str = "") -> Diagnostic:
    place = Place(path, first + (error.lineno or 1) - 1, error.offset or 1)
    # Python counts from the cell's first line also where it names another one.
    said = _ON_LINE.sub(lambda match: f"on line {first + int(match[1]) - 1}", error.msg)
    return Diagnostic(place, "not-python", f"not Python: {said}", (hint,) if hint else ())
