"""Tests of the settings in three versions: what is an edit, and what Kaggle changes by itself."""

from dataclasses import asdict
from typing import Any, get_args

import pytest

from nbship.core.drift.settings import CLASSES, Edit, Merged, Three, header_keys, merged
from nbship.model.spec import Drift, KaggleSpec, keys_of

SENT = asdict(KaggleSpec(id="awa/tiny-kernel", title="Tiny Kernel"))


def settings(**changes: Any) -> dict[str, Any]:
    return SENT | changes


def of(
    base: dict[str, Any] | None, ours: dict[str, Any], theirs: dict[str, Any], **more: Any
) -> Merged:
    """Return the comparison of versions that differ from the usual one in some keys."""
    sent = None if base is None else settings(**base)
    return merged(Three(settings(**ours), settings(**theirs), sent, **more))


def test_each_key_has_a_class() -> None:
    assert CLASSES.keys() == keys_of(KaggleSpec).keys()
    assert set(CLASSES.values()) == set(get_args(Drift))
    assert [key for key, kind in CLASSES.items() if kind == "identity"] == [
        "id", "id_no", "language", "kernel_type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "reported"),
    [
        ({}, {"id_no": 5, "docker_image": "gcr.io/image@sha256:1"}),
        ({}, {"machine_shape": "None", "docker_image_pinning_type": "latest"}),
        ({"docker_image_pinning_type": "original"}, {}),
        ({"machine_shape": "NvidiaTeslaT4"}, {"enable_gpu": True, "machine_shape": ""}),
        ({"enable_gpu": True}, {"enable_gpu": True, "machine_shape": "NvidiaTeslaT4"}),
        ({"machine_shape": "NvidiaL4"}, {"enable_gpu": True, "machine_shape": "NvidiaL4"}),
        ({"enable_tpu": True}, {"enable_tpu": True, "machine_shape": "TpuV5E8"}),
        (
            {"machine_shape": "NvidiaTeslaP100"},
            {"machine_shape": "NvidiaTeslaT4", "enable_gpu": True, "keywords": ["gpu"]},
        ),
        ({"keywords": ("no such tag", "data-cleaning")}, {"keywords": ["Data cleaning"]}),
        (
            {"dataset_sources": ("Awa/Voices/3", "b/c")},
            {"dataset_sources": ["b/c", "awa/voices", ""]},
        ),
        ({"competition_sources": ("titanic",)}, {"competition_sources": ["competitions/titanic"]}),
        ({"language": "python"}, {"language": "rmarkdown"}),
    ],
)
def test_what_kaggle_changes_by_itself_is_no_edit(
    sent: dict[str, Any], reported: dict[str, Any]
) -> None:
    assert of(sent, sent, reported) == Merged()
    if "no such tag" not in str(sent):  # nobody knows whether it was added here
        assert of(reported, sent, reported, seen=settings(**reported)) == Merged()


def test_what_the_service_does_not_tell_is_no_edit() -> None:
    assert merged(Three(settings(enable_internet=True), {}, settings())) == Merged()
    ours = {"enable_internet": True, "docker_image": ""}
    assert of(ours, ours, {"enable_internet": None, "docker_image": None}).ours == ()


def test_an_edit_is_taken_and_a_change_here_stays() -> None:
    found = of({}, {"is_private": False}, {"enable_internet": True})
    assert found.edits == (Edit("enable_internet", base=False, ours=False, theirs=True),)
    assert found.ours == ("is_private",)
    assert found.edits[0].words == "enable_internet: false → true"
    assert of({}, {"enable_internet": True}, {"enable_internet": True}).edits == ()


