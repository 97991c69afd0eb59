"""Every recorded failure is brought back to its line, whichever kernel told of it."""

import pytest

from nbship.core.failure import UNSAID, locate_in_log
from nbship.core.log import parse_log
from nbship.core.notebook import cells_of
from nbship.core.ran import Ran
from nbship.model.notebook import Failure
from tests.failures.recorded import load, recordings


def told(failure: Failure) -> str:
    """Return a failure as ``path:line function error``, the function by its last name."""
    frame = failure.last
    place = f"{frame.path}:{frame.line}" if frame else "-"
    function = ((frame and frame.function) or "-").rpartition(".")[2]
    return f"{place} {function} {failure.error}".removesuffix(UNSAID)


@pytest.mark.parametrize(("kernel", "name"), list(recordings()))
def test_a_recorded_failure_is_brought_back(kernel: str, name: str) -> None:
    recorded = load(kernel, name)
    script = recorded.text if recorded.shape.is_script else ""
    ran = Ran([] if script else cells_of(recorded.text), recorded.line_map, script)
    assert told(locate_in_log(parse_log(recorded.log), ran)) == recorded.shape.expected(kernel)
