"""The connection to a cluster, where the library is missing."""

import sys

import pytest

from nbship.edges.cluster.dask import connected
from nbship.errors import WorkspaceError


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkspaceError) as caught, connected("local"):
        pytest.fail("it is connected")
    assert caught.value.diagnostic.hint == "pip install distributed"
