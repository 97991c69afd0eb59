"""A sample of the sweeps of forked kernels, which end as plain ones, and when they are killed."""

from pathlib import Path

import pytest

from nbship.edges.rehearsal.isolation import SWITCH
from tests.support.rungs import here
from tests.support.sampling import IS_FULL
from tests.sweeps import warm, warm_kills
from tests.sweeps.making_warm import notebooks

# A process that is stopped is waited for until the timeout of its notebook.
QUICK = [victim for victim in warm_kills.VICTIMS if not victim.endswith("stopped")]


@pytest.fixture(autouse=True)
def _in_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    here()
    monkeypatch.delenv(SWITCH, raising=False)


def test_a_notebook_ends_in_a_forked_kernel_as_in_a_plain_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = warm.compare(list(notebooks(6, seed=3)), [], tmp_path, 2)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("victim", list(warm_kills.VICTIMS) if IS_FULL else QUICK[::3])
def test_a_process_of_forked_rehearsals_that_is_killed_gives_no_wrong_verdict(
    tmp_path: Path, victim: str
) -> None:
    assert warm_kills.play(tmp_path, victim) == ""
