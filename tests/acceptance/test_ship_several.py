"""Tests of a ship of several kernels: their order, at the same time, and how it is ended."""

import json
import re
import signal
from functools import partial

import pytest

from tests.support.polling import until
from tests.support.shipping import FAILS, WAITS, begun, gates, kernel, let_go, versions
from tests.support.workspace import CommandResult, Local, Workspace

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("up")]

FRONTS = ("doit", "nbship")
QUICK = ("-t", "local", "--allow-unsmoked")


@pytest.fixture
def lab(bare: Workspace) -> Workspace:
    """Return a workspace without a kernel."""
    bare.commit()
    return bare


def ship(lab: Workspace, front: str, *names: str) -> CommandResult:
    if front == "nbship":
        return lab.nbship("ship", *names, *QUICK)
    tasks = [word for name in names for word in (f"ship:{name}", *QUICK)]
    return lab.doit(*(tasks or ("ship", *QUICK)))


def command(front: str, *names: str) -> tuple[str, ...]:
    if front == "nbship":
        return ("nbship", "ship", *names, *QUICK)
    return ("doit", *(word for name in names for word in (f"ship:{name}", *QUICK)))


@pytest.mark.parametrize("front", FRONTS)
def test_each_kernel_runs_after_what_it_reads_and_only_what_needs_a_failed_one_is_left(
    lab: Workspace, front: str
) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root")
    kernel(lab, "right", "root")
    kernel(lab, "wrong", code=FAILS)
    kernel(lab, "needs", "wrong", "root")
    kernel(lab, "after", "needs")
    kernel(lab, "final", "left", "right")
    lab.commit()
    first = ship(lab, front, "final", "after", "left")

    assert first.code == 1, first.all
    assert set(versions(lab)) == {(each, 1) for each in ("root", "left", "right", "final")}
    assert versions(lab, "error") == [("wrong", 1)]
    [output] = (lab.root / "runs").glob("*/final-v1/final.txt")
    assert output.read_text() == "final(left(root()),right(root()))"
    assert "not on Kaggle" in first.err
    assert "needs was not shipped: it reads the outputs of wrong, which failed" in first.err
    assert "after was not shipped: it reads the outputs of needs, which failed" in first.err
    assert first.err.splitlines()[-1] == "ship: 1 of 3 failed: after"
    assert first.err.count("AssertionError") == 1
    assert re.search(r"^(left|right) +\| read: root\(\)$", first.out, re.MULTILINE)

    again = ship(lab, front, "final", "left")
    assert (again.code, len(versions(lab))) == (0, 4), again.all
    assert again.out.count("is this artifact already (complete)") == 4
    assert len(versions(lab, "pushed")) == 5


@pytest.mark.parametrize("front", FRONTS)
def test_kernels_that_need_no_other_one_run_at_the_same_time(lab: Workspace, front: str) -> None:
    kernel(lab, "one", code=WAITS)
    kernel(lab, "two", code=WAITS)
    kernel(lab, "three", "one")
    lab.commit()
    with begun(lab, *command(front, "one", "two", "three")) as going:
        until(lambda: len(gates(lab)) == 2, "two runs at once")
        assert versions(lab) == []
        for gate in gates(lab):
            until(partial(let_go, gate), "a reader of the gate")
        text = going.end()
    assert going.process.returncode == 0, text
    assert {name for name, _ in versions(lab)} == {"one", "two", "three"}
    assert re.search(r"^one +\| waits$", text, re.MULTILINE)
    assert re.search(r"^two +\| waits$", text, re.MULTILINE)


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("front", FRONTS)
def test_an_end_from_outside_leaves_the_runs_and_the_next_ship_continues(
    lab: Workspace, front: str, way: signal.Signals
) -> None:
    kernel(lab, "one", code=WAITS)
    kernel(lab, "two", code=WAITS)
    kernel(lab, "three", "one", "two")
    lab.commit()
    with begun(lab, *command(front, "three")) as going:
        going.until("one      | waits", "two      | waits")
        going.process.send_signal(way)
        text = going.end()
    if way == signal.SIGINT:
        assert going.process.returncode == 130
        assert text.splitlines()[-1] == (
            "interrupted: version 1 of awa/one-kernel (doit watch:one -t local), version 1 of "
            "awa/two-kernel (doit watch:two -t local) go on; 1 more to do; the same command "
            "continues, doit stop ends a run"
        )
    assert versions(lab, "pushed") == [("one", 1), ("two", 1)]
    for gate in gates(lab):
        until(partial(let_go, gate), "a reader of the gate")
    again = ship(lab, front, "three")
    assert again.code == 0, again.all
    assert sorted(versions(lab)) == [("one", 1), ("three", 1), ("two", 1)]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("local", "Maximum batch CPU session count of 5 reached: waiting until a run ends"),
        ("main", "and Kaggle may not find its id again: waiting until a run ends"),  # a guard
    ],
)
def test_where_no_session_is_free_the_others_wait_for_the_end_of_a_run(
    lab: Workspace, up: Local, target: str, reason: str
) -> None:
    kernel(lab, "first")
    lab.commit()
    assert ship(lab, "nbship", "first").code == 0  # the local Kaggle knows awa now
    env = {**up.env, "KAGGLE_USERNAME": "awa"}
    names = ["one", "two", "three", "four", "five", "six"]
    for name in names:
        kernel(lab, name, code=WAITS)
    lab.commit()
    words = ("nbship", "ship", *names, "-t", target, "--allow-unsmoked")
    with begun(lab, *words, **env) as going:
        going.until(reason)
        while going.process.poll() is None and len(versions(lab)) <= len(names):
            for gate in gates(lab):
                let_go(gate)
        text = going.end()
    assert going.process.returncode == 0, text
    assert {name for name, _ in versions(lab)} == {"first", *names}


