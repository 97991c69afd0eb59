"""Read one file as far as it can be read: its text, its header, and what its code cells contain."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nbship.core.checks.codes import FILE_RULES
from nbship.core.checks.facts import Content, Mention, Opened, ParsedFile
from nbship.core.checks.findings import finding_of, placed
from nbship.core.checks.rules.imports import uses_of
from nbship.core.checks.rules.opened_files import may_open, opened
from nbship.core.checks.scopes import names_in
from nbship.core.checks.suppressions import apply_allow_comments
from nbship.core.metadata.data_sources import names_input
from nbship.core.metadata.left_out import replaced
from nbship.core.metadata.parameters import TAG, assigned, assigned_in_r
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import make_spec
from nbship.core.metadata.validate import spec_faults
from nbship.core.python.imports import imports_of
from nbship.core.python.ipython_syntax import has_other_language, hint_of, read_cell
from nbship.core.python.parse import read_python
from nbship.core.source.conflict_markers import conflict_markers
from nbship.core.source.decode import decode
from nbship.core.source.grammar import Span, split_cells
from nbship.core.source.language import PYTHON, language_of, refuse_other_kernelspec
from nbship.core.source.magics import accidental_commands, code_of
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

if TYPE_CHECKING:
    from nbship.core.python.newer_syntax import NewerSyntax

_ON_LINE = re.compile(r"\bon line (\d+)")
_MAY_FAIL = "raises-exception"  # a tag of Jupyter's: https://nbformat.readthedocs.io


def findings_in(file: ParsedFile) -> set[Diagnostic]:
    """Return what is wrong in a file by itself, allowed or not."""
    if not file.is_text:
        return set(file.faults)
    return {*file.faults, *(finding for rule in FILE_RULES for finding in rule(file))}


def parse_notebook(path: str, data: bytes, sources: str) -> ParsedFile:
    """Read a notebook's source, in the folder ``sources``, as far as it can be read."""
    file = parse_text(path, data)
    if not file.is_text:
        return file
    return _with_script(_with_cells(_with_header(file), sources))


def parse_module(path: str, data: bytes, package: str, sources: str) -> ParsedFile:
    """Read a module of the package with this name, in the folder ``sources``."""
    file = parse_text(path, data)
    if not file.is_text:
        return file
    text = file.source.text
    try:
        reading = read_python(text)
    except SyntaxError as error:
        return replace(file, not_python=_not_python(path, 1, error), is_complete=False)
    newer = tuple(_newer(path, 1, reading.newer))
    content = replace(
        _content(reading.tree, text, 1, package),
        names=(names_in(text, reading, 1),),
        opened=tuple(_opened(reading.tree, text, 1, path, sources)),
    )
    return replace(file, content=content, faults=(*file.faults, *newer))


def parse_text(path: str, data: bytes) -> ParsedFile:
    """Decode a file, and look for merge conflicts; with an allowed one it is read on."""
    try:
        source = decode(path, data)
    except SourceError as error:
        source = Source(path, data.decode(errors="replace"))
        return ParsedFile(
            source, (finding_of(error, "encoding"),), is_text=False, is_complete=False
        )
    conflicts = tuple(conflict_markers(source))
    is_text = not any(apply_allow_comments(source, conflicts, is_complete=False))
    return ParsedFile(source, conflicts, is_text=is_text, is_complete=is_text)


def _with_header(file: ParsedFile) -> ParsedFile:
    source = file.source
    try:
        if "# ---" in source.text:
            from nbship.core.source.yaml_header import read_kernelspec

            kernelspec = read_kernelspec(source)
            refuse_other_kernelspec(source.path, kernelspec or {})
        header = read_header(source)
    except SourceError as error:
        return _with_faults(file, finding_of(error, "header-syntax", source.text))
    faults = [finding_of(fault, "header-value", source.text) for fault in spec_faults(header)]
    if faults:
        return _with_faults(file, *faults)
    replacements = tuple(placed(finding, source.text) for finding in replaced(header))
    return replace(file, spec=make_spec(header), faults=(*file.faults, *replacements))


def _with_cells(file: ParsedFile, sources: str) -> ParsedFile:
    source = file.source
    try:
        cells = tuple(split_cells(source))
    except SourceError as error:
        return _with_faults(file, finding_of(error, "cells", source.text))
    is_script = file.kaggle is not None and file.kaggle.kernel_type == "script"
    is_magical = language_of(source.path) == PYTHON and not is_script
    contents, faults, is_complete = [], [], True
    newer: list[Diagnostic] = []
    for cell in cells:
        if cell.kind != "code":
            continue
        contents.append(_shell_content(cell))
        if is_magical:
            code, first = code_of(cell)
        else:
            code, first = cell.text if cell.is_active else "", cell.first
        try:
            content, places = _code_content(source.path, cell, code, first, sources)
        except SyntaxError as error:
            is_complete = False
            if not is_magical or not any(accidental_commands(source.path, cell)):
                faults.append(_not_python(source.path, first, error, hint_of(code, error)))
            continue
        contents.append(content)
        newer += _newer(source.path, first, places)
    file = replace(file, cells=cells, content=_joined(contents), faults=(*file.faults, *newer))
    return file if is_complete else _with_faults(file, *faults)


