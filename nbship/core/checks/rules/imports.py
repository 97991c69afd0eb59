"""imported-notebook, shadowed-module, not-python: the modules that notebooks import."""

from collections.abc import Iterator

from nbship.core.artifact.imports import shadow_fault
from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.diagnostics import Diagnostic, Place


def imported_notebooks(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each notebook that is imported as if it were a module."""
    for path in facts.imports.values():
        if path in facts.sources:
            yield Diagnostic(
                Place(path, 1, 1), "imported-notebook",
                "a notebook is imported, and only modules can be imported",
                ("Move the shared code into a .py without '# %%' lines.",),
            )  # fmt: skip


def shadowed_modules(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each imported module that has the name of a module of Python's."""
    for name, path in facts.imports.items():
        fault = None if path in facts.sources else shadow_fault(name, path)
        if fault is not None:
            yield finding_of(fault, "")


def unreadable_modules(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each imported module that is not Python."""
    for modules in facts.reached.values():
        yield from (file.not_python for file in modules if file.not_python is not None)
