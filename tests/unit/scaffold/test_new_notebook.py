"""A new notebook: each combination of wishes is valid at once, or refused in words."""

from itertools import product
from typing import Any

import pytest

from nbship.core.checks.file import findings_in, parse_notebook
from nbship.core.metadata.accelerators import KNOWN, WORDS
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.scaffold.header_cell import ours
from nbship.core.scaffold.new_notebook import (
    Kind,
    NewNotebook,
    new_source,
    owner_of,
    split_id,
)
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

KINDS: tuple[Kind, ...] = ("kernel", "colab", "helper")


WISHES = [
    NewNotebook(
        "tts/My_notebook", kind=kind, kernel="awa/train-fula" if kind == "kernel" else "", gpu=gpu,
        internet=internet, is_script=is_script, is_r=is_r,
    )
    for kind, is_r, is_script, gpu, internet in product(
        KINDS, (False, True), (False, True), ("", "T4 x2", "tpuv5e8"), (False, True)
    )
]  # fmt: skip


def is_possible(wish: NewNotebook) -> bool:
    """Return whether a wish contradicts nothing."""
    if wish.kind == "colab":
        return not (wish.is_r or wish.is_script or wish.internet)
    return wish.kind == "kernel" or not (wish.gpu or wish.is_script or wish.internet)


@pytest.mark.parametrize("wish", [wish for wish in WISHES if is_possible(wish)])
def test_each_possible_combination_is_valid_at_once(wish: NewNotebook) -> None:
    source = new_source(wish, Layout())
    file = parse_notebook(source.path, source.text.encode(), Layout().sources)
    assert file.is_complete
    assert not findings_in(file)
    assert file.spec is not None
    assert (file.spec.kaggle is not None) == (wish.kind == "kernel")
    assert (file.spec.colab is not None) == (wish.kind == "colab")
    assert source.path.endswith(".R" if wish.is_r else ".py")


@pytest.mark.parametrize("wish", [wish for wish in WISHES if not is_possible(wish)])
def test_each_contradiction_is_refused(wish: NewNotebook) -> None:
    with pytest.raises(WorkspaceError, match=r"^new: "):
        new_source(wish, Layout())


PYTHON = {"requires-python": ">=3.11", "dependencies": []}


@pytest.mark.parametrize(
    ("wanted", "table"),
    [
        (NewNotebook("a"), PYTHON),
        (NewNotebook("a", is_r=True), {}),
        (NewNotebook("a", kind="colab"), PYTHON | ours(colab={})),
        (
            NewNotebook("a", kind="colab", gpu="l4"),
            PYTHON | ours(colab={"accelerator": "GPU", "gpu_type": "L4"}),
        ),
        (NewNotebook("a", kind="colab", gpu="TPUv2"), PYTHON | ours(colab={"accelerator": "TPU"})),
        (
            NewNotebook("a", kind="kernel", kernel="awa/Train-Fula"),
            PYTHON | ours(kaggle={"id": "awa/Train-Fula", "title": "Train Fula"}),
        ),
        (
            NewNotebook(
                "a", kind="kernel", kernel="awa/train-fula", title="Train: Fula", gpu="l4",
                datasets=("a/b", "c/d"), internet=True, is_script=True, is_r=True,
            ),
            ours(
                kaggle={
                    "id": "awa/train-fula", "title": "Train: Fula", "kernel_type": "script",
                    "machine_shape": "NvidiaL4X1", "enable_internet": True,
                    "dataset_sources": ["a/b", "c/d"],
                }
            ),
        ),
    ],
)  # fmt: skip
def test_the_header_has_what_was_asked_for_and_no_more(
    wanted: NewNotebook, table: dict[str, Any]
) -> None:
    header = read_header(new_source(wanted, Layout()))
    assert header.tables == table


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        (NewNotebook("tts/__My.note-book__2_"), "My Note Book 2"),
        (NewNotebook("tts/x"), "x"),
        (NewNotebook("a", kind="kernel", kernel="awa/train-fula"), "Train Fula"),
        (NewNotebook("a", title="Train: Fula"), "Train: Fula"),
    ],
)
def test_the_title_is_above_the_code(wanted: NewNotebook, title: str) -> None:
    lines = new_source(wanted, Layout()).text.split("\n")
    assert [line for line in lines if line.startswith("# # ")] == [f"# # {title}"]