def test_another_value_on_both_sides_is_a_conflict() -> None:
    shapes = [{"machine_shape": shape} for shape in ("NvidiaTeslaT4", "NvidiaL4", "NvidiaH100")]
    found = of(*shapes).edits
    assert found == (
        Edit("machine_shape", "NvidiaTeslaT4", "NvidiaL4", "NvidiaH100", is_conflict=True),
    )
    assert of(None, {"is_private": False}, {"machine_shape": "NvidiaL4"}).ours == ()
    unknown = of(None, {}, {"is_private": False, "machine_shape": "NvidiaL4"})
    assert [(edit.key, edit.base, edit.is_conflict) for edit in unknown.edits] == [
        ("is_private", None, True), ("machine_shape", None, True),
    ]  # fmt: skip


def test_entries_of_lists_that_either_side_adds_or_removes() -> None:
    found = of(
        {"dataset_sources": ("a/b", "c/d", "x/y")},
        {"dataset_sources": ("a/b", "c/d", "e/f")},
        {"dataset_sources": ["x/y", "g/h", "c/d"]},
    )
    (edit,) = found.edits
    assert edit.theirs == ("c/d", "e/f", "g/h")
    assert not edit.is_conflict
    assert edit.words == "dataset_sources: +g/h, -a/b"
    both = of(None, {"keywords": ("audio",)}, {"keywords": ["gpu", "music"]}).edits
    assert [edit.theirs for edit in both] == [("audio", "music")]


def test_an_entry_that_kaggle_had_left_out_was_not_removed() -> None:
    lists = {"dataset_sources": ("a/b", "lost/one")}
    seen = settings(dataset_sources=["a/b"])
    assert of(lists, lists, {"dataset_sources": ["a/b"]}, seen=seen) == Merged()
    (edit,) = of(lists, lists, {"dataset_sources": []}, seen=seen).edits
    assert edit.theirs == ("lost/one",)
    words = {"keywords": ("audio", "music")}
    (edit,) = of(words, words, {"keywords": ["music"]}, seen=settings(**words)).edits
    assert edit.theirs == ("music",)


def test_another_version_of_a_source_is_an_edit_if_ours_has_not_changed() -> None:
    base = {"model_sources": ("a/m/py/v/1",), "dataset_sources": ("a/b/1",)}
    theirs = {"model_sources": ["a/m/py/v/2"], "dataset_sources": ["a/b/2"]}
    found = [edit.theirs for edit in of(base, base, theirs).edits]
    assert found == [("a/b/2",), ("a/m/py/v/2",)]
    ours = {**base, "dataset_sources": ("a/b/5",)}
    assert not [edit for edit in of(base, ours, theirs).edits if edit.key == "dataset_sources"]


def test_what_no_header_can_hold_is_told() -> None:
    found = of({}, {}, {"title": "Another kernel", "dataset_sources": ["a b", "c/d"]})
    assert [edit.theirs for edit in found.edits] == [("c/d",)]
    assert list(found.remarks) == [
        f"{what} on the service, which {why}: it is left out"
        for what, why in (
            (
                "the title is 'Another kernel'",
                "would make the slug 'another-kernel' and not 'tiny-kernel'",
            ),
            ("dataset_sources has 'a b'", "no header can hold"),
        )
    ]
    renamed = of({}, {}, {"title": "TINY kernel"})
    assert [edit.theirs for edit in renamed.edits] == ["TINY kernel"]
    assert of({}, {}, {"title": ""}) == Merged()


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("", {"machine_shape": None, "enable_gpu": None, "enable_tpu": None}),
        ("gpu", {"machine_shape": None, "enable_gpu": True, "enable_tpu": None}),
        ("NvidiaL4", {"machine_shape": "NvidiaL4", "enable_gpu": None, "enable_tpu": None}),
    ],
)
def test_an_accelerator_is_one_key_of_a_header(value: str, keys: dict[str, object]) -> None:
    assert dict(header_keys(Edit("machine_shape", "", "", value), value)) == keys


@pytest.mark.parametrize(
    ("key", "value", "theirs"),
    [("machine_shape", "NvidiaL4", "NvidiaL4"), ("enable_gpu", True, "gpu"),
     ("enable_tpu", True, "tpu")],
)  # fmt: skip
def test_any_key_of_an_accelerator_tells_it(key: str, value: object, theirs: str) -> None:
    found = merged(Three(settings(), {key: value}, settings()))
    assert found == Merged((Edit("machine_shape", "", "", theirs),))


