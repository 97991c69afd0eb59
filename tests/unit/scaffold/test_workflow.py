"""The workflow of ``init --ci github``: one machine, or several where there are many notebooks."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from nbship.core.scaffold.templates import workflow_text
from nbship.model.layout import Layout

MANY = 20
SIZES = (0, 1, MANY - 1, MANY, 1000)
OURS = Path(__file__).parents[3] / ".github" / "workflows"


def jobs(notebooks: int) -> dict[str, Any]:
    return dict(yaml.safe_load(workflow_text(Layout(), notebooks))["jobs"])


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_several_machines_rehearse_many_notebooks() -> None:
    assert [list(jobs(count)) for count in SIZES] == [
        *[["rehearse", "push"]] * 3, *[["plan", "rehearse", "decide", "push"]] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize("count", SIZES)
def test_a_job_waits_for_jobs_that_are_there_and_has_no_right_to_write(count: int) -> None:
    found = jobs(count)
    for name, job in found.items():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"]
        needs = job.get("needs", [])
        before = list(found)[: list(found).index(name)]
        assert set([needs] if isinstance(needs, str) else needs) <= set(before)
        checkout = job["steps"][0]
        assert checkout["uses"].startswith("actions/checkout@")
        assert checkout["with"] == {"persist-credentials": False}
        has_token = [step for step in job["steps"] if "KAGGLE_API_TOKEN" in step.get("env", {})]
        assert [step["run"] for step in has_token] == (["doit push"] if name == "push" else [])


def test_the_actions_are_those_of_our_own_workflows_and_pinned() -> None:
    ours = set(re.findall(r"uses: (actions/\S+@\S+ # v\S+)", "".join(map(_text, OURS.iterdir()))))
    used = set(re.findall(r"uses: (.*)", workflow_text(Layout(), MANY)))
    for each in used:
        assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)
    assert {each for each in used if not each.startswith("actions/cache/")} <= ours


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_all_parts_divide_by_the_file_that_the_first_job_hands_out() -> None:
    found = jobs(MANY)
    [upload] = _uses(found["plan"], "upload-artifact")
    [download] = _uses(found["rehearse"], "download-artifact")
    assert upload["name"] == download["name"]
    parts = found["rehearse"]["strategy"]["matrix"]["part"]
    [smoke] = [line for line in commands(found["rehearse"]) if "smoke" in line]
    assert parts == list(range(1, len(parts) + 1))
    assert smoke == f'nbship smoke --shard "$PART/{len(parts)}" --durations {upload["path"]}'
    assert not _uses(found["rehearse"], "cache")
    assert found["rehearse"]["strategy"]["fail-fast"] is False


def test_the_last_job_runs_after_a_failure_and_fails_then() -> None:
    decide = jobs(MANY)["decide"]
    assert decide["if"] == "${{ !cancelled() }}"
    lines = commands(decide)
    assert lines.index('test "$RESULT" = success') < lines.index("doit")
    [result] = [step["env"] for step in decide["steps"] if "env" in step]
    assert result == {"RESULT": "${{ needs.rehearse.result }}"}


@pytest.mark.parametrize("layout", [Layout(), Layout(state=".other")])
def test_the_verdicts_of_all_parts_become_one_folder(layout: Layout) -> None:
    found = yaml.safe_load(workflow_text(layout, MANY))["jobs"]
    [upload] = _uses(found["rehearse"], "upload-artifact")
    assert upload["path"] == layout.verdicts
    assert upload["include-hidden-files"] is True
    for job in ("decide", "push"):
        [download] = _uses(found[job], "download-artifact")
        assert download["path"] == layout.verdicts
        assert download["merge-multiple"] is True
        assert upload["name"].startswith(download["pattern"].removesuffix("*"))


def _uses(job: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [step["with"] for step in job["steps"] if f"actions/{action}" in step.get("uses", "")]
