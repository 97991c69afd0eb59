"""unknown-parameter, cell-tag: a value or a tag for rehearsals that does nothing."""

from collections.abc import Iterator

from nbship.core.checks.facts import ParsedFile
from nbship.core.checks.findings import at_key, placed
from nbship.core.metadata.cell_tags import tag_faults
from nbship.core.metadata.parameters import TAG
from nbship.diagnostics import NOWHERE, Diagnostic, Place, did_you_mean


def unknown_parameters(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield the parameters that no tagged cell assigns; a cell that cannot be read may do so."""
    if file.spec is None or not file.is_complete:
        return
    known = file.content.parameters
    unknown = [name for name in file.spec.smoke.parameters if name not in known]
    for name in unknown if known else unknown[:1]:
        if known:
            message = f"unknown parameter {name!r}{did_you_mean(name, known)}"
            hints: tuple[str, ...] = ()
        else:
            message = f"parameter {name!r} is given, but the notebook has no cell tagged {TAG!r}"
            hints = ('Tag the cell that assigns the parameters: # %% tags=["parameters"]',)
        finding = Diagnostic(NOWHERE, "unknown-parameter", message, hints, near=name)
        yield at_key(file.source, "tool.nbship.smoke.parameters", finding)


def misspelt_tags(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield the tags that certainly do not do what they are meant to, at the cell's marker."""
    is_script = file.kaggle is not None and file.kaggle.kernel_type == "script"
    for cell in file.cells:
        if cell.kind != "code":
            continue
        for tag, message, hint in tag_faults(cell.tags, is_script=is_script):
            place = Place(file.source.path, cell.marker)
            finding = Diagnostic(place, "cell-tag", message, (hint,) if hint else (), near=tag)
            yield placed(finding, file.source.text)
