"""What a notebook's header says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nbship.model.workspace import LanguageName

KernelType = Literal["notebook", "script"]


@dataclass(frozen=True, slots=True)
class KaggleSpec:
    """``[tool.nbship.kaggle]``: the keys of kernel-metadata.json, under their own names."""

    id: str
    title: str
    id_no: int | None = None
    language: LanguageName = "python"
    kernel_type: KernelType = "notebook"
    is_private: bool = True
    enable_gpu: bool = False
    enable_tpu: bool = False
    enable_internet: bool = False
    machine_shape: str = ""
    dataset_sources: tuple[str, ...] = ()
    competition_sources: tuple[str, ...] = ()
    kernel_sources: tuple[str, ...] = ()
    model_sources: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    docker_image: str | None = None
    docker_image_pinning_type: str | None = None


@dataclass(frozen=True, slots=True)
class ColabSpec:
    """``[tool.nbship.colab]``: what Colab reads from a notebook's metadata."""

    accelerator: str = "None"
    gpu_type: str | None = None


@dataclass(frozen=True, slots=True)
class SmokeSpec:
    """``[tool.nbship.smoke]``: how the notebook is rehearsed; ``timeout`` in seconds."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything that a notebook's header cell says, valid as a whole."""

    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    dependencies_line: int | None = None
    kaggle: KaggleSpec | None = None
    kaggle_line: int | None = None
    colab: ColabSpec | None = None
    smoke: SmokeSpec = field(default_factory=SmokeSpec)
    smoke_line: int | None = None
