"""The numbers of a run are read from its folder, whatever has become of it."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.core.overview.metrics import Metrics
from nbship.model.workspace import Workspace
from nbship.verbs.runs import metrics_of
from tests.unit.push.test_record import RECORD

FOLDER = "runs/2026-11-23/a-v1"
RUN = replace(RECORD, folder=FOLDER)


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    root = tmp_path.resolve() / "lab"
    (root / FOLDER / "_nbship").mkdir(parents=True)
    (root.parent / "metrics.json").write_text('{"secret": 1}')
    return Workspace(root, root / "inputs")


def fetched(lab: Workspace, *names: str) -> None:
    """Write the record of a run with these outputs, and numbers into each."""
    files = [{"name": name, "size": 1, "sha256": ""} for name in names]
    (lab.path(FOLDER) / "_nbship/record.json").write_text(json.dumps({"files": files}))
    for number, name in enumerate(names):
        path = lab.path(FOLDER) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"n": number}))


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ((), {}),
        (("a.csv",), {}),
        (("out/metrics.json", "metrics.json"), {"n": 1}),
        (("b/c/metrics.json", "out/metrics.json", "x"), {"n": 1}),
    ],
)
def test_the_numbers_are_those_of_the_file_nearest_to_the_top(
    lab: Workspace, names: tuple[str, ...], numbers: dict[str, int]
) -> None:
    fetched(lab, *names)
    assert metrics_of(lab, RUN) == Metrics(numbers)


def removed(lab: Workspace) -> None:
    (lab.path(FOLDER) / "_nbship").rmdir()
    lab.path(FOLDER).rmdir()


def linked_folder(lab: Workspace) -> None:
    removed(lab)
    lab.path(FOLDER).symlink_to(lab.root.parent)


def linked_runs(lab: Workspace) -> None:
    lab.path("runs").rename(lab.root.parent / "moved")
    lab.path("runs").symlink_to(lab.root.parent / "moved")


def linked_file(lab: Workspace) -> None:
    lab.path(f"{FOLDER}/metrics.json").symlink_to(lab.root.parent / "metrics.json")


def pipe(lab: Workspace) -> None:
    os.mkfifo(lab.path(f"{FOLDER}/metrics.json"))


def leading_out(lab: Workspace) -> None:
    name = "../../../../metrics.json"
    files = [{"name": name, "size": 1, "sha256": ""}]
    lab.path(f"{FOLDER}/_nbship/record.json").write_text(json.dumps({"files": files}))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (removed, f"{FOLDER}/ is gone"),
        (linked_folder, "leads through a link"),
        (linked_runs, "leads through a link"),
        (linked_file, "leads through a link"),
        (pipe, "it is a pipe"),
        (leading_out, "leads out of lab/"),
    ],
)
def test_no_number_comes_from_elsewhere_and_the_reason_is_one_line(
    lab: Workspace, spoil: Callable[[Workspace], None], problem: str
) -> None:
    spoil(lab)
    found = metrics_of(lab, RUN)
    assert found.numbers == {}
    assert problem in found.problem
    assert "\n" not in found.problem


@pytest.mark.parametrize("data", ["", "[]", '{"files": 3}', "{" * 1000])
def test_a_damaged_record_of_a_folder_hides_nothing(lab: Workspace, data: str) -> None:
    fetched(lab, "metrics.json")
    lab.path(f"{FOLDER}/_nbship/record.json").write_text(data)
    assert metrics_of(lab, RUN) == Metrics({"n": 0})


@pytest.mark.parametrize("folder", ["../elsewhere", "/etc", "runs/\0", "x" * 5000])
def test_a_folder_that_leads_elsewhere_is_refused(lab: Workspace, folder: str) -> None:
    found = metrics_of(lab, replace(RUN, folder=folder))
    assert (dict(found.numbers), found.problem[:8]) == ({}, "refused:")


def test_a_run_without_a_folder_has_no_numbers(lab: Workspace) -> None:
    assert metrics_of(lab, replace(RUN, folder=None)) == Metrics()
