"""The journal file: each step is synced to the disk, and a torn line damages no other line."""

import os
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nbship.core.clone.diagnosis import diagnose
from nbship.edges.workspace import journal
from nbship.errors import WorkspaceError
from nbship.model.push import Record
from nbship.model.workspace import Origin, Workspace
from tests.unit.clone.test_diagnosis import WELL

RECORD = Record(
    id="0123",
    state="intended",
    at="2026-11-23T10:00:00+00:00",
    name="tiny",
    target="local",
    server="local",
    kernel="awa/tiny-kernel",
    digest="d",
    cells="c",
    commit=None,
    base_version=0,
    overrides=("--allow-dirty",),
    line_map=(Origin("src_py/tiny.py", 3), None),
    message="Ɓalli\nline \u2028",
)


def test_there_is_no_journal_at_first(workspace: Workspace) -> None:
    assert journal.read(workspace) == ()
    assert not workspace.path(workspace.layout.runs).exists()


def test_a_record_is_what_it_was_after_its_last_step(workspace: Workspace) -> None:
    assert journal.write(workspace, RECORD) == RECORD
    other = journal.write(workspace, replace(RECORD, id="4567", target="main"))
    pushed = journal.write(workspace, replace(RECORD, state="pushed", version=1))
    assert journal.read(workspace) == (pushed, other)
    assert len(workspace.path(workspace.layout.journal).read_bytes().split(b"\n")) == 4


@pytest.mark.parametrize("torn", [b'{"id": "torn', b"\xff\xfe\xfd", b'{"id": "\xc9'])
def test_a_torn_line_costs_no_other(workspace: Workspace, torn: bytes) -> None:
    journal.write(workspace, RECORD)
    with workspace.path(workspace.layout.journal).open("ab") as file:
        file.write(torn)
    assert journal.read(workspace) == (RECORD,)
    other = journal.write(workspace, replace(RECORD, id="4567"))
    assert journal.read(workspace) == (RECORD, other)


def test_what_holds_no_records_is_set_aside(workspace: Workspace) -> None:
    path = workspace.path(workspace.layout.journal)
    path.mkdir(parents=True)
    assert journal.read(workspace) == ()
    os.mkfifo(path)
    assert journal.read(workspace) == ()
    journal.write(workspace, RECORD)
    assert journal.read(workspace) == (RECORD,)


def test_a_journal_out_of_reach_may_have_records_and_is_not_set_aside(workspace: Workspace) -> None:
    path = workspace.path(workspace.layout.journal)
    path.parent.mkdir()
    path.symlink_to("/a/disk/that/is/not/there")
    with pytest.raises(WorkspaceError, match="leads nowhere") as error:
        journal.read(workspace)
    assert "Make it readable" in error.value.hint
    assert path.is_symlink()


def test_a_journal_that_cannot_be_written_is_told(workspace: Workspace) -> None:
    workspace.path(workspace.layout.runs).write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot write"):
        journal.write(workspace, RECORD)


def test_ids_are_new_and_times_are_utc() -> None:
    ids = {journal.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{12}", one) for one in ids)
    assert datetime.fromisoformat(journal.now()).tzinfo == UTC


def test_a_journal_in_another_folder_is_found_if_it_has_records(workspace: Workspace) -> None:
    journal.write(workspace, RECORD)
    old = workspace.root / "out" / "results"
    old.parent.mkdir()
    (workspace.root / "runs").rename(old)
    (workspace.root / "data").mkdir()
    (workspace.root / "data/journal.jsonl").write_text('{"mine": 1}\n')
    os.mkfifo(workspace.root / "inputs/journal.jsonl")
    journal.write(workspace, RECORD)
    assert list(journal.others(workspace)) == ["out/results/journal.jsonl"]


@pytest.mark.parametrize("has_journal", [False, True])
def test_the_doctors_advice_for_a_journal_left_behind_keeps_all_records(
    workspace: Workspace, *, has_journal: bool
) -> None:
    journal.write(workspace, RECORD)
    workspace.path("runs").rename(workspace.root / "my runs")
    new = replace(RECORD, id="4567")
    if has_journal:
        journal.write(workspace, new)
    facts = replace(WELL, old_journals=tuple(journal.others(workspace)), has_journal=has_journal)
    [finding] = [each for each in diagnose(facts) if each.code == "journal"]
    subprocess.run(["sh", "-c", finding.hints[0]], check=True, cwd=workspace.root)
    assert journal.read(workspace) == ((RECORD, new) if has_journal else (RECORD,))
    assert not list(journal.others(workspace))
