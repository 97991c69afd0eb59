"""The settings that Kaggle's and Colab's editors keep in a notebook's own metadata.

Kaggle ignores ``metadata.kaggle`` when a notebook is pushed, and names data sources there by number
only: it tells less than a kernel-metadata.json, and is used where there is none.
"""

from collections.abc import Mapping
from typing import Any

from nbship.core.adoption.taken import Question, Taken
from nbship.core.metadata.accelerators import NONE, RETIRED, shape_of

_SOURCES = "dataSources"


def of_kaggle(metadata: Mapping[str, Any]) -> Taken | None:
    """Return the keys of ``[tool.nbship.kaggle]`` that ``metadata.kaggle`` tells, but for the id.

    None if the notebook has no such metadata.
    """
    found = metadata.get("kaggle")
    if not isinstance(found, Mapping) or not found:
        return None
    keys: dict[str, Any] = {}
    remarks: list[str] = []
    questions: list[Question] = []
    word = str(found.get("accelerator") or "none")
    shape = shape_of(word)
    retired = {name.lower(): name for name in RETIRED}.get(word.lower())
    if retired:
        words = f"the accelerator in place of {retired}, which Kaggle has retired"
        questions.append(Question("--gpu NAME", words))
    elif shape:
        keys["machine_shape"] = shape
    elif word.lower() == "gpu" or found.get("isGpuEnabled") is True:
        keys["enable_gpu"] = True
    elif word.lower() not in {name.lower() for name in NONE}:
        remarks.append(f"Kaggle's editor wrote the accelerator {word!r}, which is not known")
    if found.get("isInternetEnabled") is True:
        keys["enable_internet"] = True
    sources = found.get(_SOURCES)
    if isinstance(sources, list) and sources:
        remarks.append(
            f"Kaggle's editor lists {len(sources)} data sources by number; name them in the header"
        )
    return Taken(keys, tuple(remarks), tuple(questions))


def of_colab(metadata: Mapping[str, Any]) -> Taken | None:
    """Return the keys of ``[tool.nbship.colab]``; None if Colab has not saved the notebook."""
    colab, accelerator = metadata.get("colab"), metadata.get("accelerator")
    if not isinstance(colab, Mapping) and not isinstance(accelerator, str):
        return None
    keys: dict[str, Any] = {}
    if accelerator in {"GPU", "TPU"}:
        keys["accelerator"] = accelerator
    gpu = colab.get("gpuType") if isinstance(colab, Mapping) else None
    if isinstance(gpu, str) and gpu and accelerator == "GPU":
        keys["gpu_type"] = gpu
    return Taken(keys)
