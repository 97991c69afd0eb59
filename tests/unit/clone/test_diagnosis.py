"""The findings of the doctor: each case changes one fact of a healthy machine and clone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from nbformat import validate

from nbship.core.clone import diagnosis, sandbox
from nbship.core.clone.diagnosis import (
    CLEAN,
    MERGE,
    PROBE,
    REQUIRED,
    SMUDGE,
    TEXTCONV,
    Clone,
    CloneFacts,
    Kernel,
    Probe,
    diagnose,
    parse_version,
    program_of,
)  # fmt: skip
from nbship.core.clone.git_attributes import FolderRules
from nbship.core.clone.kernelspec import EditorKernel, about, kernelspec
from nbship.core.clone.repairs import settings_for
from nbship.core.clone.sandbox import Machine
from nbship.core.clone.task_file import with_tasks
from nbship.diagnostics import NOWHERE, Diagnostic
from tests.support.usual import TABLE, ignore_rules
from tests.unit.clone.test_git_attributes import well, without

SETTINGS = settings_for("/venv/bin/python")


def stripped(**cell: Any) -> str:
    """Return the doctor's notebook as nbstripout leaves it, with changes to its cell."""
    notebook = json.loads(PROBE)
    notebook["cells"][0] |= {"execution_count": None, "outputs": [], **cell}
    return json.dumps(notebook)


CLONE = Clone(
    config=SETTINGS,
    gone={},
    probe=Probe(stripped(), "# %%\n1 + 1\n"),
    with_outputs=(),
)
RULES = FolderRules(well(), frozenset(rule.path for rule in ignore_rules()))
WELL = CloneFacts(
    python=(3, 12, 0),
    git="2.39.5",
    clone=CLONE,
    no_clone="",
    no_clone_fix="",
    rules=RULES,
    pyproject=TABLE,
    other_jupytext=None,
    kernels={"python3": Kernel("python", "/venv/bin/python")},
    tasks=with_tasks(None),
)
NO_REPO = replace(WELL, clone=None, no_clone="not a git repository", no_clone_fix="git init")
IR = Kernel("R", "/usr/bin/R")


def clone(**changes: Any) -> CloneFacts:
    return replace(WELL, clone=replace(CLONE, **changes))


def rules(**changes: Any) -> CloneFacts:
    return replace(WELL, rules=replace(RULES, **changes))


def config(**changes: str | None) -> dict[str, str]:
    """Return the settings of a healthy clone with these changes; None removes a setting."""
    keys = {
        "clean": CLEAN,
        "smudge": SMUDGE,
        "required": REQUIRED,
        "textconv": TEXTCONV,
        "merge": MERGE,
    }
    changed = SETTINGS | {keys[name]: value for name, value in changes.items() if value}
    removed = {keys[name] for name, value in changes.items() if value is None}
    return {key: value for key, value in changed.items() if key not in removed}


def test_a_healthy_clone_has_no_finding_but_ok() -> None:
    assert {finding.severity for finding in diagnose(WELL)} == {"ok"}
    assert not any(finding.hints for finding in diagnose(WELL))