def test_a_kernel_has_what_was_asked_for() -> None:
    wanted = NewNotebook(
        "trainer", kind="kernel", kernel="awa/train-fula", title="Train: Fula", gpu="t4x2",
        datasets=("google/fleurs",), internet=True,
    )  # fmt: skip
    kaggle = parse_spec(read_header(new_source(wanted, Layout()))).kaggle
    assert kaggle is not None
    assert (kaggle.id, kaggle.title, kaggle.machine_shape, kaggle.dataset_sources) == (
        "awa/train-fula", "Train: Fula", "NvidiaTeslaT4", ("google/fleurs",),
    )  # fmt: skip
    assert kaggle.enable_internet


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (NewNotebook("x", kind="kernel", kernel="a/abcde", gpu="t5"), "no accelerator 't5'; known"),
        (NewNotebook("x", kind="kernel", kernel="a/abc"), "the slug 'abc' is shorter than 5"),
        (
            NewNotebook("x", kind="kernel", kernel="a/abcde", title="Other"),
            "the title 'Other' slug",
        ),
        (
            NewNotebook("x", kind="kernel", kernel="a/abcde", datasets=("no",)),
            "dataset_sources has",
        ),
        (NewNotebook("x", gpu="t4x2"), "--gpu needs --kaggle or --colab"),
        (NewNotebook("x", kind="colab", is_r=True), "Colab runs no R notebook that nbship builds"),
        (NewNotebook("x", is_script=True), "--script needs --kaggle OWNER/SLUG"),
        (NewNotebook("x", internet=True), "--dataset and --internet need --kaggle OWNER/SLUG"),
        (
            NewNotebook("x", kind="colab", datasets=("a/b",)),
            "--dataset and --internet need --kaggle OWNER/SLUG",
        ),
    ],
)
def test_a_wrong_wish_is_named(wanted: NewNotebook, words: str) -> None:
    with pytest.raises(WorkspaceError, match=f"^new: {words}"):
        new_source(wanted, Layout())


def test_a_wrong_title_has_the_hint_of_a_wrong_header() -> None:
    with pytest.raises(WorkspaceError) as caught:
        new_source(NewNotebook("x", kind="kernel", kernel="a/abcde", title="Other"), Layout())
    assert caught.value.hint.startswith("Change the title: the id is permanent.")


def test_each_word_for_an_accelerator_is_one_that_kaggle_has() -> None:
    assert set(WORDS.values()) <= set(KNOWN)


@pytest.mark.parametrize(
    ("given", "owner", "slug"),
    [
        ("awa/train-fula", "awa", "train-fula"),
        ("train-fula", "", "train-fula"),
        ("https://www.kaggle.com/code/awa/train-fula/", "awa", "train-fula"),
        (" kaggle.com/awa/train-fula ", "awa", "train-fula"),
        ("http://kaggle.com/kaggle.com/train-fula", "kaggle.com", "train-fula"),
        ("mykaggle.com/train-fula", "mykaggle.com", "train-fula"),
        ("Xylo/train-X/", "Xylo", "train-X"),
    ],
)
def test_an_id_is_understood_in_each_form(given: str, owner: str, slug: str) -> None:
    assert split_id("new", given) == (owner, slug)


@pytest.mark.parametrize("given", ["", "a/b/c", "a//b"])
def test_what_is_no_id_is_refused(given: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        split_id("pull", given)
    assert caught.value.message == f"pull: {given!r} is not OWNER/SLUG"
    assert caught.value.hint == "Example: awa/train-fula"


def test_the_owner_is_the_one_that_all_kernels_have() -> None:
    assert owner_of(["awa/x", "awa/y"]) == "awa"
    assert owner_of(["awa/x", "ous/y"]) == ""
    assert owner_of([]) == ""
