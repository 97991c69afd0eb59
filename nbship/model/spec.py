"""A notebook's header as data: each key with its type, its values and its help.

Each key is written here once. The validation and the JSON Schema (core/metadata),
kernel-metadata.json, the save request (edges/kaggle) and docs/reference/header.md follow from the
fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from nbship.model.workspace import LanguageName

KernelType = Literal["notebook", "script"]
EnvironmentName = Literal["nbship", "uv"]
# How a key is compared with what the service tells of it later.
Drift = Literal[
    "identity",  # says which kernel it is; never merged
    "unreported",  # sent with a save, and never reported
    "value",  # as it was sent
    "title",  # a value; another one may belong to another slug
    "pinned",  # reported also where none was sent
    "accelerator",  # three keys that mean one thing
    "sources",  # a list without order; Kaggle may leave out versions, and what it does not know
    "keywords",  # a list without order; Kaggle adds and leaves out some
]
BundleStyle = Literal["files", "cells"]
KeyType = Literal[
    "kernel id", "kernel number", "text", "flag", "choice", "list", "seconds", "parameters",
    "reason", "texts",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Key:
    """One key of a table of the header.

    ``form`` describes an item of a list; ``parts`` are the allowed numbers of parts between its
    slashes, of which the first ``named`` name a data source, and the rest its version; without
    ``parts`` an item is any text. ``mount`` is the folder below /kaggle/input for sources of this
    kind, and ``prefixes`` are those that a web address has before such a name. ``also`` are other
    words for a choice, with the value that they mean. ``api`` is the field of Kaggle's save
    request. With another value of a key that ``changes_run``, it is another rehearsal. ``drift``
    says how it is compared with what the service tells of it later.
    """

    type: KeyType
    help: str
    values: tuple[str, ...] = ()
    form: str = ""
    parts: tuple[int, ...] = ()
    named: int = 0
    mount: str = ""
    prefixes: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    api: str = ""
    changes_run: bool = False
    drift: Drift = "value"


def _key(type: KeyType, help: str, **more: Any) -> dict[str, Key]:  # noqa: A002 - Key's fields
    """Return the metadata of a dataclass field that is a key of the header."""
    return {"key": Key(type, help, **more)}


def keys_of(table: type) -> dict[str, Key]:
    """Return the keys of a table by name: of KaggleSpec, ColabSpec or SmokeSpec."""
    return {item.name: item.metadata["key"] for item in fields(table)}


@dataclass(frozen=True, slots=True)
class KaggleSpec:
    """``[tool.nbship.kaggle]``: the keys of kernel-metadata.json, under their own names.

    The keys: docs/kernels_metadata.md of the kaggle command line.
    """

    id: str = field(
        metadata=_key(
            "kernel id",
            "The kernel's id, owner/slug. It never changes.",
            api="slug",
            drift="identity",
        )
    )
    title: str = field(
        metadata=_key(
            "text",
            "The title, 5 to 50 characters; it slugifies to the id's slug.",
            api="new_title",
            drift="title",
        )
    )
    id_no: int | None = field(
        default=None,
        metadata=_key(
            "kernel number",
            "The number that Kaggle gave the kernel; wins over the id. Only the target main "
            "sends it.",
            api="id",
            drift="identity",
        ),
    )
    language: LanguageName = field(
        default="python",
        metadata=_key(
            "choice",
            "The language; it follows from the source's extension.",
            values=("python", "r"),
            also={"rmarkdown": "r"},
            api="language",
            drift="identity",
            changes_run=True,
        ),
    )
    kernel_type: KernelType = field(
        default="notebook",
        metadata=_key(
            "choice",
            "Whether Kaggle runs a notebook or a script.",
            values=("notebook", "script"),
            api="kernel_type",
            drift="identity",
            changes_run=True,
        ),
    )
    is_private: bool = field(
        default=True,
        metadata=_key(
            "flag", "Whether only the owner sees the kernel.", api="is_private", drift="value"
        ),
    )
    enable_gpu: bool = field(
        default=False,
        metadata=_key(
            "flag",
            "Whether the run has a GPU; a machine_shape decides.",
            api="enable_gpu",
            drift="accelerator",
        ),
    )
    enable_tpu: bool = field(
        default=False,
        metadata=_key(
            "flag",
            "Whether the run has a TPU; a machine_shape decides.",
            api="enable_tpu",
            drift="accelerator",
        ),
    )
    enable_internet: bool = field(
        default=False,
        metadata=_key(
            "flag",
            "Whether the run has access to the internet.",
            api="enable_internet",
            drift="value",
            changes_run=True,
        ),
    )
    machine_shape: str = field(
        default="",
        metadata=_key(
            "text",
            "The accelerator, such as NvidiaTeslaT4.",
            api="machine_shape",
            drift="accelerator",
        ),
    )
    dataset_sources: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "The datasets that Kaggle mounts.",
            form="'owner/dataset' or 'owner/dataset/version'",
            parts=(2, 3),
            named=2,
            mount="datasets",
            prefixes=("datasets/",),
            api="dataset_data_sources",
            drift="sources",
            changes_run=True,
        ),
    )
    competition_sources: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "The competitions whose data Kaggle mounts.",
            form="a competition's name",
            parts=(1,),
            named=1,
            mount="competitions",
            prefixes=("competitions/", "c/"),
            api="competition_data_sources",
            drift="sources",
            changes_run=True,
        ),
    )
    kernel_sources: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "The kernels whose outputs Kaggle mounts.",
            form="'owner/name' or 'owner/name/version'",
            parts=(2, 3),
            named=2,
            mount="notebooks",
            prefixes=("code/", "kernels/", "notebooks/"),
            api="kernel_data_sources",
            drift="sources",
            changes_run=True,
        ),
    )
    model_sources: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "The models that Kaggle mounts.",
            form="'owner/model/framework/variation/version'",
            parts=(5,),
            named=5,
            mount="models",
            prefixes=("models/",),
            api="model_data_sources",
            drift="sources",
            changes_run=True,
        ),
    )
    keywords: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "Kaggle's tags.",
            form="a tag, such as 'data cleaning'",
            api="category_ids",
            drift="keywords",
        ),
    )
    docker_image: str | None = field(
        default=None,
        metadata=_key(
            "text", "The image in which Kaggle runs the kernel.", api="docker_image", drift="pinned"
        ),
    )
    docker_image_pinning_type: str | None = field(
        default=None,
        metadata=_key(
            "choice",
            "Whether Kaggle keeps the first image or takes the latest one.",
            values=("original", "latest"),
            api="docker_image_pinning_type",
            drift="unreported",
        ),
    )


@dataclass(frozen=True, slots=True)
class ColabSpec:
    """``[tool.nbship.colab]``: what Colab reads from a notebook's metadata."""

    accelerator: str = field(
        default="None",
        metadata=_key("choice", "The kind of accelerator.", values=("None", "GPU", "TPU")),
    )
    gpu_type: str | None = field(default=None, metadata=_key("text", "The GPU, such as T4."))


