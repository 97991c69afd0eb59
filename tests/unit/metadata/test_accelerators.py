"""The known and the retired accelerators, and which of the week's hours a run uses."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from nbship.core.metadata.accelerators import (
    KNOWN,
    RETIRED,
    WORDS,
    asked_for,
    kind_in,
    kind_of,
    shape,
    shape_of,
)
from nbship.errors import WorkspaceError
from nbship.model.spec import KaggleSpec
from tests.support.paths import SHARED

# All names in https://github.com/Kaggle/kaggle-cli/blob/main/docs/kernels.md, September 2026.
DOCUMENTED = frozenset({
    "NvidiaTeslaP100", "NvidiaTeslaT4", "NvidiaTeslaT4Highmem", "NvidiaTeslaA100", "NvidiaL4",
    "NvidiaL4X1", "NvidiaH100", "NvidiaRtxPro6000", "Tpu1VmV38", "TpuV38", "TpuV5E8", "TpuV6E8",
})  # fmt: skip
REFERENCE = SHARED / "reference" / "kaggle-api.md"


def test_the_known_accelerators_are_those_that_kaggle_documents_and_has_not_retired() -> None:
    assert len(KNOWN) == len(set(KNOWN))
    assert set(KNOWN) == DOCUMENTED - RETIRED.keys()


@pytest.mark.skipif(not REFERENCE.exists(), reason="needs the notes on Kaggle's API")
def test_the_documented_accelerators_are_those_of_the_notes_on_kaggles_api() -> None:
    (line,) = re.findall(
        r"^Accelerators, (docs/kernels.md .*)$", REFERENCE.read_text(), re.MULTILINE
    )
    assert set(re.findall(r"\b(?:Nvidia|Tpu)\w+", line)) == DOCUMENTED


def test_the_retired_accelerators_are_those_of_the_kaggle_package() -> None:
    """The package's source is read, because importing it would log in."""
    package = find_spec("kaggle")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "api" / "kaggle_api_extended.py"
    tables = [
        ast.literal_eval(node.value)
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "_RETIRED_ACCELERATORS" for t in node.targets)
    ]
    if not tables:
        pytest.skip("this version of kaggle has no such table; 2.2.5 has")
    (notes,) = tables
    assert notes.keys() == {name.lower() for name in RETIRED}
    for name, instead in RETIRED.items():
        assert (f"({instead}) instead" if instead else "CPU instead") in notes[name.lower()]


def test_what_runs_instead_of_a_retired_accelerator_is_a_known_one() -> None:
    assert {instead for instead in RETIRED.values() if instead} <= set(KNOWN)


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({}, None),
        ({"machine_shape": "None"}, None),
        ({"machine_shape": "NvidiaTeslaT4"}, "GPU"),
        ({"enable_gpu": True}, "GPU"),
        ({"machine_shape": "TpuV5E8"}, "TPU"),
        ({"machine_shape": "TpuV5E8", "enable_gpu": True}, "TPU"),
        ({"enable_tpu": True}, "TPU"),
    ],
)
def test_the_kind_of_hours(keys: dict[str, Any], kind: str | None) -> None:
    assert kind_of(KaggleSpec("awa/tiny", "Tiny", **keys)) == kind
    assert kind_in(keys) == kind
    assert kind_in({**keys, "machine_shape": keys.get("machine_shape")}) == kind  # as in a record


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("T4 x2", "NvidiaTeslaT4"),
        ("L4x4", "NvidiaL4"),
        ("l4", "NvidiaL4X1"),
        ("A100", "NvidiaTeslaA100"),
        ("h100", "NvidiaH100"),
        ("RTX Pro 6000", "NvidiaRtxPro6000"),
        ("TPU v5e-8", "TpuV5E8"),
        ("tpu_v6e_8", "TpuV6E8"),
        ("P100", None),
        ("", None),
    ],
)
def test_a_word_of_people_means_an_accelerator(word: str, meant: str | None) -> None:
    assert shape_of(word) == meant
    if meant:
        assert shape("new", word) == meant
        assert set(WORDS.values()) <= {shape_of(name.lower()) for name in KNOWN}


@pytest.mark.parametrize("word", ["t4x2", "l4x4", "a100", "h100", "rtxpro6000", "tpuv5e8"])
def test_a_word_that_is_misspelt_is_refused_with_the_right_one(word: str) -> None:
    with pytest.raises(WorkspaceError, match=f"^new: no accelerator .*; did you mean '{word}'"):
        shape("new", f"{word}q")


@pytest.mark.parametrize(
    ("metadata", "found", "asked"),
    [
        ({"machine_shape": "NvidiaTeslaT4"}, "2 x Tesla T4", ""),
        ({"machine_shape": "NvidiaTeslaT4Highmem"}, "tesla t4", ""),
        ({"machine_shape": "NvidiaTeslaT4"}, "Tesla P100-PCIE-16GB", "NvidiaTeslaT4"),
        ({"machine_shape": "NvidiaTeslaT4"}, "none", "NvidiaTeslaT4"),
        ({"machine_shape": "NvidiaL4X1"}, "NVIDIA L4", ""),
        ({"machine_shape": "NvidiaL4"}, "NVIDIA L40S", "NvidiaL4"),
        ({"machine_shape": "NvidiaTeslaA100"}, "NVIDIA A100-SXM4-40GB", ""),
        ({"machine_shape": "NvidiaH100"}, "NVIDIA H100 80GB HBM3", ""),
        ({"machine_shape": "NvidiaRtxPro6000"}, "NVIDIA RTX PRO 6000 Blackwell Server Edition", ""),
        ({"machine_shape": "NvidiaTeslaP100"}, "Tesla T4", ""),  # retired: any GPU may be it
        ({"machine_shape": "TpuV5E8"}, "TPU v5litepod-8", ""),
        ({"machine_shape": "TpuV5E8"}, "TPU", ""),
        ({"machine_shape": "TpuV5E8"}, "Tesla T4", "TpuV5E8"),
        ({"enable_gpu": True}, "Tesla P100-PCIE-16GB", ""),
        ({"enable_gpu": True}, "none", "GPU"),
        ({"enable_tpu": True, "machine_shape": "None"}, "none", "TPU"),
        ({"enable_gpu": False, "machine_shape": ""}, "none", ""),
        ({"enable_gpu": False}, "Tesla T4", "no accelerator"),
        ({"machine_shape": "NvidiaTeslaT4"}, "", ""),  # the run did not know
        ({}, "Tesla T4", ""),  # the record did not
    ],
)
def test_another_accelerator_than_the_one_that_was_asked_for(
    metadata: dict[str, Any], found: str, asked: str
) -> None:
    assert asked_for(metadata, found) == asked


@pytest.mark.parametrize("shape", [shape for shape in KNOWN if shape.startswith("Nvidia")])
def test_each_known_gpu_is_told_from_another_one(shape: str) -> None:
    assert asked_for({"machine_shape": shape}, "Tesla K80") == shape
