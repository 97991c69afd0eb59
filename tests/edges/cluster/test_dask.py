"""The connection to a cluster that is missing, or does not answer."""

import signal
import sys
from pathlib import Path

import pytest

from nbship.edges.cluster.dask import connected
from nbship.errors import WorkspaceError
from tests.support.clusters import cluster


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkspaceError) as caught, connected("local"):
        pytest.fail("it is connected")
    assert caught.value.diagnostic.hint == "pip install distributed"


def test_a_worker_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with cluster(tmp_path, "one", "two") as found:
        with connected(found.address) as both:
            assert both.threads == 2
        found.workers["one"].send_signal(signal.SIGSTOP)
        with (
            pytest.raises(WorkspaceError, match="not all of its 2 workers answer within 1 s"),
            connected(found.address, patience=1.0),
        ):
            pytest.fail("it is connected")
