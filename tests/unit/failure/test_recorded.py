"""The place of every recorded failure, for each version of the kernel."""

import pytest

from nbship.core.failure.locate import UNSAID, locate_in_log
from nbship.core.run.log import parse_log
from nbship.core.source.nbjson import cells_of
from nbship.model.failure import Failure
from nbship.model.workspace import Origin
from tests.recorded.failures.recorded import SHAPES, load, recordings
from tests.support.paths import SHARED
from tests.support.usual import executed_artifact

LOGS = SHARED / "corpus" / "logs"
SAID = {  # by the file, for a notebook of one cell, which begins at line 7
    "complete-notebook-tail-2026-06.log": "- - ",
    "failed-notebook-2026-02.log": "src_py/main.py:7 - SystemExit: 2",
    "script-head-2026-07.log": "- - ",
}


def summary(failure: Failure) -> str:
    """Return a failure as ``path:line function error``, the function by its last name."""
    frame = failure.last
    place = f"{frame.path}:{frame.line}" if frame else "-"
    function = ((frame and frame.function) or "-").rpartition(".")[2]
    return f"{place} {function} {failure.error}".removesuffix(UNSAID)


@pytest.mark.parametrize(("kernel", "name"), list(recordings()))
def test_a_recorded_failure_is_brought_back(kernel: str, name: str) -> None:
    recorded = load(kernel, name)
    script = recorded.text if recorded.shape.is_script else ""
    ran = executed_artifact([] if script else cells_of(recorded.text), recorded.line_map, script)
    assert summary(locate_in_log(parse_log(recorded.log), ran)) == recorded.shape.expected(kernel)


@pytest.mark.skipif(not LOGS.is_dir(), reason="the corpus is not part of this repo")
def test_a_log_of_a_real_run_is_brought_back() -> None:
    cell = {"cell_type": "code", "source": "run()", "metadata": {}}
    ran = executed_artifact([cell], (Origin("src_py/main.py", 7),))
    found = {
        path.name: summary(locate_in_log(parse_log(path.read_text(encoding="utf-8")), ran))
        for path in LOGS.glob("*.log")
    }
    assert found == SAID


def test_every_shape_is_recorded_and_nothing_else() -> None:
    assert {name for _, name in recordings()} == set(SHAPES)
    assert len(SHAPES) >= 80
