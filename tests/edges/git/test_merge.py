"""git's merge of texts that are in no repository."""

from pathlib import Path

import pytest

from nbship.edges.git.merge import Merged, Version, merge
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
