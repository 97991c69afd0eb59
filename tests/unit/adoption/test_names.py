"""The NAMEs of adopted notebooks: short, allowed, and different on every system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.adoption.names import names_for
from nbship.core.workspace.names import fault_of_name

PARTS = st.text("abAB _(?", min_size=1, max_size=3)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".ipynb")


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["notebooks/trainer/trainer.ipynb"], ["trainer"]),
        (["a/train.ipynb", "b/train.ipynb"], ["a/train", "b/train"]),
        (["My analysis (final).ipynb"], ["My_analysis_final"]),
        (["a.ipynb", "x/a/b.ipynb"], ["a", "b"]),
        (["a.ipynb", "old/a.ipynb"], ["a", "old/a"]),
        (["b/a.ipynb", "x/b/a.ipynb"], ["b/a", "x/b/a"]),
    ],
)
def test_a_name_is_the_stem_with_its_folder_where_two_meet(
    paths: list[str], names: list[str]
) -> None:
    assert [names_for(paths)[path] for path in paths] == names


def test_a_name_that_is_taken_gets_its_folder_and_one_without_a_way_out_none() -> None:
    assert names_for(["x/Train.ipynb"], ["train"]) == {"x/Train.ipynb": "x/Train"}
    assert names_for(["train.ipynb"], ["train"]) == {}
    assert names_for(["train/x.ipynb", "x.ipynb"], ["train"]) == {"x.ipynb": "x"}


@given(st.sets(PATHS, max_size=8), st.sets(st.sampled_from(["a", "b/a"]), max_size=2))
def test_all_names_are_allowed_and_none_is_the_folder_of_another(
    paths: set[str], taken: set[str]
) -> None:
    named = names_for(paths, taken)
    assert named.keys() <= paths
    names = [f"{name.casefold()}/" for name in named.values()]
    others = [f"{name.casefold()}/" for name in taken]
    for at, name in enumerate(names):
        assert not fault_of_name(name.rstrip("/"))
        for other in (*names[:at], *names[at + 1 :], *others):
            assert not name.startswith(other)
            assert not other.startswith(name)
    assert names_for(paths, taken) == named
    for path in paths - named.keys():
        name = f"{path.removesuffix('.ipynb').casefold()}/"
        is_free = not any(name.startswith(o) or o.startswith(name) for o in (*names, *others))
        assert fault_of_name(name.rstrip("/")) or not is_free
