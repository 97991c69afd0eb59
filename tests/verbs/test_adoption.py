"""Adoption in this process: what is committed, what is refused, what git hides."""

import stat
from pathlib import Path

import pytest

from nbship import config
from nbship.errors import WorkspaceError
from nbship.verbs.adopt import adopt, commit, refuse_staged
from nbship.verbs.operations.set_up.plan_adoption import AdoptionPlan, Wishes, plan_adoption
from tests.support.old_lab import old_notebook
from tests.support.workspace import Workspace


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    """Return a repository with one notebook, which is committed."""
    workspace = Workspace(tmp_path / "old")
    workspace.root.mkdir()
    workspace.git("init", "-q")
    workspace.write("one.ipynb", old_notebook(("print(1)", "1")))
    workspace.commit()
    return workspace


def planned(workspace: Workspace) -> AdoptionPlan:
    return plan_adoption(config.parse_workspace(workspace.root, ""), Wishes())


def test_a_commit_has_the_change_and_nothing_else_also_of_what_git_does_not_know(
    old: Workspace,
) -> None:
    old.write("two.ipynb", old_notebook(("print(2)", "2")))  # never added
    old.write(".gitignore", "src_py/\n")
    old.write("mine.txt", "not for the commit")
    plan = planned(old)
    assert [remark for remark in plan.remarks if "git ignores src_py/one.py" in remark]
    adopt(plan)
    commit(plan)
    changed = set(old.git("show", "--format=", "--name-only", "--no-renames", "HEAD").out.split())
    assert {"one.ipynb", "src_py/one.py", "src_py/two.py"} <= changed
    assert "mine.txt" not in changed
    assert "notebooks/one.ipynb" not in changed
    assert old.git("log", "-1", "--format=%s").out == "Adopt 2 notebooks with nbship\n"
    assert old.git("status", "--porcelain").out == "?? mine.txt\n"


def test_an_index_with_changes_of_a_person_is_not_committed(old: Workspace) -> None:
    refuse_staged(planned(old).workspace)
    old.write("mine.txt", "mine")
    old.git("add", "mine.txt")
    with pytest.raises(WorkspaceError, match="index has changes"):
        refuse_staged(planned(old).workspace)


def test_a_commit_that_a_hook_refuses_leaves_the_change_in_place(old: Workspace) -> None:
    hook = old.write(".git/hooks/pre-commit", "#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    plan = planned(old)
    adopt(plan)
    with pytest.raises(WorkspaceError, match="not today"):
        commit(plan)
    assert (old.root / "src_py/one.py").exists()


def test_a_notebook_that_git_has_and_the_disk_has_not_is_named(old: Workspace) -> None:
    old.write("sub/two.ipynb", old_notebook(("print(2)", "2")))
    old.commit()
    old.git("sparse-checkout", "set", "--cone", "other")
    plan = planned(old)
    assert [each.name for each in plan.adopted] == ["one"]
    assert [str(error) for error in plan.refused] == [
        "sub/two.ipynb: git has it, and it is not here"
    ]


def test_a_repository_that_git_refuses_is_not_adopted_without_git(
    old: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    with pytest.raises(WorkspaceError, match="dubious ownership"):
        planned(old)
