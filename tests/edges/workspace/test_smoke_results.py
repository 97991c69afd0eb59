"""The results of rehearsals on the disk: what the status tells of the last one."""

from pathlib import Path

import pytest

from nbship.edges.workspace import smoke_results
from nbship.model.notebook import FailedRehearsal, SmokeResult
from nbship.model.workspace import Workspace

PASSED = SmokeResult(
    "d1", {"N": 1}, 2.5, rung="sandbox", left_out=("cell 3",), runtime="Python 3.11.7"
)
FAILED = FailedRehearsal("d2", "src_py/a.py:3: ValueError: no", "shim", 1.0)


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path.resolve(), tmp_path / "inputs")


def test_a_failure_stays_until_a_rehearsal_passes_as_a_whole(lab: Workspace) -> None:
    assert smoke_results.last(lab, "a") == (None, 0.0)
    assert smoke_results.last_failed(lab, "a") == (None, 0.0)
    smoke_results.save_failed(lab, "a", FAILED)
    smoke_results.save(lab, "a", SmokeResult("d2", {}, 1.0, partial="ended after cell 1"))
    failed, at = smoke_results.last_failed(lab, "a")
    assert failed == FAILED
    assert at == pytest.approx(lab.path(lab.layout.failed_rehearsal("a")).stat().st_mtime)

    smoke_results.save(lab, "a", PASSED)
    assert smoke_results.last_failed(lab, "a") == (None, 0.0)
    found, at = smoke_results.last(lab, "a")
    assert found == PASSED
    assert at > 0
    assert smoke_results.last_failed(lab, "a.failed") == (None, 0.0)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"digest": 1, "message": "", "rung": "", "seconds": 1}', b"[" * 100_000,
     b'{"digest": "", "message": "", "rung": "", "seconds": "1"}', b'{"weather": "harmattan"}'],
    ids=range(6),
)  # fmt: skip
def test_a_damaged_failure_counts_as_none(lab: Workspace, data: bytes) -> None:
    path = lab.path(lab.layout.failed_rehearsal("a"))
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert smoke_results.last_failed(lab, "a") == (None, 0.0)


def test_where_a_failure_cannot_be_saved_it_is_told_all_the_same(lab: Workspace) -> None:
    lab.path(".nbship").mkdir()
    lab.path(".nbship/smoked").write_text("a file in place of the folder")
    smoke_results.save_failed(lab, "a", FAILED)
    assert smoke_results.last_failed(lab, "a") == (None, 0.0)
