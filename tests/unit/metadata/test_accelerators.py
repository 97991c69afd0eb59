"""Which accelerators are known, and which of the week's hours a run takes."""

from typing import Any

import pytest

from nbship.core.metadata.accelerators import KNOWN, RETIRED, kind_of
from nbship.model.spec import KaggleSpec

# https://github.com/Kaggle/kaggle-cli/blob/main/docs/kernels.md, September 2026: all that it names.
DOCUMENTED = (
    "NvidiaTeslaP100", "TpuV38", "NvidiaTeslaT4", "NvidiaTeslaT4Highmem", "Tpu1VmV38",
    "NvidiaTeslaA100", "NvidiaL4", "TpuV5E8", "NvidiaL4X1", "TpuV6E8", "NvidiaH100",
    "NvidiaRtxPro6000",
)  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({}, None),
        ({"machine_shape": "None"}, None),
        ({"machine_shape": "NvidiaTeslaT4"}, "GPU"),
        ({"enable_gpu": True}, "GPU"),
        ({"machine_shape": "TpuV5E8"}, "TPU"),
        ({"enable_tpu": True}, "TPU"),
    ],
)
def test_the_kind_of_hours(keys: dict[str, Any], kind: str | None) -> None:
    assert kind_of(KaggleSpec("awa/tiny", "Tiny", **keys)) == kind


def test_the_known_and_the_retired_accelerators_are_those_that_kaggle_documents() -> None:
    assert set(KNOWN) == set(DOCUMENTED) - RETIRED.keys()
    assert len(KNOWN) == len(set(KNOWN))
    assert RETIRED.keys() - set(DOCUMENTED) == {"TpuV232", "TpuV2256"}  # known to the package alone
    assert {instead for instead in RETIRED.values() if instead} <= set(KNOWN)
