"""Samples of the sweeps of kills."""

from pathlib import Path

import pytest

from tests.support.sampling import sample
from tests.sweeps.kills import COMMANDS, kills
from tests.sweeps.settles import ACTS, settles


@pytest.mark.parametrize("command", sample(list(COMMANDS), 6))
def test_after_a_kill_the_next_command_works(tmp_path: Path, command: tuple[str, ...]) -> None:
    found = list(kills(tmp_path, every=191, commands=[command]))
    assert found
    assert [kill for kill in found if kill.fault] == []


@pytest.mark.parametrize("act", sample(list(ACTS), 2))
def test_after_a_kill_the_next_command_settles_what_was_begun(tmp_path: Path, act: str) -> None:
    found = list(settles(tmp_path, act, seed=3, every=20))
    assert {case.answered for case in found} == {True, False}
    assert [case for case in found if case.fault] == []
