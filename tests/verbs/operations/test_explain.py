"""Tests of the report of a failure: it names the line, even if no report can be written."""

from pathlib import Path

from nbship.core.failure.report import FailureReport
from nbship.errors import RunFailed
from nbship.model.failure import Failure, Frame
from nbship.model.workspace import Workspace
from nbship.verbs.operations.explain import explain_failure

LAST = Frame("src_py/trainer.py", 44, "train", "return 1 / x")
ACCOUNT = FailureReport(
    Failure("ZeroDivisionError: division by zero", (LAST,)),
    "version 3 on Kaggle", "src_py/trainer.py", "The log", "runs/log.txt",
)  # fmt: skip


def test_a_failure_is_one_line_and_is_kept(tmp_path: Path) -> None:
    error = explain_failure(Workspace(tmp_path, tmp_path), RunFailed, ACCOUNT, tmp_path / "runs/a")
    assert str(error) == (
        "src_py/trainer.py:44 in train: ZeroDivisionError: division by zero (version 3 on Kaggle)"
    )
    assert error.hint.splitlines() == [
        "The log: runs/log.txt",
        "The full report: runs/a/failure.md",
    ]
    assert "return 1 / x" in (tmp_path / "runs/a/failure.md").read_text()


def test_what_cannot_be_kept_hides_no_failure(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    error = explain_failure(Workspace(tmp_path, tmp_path), RunFailed, ACCOUNT, tmp_path / "runs/a")
    assert str(error).startswith("src_py/trainer.py:44 in train: ZeroDivisionError")
    assert error.hint.splitlines()[1].startswith("The full report was not saved: ")


def test_a_failure_without_a_line_is_one_of_its_notebook(tmp_path: Path) -> None:
    lost = FailureReport(Failure("Kernel died"), "smoke of a", "src_py/a.py", "The log", "log.txt")
    error = explain_failure(Workspace(tmp_path, tmp_path), RunFailed, lost, tmp_path)
    assert str(error) == "src_py/a.py: Kernel died (smoke of a)"
