"""The keys of a kernel on a target: derived ids are a person's own, and never meet."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.metadata.destination import (
    copies_of,
    following,
    is_named,
    kernel_on,
    personal_id,
    refuse_wrong_keys,
    shared_sources,
    spec_on,
)
from nbship.core.metadata.titles import fits
from nbship.errors import WorkspaceError
from nbship.model.spec import KaggleSpec
from nbship.model.target import BUILT_IN, Followed, Person, Target

DEV = BUILT_IN["dev"]
AMADOU = Person("Amadou", "amadou")
TABLE = "[tool.nbship.targets.lab.kaggle]"
GUEST = Person("Amadou", "ous-sow")  # works with the account of the team
SLUGS = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,9}){0,7}", fullmatch=True).map(
    lambda s: s[:50].strip("-")
)
KERNELS = st.builds("{}/{}".format, st.sampled_from(["ous-sow", "awa", "amadou"]), SLUGS)


def kernel(**keys: Any) -> KaggleSpec:
    given = {"id": "ous-sow/sahel-trainer", "title": "Sahel Trainer", **keys}
    return KaggleSpec(**given)


@pytest.mark.parametrize(
    ("person", "id_", "title"),
    [
        (AMADOU, "amadou/sahel-trainer-dev", "Sahel Trainer dev"),
        (GUEST, "ous-sow/sahel-trainer-dev-amadou", "Sahel Trainer dev Amadou"),
        (Person("Amadou Ba", "Ous-Sow"), "Ous-Sow/sahel-trainer-dev-amadou-ba",
         "Sahel Trainer dev Amadou Ba"),
        (Person("ɓ", "ous-sow"), "ous-sow/sahel-trainer-dev-me", "Sahel Trainer Dev Me"),
        (Person("", ""), "ous-sow/sahel-trainer-dev-me", "Sahel Trainer Dev Me"),
    ],
)  # fmt: skip
def test_a_personal_kernel_is_the_persons_own(person: Person, id_: str, title: str) -> None:
    spec = spec_on(DEV, kernel(id_no=7, is_private=False), person, ["ous-sow/sahel-trainer"])
    if person.name != "ɓ":  # unidecode knows the letter
        assert (spec.id, spec.title) == (id_, title)
    assert (spec.is_private, spec.id_no) == (True, None)


def test_the_number_goes_with_the_shared_kernel_alone() -> None:
    spec = kernel(id_no=7)
    assert spec_on(BUILT_IN["main"], spec, AMADOU, []) is spec
    for target in (BUILT_IN["local"], Target("main", remote="local"), Target("lab")):
        assert spec_on(target, spec, AMADOU, []) == kernel()


def test_a_target_has_other_values_for_keys() -> None:
    target = Target("big", keys={"machine_shape": "NvidiaTeslaT4", "enable_internet": "True"})
    spec = spec_on(target, kernel(), AMADOU, [])
    assert spec == kernel(machine_shape="NvidiaTeslaT4", enable_internet=True)


@given(st.sets(KERNELS, min_size=1, max_size=8), st.sampled_from([AMADOU, GUEST]), st.data())
def test_derived_ids_are_valid_and_differ_from_each_other_and_from_every_kernel(
    kernels: set[str], person: Person, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["dev", "a-target-with-a-very-long-name-indeed"]))
    target = Target(name, personal=True)
    ids = {each: personal_id(target, each, person, kernels) for each in kernels}
    assert len({id_.casefold() for id_ in ids.values()}) == len(kernels)
    assert not set(ids.values()) & kernels
    for each, id_ in ids.items():
        owner, slug = id_.split("/")
        assert owner == person.user
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert 5 <= len(slug) <= 50
        spec = spec_on(target, kernel(id=each, title="T"), person, kernels)
        assert (spec.id, fits(spec.title, slug)) == (id_, True)
        assert kernel_on(target, each, person, kernels) == id_
        assert kernel_on(Target("lab"), each, person, kernels) == each


def test_kernels_that_would_have_the_same_copy_have_copies_of_their_own() -> None:
    kernels = ["ous-sow/x", "awa/x", "amadou/y-dev", "ous-sow/y", "ous-sow/z"]
    ids = {kernel: personal_id(DEV, kernel, AMADOU, kernels) for kernel in kernels}
    assert ids["ous-sow/z"] == "amadou/z-dev"
    for kernel in ("ous-sow/x", "awa/x", "ous-sow/y"):
        slug = kernel.partition("/")[2]
        assert re.fullmatch(rf"amadou/{slug}-[0-9a-f]{{6}}-dev", ids[kernel]), ids
    assert len(set(ids.values()) | set(kernels)) == 2 * len(kernels)


def test_people_with_the_same_account_have_kernels_of_their_own() -> None:
    people = ("awa", "Amadou", "a" * 40, "a" * 41)
    ids = {personal_id(DEV, "ous-sow/x", Person(name, "ous-sow"), []) for name in people}
    assert len(ids) == len(people)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"machine_shap": ""}, f"unknown key 'machine_shap' in {TABLE}; did you mean 'machine_s"),
        ({"id": "a/b"}, f"id cannot be in {TABLE}"),
        ({"id_no": 7}, f"id_no cannot be in {TABLE}"),
        ({"kernel_type": "script"}, f"kernel_type cannot be in {TABLE}"),
        ({"enable_gpu": 1}, f"enable_gpu in {TABLE} must be true or false, not 1"),
        ({"model_sources": ["x"]}, f"model_sources in {TABLE} has 'x', which is not "),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_target_is_named(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        refuse_wrong_keys(Target("lab", keys=keys))
    assert str(caught.value).startswith(f"pyproject.toml: {message}")


def test_right_keys_of_a_target_are_taken() -> None:
    refuse_wrong_keys(Target("lab", keys={"enable_gpu": "true", "kernel_sources": ["a/b", ""]}))


# --- the sources of a personal kernel -------------------------------------------------------------

TEAM = ("ous-sow/sahel-trainer", "ous-sow/sahel-data", "awa/words")


def test_the_kernel_sources_of_the_workspace_have_copies_on_a_personal_target() -> None:
    sources = ("Ous-Sow/Sahel-Data", "other/kernel", "awa/words", "", "awa/words/3")
    spec = spec_on(DEV, kernel(kernel_sources=sources), AMADOU, TEAM)
    assert copies_of(DEV, spec, AMADOU, TEAM) == (
        ("Ous-Sow/Sahel-Data", "amadou/sahel-data-dev"),
        ("awa/words", "amadou/words-dev"),
    )
    for target in (BUILT_IN["main"], BUILT_IN["local"], Target("lab")):
        assert copies_of(target, kernel(kernel_sources=sources), AMADOU, TEAM) == ()


def test_only_a_copy_that_can_be_read_takes_the_place_of_a_source() -> None:
    spec = kernel(kernel_sources=("awa/words", "other/kernel", "ous-sow/sahel-data"))
    follows = (
        Followed("awa/words", "amadou/words-dev"),
        Followed("ous-sow/sahel-data", "amadou/sahel-data-dev", "it has no run"),
    )
    expected = ("amadou/words-dev", "other/kernel", "ous-sow/sahel-data")
    assert following(spec, follows) == kernel(kernel_sources=expected)
    assert following(spec, ()) == spec


@given(st.sets(KERNELS, min_size=1, max_size=6), st.sampled_from([AMADOU, GUEST]))
def test_the_shared_kernels_are_found_again_from_their_copies(
    kernels: set[str], person: Person
) -> None:
    names = sorted(kernels)
    spec = kernel(kernel_sources=tuple(names))
    follows = [Followed(*pair) for pair in copies_of(DEV, spec, person, names)]
    used = following(spec, follows).kernel_sources
    assert shared_sources(DEV, used, person, names) == tuple(names)
    assert shared_sources(DEV, [each.upper() for each in used], person, names) == tuple(names)
    assert shared_sources(DEV, ("other/x", *names), person, names) == ("other/x", *names)
    assert shared_sources(BUILT_IN["main"], used, person, names) == used


@pytest.mark.parametrize(
    ("code", "is_there"),
    [
        ("open('/kaggle/input/notebooks/ous-sow/sahel-data/x.csv')", True),
        ("open('../input/sahel-data/x.csv')", True),
        ('Path("/kaggle/input") / "Sahel-Data"', True),
        ("import sahel_data", True),
        ("from sahel_data import words", True),
        ("sahel-data", True),
        ("glob('/kaggle/input/notebooks/*/sahel-data*/x.csv')", False),
        ("glob('/kaggle/input/notebooks/*/sahel-data?dev/x.csv')", False),
        ("glob('/kaggle/input/notebooks/*/sahel-data[!x]/x.csv')", False),
        ("open('/kaggle/input/notebooks/ous-sow/sahel-data-dev/x.csv')", False),
        ("open('/kaggle/input/my-sahel-data/x.csv')", False),
        ("sahel_data2 = sahel_database = 1", False),
        ("sahel data", False),
        ("", False),
    ],
)
def test_code_names_a_source_by_its_folder_or_its_module(code: str, *, is_there: bool) -> None:
    assert is_named("ous-sow/sahel-data", code) == is_there
    assert is_named("Ous-Sow/Sahel-Data", code) == is_there