@pytest.mark.parametrize(
    ("facts", "state", "topic", "says"),
    [
        (replace(WELL, python=(3, 10, 9)), "wrong", "python", "3.10.9 is too old"),
        (replace(WELL, python=(3, 11, 0)), "note", "python", "rehearses, and Kaggle runs 3.12"),
        (replace(WELL, git=None, clone=None), "wrong", "git", "not installed"),
        (replace(WELL, git="2.9.1"), "wrong", "git", "2.9.1 is too old"),
        (replace(WELL, git="strange"), "wrong", "git", "too old"),
        (NO_REPO, "wrong", "repo", "not a git"),
        (clone(config=config(merge=None)), "note", "merge", "not installed in this clone"),
        (clone(gone={MERGE: "/gone/python"}), "note", "merge", "does not exist: /gone/python"),
        (clone(config=config(clean=None)), "wrong", "filter", "not installed in this clone"),
        (clone(gone={CLEAN: "/gone/python"}), "wrong", "filter", "does not exist: /gone/p"),
        (clone(probe=Probe(None, None, "No module")), "wrong", "filter", "not work: No module"),
        (clone(probe=Probe(PROBE, "# %%")), "wrong", "filter", "leaves outputs"),
        (clone(probe=Probe("nbship-doctor-output", "# %%")), "wrong", "filter", "leaves outputs"),
        (clone(config=config(required=None)), "wrong", "filter", "required is not true"),
        (clone(config=config(required="false")), "wrong", "filter", "required is not true"),
        (clone(probe=Probe(stripped(id="0"), "# %%")), "note", "filter", "renumbers cell ids"),
        (clone(config=config(smudge="cat")), "note", "filter", "smudge marks no notebook"),
        (clone(config=config(textconv=None)), "wrong", "diff", "not installed in this clone"),
        (clone(gone={TEXTCONV: "/gone/python"}), "wrong", "diff", "git shows JSON: /gone/python"),
        (clone(probe=Probe(stripped(), None, "boom")), "wrong", "diff", "does not work: boom"),
        (clone(probe=Probe(stripped(), stripped())), "note", "diff", "not shown as percent"),
        (rules(attributes={}), "wrong", ".gitattributes", "*.ipynb filter=nbstripout; "),
        (rules(attributes=without("x.yml", eol="")), "note", ".gitattributes", "*.yml text eol=lf"),
        (rules(ignored=RULES.ignored - {"build/x"}), "wrong", ".gitignore", "lacks /build/"),
        (rules(ignored=RULES.ignored - {".venv/x"}), "note", ".gitignore", "lacks .venv/"),
        (rules(environments=("env",)), "wrong", ".gitignore", "lacks /env/"),
        (clone(with_outputs=("a.ipynb", "b.ipynb")), "wrong", "notebooks", "a.ipynb, b.ipynb"),
        (
            clone(with_outputs=("a.ipynb",), has_deleted=True),
            "wrong", "notebooks", "in git with outputs: a.ipynb",
        ),
        (clone(with_outputs=tuple("abcdefg")), "wrong", "notebooks", "a, b, c, d, e and 2 more"),
        (replace(WELL, pyproject=""), "note", "jupytext", "[tool.jupytext] is missing"),
        (replace(WELL, pyproject="= no"), "wrong", "jupytext", "not TOML"),
        (replace(WELL, pyproject="[tool.jupytext]"), "note", "jupytext", "YAML headers"),
        (replace(WELL, other_jupytext=".jupytext"), "note", "jupytext", "reads .jupytext instead"),
        (replace(WELL, kernels={}), "wrong", "kernel", "no kernelspec python3"),
        (
            replace(WELL, kernels={"python3": Kernel("python", None)}),
            "wrong", "kernel", "program of kernelspec python3 does not exist",
        ),
        (replace(WELL, tasks=None), "wrong", "dodo.py", "missing: doit finds no tasks"),
        (replace(WELL, tasks="import os"), "wrong", "dodo.py", "no line 'from nbship.tasks import"),
        (replace(WELL, tasks="def x(:"), "wrong", "dodo.py", "line 1 is not Python"),
        (replace(WELL, tasks="\0"), "wrong", "dodo.py", "not Python"),
        (
            replace(WELL, no_credentials="no key", no_credentials_fix="Make one."),
            "note", "credentials", "no key",
        ),
        (replace(WELL, lacking=("tests/a",)), "note", "samples", "find no inputs: tests/a"),
        (replace(WELL, stale=("build/a",)), "note", "artifacts", "the source is gone: build/a"),
        (replace(WELL, has_r=True), "wrong", "R kernel", "not installed, but there are .R sources"),
        (
            replace(WELL, has_r=True, kernels=dict(WELL.kernels) | {"ir": Kernel("R", None)}),
            "wrong", "R kernel", "not installed",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_a_way_out(
    facts: CloneFacts, state: str, topic: str, says: str
) -> None:
    [finding] = [finding for finding in diagnose(facts) if finding.severity != "ok"]
    assert (finding.severity, finding.code) == (state, topic)
    assert says in finding.message
    assert finding.hints or "not TOML" in finding.message
    assert "\n" not in finding.message


def test_without_a_way_out_none_is_said() -> None:
    findings = {each.code: each for each in diagnose(replace(WELL, no_credentials="no key"))}
    assert findings["credentials"].hints == ()


def test_of_a_repo_that_git_cannot_use_only_the_reason_is_said() -> None:
    refused = replace(NO_REPO, rules=None, no_clone_fix="git config x")
    topics = [finding.code for finding in diagnose(refused)]
    assert topics == ["python", "git", "repo", "dodo.py", "jupytext", "kernel"]
    assert diagnose(refused)[2].hints == ("git config x",)


def test_a_kernel_of_r_is_known_by_its_language() -> None:
    facts = replace(WELL, has_r=True, kernels=dict(WELL.kernels) | {"r-4.4": IR})
    assert diagnose(facts)[-1] == Diagnostic(
        NOWHERE, "R kernel", "r-4.4: /usr/bin/R", severity="ok"
    )


@pytest.mark.parametrize("command", ["nbstripout", "", "f() { 'x; }", "./here -m x"])
def test_a_program_without_a_path_of_its_own_is_not_looked_for(command: str) -> None:
    assert program_of(command) is None


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("git version 2.39.5\n", "2.39.5"),
        ("git version 2.39.5 (Apple Git-154)\n", "2.39.5"),
        ("git version 2.45.1.windows.1\n", "2.45.1.windows.1"),
        ("git version ", None),
        ("hub version 2\n", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_gits_words(output: str, version: str | None) -> None:
    assert parse_version(output) == version


@pytest.mark.parametrize("text", ["", "x", "{}", stripped()])
def test_no_output_is_seen_where_there_is_none(text: str) -> None:
    assert not diagnosis.has_outputs(text)


def test_the_probe_is_a_whole_notebook_with_all_that_must_not_be_committed() -> None:
    probe = json.loads(PROBE)
    validate(probe)
    (cell,) = probe["cells"]
    assert cell["execution_count"] is not None
    assert cell["outputs"][0]["text"] == ["nbship-doctor-output"]
    assert (cell["id"], cell["source"]) == ("kept", ["1 + 1"])


def test_git_is_new_enough_from_2_15_on_and_python_from_3_11_on() -> None:
    for version, severity in (
        ("2.14.9", "wrong"),
        ("2.15.0", "ok"),
        ("3.0", "ok"),
        ("1.99", "wrong"),
    ):
        assert diagnose(replace(WELL, git=version))[1].severity == severity
    for python, severity in (((3, 10, 99), "wrong"), ((3, 12, 3), "ok"), ((4, 0, 0), "note")):
        assert diagnose(replace(WELL, python=python))[0].severity == severity


@pytest.mark.parametrize("count", [5, 6])
def test_five_notebooks_with_outputs_are_named(count: int) -> None:
    finding = diagnose(clone(with_outputs=tuple("abcdefg"[:count])))[7]
    more = " and 1 more" if count == 6 else ""
    assert finding.message == f"in git with outputs: a, b, c, d, e{more}"


def test_a_program_with_a_full_path_is_looked_for() -> None:
    assert program_of("'/a b/python' -m nbship.strip") == "/a b/python"


def test_the_settings_work_only_together() -> None:
    assert diagnosis.has_working_settings(CLONE)
    for broken in (config(clean=None), config(textconv=None), config(merge=None)):
        assert not diagnosis.has_working_settings(replace(CLONE, config=broken))


def test_an_output_is_seen() -> None:
    assert diagnosis.has_outputs(PROBE)


@pytest.mark.parametrize("has_journal", [False, True])
def test_a_journal_that_was_left_behind_is_named(*, has_journal: bool) -> None:
    facts = replace(WELL, old_journals=("my runs/journal.jsonl",), has_journal=has_journal)
    [finding] = [each for each in diagnose(facts) if each.code == "journal"]
    assert finding.severity == "wrong"
    assert finding.message.startswith("my runs/journal.jsonl has pushes that are not known")
    assert ("cat" in finding.hints[0]) == has_journal


def test_the_sandbox_has_a_line_where_the_machine_was_looked_at() -> None:
    machine = Machine("linux", "", "/usr/bin/bwrap")
    found = [each for each in diagnose(replace(WELL, machine=machine)) if each.code == "sandbox"]
    assert found == [sandbox.about(machine)]


def test_the_kernelspec_of_editors_has_a_line_where_somebody_has_looked() -> None:
    editor = EditorKernel(kernelspec("/venv/bin/python"), "/venv/kernels/nbship")
    found = [each for each in diagnose(replace(WELL, editor=editor)) if each.code == "editor"]
    assert found == [about(editor)]
    assert not [each for each in diagnose(WELL) if each.code == "editor"]
    assert not [each for each in diagnose(WELL) if each.code == "sandbox"]
