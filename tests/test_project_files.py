"""The files for contributors: workflows, issue forms, hooks, and the facts that they share."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
FORMS = [ROOT / ".github" / "ISSUE_TEMPLATE" / name for name in ("bug.yml", "idea.yml")]
PYTHONS = [
    version
    for classifier in PROJECT["classifiers"]
    if (version := classifier.removeprefix("Programming Language :: Python :: ")).startswith("3.")
]


def parsed(path: Path) -> dict[Any, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def jobs(path: Path) -> dict[str, Any]:
    return dict(parsed(path)["jobs"])


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def workflow(name: str) -> Path:
    return ROOT / ".github" / "workflows" / name


def test_the_tests_run_on_the_pythons_of_the_classifiers() -> None:
    matrix = jobs(workflow("ci.yml"))["tests"]["strategy"]["matrix"]
    assert matrix["python"] == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert matrix["os"] == ["ubuntu-latest", "macos-latest"]


def test_the_wheel_is_tried_on_the_first_and_the_last_python() -> None:
    matrix = jobs(workflow("ci.yml"))["wheel"]["strategy"]["matrix"]
    assert matrix["python"] == [PYTHONS[0], PYTHONS[-1]]


def test_the_lowest_versions_are_tried_on_the_first_python() -> None:
    [setup] = [
        step["with"]["python-version"]
        for step in jobs(workflow("ci.yml"))["lowest"]["steps"]
        if "setup-python" in step.get("uses", "")
    ]
    assert setup == PYTHONS[0]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_nothing_that_a_job_does_not_name(path: Path) -> None:
    assert parsed(path)["permissions"] == {}
    granted = {name: job.get("permissions", {}) for name, job in jobs(path).items()}
    writing = {name for name, allowed in granted.items() if "write" in allowed.values()}
    assert writing == ({"publish"} if path.name == "release.yml" else set())


def test_the_job_that_publishes_does_nothing_else() -> None:
    publish = jobs(workflow("release.yml"))["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["needs"] == "build"
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]


def test_each_action_is_pinned_to_one_commit_with_its_version() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    uses = re.findall(r"uses: *(.*)$", text, re.MULTILINE)
    pinned = {re.fullmatch(r"([\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in uses}
    assert None not in pinned
    assert len(set(uses)) == len({match[1] for match in pinned if match})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_checkout_keeps_its_credentials(path: Path) -> None:
    checkouts = [step for step in steps(path) if "actions/checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_script_that_a_workflow_runs_can_be_run(path: Path) -> None:
    scripts = set(re.findall(r"\.ci/\w+", "\n".join(step.get("run", "") for step in steps(path))))
    assert ".ci/wheel" in scripts
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_warns_of_credentials_before_it_asks(path: Path) -> None:
    form = parsed(path)
    assert {"name", "description", "body"} <= form.keys()
    assert form["body"][0]["type"] == "markdown"
    assert "not paste credentials" in form["body"][0]["attributes"]["value"]
    fields = form["body"][1:]
    assert {field["type"] for field in fields} <= {"textarea", "checkboxes"}
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def test_a_report_needs_the_command_its_output_and_the_doctors() -> None:
    required = {
        field["id"]
        for field in parsed(FORMS[0])["body"]
        if field.get("validations", {}).get("required")
    }
    assert {"command", "output", "doctor"} <= required


def test_our_own_hook_is_the_one_that_workspaces_get() -> None:
    [offered] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [repo] = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
    [used] = [hook for hook in repo["hooks"] if hook["id"] == offered["id"]]
    same = {"entry", "name", "require_serial", "types_or"}
    assert {key: used[key] for key in same} == {key: offered[key] for key in same}


def test_the_version_is_written_once() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT


@pytest.mark.parametrize("name", ["jupytext", "kagglesdk", "nbformat", "requests"])
def test_a_library_whose_undocumented_names_we_use_has_an_upper_bound(name: str) -> None:
    [requirement] = [
        found for text in PROJECT["dependencies"] if (found := Requirement(text)).name == name
    ]
    assert any(bound.operator == "<" for bound in requirement.specifier)
