"""``nbship.testing`` as a user's own tests use it: the page of the documentation is played."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nbship.testing import LocalKaggle
from tests.support.pages import DOCS, blocks
from tests.support.paths import ROOT
from tests.support.workspace import Workspace

PAGE = (DOCS / "how-to" / "test-with-local-kaggle.md").read_text(encoding="utf-8")
BLOCKS = {block.title: block.text for block in blocks(PAGE) if block.title}
SECRET = "the-key-of-somebody"  # noqa: S105 - made up
QUOTA = """

def test_a_quota_that_is_used_up(local_kaggle):
    assert local_kaggle.options == ("--gpu-hours", "0")


@pytest.fixture
def local_kaggle_options(request):
    return ("--gpu-hours", "0") if "quota" in request.node.name else ()


def test_a_test_that_fails_leaves_no_server(local_kaggle):
    print("at", local_kaggle.url, local_kaggle.folder)
    raise ValueError
"""


def test_the_page_of_the_documentation_is_played(lab: Workspace) -> None:
    assert sorted(BLOCKS) == ["conftest.py", "test_kernels.py"]
    lab.write("conftest.py", BLOCKS["conftest.py"])
    lab.write("test_kernels.py", BLOCKS["test_kernels.py"] + QUOTA)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [*command, "test_kernels.py"], cwd=lab.root, capture_output=True, text=True, timeout=120,
        env={"PATH": path, "HOME": str(lab.root), "KAGGLE_KEY": SECRET, "PYTHONPATH": str(ROOT)},
        check=False,
    )  # fmt: skip
    assert "1 failed, 4 passed" in done.stdout, done.stdout
    assert "ValueError" in done.stdout
    assert SECRET not in done.stdout
    found = re.search(r"^at (\S+) (\S+)$", done.stdout, re.MULTILINE)
    assert found
    assert not Path(found[2], "home/server.json").exists()  # it was stopped, and cleaned up


def test_a_user_is_added_while_it_runs_and_a_wrong_fault_is_refused(tmp_path: Path) -> None:
    stopped = LocalKaggle(tmp_path)
    with pytest.raises(RuntimeError, match="is not running"):
        _ = stopped.url
    assert stopped.stop() == 0
    with LocalKaggle(tmp_path) as kaggle:
        assert kaggle.call("ListKernels", "awa")["kernels"] == []
        assert kaggle.call("ListKernels", "Fatou")["kernels"] == []
        assert kaggle.add_user("fatou").key != kaggle.add_user("awa").key
        with pytest.raises(ValueError, match="unknown field 'seconds_'"):
            kaggle.add_fault("*", "slow", seconds_=1)
        kaggle.add_fault("ListKernels", "status", status=500)
        assert kaggle.post("ListKernels", "awa").status_code == 500
        assert kaggle.post("ListKernels", "awa").status_code == 200
        kaggle.add_secret("awa", "HF_TOKEN", "made-up")
        kaggle.add_secret("awa", "OTHER", "made-up")
        (kaggle.state_dir / "users.json").write_text("[")
        assert kaggle.post("ListKernels", "awa").status_code == 200
        assert "what it said before still counts" in kaggle.server_log


def test_a_program_keeps_the_settings_of_git_and_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home-of-mine"
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/config").touch()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    with LocalKaggle(tmp_path) as kaggle:
        env = kaggle.environment("awa", MORE="1")
    assert env["GIT_CONFIG_GLOBAL"] == str(home / ".config/git/config")
    assert env["PYTHONUSERBASE"]
    assert env["MORE"] == "1"
    assert SECRET not in env.values()
    assert not list(Path(env["HOME"]).iterdir())


def test_without_pytest_an_import_says_so(tmp_path: Path) -> None:
    (tmp_path / "pytest.py").write_text("raise ModuleNotFoundError('No module named pytest')")
    done = subprocess.run(
        [sys.executable, "-c", "import nbship.testing"], cwd=tmp_path, capture_output=True,
        text=True, timeout=60, env={"PYTHONPATH": f"{tmp_path}:{ROOT}"}, check=False,
    )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert last == "ModuleNotFoundError: nbship.testing needs pytest: pip install pytest"
