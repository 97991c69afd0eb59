"""The keys taken over from a kernel-metadata.json: what it means stays, and the rest is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.adoption.kernel_metadata import taken_over
from nbship.core.adoption.taken import Answers
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.scaffold.header_cell import header_cell, ours
from nbship.model.workspace import Source
from tests.support.paths import CORPUS

BASIS = {"id": "awa/train-fula", "title": "Train Fula", "enable_internet": False}
ALL = Answers(owner="awa", gpu="NvidiaTeslaT4")


def keys(raw: dict[str, Any], answers: Answers = ALL) -> dict[str, Any]:
    return dict(taken_over(BASIS | raw, answers).keys)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"enable_gpu": "true"}, {"enable_gpu": True}),
        ({"enable_gpu": "False"}, {}),
        ({"enable_gpu": 1}, {"enable_gpu": True}),
        ({"enable_tpu": None}, {}),
        ({"is_private": "false"}, {"is_private": False}),
        ({"is_private": True}, {}),
        ({"enable_internet": "True"}, {"enable_internet": True}),
        ({"dataset_sources": ["", "a/b", "a/b"]}, {"dataset_sources": ["a/b"]}),
        ({"dataset_sources": "a/b"}, {"dataset_sources": ["a/b"]}),
        (
            {"dataset_sources": ["https://www.kaggle.com/datasets/a/b"]},
            {"dataset_sources": ["a/b"]},
        ),
        ({"competition_sources": ["c/titanic"]}, {"competition_sources": ["titanic"]}),
        ({"kernel_sources": ["code/a/kernel-x"]}, {"kernel_sources": ["a/kernel-x"]}),
        ({"kernel_type": "script"}, {"kernel_type": "script"}),
        ({"kernel_type": "notebook", "language": "python", "code_file": "x.ipynb"}, {}),
        ({"language": "r"}, {}),
        ({"machine_shape": "None"}, {}),
        ({"machine_shape": "NvidiaL4"}, {"machine_shape": "NvidiaL4"}),
        ({"machine_shape": "NvidiaTeslaP100"}, {"machine_shape": "NvidiaTeslaT4"}),
        ({"id_no": "12"}, {"id_no": 12}),
        ({"id_no": 0}, {}),
        ({"docker_image": "", "keywords": []}, {}),
    ],
)
def test_each_form_of_a_value_gets_the_form_of_a_header(
    raw: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = keys(raw)
    assert found == {"id": "awa/train-fula", "title": "Train Fula"} | expected


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("awa/train-fula", "awa/train-fula"),
        ("awa/train-fula/3", "awa/train-fula"),
        ("train-fula", "awa/train-fula"),
        ("https://www.kaggle.com/code/ous/train-fula", "ous/train-fula"),
        ("INSERT_OWNER/train-fula", "awa/train-fula"),
        ("your-username/train-fula", "awa/train-fula"),
    ],
)
def test_an_id_is_completed_by_the_known_owner(kernel: str, expected: str) -> None:
    assert keys({"id": kernel})["id"] == expected


def test_the_title_of_a_slug_in_capitals_is_kept() -> None:
    taken = taken_over(BASIS | {"id": "awa/Train-Fula"}, ALL)
    assert (taken.keys["title"], taken.remarks) == ("Train Fula", ())


@pytest.mark.parametrize(
    ("title", "expected", "says"),
    [
        ("train_fula", "train_fula", ""),
        ("Other", "Train Fula", "would make the slug 'other' and not 'train-fula'"),
        ("t" * 60, "Train Fula", "has a length of 60, and Kaggle accepts 5 to 50"),
        ("", "Train Fula", ""),
    ],
)
def test_a_title_that_kaggle_would_refuse_is_replaced_and_named(
    title: str, expected: str, says: str
) -> None:
    taken = taken_over(BASIS | {"title": title}, ALL)
    assert taken.keys["title"] == expected
    remark = f"the title {title!r} {says}, and becomes 'Train Fula'"
    assert taken.remarks == ((remark,) if says else ())


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ({"id": "train-fula"}, "--owner OWNER"),
        ({"id": "<owner>/train-fula"}, "--owner OWNER"),
        ({"machine_shape": "TpuV38"}, "--gpu NAME"),
        ({"dataset_sources": ["a/INSERT_SLUG"]}, "--set 'INSERT_SLUG=VALUE'"),
        ({"id": "awa/TODO"}, "--set 'TODO=VALUE'"),
    ],
)
def test_what_only_a_person_knows_is_asked_for(raw: dict[str, Any], flag: str) -> None:
    taken = taken_over(BASIS | raw, Answers())
    assert [question.flag for question in taken.questions] == [flag]
    assert ("id" in taken.keys) == ("id" not in raw)


def test_an_answer_fills_each_placeholder() -> None:
    answers = Answers(values={"INSERT_SLUG": "data", "TODO": "train-x"})
    taken = taken_over(BASIS | {"id": "awa/TODO", "dataset_sources": ["a/INSERT_SLUG"]}, answers)
    assert taken.keys["id"] == "awa/train-x"
    assert taken.keys["dataset_sources"] == ["a/data"]
    assert not taken.questions


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"gpu_type": "T4"}, "'gpu_type' is no key"),
        ({"enable_gpu": "maybe"}, "neither true nor false"),
        ({"is_private": "maybe"}, "neither true nor false"),
        ({"dataset_sources": ["only-one"]}, "is not 'owner/dataset'"),
        ({"kernel_type": "app"}, "which Kaggle does not know"),
        ({"id_no": "abc"}, "is no number"),
        ({"competition_sources": ["c/titanic"]}, "'c/titanic' becomes 'titanic'"),
    ],
)
def test_what_is_changed_or_left_out_is_named(raw: dict[str, Any], says: str) -> None:
    assert says in "\n".join(taken_over(BASIS | raw, ALL).remarks)


def test_an_absent_switch_for_the_internet_is_that_of_the_client() -> None:
    taken = taken_over({"id": "awa/train-fula"}, ALL)
    assert taken.keys["enable_internet"] is True
    assert len(taken.remarks) == 1


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8),
    st.sampled_from(["true", "a/b", "TODO", "NvidiaTeslaP100", "", "c/titanic"]),
)  # fmt: skip
NAMES = st.sampled_from([
    "id_no", "language", "kernel_type", "is_private", "enable_gpu", "enable_tpu",
    "enable_internet", "machine_shape", "dataset_sources", "competition_sources",
    "kernel_sources", "model_sources", "keywords", "docker_image", "docker_image_pinning_type",
    "code_file", "other",
])  # fmt: skip


@given(st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=3))))
def test_whatever_a_file_says_the_header_is_valid(raw: dict[str, Any]) -> None:
    taken = taken_over(raw | {"id": "awa/train-fula"}, ALL)
    text = f"# %%\n{header_cell(ours(kaggle=taken.keys))}\n"
    spec = parse_spec(read_header(Source("src_py/x.py", text)))
    assert spec.kaggle is not None
    for key, value in taken.keys.items():
        found = getattr(spec.kaggle, key)
        if not key.startswith("enable_"):  # a machine_shape decides
            assert (list(found) if isinstance(value, list) else found) == value


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_the_metadata_of_real_kernels_are_taken_over() -> None:
    for path in sorted(CORPUS.glob("*/kernel-metadata.json")):
        taken = taken_over(json.loads(path.read_text()), ALL)
        text = f"# %%\n{header_cell(ours(kaggle=taken.keys))}\n"
        assert parse_spec(read_header(Source("src_py/x.py", text))).kaggle, path
        assert not taken.questions


def test_a_word_of_an_existing_kernel_is_no_placeholder() -> None:
    raw = {"id": "awa/username-todo", "dataset_sources": ["awa/your-dataset"]}
    assert taken_over(raw, Answers()).questions
    taken = taken_over(raw, Answers(is_template=False))
    assert taken.questions == ()
    assert taken.keys["id"] == "awa/username-todo"
    assert taken.keys["dataset_sources"] == ["awa/your-dataset"]


def test_a_slug_that_begins_with_my_is_no_placeholder() -> None:
    raw = {"id": "awa/my-kernel", "dataset_sources": ["awa/my-dataset"]}
    assert taken_over(raw, Answers()).questions == ()
