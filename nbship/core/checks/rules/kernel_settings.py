"""accelerator-*, internet-in-competition: values that Kaggle accepts and then does not follow.

Source of the accelerators: https://github.com/Kaggle/kaggle-cli/blob/main/docs/kernels.md, read in
September 2026; some are for participants of certain competitions, or for Kaggle's staff, only.
Source of the retired ones: ``kaggle_api_extended.py`` of the kaggle package, since version 2.2.5.
"""

from collections.abc import Iterator

from nbship.core.checks.facts import ParsedFile
from nbship.core.checks.findings import at_key
from nbship.core.metadata.accelerators import KNOWN, NONE, RETIRED
from nbship.diagnostics import NOWHERE, Diagnostic, did_you_mean


def accelerators(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield a finding if the ``machine_shape`` is unknown or retired."""
    if file.kaggle is None:
        return
    finding = _accelerator_finding(file.kaggle.machine_shape)
    if finding is not None:
        yield at_key(file.source, "tool.nbship.kaggle.machine_shape", finding)


def _accelerator_finding(shape: str) -> Diagnostic | None:
    if shape in NONE or shape in KNOWN:
        return None
    retired = {name.lower(): instead for name, instead in RETIRED.items()}
    if shape.lower() in retired:
        instead = retired[shape.lower()]
        runs = instead or "a machine without an accelerator"
        return Diagnostic(
            NOWHERE,
            "accelerator-retired",
            f"the accelerator {shape!r} is retired: Kaggle runs {runs} instead",
            (f'Write "{instead}".' if instead else f"Choose another one: {', '.join(KNOWN)}.",),
            near=shape,
        )
    return Diagnostic(
        NOWHERE,
        "accelerator-unknown",
        f"unknown accelerator {shape!r}{did_you_mean(shape, KNOWN)}",
        ("Kaggle accepts it without an error, and chooses another accelerator.",),
        near=shape,
    )


def internet_in_competitions(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield a finding if a notebook with ``competition_sources`` has internet access."""
    kaggle = file.kaggle
    if kaggle is not None and kaggle.competition_sources and kaggle.enable_internet:
        finding = Diagnostic(
            NOWHERE,
            "internet-in-competition",
            "internet is on: a code competition does not accept submissions from this notebook",
            ("Set enable_internet = false; or allow it if you do not submit this notebook.",),
            near="enable_internet",
        )
        yield at_key(file.source, "tool.nbship.kaggle.enable_internet", finding)
