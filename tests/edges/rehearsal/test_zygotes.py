"""Which zygote forks a kernel: one that has imported nothing that the notebook does not import."""

from hypothesis import given
from hypothesis import strategies as st

from nbship.edges.rehearsal.zygotes import imported_for

MODULES = st.sets(st.sampled_from(["numpy", "pandas", "scipy", "matplotlib"])).map(sorted)


@given(st.lists(MODULES), st.integers(1, 4))
def test_a_kernel_gets_no_module_that_its_notebook_does_not_import(
    notebooks: list[list[str]], most: int
) -> None:
    known: set[tuple[str, ...]] = set()
    for modules in notebooks:
        key = imported_for(modules, known, most)
        assert {*key} <= {*modules}
        known.add(key)
    assert len(known) <= most


def test_a_zygote_with_some_of_the_modules_is_better_than_one_without() -> None:
    known = [("numpy",), ("numpy", "pandas"), ("scipy",)]
    assert imported_for(["pandas", "numpy"], known, 4) == ("numpy", "pandas")
    assert imported_for(["pandas", "scipy", "numpy"], known, 4) == ("numpy", "pandas")
    assert imported_for(["seaborn"], known, 4) == ()
    assert imported_for(["seaborn"], known, 5) == ("seaborn",)
