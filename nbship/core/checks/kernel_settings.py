"""Kaggle's accelerators, known and retired, and what else a kernel's keys should not say together.

Known: https://github.com/Kaggle/kaggle-cli/blob/main/docs/kernels.md as of September 2026, which
also names some that only a competition's participants or Kaggle's staff are given. Retired: the
table in the kaggle package, ``kaggle_api_extended.py``, since version 2.2.5.
"""

from collections.abc import Iterator

from nbship.core.checks.codes import finding_of
from nbship.core.metadata.accelerators import KNOWN, NONE, RETIRED
from nbship.core.metadata.script_block import Header
from nbship.diagnostics import Diagnostic, did_you_mean
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec

_WHERE = "tool.nbship.kaggle"


def kernel_faults(header: Header, kaggle: KaggleSpec, text: str) -> Iterator[Diagnostic]:
    """Yield what Kaggle would take, and then do something else than what was meant."""
    fault = _accelerator_fault(kaggle.machine_shape)
    if fault is not None:
        place = header.place(_WHERE, "machine_shape")
        yield finding_of(fault.with_changes(place=place), "", text)
    if kaggle.competition_sources and kaggle.enable_internet:
        yield finding_of(
            SourceError(
                "internet is on, and a code competition takes no submission from such a notebook",
                place=header.place(_WHERE, "enable_internet"),
                code="internet-in-competition",
                near="enable_internet",
                hint="Set enable_internet = false, or allow it where none is submitted.",
            ),
            "",
            text,
        )


def _accelerator_fault(shape: str) -> SourceError | None:
    if shape in NONE or shape in KNOWN:
        return None
    retired = {name.lower(): instead for name, instead in RETIRED.items()}
    if shape.lower() in retired:
        instead = retired[shape.lower()]
        runs = instead or "a machine without any"
        return SourceError(
            f"the accelerator {shape!r} is retired: Kaggle runs {runs} instead",
            code="accelerator-retired",
            near=shape,
            hint=f'Write "{instead or KNOWN[0]}".',
        )
    return SourceError(
        f"unknown accelerator {shape!r}{did_you_mean(shape, KNOWN)}",
        code="accelerator-unknown",
        near=shape,
        hint="Kaggle would choose one in silence.",
    )
