"""A source's bytes become text, or are refused."""

import pytest

from nbship.core.source.decode import MOST_BYTES, decode, linked
from nbship.diagnostics import Place
from nbship.errors import SourceError
from tests.support.checked import PATH


def test_a_source_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^src_py/a\.py: more than 4,000,000 bytes$") as error:
        decode(PATH, b"x" * (MOST_BYTES + 1))
    assert error.value.hint == "Kaggle accepts 1,000,000. Move data into a dataset."


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("src_py/a/m.py", "it is a link, and git keeps where a link leads, not what is there"),
        ("src_py/a", "src_py/a is a link, and git keeps where a link leads, not what is there"),
    ],
)
def test_a_link_is_named_where_it_is_in_the_way(link: str, message: str) -> None:
    error = linked("src_py/a/m.py", link)
    assert (error.message, error.place) == (message, Place("src_py/a/m.py"))
    assert error.diagnostic.code == "link"
