"""git's merge of texts that are in no repository."""

import shutil
from pathlib import Path

import pytest

from nbship.core.drift.conflicts import Labels, Triple
from nbship.edges.git.merge import Merged, Version, _parts, merge, merge_all
from nbship.errors import WorkspaceError


def merged(folder: Path, ours: str, base: str, theirs: str) -> Merged:
    return merge(folder, Version("mine", ours), Version("base", base), Version("yours", theirs))


def test_changes_at_two_places_are_both_there(tmp_path: Path) -> None:
    done = merged(tmp_path / "m", "é\nb\nc\n", "a\nb\nc\n", "a\nb\nd\n")
    assert done == Merged("é\nb\nd\n", is_clean=True)


def test_a_conflict_is_marked_with_the_labels_and_a_folder_can_be_used_again(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        done = merged(tmp_path / "m", "b\n", "a\n", "c\n")
        assert done == Merged("<<<<<<< mine\nb\n=======\nc\n>>>>>>> yours\n", is_clean=False)


def test_what_git_cannot_merge_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"git merge-file failed: .*binary"):
        merged(tmp_path / "m", "b\0\n", "a\n", "c\n")


GIT = shutil.which("git")
LABELS = Labels("mine", "old", "yours")
BEGIN, BASE, END = "<<<<<<< mine\n", "||||||| old\n", ">>>>>>> yours\n"
TRIPLES = [
    Triple("a\nb\nc\nd\n", "a\nb\nc\n", "A\nb\nc\n"),
    Triple("x\n", "y\n", "z\n"),
    Triple("x\n", "y\n", "z\n"),
    Triple("one\ntwo\n", None, "one\nthree\n"),
    Triple("", "gone\n", "changed\n"),
    Triple("no end", "no end", "another end"),
    Triple("new\n", "", "NEW\n"),
    Triple("x\n", None, "z"),
]
RESULTS = [
    "A\nb\nc\nd\n",
    f"{BEGIN}x\n{BASE}y\n=======\nz\n{END}",
    f"{BEGIN}x\n{BASE}y\n=======\nz\n{END}",
    f"one\n{BEGIN}two\n=======\nthree\n{END}",
    f"{BEGIN}{BASE}gone\n=======\nchanged\n{END}",
    "another end\n",
    f"{BEGIN}new\n{BASE}=======\nNEW\n{END}",
    f"{BEGIN}x\n=======\nz\n{END}",
]


def older_git(folder: Path, refused: str) -> None:
    """Put a git into a folder that refuses an option as git does: by 129, for wrong usage."""
    program = folder / "git"
    program.write_text(f'#!/bin/sh\ncase "$*" in *{refused}*) exit 129;; esac\nexec {GIT} "$@"\n')
    program.chmod(0o755)


def test_many_texts_are_merged_as_if_each_were_alone(tmp_path: Path) -> None:
    assert merge_all(tmp_path / "m", TRIPLES, LABELS) == RESULTS
    alone = [merge_all(tmp_path / "m", [triple], LABELS)[0] for triple in TRIPLES]
    assert alone[:5] + alone[6:7] == RESULTS[:5] + RESULTS[6:7]
    assert merge_all(tmp_path / "m", [], LABELS) == []


def test_texts_that_git_does_not_keep_apart_are_seen() -> None:
    fences = ["f 0 0\nf 0 1\n", "f 1 0\nf 1 1\n"]
    assert _parts("a\nf 0 0\nf 0 1\nb\nf 1 0\nf 1 1\nc\n", fences) == ["a\n", "b\n", "c\n"]
    assert _parts("a\nf 0 0\nf 0 1\nb\n", fences) is None
    assert _parts("f 0 0\na\nf 0 0\nf 0 1\nb\nf 1 0\nf 1 1\nc\n", fences) is None


def test_an_older_git_merges_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = merge_all(tmp_path / "m", TRIPLES, LABELS)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for refused in ("--diff-algorithm", "--zdiff3"):
        older_git(tmp_path, refused)
        assert merge_all(tmp_path / "m", TRIPLES, LABELS) == before
    older_git(tmp_path, "merge-file")
    with pytest.raises(WorkspaceError, match="no merge-file that nbship can use"):
        merge_all(tmp_path / "m", TRIPLES, LABELS)
