"""Tests of changes of many files: all or none, also under ``kill -9``, and the exact way back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbship.edges.storage import locks
from nbship.edges.workspace import changes
from nbship.edges.workspace.changes import Change
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace
from tests.support.repo import Repo

OLD = {"old/a.ipynb": b"a" * 9, "old/b.ipynb": b"b", "dodo.py": b"X = 1\n"}
PLAN = (
    Change("dodo.py", b"X = 1\n", b"X = 2\n"),
    Change("old/a.ipynb", b"a" * 9, None),
    Change("old/b.ipynb", b"b", None),
    Change("src_py/a.py", None, b"new"),
)
# Each child process is killed at another of its operations on files; the next one takes back what
# was done, or finds it whole. ARGV: the folder, and "make" or "undo".
KILLED = """
import os, shutil, sys
from pathlib import Path
from nbship.edges.workspace import changes
from nbship.model.workspace import Workspace
from tests.edges.workspace.test_changes import OLD, PLAN, files_of

os.fsync = lambda descriptor: None  # a kill loses nothing that the kernel has
root, verb = Path(sys.argv[1]), sys.argv[2]
os.environ["GIT_CEILING_DIRECTORIES"] = str(root.parent)
workspace = Workspace(root, root / "inputs")
EVENTS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")
new = {change.path: change.new for change in PLAN if change.new is not None}

start = root.with_name("start")
for path, data in OLD.items():
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(data)
if verb == "undo":
    changes.make(workspace, PLAN, (), {})
shutil.copytree(root, start)

def begin():
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(start, root)

def killed(point):
    count = 0
    def kill(event, args):
        nonlocal count
        writes = event == "open" and isinstance(args[2], int) and args[2] & os.O_WRONLY
        if writes or event in EVENTS:
            count += 1
            if count == point:
                os._exit(9)
    child = os.fork()
    if child == 0:
        sys.addaudithook(kill)
        changes.make(workspace, PLAN, (), {}) if verb == "make" else changes.undo(workspace)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

point = 1
begin()
while killed(point):
    changes.recover(workspace)
    left = files_of(root)
    assert left in (OLD, new), (point, left)
    if left == new:
        changes.undo(workspace)
    else:
        changes.make(workspace, PLAN, (), {})
    assert files_of(root) == (OLD if left == new else new), point
    begin()
    point += 1
print(point)
"""


def files_of(root: Path) -> dict[str, bytes]:
    """Return all files of a folder but for the state of nbship, with their contents."""
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {
        path: file.read_bytes() for path, file in found.items() if not path.startswith(".nbship")
    }


@pytest.fixture
def repo(workspace: Workspace) -> Repo:
    """Return a repository with the old files, of which one can be executed, in a commit."""
    repo = Repo(workspace.root)
    for path, data in OLD.items():
        repo.write(path, data.decode())
    (repo.root / "dodo.py").chmod(0o755)
    (repo.root / "old/a.ipynb").chmod(0o755)
    repo.git("init", "-q")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "1")
    return repo


@pytest.mark.unmeasured
@pytest.mark.parametrize(("verb", "least"), [("make", 20), ("undo", 15)])
def test_a_kill_at_any_operation_leaves_the_old_files_or_the_new_ones(
    tmp_path: Path, verb: str, least: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "ws"), verb],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > least


def test_the_way_back_gives_the_modes_and_the_index_also_after_git_add(
    workspace: Workspace, repo: Repo
) -> None:
    before = repo.git("ls-files", "--stage")
    changes.make(workspace, PLAN, ("old/b.ipynb",), {})
    assert (repo.root / "dodo.py").stat().st_mode & 0o777 == 0o755
    assert "old/b.ipynb" not in repo.git("ls-files")
    repo.git("add", "--all", "--", "src_py", "old", "dodo.py")
    assert changes.undo(workspace) == [change.path for change in PLAN]
    assert repo.git("ls-files", "--stage") == before
    assert repo.git("status", "--porcelain") == ""
    assert files_of(repo.root / "old") == {"a.ipynb": b"a" * 9, "b.ipynb": b"b"}


def test_a_file_that_is_staged_for_the_first_commit_is_taken_out_and_comes_back(
    workspace: Workspace,
) -> None:
    repo = Repo(workspace.root)
    repo.write("n.ipynb", "old")
    repo.git("init", "-q")
    repo.git("add", "-A")
    changes.make(workspace, (Change("n.ipynb", b"old", b"new"),), ("n.ipynb",), {})
    assert repo.git("ls-files") == ""
    changes.undo(workspace)
    assert repo.git("status", "--porcelain") == "A  n.ipynb"


def test_nothing_is_taken_back_over_a_change_of_a_person(workspace: Workspace, repo: Repo) -> None:
    changes.make(workspace, PLAN, (), {})
    made = repo.root / ".nbship/adopt/made.json"
    made.rename(made.with_name("applying.json"))  # as if it had been killed at the last step
    repo.write("src_py/a.py", "mine")
    with pytest.raises(WorkspaceError, match=r"src_py/a\.py has changed since"):
        changes.recover(workspace)
    with pytest.raises(WorkspaceError, match="an earlier adoption has not ended"):
        changes.make(workspace, (), (), {})
    assert (repo.root / "src_py/a.py").read_text() == "mine"
    assert not (repo.root / "old").exists()
    (repo.root / "src_py/a.py").unlink()  # kept elsewhere, as the hint says
    assert changes.recover(workspace)
    assert files_of(repo.root / "old") == {"a.ipynb": b"a" * 9, "b.ipynb": b"b"}


def test_a_file_whose_old_content_is_lost_is_not_removed(workspace: Workspace, repo: Repo) -> None:
    changes.make(workspace, PLAN, (), {})
    (repo.root / ".nbship/adopt/0").write_bytes(b"torn")
    with pytest.raises(WorkspaceError, match=r"dodo\.py cannot get its old content"):
        changes.undo(workspace)
    assert (repo.root / "dodo.py").read_text() == "X = 2\n"


@pytest.mark.parametrize("text", ["{", "[]", '{"files": [{"path": 1}]}'])
def test_a_damaged_journal_is_set_aside(workspace: Workspace, repo: Repo, text: str) -> None:
    repo.write(".nbship/adopt/applying.json", text)
    assert not changes.recover(workspace)
    repo.write(".nbship/adopt/made.json", text)
    with pytest.raises(WorkspaceError, match="nothing to undo"):
        changes.undo(workspace)
    changes.make(workspace, PLAN, (), {})


def test_a_second_process_takes_nothing_back_while_the_first_one_is_at_work(
    workspace: Workspace, repo: Repo
) -> None:
    changes.make(workspace, PLAN, (), {})
    made = repo.root / ".nbship/adopt/made.json"
    made.rename(made.with_name("applying.json"))
    lock = workspace.path(workspace.layout.lock("adopt", "all"))
    with locks.locked(lock), pytest.raises(WorkspaceError, match="is locked by"):
        changes.recover(workspace)
    assert (repo.root / "src_py/a.py").exists()


def test_what_no_command_makes_again_survives_the_way_back(
    workspace: Workspace, repo: Repo
) -> None:
    changes.make(workspace, PLAN, (), {})
    repo.write(".nbship/local/kaggle.sqlite", "datasets")
    repo.write(".nbship/memory.json", json.dumps({}))
    changes.undo(workspace)
    assert (repo.root / ".nbship/local/kaggle.sqlite").exists()
    assert not (repo.root / ".nbship/adopt").exists()
