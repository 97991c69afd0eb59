"""The tables of a header: each key's type and values."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from nbship.core.metadata.data_sources import Violation, check_source

_LARGEST_ID = 2**63 - 1
Check = Callable[[Any], Violation | str | None]  # a value's fault, or None


def _kind(words: str, *types: type) -> Callable[[Any], str | None]:
    # bool is an int to Python, not to a reader.
    def check(value: object) -> str | None:
        is_right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if is_right else f"must be {words}, not {show(value)}"

    return check


def _one_of(*known: str) -> Check:
    def check(value: object) -> str | None:
        if value in known:
            return None
        return f"must be one of {', '.join(map(repr, known))}, not {show(value)}"

    return check


def _sources(key: str, form: str, parts: Collection[int]) -> Check:
    def check(value: object) -> Violation | str | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"must be a list of strings, not {show(value)}"
        faults = (check_source(key, item, form, parts) for item in value)
        return next(filter(None, faults), None)

    return check


def _number(value: Any) -> str | None:
    fault = "must be the number that Kaggle gave the kernel"
    return _INT(value) or (None if 0 < value <= _LARGEST_ID else fault)


def _parameters(value: object) -> str | None:
    if not isinstance(value, dict):
        return f"must be a table such as {{ EPOCHS = 1 }}, not {show(value)}"
    try:
        json.dumps(value)
    except (TypeError, ValueError):  # a date; a whole number without end
        return "must be text, numbers, true or false, or lists and tables of them"
    return None


def show(value: object) -> str:
    """Return a value as TOML and JSON write it, for a message."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # a whole number that Python does not write out
        return "a number without end"


_TEXT = _kind("a string in quotes", str)
_BOOL = _kind("true or false", bool)
_INT = _kind("a whole number", int)

# The keys of kernel-metadata.json: docs/kernels_metadata.md of the kaggle command line.
KAGGLE: Mapping[str, Check] = {
    "id": _TEXT,
    "title": _TEXT,
    "id_no": _number,
    "language": _one_of("python", "r"),
    "kernel_type": _one_of("notebook", "script"),
    "is_private": _BOOL,
    "enable_gpu": _BOOL,
    "enable_tpu": _BOOL,
    "enable_internet": _BOOL,
    "machine_shape": _TEXT,
    "dataset_sources": _sources(
        "dataset_sources", "'owner/dataset' or 'owner/dataset/version'", {2, 3}
    ),
    "competition_sources": _sources("competition_sources", "a competition's name", {1}),
    "kernel_sources": _sources("kernel_sources", "'owner/name'", {2}),
    "model_sources": _sources("model_sources", "'owner/model/framework/variation/version'", {5}),
    "keywords": _sources("keywords", "a word", {1}),
    "docker_image": _TEXT,
    "docker_image_pinning_type": _one_of("original", "latest"),
}
COLAB: Mapping[str, Check] = {
    "accelerator": _one_of("None", "GPU", "TPU"),
    "gpu_type": _TEXT,
}
SMOKE: Mapping[str, Check] = {
    "parameters": _parameters,
    "timeout": _kind("a number of seconds", int, float),
}
