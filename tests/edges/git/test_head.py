"""Where HEAD is: its branch, what is published, and the order of commits."""

from pathlib import Path

import pytest

from nbship.edges.git import head, repository
from nbship.model.git import Head
from tests.support.repo import Repo

SOURCE = '# %%\n# /// script\n# [tool.nbship.kaggle]\n# id = "{id}"\n# title = "X"\n# ///\n'


def commit(repo: Repo, name: str = "a.py", text: str = "1\n") -> str:
    repo.write(name, text)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", name)
    return repo.git("rev-parse", "HEAD").strip()


def test_without_a_repository_head_is_nowhere(tmp_path: Path) -> None:
    assert head.head_of(tmp_path) == Head(published=None)
    assert head.first_id(tmp_path, "a.py") == ""


def test_a_commit_is_published_when_a_branch_of_the_remote_has_it(
    repo: Repo, tmp_path: Path
) -> None:
    commit(repo)
    assert head.head_of(repo.root) == Head(branches=("main",), published=None)
    repo.git("init", "-q", "--bare", str(tmp_path / "up.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "up.git"))
    found = head.head_of(repo.root)
    assert (found.published, found.remote) == (False, str(tmp_path / "up.git"))
    repo.git("push", "-q", "origin", "main")
    assert head.head_of(repo.root).published is True
    last = commit(repo, text="2\n")
    assert head.head_of(repo.root).published is False
    repo.git("push", "-q", "origin", "main:wip")
    repo.git("checkout", "-q", last)  # as in CI
    deep = repo.root / "deep"
    deep.mkdir()
    assert head.head_of(deep) == Head(
        branches=("wip",), published=True, remote=str(tmp_path / "up.git"), prefix="deep/"
    )


@pytest.mark.parametrize(
    ("command", "operation"),
    [(("merge", "other"), "merge"), (("rebase", "other"), "rebase"),
     (("cherry-pick", "other"), "cherry-pick"), (("revert", "HEAD~1"), "revert")],
)  # fmt: skip
def test_what_has_begun_and_not_ended_is_named(
    repo: Repo, command: tuple[str, str], operation: str
) -> None:
    commit(repo)
    repo.git("checkout", "-q", "-b", "other")
    commit(repo, text="other\n")
    repo.git("checkout", "-q", "main")
    commit(repo, text="main\n")
    commit(repo, text="more\n")
    assert head.head_of(repo.root).operation == ""
    with pytest.raises(Exception, match="returned non-zero"):
        repo.git(*command)
    assert head.head_of(repo.root).operation == operation


def test_the_order_of_two_commits(repo: Repo, tmp_path: Path) -> None:
    first, second = commit(repo), commit(repo, text="2\n")
    repo.git("checkout", "-q", "-b", "other", first)
    apart = commit(repo, text="3\n")
    repo.git("checkout", "-q", "main")
    orders = [head.order_of(repo.root, each) for each in (first, second, apart)]
    assert orders == ["before", "same", "apart"]
    repo.git("checkout", "-q", first)
    assert head.order_of(repo.root, second) == "after"
    for unknown in ("0" * 40, "", "main", "HEAD", "--help", first[:12]):
        assert head.order_of(repo.root, unknown) == "unknown"
    shallow = Repo(tmp_path / "shallow")
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.root}", "-b", "main", str(shallow.root))
    assert head.order_of(shallow.root, first) == "unknown"


def test_the_first_id_is_that_of_the_oldest_commit_which_has_one(repo: Repo) -> None:
    commit(repo, "old name.py", "# %%\n")
    assert head.first_id(repo.root, "old name.py") == ""
    commit(repo, "old name.py", SOURCE.format(id="awa/first"))
    commit(repo, "old name.py", SOURCE.format(id="awa/second"))
    repo.git("mv", "old name.py", "new.py")
    repo.git("commit", "-q", "-m", "rename")
    assert head.first_id(repo.root, "new.py") == "awa/first"
    assert head.first_id(repo.root, "other.py") == ""
    copy = SOURCE.format(id="awa/copy").replace("X", "Y")
    commit(repo, "copy.py", copy)
    assert head.first_id(repo.root, "copy.py") == "awa/copy"
    deep = repo.root / "lab"
    commit(repo, "lab/x.py", SOURCE.format(id="awa/deep"))
    assert head.first_id(deep, "x.py") == "awa/deep"


def test_settings_are_read_together_and_the_last_value_counts(repo: Repo) -> None:
    keys = ("nbship.target", "nbship.person", "user.name")
    repo.git("config", "user.name", "Awa Ba")
    assert repository.settings(repo.root, *keys) == dict(zip(keys, ("", "", "Awa Ba"), strict=True))
    repo.git("config", "--add", "nbship.person", "first")
    repo.git("config", "--add", "nbship.person", " awa = Ɓa ")
    repo.git("config", "nbship.targets", "no key of ours")
    assert repository.settings(repo.root, *keys) == {
        "nbship.target": "", "nbship.person": "awa = Ɓa", "user.name": "Awa Ba",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"remote.origin.url": "/srv/a", "remote.other.url": "/srv/b"}, "/srv/a"),
        ({"remote.aside.url": "/srv/b", "remote.origin.url": "/srv/a b"}, "/srv/a b"),
        ({"remote.aside.url": "/srv/b"}, "/srv/b"),
        ({"remote.origin.url": "/srv/a", "remote.origin.pushurl": "/srv/p"}, "/srv/a"),
        ({"remote.origin.url": "x:a", "url./srv/.insteadOf": "x:"}, "/srv/a"),
        (
            {"remote.origin.url": "/srv/a", "remote.origin.promisor": "true",
             "remote.origin.partialclonefilter": "blob:none"},
            "/srv/a",
        ),
    ],
)  # fmt: skip
def test_the_remote_is_origin_or_the_first_with_the_address_that_git_fetches_from(
    repo: Repo, settings: dict[str, str], address: str
) -> None:
    commit(repo)
    for key, value in settings.items():
        repo.git("config", key, value)
    found = head.head_of(repo.root)
    assert (found.remote, found.published) == (address, False)


def test_a_branch_is_named_whole_and_the_folder_in_the_repository(repo: Repo) -> None:
    """Also where a tag of the same name makes the short name of git another one."""
    commit(repo, "below/a b/x.py")
    repo.git("checkout", "-q", "-b", "feature/one")
    repo.git("tag", "feature/one")
    found = head.head_of(repo.root / "below/a b")
    assert (found.branches, found.prefix) == (("feature/one",), "below/a b/")


def test_before_the_first_commit_head_is_nowhere(repo: Repo) -> None:
    assert head.head_of(repo.root) == Head(published=None)