@dataclass(frozen=True, slots=True)
class SmokeSpec:
    """``[tool.nbship.smoke]``: how the notebook is rehearsed; ``timeout`` in seconds.

    Values of ``userdata`` are in git, so they are no secrets.
    """

    parameters: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_key("parameters", "Values for the cell tagged parameters, in a rehearsal."),
    )
    timeout: float = field(
        default=300.0, metadata=_key("seconds", "The longest time that a rehearsal may take.")
    )
    environment: EnvironmentName = field(
        default="nbship",
        metadata=_key(
            "choice",
            "The packages of a rehearsal: those that are installed beside nbship, or an "
            "environment that uv makes from `requires-python` and `dependencies`.",
            values=("nbship", "uv"),
        ),
    )
    skip: str = field(
        default="",
        metadata=_key(
            "reason",
            "Why the notebook is not rehearsed. `smoke` says so and passes; a push needs a flag.",
        ),
    )
    userdata: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_key(
            "texts",
            "Values for `google.colab.userdata` in the rehearsal of a Colab notebook. They are in "
            "git: no real secrets.",
        ),
    )
    secrets: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "The labels of the secrets that are attached to the notebook on Kaggle, for "
            "`kaggle_secrets` in a rehearsal. Their values are in `.nbship/local/secrets.json`, or "
            "made up.",
            form="the label of a secret, such as 'HF_TOKEN'",
        ),
    )

    @property
    def given(self) -> Mapping[str, Any]:
        """What a rehearsal gives to the notebook; with other values it is another rehearsal."""
        colab = {"google.colab.userdata": dict(self.userdata)} if self.userdata else {}
        kaggle = {"kaggle_secrets": list(self.secrets)} if self.secrets else {}
        return {**self.parameters, **colab, **kaggle}


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """``[tool.nbship.bundle]``: what goes to Kaggle besides the modules that are imported."""

    files: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "Files, relative to the source's folder; `*` and `**` are wildcards. On Kaggle they "
            "lie at the same place beside the modules, and not in `/kaggle/working`.",
            form="a path or a pattern such as 'config/*.yaml'",
        ),
    )
    packages: tuple[str, ...] = field(
        default=(),
        metadata=_key(
            "list",
            "Packages as a whole: all modules in them and all other files.",
            form="the name of a package in the folder of the sources",
        ),
    )
    style: BundleStyle = field(
        default="files",
        metadata=_key(
            "choice",
            "How a notebook has its modules: all in one cell, which writes them as files, or each "
            "in a cell of its own, for people who read the notebook.",
            values=("files", "cells"),
        ),
    )


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """``[tool.nbship.session]``: what the artifact tells of its own run on Kaggle."""

    line: bool = field(default=True, metadata=_key("flag",
        "Whether the log of a run on Kaggle begins with a line that names its session, which "
        "`stop` needs, its image, the version of the language and the accelerator.",
    ))  # fmt: skip


# The tables of [tool.nbship] in the header.
TABLES: Mapping[str, type] = {
    "kaggle": KaggleSpec,
    "colab": ColabSpec,
    "bundle": BundleSpec,
    "smoke": SmokeSpec,
    "session": SessionSpec,
}


@dataclass(frozen=True, slots=True)
class Spec:
    """The header cell of a notebook, valid as a whole; lines are those of the source."""

    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    dependencies_line: int | None = None
    kaggle: KaggleSpec | None = None
    kaggle_line: int | None = None
    colab: ColabSpec | None = None
    bundle: BundleSpec | None = None
    smoke: SmokeSpec = field(default_factory=SmokeSpec)
    smoke_line: int | None = None
    session: SessionSpec = field(default_factory=SessionSpec)

    @property
    def given(self) -> Mapping[str, Any]:
        """What a rehearsal depends on besides the artifact: what it gives, and its packages."""
        if self.smoke.environment == "nbship":
            return self.smoke.given
        return {**self.smoke.given, "uv": [self.requires_python, *self.dependencies]}
