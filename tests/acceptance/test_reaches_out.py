"""A rehearsal that tries to reach out of its folder: nothing outside it has changed afterwards."""

import hashlib
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from nbship.model.target import Rung
from tests.shim.test_launcher import write_wheel
from tests.support.users import ordinary
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured

HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/hostile-kernel"
# title = "Hostile Kernel"
# enable_internet = false
# dataset_sources = ["awa/voices"]
# [tool.nbship.smoke]
# timeout = 60
# ///
"""
# Python code, which both rungs hold.
PYTHON = """
import io, os, posix, socket, subprocess
from pathlib import Path
def attempt(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "done"
there = "/kaggle/input/datasets/awa/voices/a.txt"
real = os.path.realpath(there)
answers = [attempt(act) for act in (
    lambda: open(real, "w"), lambda: io.FileIO(real, "w"), lambda: posix.open(real, os.O_WRONLY),
    lambda: io.FileIO(there, "w"), lambda: posix.open(there, os.O_WRONLY),
    lambda: os.remove(real), lambda: Path(there).chmod(0o777), lambda: os.truncate(there, 0),
    lambda: socket.create_connection(("192.0.2.1", 80), 5),
)]
print("answers", set(answers))
print("environments", [p for p in Path("/proc").glob("[0-9]*/environ")
                       if attempt(p.read_bytes) == "done" and b"canary-of-doit" in p.read_bytes()])

# %%
!pip install -q --no-index --no-deps --disable-pip-version-check --root-user-action ignore \
    /kaggle/input/datasets/awa/voices/mine-1-py3-none-any.whl
!git checkout -q -b other
!git config user.name Nobody
!git config --global user.name Nobody
!git commit -q --allow-empty -m theirs
!echo x > ~/.bashrc; echo x > /kaggle/working/out; rm -rf ~/.ssh
Path("~/.netrc").expanduser().write_text("x")
"""
# Programs that know a path of this machine, which the sandbox holds.
PROGRAMS = """
# %%
!for f in ROOT/made ROOT/README HOME/made PREFIX/made; do echo x > $f; done
!echo x > /kaggle/input/datasets/awa/voices/a.txt; rm -rf /kaggle/input/*
!git -C ROOT commit -q --allow-empty -m theirs
!bash -c 'echo x > /dev/tcp/127.0.0.1/PORT' 2> /dev/null && echo reached
!rm -rf ROOT HOME/*
!PREFIX/bin/python -m pip install -q --no-index --no-deps --disable-pip-version-check \
    /kaggle/input/datasets/awa/voices/mine-1-py3-none-any.whl
"""


def digest(folder: Path, without: str = ".nbship") -> str:
    """Return a digest of the names, the kinds, the modes and the contents below a folder.

    It takes text for paths: an environment has tens of thousands of files.
    """
    total = hashlib.sha256()
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {without, "__pycache__"})
        for name in (*folders, *sorted(names)):
            path = f"{top}/{name}"
            status = os.lstat(path)
            total.update(f"{path}\0{status.st_mode}\0".encode())
            if stat.S_ISLNK(status.st_mode):
                total.update(str(Path(path).readlink()).encode())
            elif stat.S_ISREG(status.st_mode):
                total.update(f"{status.st_size}\0{status.st_mtime_ns}\0".encode())
                total.update(Path(path).read_bytes() if folder.name == "lab" else b"")
    return total.hexdigest()


@pytest.mark.parametrize("user", ["root", "ordinary"])
def test_nothing_outside_a_rehearsal_changes(
    bare: Workspace, rung: Rung, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    become = ordinary() if user == "ordinary" else []
    monkeypatch.setenv("CANARY", "canary-of-doit")
    home = Path(os.environ["HOME"])
    (home / ".bashrc").write_text("mine")
    bare.write("README", "mine")
    voices = bare.root / "tests/inputs/datasets/awa/voices"
    bare.write("tests/inputs/datasets/awa/voices/a.txt", "sannu")
    write_wheel(voices / "mine-1-py3-none-any.whl", "mine", "1")
    code = PYTHON + (PROGRAMS if rung == "sandbox" else "")
    server = socket.create_server(("127.0.0.1", 0))  # no program in a sandbox reaches it
    facts = {"ROOT": bare.root, "HOME": home, "PREFIX": sys.prefix, "PORT": server.getsockname()[1]}
    for name, fact in facts.items():
        code = code.replace(name, str(fact))
    bare.write("src_py/one.py", f"{HEADER}\n# %%{code}")
    bare.commit()
    bare.inside("build")
    places = (bare.root, home, Path(sys.prefix), Path("/kaggle"))
    before = [digest(place) for place in places]

    with server:
        result = bare.run(*become, sys.executable, "-m", "doit", "smoke:one")

    assert result.code == 0, result.all
    assert f"({rung})" in result.out
    assert [digest(place) for place in places] == before
    assert "answers {'OSError'}" in result.out
    if rung == "sandbox":
        assert "environments []" in result.out
        assert "reached" not in result.out
    assert (bare.root / ".nbship/smoke/one/kaggle/working/out").read_text() == "x\n"
