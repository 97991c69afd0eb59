"""Tests with a sample of each sweep; the full sweeps are commands."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.workspace import serving
from tests.sweeps import notebooks, pushes, rivals, sources, watches
from tests.sweeps.reporting import CheckCase, Verdict, cases, figures, sweep


@pytest.fixture(autouse=True)
def _no_server_left() -> Iterator[None]:
    yield
    pushes.close()


@pytest.mark.parametrize(
    ("check_case", "turns", "count"),
    [
        pytest.param(notebooks.check_case, notebooks.TURNS, 20, id="notebooks"),
        pytest.param(sources.check_case, sources.TURNS, 30, id="sources"),
        pytest.param(pushes.check_case, pushes.TURNS, 12, id="pushes"),
        pytest.param(watches.check_case, watches.TURNS, 10, id="watches"),
    ],
)
def test_what_is_generated_is_kept_whole_or_refused_with_a_reason(
    check_case: CheckCase, turns: tuple[str, ...], count: int
) -> None:
    verdicts = sweep(check_case, turns, count, seed=7)
    assert [verdict for verdict in verdicts if verdict.fault] == []
    assert all(verdict.accepted or verdict.reason for verdict in verdicts)
    refused = [v for v in verdicts if v.kind == "ordinary" and not v.accepted]
    assert len(refused) <= count // 100, refused


@pytest.mark.parametrize("sweep_of", [notebooks, sources])
def test_git_and_a_jupyter_server_take_what_sync_accepts(sweep_of: ModuleType) -> None:
    kinds, seeds = cases(sweep_of.TURNS, 2, seed=8)
    verdicts = list(sweep_of.check_with_programs(kinds, seeds))
    assert [verdict for verdict in verdicts if verdict.fault] == []
    assert all(verdict.accepted for verdict in verdicts if verdict.kind == "ordinary")


def test_of_pushes_at_once_one_makes_a_version_and_the_others_hear_why(tmp_path: Path) -> None:
    lab = rivals.make_rivals(tmp_path)
    with serving(lab) as up:
        played = rivals.play(lab, up, 4)
    assert (played.fault, played.pushed, played.locked + played.running) == ("", 1, 3)


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("nasty", "1/1", accepted=True, fault="JupyterLab reads other cells"),
        Verdict("ordinary", "1/0", reason="refused, as more than a few ordinary ones are"),
    ],
)
def test_a_fault_or_too_many_refusals_fail_the_sweep(
    verdict: Verdict, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [Verdict("ordinary", "1/2", accepted=True), verdict]
    assert figures(seen, ["nasty", "ordinary"]) == 1
    assert "ordinary: " in capsys.readouterr().out
    assert figures(seen[:1], ["ordinary"]) == 0