def test_a_circle_stops_only_those_in_it(lab: Workspace) -> None:
    kernel(lab, "one", "two")
    kernel(lab, "two", "one")
    kernel(lab, "after", "one")
    kernel(lab, "other")
    lab.commit()
    result = ship(lab, "nbship", "after", "other", "two")
    assert result.code == 1
    assert "src_py/one.py: kernel_sources form a circle: one → two → one" in result.err
    assert result.err.splitlines()[-1] == "ship: 2 of 3 failed: after, two"
    assert versions(lab) == [("other", 1)]


def test_doits_own_workers_share_the_runs_of_what_they_both_need(lab: Workspace) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root")
    kernel(lab, "right", "root")
    lab.commit()
    result = lab.doit("-n", "2", "ship:left", *QUICK, "ship:right", *QUICK)
    assert result.code == 0, result.all
    assert sorted(set(versions(lab, "pushed"))) == [("left", 1), ("right", 1), ("root", 1)]
    assert {name for name, _ in versions(lab)} == {"left", "right", "root"}


def test_a_kernel_runs_again_when_what_it_reads_has_run_again(lab: Workspace) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root")
    kernel(lab, "other")
    lab.commit()
    assert ship(lab, "nbship", "left", "other").code == 0
    [made] = [each for each in lab.journal() if each["name"] == "left"][-1:]
    assert made["inputs"] == {"awa/root-kernel": 1}

    again = lab.nbship("ship", "root", *QUICK, "--again")
    assert again.code == 0, again.all
    after = ship(lab, "nbship", "left", "other")
    assert after.code == 0, after.all
    assert "left runs again: awa/root-kernel has version 2 now" in after.out
    assert versions(lab)[-2:] == [("root", 2), ("left", 2)]
    assert ship(lab, "nbship").code == 0
    assert len(versions(lab)) == 5


def test_an_older_record_starts_no_run_unless_its_input_was_pushed_later(lab: Workspace) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root")
    lab.commit()
    assert ship(lab, "nbship", "left").code == 0
    journal = lab.root / "runs/journal.jsonl"
    journal.write_text(re.sub(r'"inputs": \{[^}]*\}', '"inputs": {}', journal.read_text()))
    same = ship(lab, "nbship", "left")
    assert "runs again" not in same.out
    assert len(versions(lab)) == 2

    assert lab.nbship("ship", "root", *QUICK, "--again").code == 0
    assert "left runs again" in ship(lab, "nbship", "left").out
    assert versions(lab)[-1] == ("left", 2)


