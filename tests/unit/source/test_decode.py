"""A source's bytes become text, or are refused."""

import pytest

from nbship.core.source.decode import MOST_BYTES, decode
from nbship.errors import SourceError
from tests.support.checked import PATH


def test_a_source_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^src_py/a\.py: more than 4,000,000 bytes$"):
        decode(PATH, b"x" * (MOST_BYTES + 1))
