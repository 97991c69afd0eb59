"""A sample of the kill sweep."""

from pathlib import Path

import pytest

from tests.support.sampling import sample
from tests.sweeps.kills import COMMANDS, kills

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.mark.parametrize("command", sample(list(COMMANDS), 3))
def test_after_a_kill_the_next_command_works(tmp_path: Path, command: tuple[str, ...]) -> None:
    found = list(kills(tmp_path, every=191, commands=[command]))
    assert found
    assert [kill for kill in found if kill.fault] == []
