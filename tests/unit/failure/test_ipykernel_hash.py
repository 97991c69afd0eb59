"""The number of a cell equals the one in the file name of the installed ipykernel."""

from hypothesis import given
from hypothesis import strategies as st
from ipykernel.compiler import get_file_name

from nbship.core.failure.ipykernel_hash import cell_number


@given(st.text())
def test_a_cell_has_the_number_that_ipykernel_gives_it(text: str) -> None:
    named: str = get_file_name(text)  # type: ignore[no-untyped-call]
    assert named.endswith(f"/{cell_number(text)}.py")


def test_half_a_surrogate_pair_has_a_number_too() -> None:
    assert cell_number("\ud800") != cell_number("\udc00")