def test_a_shape_of_the_kind_that_was_sent_is_no_change_here() -> None:
    sent, ours = {"enable_gpu": True}, {"machine_shape": "NvidiaL4"}
    assert of(sent, ours, {}) == Merged((Edit("machine_shape", "NvidiaL4", "NvidiaL4", ""),))


def test_an_image_that_was_sent_is_compared() -> None:
    one, other = {"docker_image": "image:1"}, {"docker_image": "image:2"}
    assert [edit.theirs for edit in of(one, one, other).edits] == ["image:2"]
    assert [edit.theirs for edit in of(one, one, {"docker_image": ""}).edits] == [None]


def test_an_accelerator_that_only_ours_changes_is_kept() -> None:
    base, ours = {"enable_gpu": True}, {"machine_shape": "TpuV5E8"}
    found = of(base, ours, {"enable_gpu": True, "machine_shape": "NvidiaTeslaT4"})
    assert found == Merged(ours=("machine_shape",))


def test_an_image_that_only_ours_names_has_changed_here() -> None:
    reported = {"docker_image": "kaggle:5"}
    assert of({}, {"docker_image": "image:1"}, reported) == Merged(ours=("docker_image",))
    assert of(None, {}, reported) == Merged()
    (edit,) = of(None, {"docker_image": "image:1"}, reported).edits
    assert edit.is_conflict


@pytest.mark.parametrize("word", ["gpu", "tpu"])
def test_a_keyword_that_kaggle_adds_counts_if_ours_has_it(word: str) -> None:
    assert of({}, {}, {"keywords": [word]}) == Merged()
    with_gpu = {"keywords": (word,)}
    assert of(with_gpu, with_gpu, with_gpu, seen=settings(**with_gpu)) == Merged()
    assert of({"keywords": ["gpu", "audio"]}, {"keywords": ["audio"]}, {"keywords": ["audio"]}) == (
        Merged()
    )
    base = {"keywords": ["gpu", "audio"]}
    assert of(base, {"keywords": ["audio"]}, base, seen=settings(**base)) == Merged()
    added = {"keywords": ["audio", "gpu", "music"]}
    assert of(base, added, base, seen=settings(**base)).ours == ("keywords",)
    assert of(base, {}, base, seen=settings(**base)).ours == ("keywords",)


def test_a_source_that_both_add_is_the_one_of_ours() -> None:
    both = of({}, {"dataset_sources": ("a/b/2",)}, {"dataset_sources": ["a/b"]})
    assert both == Merged()


def test_a_version_of_a_source_that_only_the_service_names_is_an_edit_once() -> None:
    base, theirs = {"dataset_sources": ("a/b/1",)}, {"dataset_sources": ["a/b/1"]}
    assert of(base, {"dataset_sources": ("a/b/2",)}, theirs).edits == ()
    assert of({}, {}, {"dataset_sources": ["a/b/1"]}).edits[0].theirs == ("a/b/1",)
    assert of(base, {}, {"dataset_sources": ["a/b/2"]}).edits == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "is_edit"),
    [
        ("gpu", "NvidiaL4", False),
        ("tpu", "TpuV6E8", False),
        ("gpu", "TpuV6E8", True),
        ("tpu", "NvidiaL4", True),
        ("gpu", "", True),
        ("", "NvidiaL4", True),
        ("NvidiaL4", "NvidiaH100", True),
    ],
)
def test_another_accelerator_is_an_edit(ours: str, theirs: str, *, is_edit: bool) -> None:
    def named(shape: str) -> dict[str, Any]:
        return {f"enable_{shape}": True} if shape in ("gpu", "tpu") else {"machine_shape": shape}

    assert bool(of(named(ours), named(ours), named(theirs)).edits) == is_edit
    assert bool(of(named(ours), named(theirs), named(ours)).ours) == is_edit
