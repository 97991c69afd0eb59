"""Kaggle's accelerators: known and retired values of machine_shape."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.spec import KaggleSpec

Accelerator = Literal["GPU", "TPU"]
KNOWN = (
    "NvidiaTeslaT4", "NvidiaTeslaT4Highmem", "NvidiaTeslaA100", "NvidiaL4", "NvidiaL4X1",
    "NvidiaH100", "NvidiaRtxPro6000", "TpuV5E8", "TpuV6E8",
)  # fmt: skip
WORDS: Mapping[str, str] = {  # what people call them, in small letters
    "t4x2": "NvidiaTeslaT4",
    "l4x4": "NvidiaL4",
    "l4": "NvidiaL4X1",
    "a100": "NvidiaTeslaA100",
    "h100": "NvidiaH100",
    "rtxpro6000": "NvidiaRtxPro6000",
    "tpuv5e8": "TpuV5E8",
    "tpuv6e8": "TpuV6E8",
}
RETIRED: Mapping[str, str] = {  # what Kaggle runs in its place; "": no accelerator
    "NvidiaTeslaP100": "NvidiaTeslaT4",
    "Tpu1VmV38": "TpuV5E8",
    "TpuV38": "TpuV5E8",
    "TpuV232": "",
    "TpuV2256": "",
}
NONE = frozenset({"", "None"})
_MODELS: Mapping[str, str] = {  # what the driver's name of an accelerator has as a word
    "NvidiaTeslaT4": "T4",
    "NvidiaTeslaT4Highmem": "T4",
    "NvidiaTeslaA100": "A100",
    "NvidiaL4": "L4",
    "NvidiaL4X1": "L4",
    "NvidiaH100": "H100",
    "NvidiaRtxPro6000": "RTX PRO 6000",
}
_FOUND_NONE, _TPU = "none", "TPU"  # in what a session line tells


def shape_of(word: str) -> str | None:
    """Return the machine_shape that a word means, a short one or Kaggle's own; None if none."""
    plain = re.sub(r"[\s_-]", "", word.lower())
    return {**{shape.lower(): shape for shape in KNOWN}, **WORDS}.get(plain)


def shape(verb: str, word: str) -> str:
    """Return the machine_shape that a word of the command line means; "" for none.

    Raises:
        WorkspaceError: the word means none; ``verb`` begins the message.
    """
    found = shape_of(word) if word else ""
    if found is None:
        raise WorkspaceError(f"{verb}: no accelerator {word!r}{did_you_mean(word, WORDS)}")
    return found


def kind_of(kaggle: KaggleSpec) -> Accelerator | None:
    """Return the accelerator whose weekly hours a run uses, None for the CPU: it has no limit."""
    keys = ("enable_tpu", "enable_gpu", "machine_shape")
    return kind_in({key: getattr(kaggle, key) for key in keys})


def kind_in(metadata: Mapping[str, Any]) -> Accelerator | None:
    """Return the accelerator of a kernel-metadata.json; that of a record may be damaged."""
    shape = str(metadata.get("machine_shape") or "")
    if metadata.get("enable_tpu") or shape.startswith("Tpu"):
        return "TPU"
    return "GPU" if metadata.get("enable_gpu") or shape not in NONE else None


def asked_for(metadata: Mapping[str, Any], found: str) -> str:
    """Return which accelerator a version asks for, "" if it may be the one that its run found.

    ``metadata`` are the keys of kernel-metadata.json, ``found`` is what the session line of the run
    tells: "2 x Tesla T4", "TPU v5litepod-8", "none", or "" if the run did not know.
    """
    if not metadata or not found:
        return ""
    shape, kind = str(metadata.get("machine_shape") or ""), kind_in(metadata)
    is_known = found == _FOUND_NONE or found.startswith(_TPU)
    found_kind = found.partition(" ")[0] if is_known else "GPU"
    model = _MODELS.get(shape) if kind == "GPU" else None
    is_other = model is not None and not re.search(rf"\b{model}\b", found, re.IGNORECASE)
    if found_kind == (kind or _FOUND_NONE) and not is_other:
        return ""
    return (shape if shape not in NONE else kind) or "no accelerator"