def _with_script(file: ParsedFile) -> ParsedFile:
    """Read a complete source in Python as a script, where its header says that it is one."""
    is_script = file.kaggle is not None and file.kaggle.kernel_type == "script"
    if is_script and file.is_complete and language_of(file.source.path) == PYTHON:
        from nbship.core.artifact.script import refuse_non_script

        try:
            refuse_non_script(file.source)
        except SourceError as error:
            return _with_faults(file, finding_of(error, "not-python", file.source.text))
    return file


def _with_faults(file: ParsedFile, *faults: Diagnostic) -> ParsedFile:
    return replace(file, faults=(*file.faults, *faults), is_complete=False)


def _shell_content(cell: Span) -> Content:
    """Return what the lines of a code cell contain that are not Python."""
    if not any(map(names_input, cell.lines)):
        return Content()
    from nbship.core.checks.rules.input_paths import shell_mentions

    return Content(
        mentions=tuple(shell_mentions(cell.lines, cell.first, is_foreign=bool(cell.language)))
    )


def _code_content(
    path: str, cell: Span, code: str, first: int, sources: str
) -> "tuple[Content, tuple[NewerSyntax, ...]]":
    """Return what the code of a cell contains, and what in it only a newer Python reads.

    Raises:
        SyntaxError: it is not Python; its line counts from the first of the code.
    """
    has_parameters = TAG in cell.tags
    if language_of(path) != PYTHON:
        is_r = cell.is_active and has_parameters
        return Content(parameters=tuple(assigned_in_r(code)) if is_r else ()), ()
    reading = read_cell(code)
    is_certain = _MAY_FAIL not in cell.tags and not has_other_language(code)
    content = replace(
        _content(reading.tree, code, first, "", runs=is_certain, is_certain=is_certain),
        names=(names_in(code, reading, first, needs=is_certain),),
        opened=tuple(_opened(reading.tree, code, first, path, sources)),
    )
    if has_parameters:
        content = replace(content, parameters=tuple(assigned(reading.tree)))
    return content, reading.newer


def _newer(path: str, first: int, places: "Sequence[NewerSyntax]") -> Iterator[Diagnostic]:
    """Yield the warning for each place that only a newer Python reads."""
    for found in places:
        from nbship.core.python.newer_syntax import KAGGLE, RUNNING

        needed, here, there = (".".join(map(str, v)) for v in (found.version, RUNNING, KAGGLE))
        yield Diagnostic(
            Place(path, first + found.line - 1, 1),
            "newer-syntax",
            f"{found.what} that Python {needed} reads, and Python {here}, which runs nbship, does "
            "not",
            (
                f"Kaggle's Python {there} reads it; use nbship with Python {needed} or newer for a "
                "rehearsal."
                if found.version <= KAGGLE
                else f"Kaggle's Python {there} does not read it: write it in older syntax.",
            ),
        )


def _content(
    tree: ast.Module,
    text: str,
    first: int,
    package: str,
    *,
    runs: bool = True,
    is_certain: bool = False,
) -> Content:
    """Return what Python imports and mentions; its first line is ``first`` in the file.

    ``runs`` means that the code runs as it stands, ``is_certain`` also that no error in it is
    caught.
    """
    has_imports = "import" in text
    imports = tuple(imports_of(tree, package)) if has_imports else ()
    uses = tuple(uses_of(tree, first, is_certain=runs)) if has_imports else ()
    mentions: tuple[Mention, ...] = ()
    if names_input(text):
        from nbship.core.checks.rules.input_paths import python_mentions

        lines = text.split("\n")
        mentions = tuple(python_mentions(tree, lines, first, is_certain=is_certain))
    return Content(imports, uses, mentions)


def _opened(tree: ast.Module, text: str, first: int, path: str, sources: str) -> Iterator[Opened]:
    if may_open(text):
        yield from opened(tree, path, first, sources)


def _joined(contents: Sequence[Content]) -> Content:
    return Content(
        imports=tuple(name for each in contents for name in each.imports),
        uses=tuple(use for each in contents for use in each.uses),
        mentions=tuple(mention for each in contents for mention in each.mentions),
        names=tuple(names for each in contents for names in each.names),
        parameters=tuple(name for each in contents for name in each.parameters),
        opened=tuple(one for each in contents for one in each.opened),
    )


def _not_python(path: str, first: int, error: SyntaxError, hint: str = "") -> Diagnostic:
    place = Place(path, first + (error.lineno or 1) - 1, error.offset or 1)
    # Python's message may name another line, counted from the cell's first one as well.
    message = _ON_LINE.sub(lambda match: f"on line {first + int(match[1]) - 1}", error.msg)
    return Diagnostic(place, "not-python", f"not Python: {message}", (hint,) if hint else ())
