"""accidental-command, doubtful-command: comments that jupytext reads as commands."""

from collections.abc import Iterator

from nbship.core.checks.facts import ParsedFile
from nbship.core.checks.findings import finding_of
from nbship.core.source.language import PYTHON, language_of
from nbship.core.source.magics import (
    accidental_commands,
    doubtful_commands,
    idle_commands,
    magics_of_r,
)
from nbship.diagnostics import Diagnostic


def misread_comments(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield each comment that jupytext, or a script, reads otherwise than a person does."""
    is_script = file.kaggle is not None and file.kaggle.kernel_type == "script"
    path, text = file.source.path, file.source.text
    if language_of(path) == PYTHON:
        faults = idle_commands if is_script else accidental_commands
    elif is_script:
        return  # a script in R is not read by jupytext: its comments stay comments
    else:
        faults = magics_of_r
    for cell in file.cells:
        for fault in faults(path, cell):
            yield finding_of(fault, "accidental-command", text)
        if faults is accidental_commands:
            for fault in doubtful_commands(path, cell):
                yield finding_of(fault, "doubtful-command", text)
