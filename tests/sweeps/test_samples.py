"""Tests with a sample of each sweep; the full sweeps are commands."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from nbship.model.target import RUNGS
from tests.support.rungs import here
from tests.support.sampling import sample
from tests.support.workspace import Workspace, serving
from tests.sweeps import clones, notebooks, plans, pushes, rivals, sources, watches, worlds
from tests.sweeps.making_notebooks import NOTEBOOKS, Case, joined
from tests.sweeps.reporting import CheckCase, Verdict, cases, figures, sweep
from tests.sweeps.worlds import End

PASSED, FAILED = End(passed=True, printed=((),)), End(passed=False, error="OSError: x")


@pytest.fixture(autouse=True)
def _no_server_left() -> Iterator[None]:
    yield
    pushes.close()
    plans.close()


@pytest.mark.parametrize(
    ("check_case", "turns", "count"),
    [
        pytest.param(notebooks.check_case, notebooks.TURNS, 20, id="notebooks"),
        pytest.param(sources.check_case, sources.TURNS, 30, id="sources"),
        pytest.param(pushes.check_case, pushes.TURNS, 12, id="pushes"),
        pytest.param(watches.check_case, watches.TURNS, 10, id="watches"),
        pytest.param(plans.check_case, plans.TURNS, 8, id="plans"),
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


def test_of_two_clones_none_replaces_what_it_has_not_seen(tmp_path: Path) -> None:
    played = list(clones.rounds(tmp_path, len(clones.KINDS) - 1, seed=7))
    assert [one.fault for one in played if one.fault] == []
    assert sum(one.made for one in played) >= len(played) // 2


def test_a_notebook_ends_in_a_rehearsal_as_in_a_plain_kaggle(tmp_path: Path) -> None:
    here()
    choose = random.Random(14)  # noqa: S311 - a sample
    several = (case for case in NOTEBOOKS if not case.is_flat and not case.tags)
    quick = [c for c in several if not (c.needs or c.limit or c.installs or c.network)]
    passing = [case for case in quick if not case.error and case.name != "exit-zero"]
    failing = [case for case in quick if case.error.endswith("Error")]
    case = joined("sample-notebook", [*choose.sample(passing, 3), choose.choice(failing)])
    with ThreadPoolExecutor(1) as pool:
        on_kaggle = pool.submit(worlds.truth, case, tmp_path / "plain")
        lab = worlds.adopted(tmp_path / "lab", [case], Workspace.inside)
        found = {
            rung: worlds.rehearse(lab, case, rung, Workspace.inside)
            for rung in sample(RUNGS[::-1], 2)
        }
        expected = on_kaggle.result()
    assert not expected.passed
    for end in found.values():
        assert (worlds.verdict(expected, end), worlds.differences(expected, end)) == ("", [])


@pytest.mark.parametrize(
    ("expected", "found", "figure"),
    [
        (PASSED, FAILED, "false failures"),
        (FAILED, PASSED, "false passes"),
        (FAILED, replace(FAILED, error="OSError: y"), "other differences"),
        (PASSED, replace(PASSED, outputs={"a": "1"}), "other differences"),
        (PASSED, replace(PASSED, printed=(("1",),)), "other differences"),
    ],
)
def test_another_end_than_that_on_kaggle_is_counted(expected: End, found: End, figure: str) -> None:
    counted = dict.fromkeys(worlds.FIGURES, 0)
    case = Case("a", error=expected.error.partition(":")[0])
    assert worlds.judge(case, expected, {"sandbox": found}, counted)
    assert counted == dict.fromkeys(worlds.FIGURES, 0) | {figure: 1}
    assert worlds.judge(case, expected, {"sandbox": expected}, counted) == []


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