def test_a_run_that_began_before_its_input_was_there_is_waited_for_and_made_again(
    lab: Workspace,
) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root", code=WAITS)
    lab.commit()
    with begun(lab, "nbship", "ship", "left", *QUICK) as going:
        going.until("| waits")
        going.process.kill()
    assert lab.nbship("ship", "root", *QUICK, "--again").code == 0
    with begun(lab, "nbship", "ship", "left", *QUICK) as going:
        going.until("nothing to push: version 1", "| waits")
        until(lambda: all(map(let_go, gates(lab))), "the first run")
        going.until("left runs again: awa/root-kernel has version 2 now")
        while going.process.poll() is None:
            list(map(let_go, gates(lab)))
        assert going.process.returncode == 0, going.end()
    assert versions(lab)[-2:] == [("left", 1), ("left", 2)]


def test_a_dataset_with_a_new_version_makes_its_readers_run_again(
    lab: Workspace, up: Local
) -> None:
    kernel(lab, "other")
    kernel(lab, "reader")
    reads = '# dataset_sources = ["awa/voices"]\n# kernel_sources'
    lab.replace("src_py/reader.py", "# kernel_sources", reads)
    lab.write(".gitignore", (lab.root / ".gitignore").read_text() + "/data/\n")
    lab.commit()
    assert ship(lab, "nbship", "other").code == 0  # the local Kaggle knows awa now
    lab.write("data/a.txt", "a")
    dataset = {"title": "Voices", "id": "awa/voices", "licenses": [{"name": "CC0-1.0"}]}
    lab.write("data/dataset-metadata.json", json.dumps(dataset))
    env = {**up.env, "KAGGLE_USERNAME": "awa"}
    created = lab.kaggle("datasets", "create", "-p", "data", **env)
    assert created.code == 0, created.all
    assert ship(lab, "nbship", "reader").code == 0
    assert lab.journal()[-1]["inputs"] == {"awa/voices": 1}
    assert "runs again" not in ship(lab, "nbship", "reader").out
    lab.write("data/a.txt", "b")
    assert lab.kaggle("datasets", "version", "-p", "data", "-m", "b", **env).code == 0
    again = ship(lab, "nbship", "reader")
    assert "reader runs again: awa/voices has version 2 now" in again.out, again.all
    compared = lab.nbship("runs", "diff", "reader-v1", "reader-v2").out
    assert re.search(r"^inputs.awa/voices +dataset v1 +dataset v2$", compared, re.MULTILINE)
    assert [each["inputs"] for each in lab.journal() if each["state"] == "complete"] == [
        {},
        {"awa/voices": 1},
        {"awa/voices": 2},
    ]


def test_a_chain_of_personal_kernels_runs_once_and_follows_the_persons_own(
    lab: Workspace, up: Local
) -> None:
    kernel(lab, "root")
    kernel(lab, "left", "root")
    named = (lab.root / "src_py/left.py").read_text()
    lab.write("src_py/left.py", named.replace('READS = ["awa/root-kernel"]', 'READS = ["*/*"]'))
    lab.commit()
    env = {**up.env, "NBSHIP_PERSON": "Ousmane"}
    words = ("-t", "dev", "--allow-unsmoked")

    def shipped(*more: str) -> CommandResult:
        result = lab.nbship("ship", *more, *words, **env)
        assert result.code == 0, result.all
        return result

    shipped("left")
    ids = {each["name"]: each["kernel"] for each in lab.journal()}
    assert lab.journal()[-1]["inputs"] == {ids["root"]: 1}
    shipped("left")
    assert len(versions(lab)) == 2
    shipped("root", "--again")
    assert f"left runs again: {ids['root']} has version 2 now" in shipped("left").out
    assert versions(lab)[-1] == ("left", 2)

    # Code that names the shared kernel reads that one: no copy of it is run.
    lab.write("src_py/left.py", named)
    lab.commit()
    assert shipped("root").code == 0
    third = lab.nbship("ship", "left", *words, **env)
    assert "goes first" not in third.out
    assert "the code names it" in third.out


def test_a_kernel_that_reads_its_own_output_runs_once(lab: Workspace) -> None:
    kernel(lab, "loop", "loop")
    lab.commit()
    for _ in range(2):  # the service drops a source without a run, as Kaggle does
        ship(lab, "nbship", "loop")
    made = len(versions(lab))
    assert ship(lab, "nbship", "loop").code == 0
    assert len(versions(lab)) == made
