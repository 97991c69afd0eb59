"""Which of the week's hours a run takes."""

from typing import Any

import pytest

from nbship.core.metadata.accelerators import kind_of
from nbship.model.spec import KaggleSpec


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
