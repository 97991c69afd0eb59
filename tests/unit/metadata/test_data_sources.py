"""The lists of data sources: only names of the right form, and a prefix too many is explained."""

import json
from dataclasses import replace

import pytest

from nbship.core.metadata.data_sources import is_utility, kernel_mount, mounts, utility_mounts
from nbship.model.spec import KaggleSpec
from tests.support.headers import KAGGLE, MARK, kaggle, refused


@pytest.mark.parametrize(
    ("key", "items"),
    [
        (
            "dataset_sources",
            ["a", "a/b/c/d", "a/", "/b", "a/..", "../b", "a/.", "a\\b/c", "a/b\t"],
        ),
        ("competition_sources", ["titanic/x", ".."]),
        ("kernel_sources", ["b", "x/a/b/3", "a//b", "a/.."]),
        ("model_sources", ["a/b", "a/b/c/d", "x/a/b/c/d/1", "a/b/../d/1"]),
        ("keywords", [" a", "a\t", " "]),
    ],
)
def test_a_list_of_sources_has_only_names_of_the_right_form(key: str, items: list[str]) -> None:
    good = {
        "dataset_sources": "a/b", "competition_sources": "titanic", "kernel_sources": "a/upstream",
        "model_sources": "a/b/c/d/1", "keywords": "audio",
    }[key]  # fmt: skip
    for item in items:
        error = refused(f"{KAGGLE}{key} = {json.dumps([good, item])} {MARK}")
        assert error.message.startswith(f"{key} has {item!r}, which is not ")


@pytest.mark.parametrize(
    ("key", "item", "right"),
    [
        ("dataset_sources", "datasets/google/fleurs", "google/fleurs"),
        ("dataset_sources", "https://www.kaggle.com/datasets/google/fleurs", "google/fleurs"),
        ("dataset_sources", "kaggle.com/datasets/google/fleurs/data", "google/fleurs"),
        ("competition_sources", "c/titanic", "titanic"),
        ("competition_sources", "competitions/titanic", "titanic"),
        ("competition_sources", "https://www.kaggle.com/competitions/titanic/data", "titanic"),
        ("kernel_sources", "code/awa/upstream", "awa/upstream"),
        ("kernel_sources", "notebooks/awa/upstream", "awa/upstream"),
        ("kernel_sources", "kernels/awa/upstream", "awa/upstream"),
        (
            "model_sources",
            "models/google/gemma/transformers/2b/2",
            "google/gemma/transformers/2b/2",
        ),
    ],
)
def test_a_prefix_too_many_is_explained_with_the_right_form(
    key: str, item: str, right: str
) -> None:
    error = refused(f'{KAGGLE}{key} = ["{item}"] {MARK}')
    assert (error.diagnostic.code, error.hint, error.diagnostic.near) == (
        "source-prefix",
        f'Write "{right}".',
        item,
    )
    assert getattr(kaggle(f'{key} = ["{right}"]'), key) == (right,)


def test_a_prefix_before_nothing_whole_has_no_right_form() -> None:
    error = refused(f'{KAGGLE}kernel_sources = ["code/awa"] {MARK}')
    assert (error.diagnostic.code, error.hint) == ("source-prefix", "")


def test_each_source_is_mounted_by_its_name_without_its_version() -> None:
    spec = KaggleSpec(
        id="a/bcdef", title="Bcdef", dataset_sources=("o/data/3",), kernel_sources=("o/kernel",),
        competition_sources=("titanic",), keywords=("gpu",),
    )  # fmt: skip
    assert list(mounts(spec)) == [
        ("datasets/o/data", "o/data/3"),
        ("competitions/titanic", "titanic"),
        ("notebooks/o/kernel", "o/kernel"),
    ]


def test_a_utility_script_is_a_script_with_the_tag_in_one_of_its_forms() -> None:
    script = KaggleSpec("awa/my-tools", "My Tools", kernel_type="script", keywords=("util-script",))
    assert is_utility(script)
    assert is_utility(replace(script, keywords=("nlp", "Utility Script")))
    assert not is_utility(replace(script, keywords=("nlp",)))
    assert not is_utility(replace(script, kernel_type="notebook"))
    assert utility_mounts("awa/my-tools") == (
        "usr/lib/notebooks/awa/my_tools", "usr/lib/my_tools",
    )  # fmt: skip
    assert kernel_mount("awa/my-tools/3") == "notebooks/awa/my-tools"
