"""git's messages: what is said in one line, and the command that git proposes."""

import pytest

from nbship.core.clone import git_messages

OWNED = (
    "fatal: detected dubious ownership in repository at '/my lab'\n"
    "To add an exception for this directory, call:\n"
    "\n"
    "\tgit config --global --add safe.directory '/my lab'\n"
)
# git 2.46 and newer
OWNED_BY = OWNED.replace(
    "To add", "'/my lab' is owned by:\n\tawa\nbut the current user is:\n\tmusa\nTo add"
)


@pytest.mark.parametrize("text", [OWNED, OWNED_BY, f"\n{OWNED}"])
def test_the_way_out_is_the_command_that_git_proposes(text: str) -> None:
    assert git_messages.said(text) == "detected dubious ownership in repository at '/my lab'"
    assert git_messages.way_out(text) == "git config --global --add safe.directory '/my lab'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no reason given"),
        ("fatal: bad\n", "bad"),
        ("error: one\nfatal: two\n", "error: one fatal: two"),
        ("fatal: a\n\ttab\n", "a tab"),
    ],
)
def test_a_message_without_a_command_is_said_whole(text: str, said: str) -> None:
    assert git_messages.said(text) == said
    assert git_messages.way_out(text) == ""


def test_the_reason_why_there_is_no_clone_is_known() -> None:
    none = "fatal: not a git repository (or any of the parent directories): .git"
    mount = "fatal: not a git repository (or any parent up to mount point /)"
    gone = "fatal: not a git repository: /gone/.git/worktrees/lab"
    bare = "fatal: this operation must be run in a work tree\n"
    assert [git_messages.is_no_repository(text) for text in (none, mount, gone, bare, "")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert [git_messages.is_bare(text) for text in (none, gone, bare, "")] == [
        False, False, True, False,
    ]  # fmt: skip
