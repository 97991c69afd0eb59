"""Keys that Kaggle takes, and then does something else than what was meant.

The accelerators are those of https://github.com/Kaggle/kaggle-cli/blob/main/docs/kernels.md as of
September 2026, which also names some that only a competition's participants or Kaggle's staff are
given. The retired ones: the kaggle package, ``kaggle_api_extended.py``, since version 2.2.5.
"""

from collections.abc import Iterator

from nbship.core.checks.facts import ParsedFile
from nbship.core.checks.findings import at_key
from nbship.core.metadata.accelerators import KNOWN, NONE, RETIRED
from nbship.diagnostics import NOWHERE, Diagnostic, did_you_mean


def accelerators(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield the ``machine_shape`` that Kaggle does not have, or has no more."""
    if file.header is None or file.kaggle is None:
        return
    finding = _accelerator_finding(file.kaggle.machine_shape)
    if finding is not None:
        yield at_key(file.source, file.header, "tool.nbship.kaggle.machine_shape", finding)


def _accelerator_finding(shape: str) -> Diagnostic | None:
    if shape in NONE or shape in KNOWN:
        return None
    retired = {name.lower(): instead for name, instead in RETIRED.items()}
    if shape.lower() in retired:
        instead = retired[shape.lower()]
        runs = instead or "a machine without any"
        return Diagnostic(
            NOWHERE,
            "accelerator-retired",
            f"the accelerator {shape!r} is retired: Kaggle runs {runs} instead",
            (f'Write "{instead or KNOWN[0]}".',),
            near=shape,
        )
    return Diagnostic(
        NOWHERE,
        "accelerator-unknown",
        f"unknown accelerator {shape!r}{did_you_mean(shape, KNOWN)}",
        ("Kaggle would choose one in silence.",),
        near=shape,
    )


def internet_in_competitions(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield a notebook for a competition that has internet access."""
    kaggle = file.kaggle
    if file.header is not None and kaggle and kaggle.competition_sources and kaggle.enable_internet:
        finding = Diagnostic(
            NOWHERE,
            "internet-in-competition",
            "internet is on, and a code competition takes no submission from such a notebook",
            ("Set enable_internet = false, or allow it where none is submitted.",),
            near="enable_internet",
        )
        yield at_key(file.source, file.header, "tool.nbship.kaggle.enable_internet", finding)
