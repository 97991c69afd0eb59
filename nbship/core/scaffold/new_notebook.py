"""The source of a new notebook: valid at once, and short."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from nbship.core.metadata.accelerators import shape
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.metadata.titles import title_of
from nbship.core.scaffold.header_cell import header_cell, ours
from nbship.core.source.language import PYTHON, Language, R
from nbship.errors import SourceError, WorkspaceError
from nbship.model.layout import Layout
from nbship.model.workspace import Source

Kind = Literal["kernel", "colab", "helper"]

_REQUIRES = ">=3.11"
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?kaggle\.com/(?:code/)?")
_PARTS = 2  # of an id: owner/slug

_TEXTS = {
    PYTHON.name: """\
# %%
{header}

# %% [markdown]
# # {title}

# %% tags=["parameters"]
LARGEST = 10

# %%
for number in range(1, LARGEST + 1):
    print(number, number**2)
""",
    R.name: """\
# %%
{header}

# %% [markdown]
# # {title}

# %% tags=["parameters"]
largest <- 10

# %%
numbers <- seq_len(largest)
print(data.frame(number = numbers, square = numbers^2))
""",
}
_SCRIPTS = {
    PYTHON.name: """\
# %%
{header}

# %%
for number in range(1, 11):
    print(number, number**2)
""",
    R.name: """\
# %%
{header}

# %%
numbers <- seq_len(10)
print(data.frame(number = numbers, square = numbers^2))
""",
}


@dataclass(frozen=True, slots=True)
class NewNotebook:
    """The options of a new notebook. ``kernel`` is the whole id; ``title`` may be empty."""

    name: str
    kind: Kind = "helper"
    kernel: str = ""
    title: str = ""
    gpu: str = ""
    datasets: tuple[str, ...] = ()
    internet: bool = False
    is_script: bool = False
    is_r: bool = False

    @property
    def language(self) -> Language:
        """The language of the source."""
        return R if self.is_r else PYTHON


def split_id(verb: str, given: str) -> tuple[str, str]:
    """Return owner and slug of what a person gives: an id, its slug alone, or an address.

    ``verb`` begins the message.

    Raises:
        WorkspaceError: it is none of them.
    """
    parts = _ADDRESS.sub("", given.strip()).strip("/").split("/")
    if len(parts) > _PARTS or not all(parts):
        raise WorkspaceError(f"{verb}: {given!r} is not OWNER/SLUG", hint="Example: awa/train-fula")
    return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def owner_of(kernels: Iterable[str]) -> str:
    """Return the owner whom all these kernels have, "" if there are several or none."""
    owners = {kernel.partition("/")[0] for kernel in kernels}
    return owners.pop() if len(owners) == 1 else ""


def new_source(wanted: NewNotebook, layout: Layout) -> Source:
    """Return the source of a new notebook.

    Raises:
        WorkspaceError: two wishes contradict each other, or a value is not valid.
    """
    _refuse_contradictions(wanted)
    slug = wanted.kernel.partition("/")[2] or _words(wanted.name)
    title = wanted.title or title_of("", slug.lower())
    texts = _SCRIPTS if wanted.is_script else _TEXTS
    header = header_cell(_tables(wanted, title))
    text = texts[wanted.language.name].format(header=header, title=title)
    source = Source(layout.source(wanted.name, wanted.language.suffix), text)
    try:
        parse_spec(read_header(source))
    except SourceError as error:
        raise WorkspaceError(f"new: {error.message}", hint=error.hint) from None
    return source


def _tables(wanted: NewNotebook, title: str) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    if wanted.language == PYTHON:
        tables = {"requires-python": _REQUIRES, "dependencies": []}
    if wanted.kind == "helper":
        return tables
    if wanted.kind == "colab":
        return tables | ours(colab=_colab(wanted.gpu))
    kaggle: dict[str, Any] = {"id": wanted.kernel, "title": title}
    if wanted.is_script:
        kaggle["kernel_type"] = "script"
    if wanted.gpu:
        kaggle["machine_shape"] = shape("new", wanted.gpu)
    if wanted.internet:
        kaggle["enable_internet"] = True
    if wanted.datasets:
        kaggle["dataset_sources"] = list(wanted.datasets)
    return tables | ours(kaggle=kaggle)


def _colab(gpu: str) -> dict[str, Any]:
    if not gpu:
        return {}
    if gpu.lower().startswith("tpu"):
        return {"accelerator": "TPU"}
    return {"accelerator": "GPU", "gpu_type": gpu.upper()}


def _refuse_contradictions(wanted: NewNotebook) -> None:
    for is_wrong, message in (
        (wanted.kind == "colab" and wanted.is_r, "Colab runs no R notebook that nbship builds"),
        (wanted.is_script and wanted.kind != "kernel", "--script needs --kaggle OWNER/SLUG"),
        (
            wanted.kind != "kernel" and bool(wanted.datasets or wanted.internet),
            "--dataset and --internet need --kaggle OWNER/SLUG",
        ),
        (wanted.kind == "helper" and bool(wanted.gpu), "--gpu needs --kaggle or --colab"),
    ):
        if is_wrong:
            raise WorkspaceError(f"new: {message}")


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.rpartition("/")[2]).strip("-")
