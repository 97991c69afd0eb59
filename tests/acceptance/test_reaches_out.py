"""A rehearsal that tries to reach out of its folder: nothing outside it has changed afterwards."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.model.target import Rung
from tests.shim.test_launcher import write_wheel
from tests.support.workspace import Workspace

pytestmark = pytest.mark.usefixtures("unmeasured")

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
!rm -rf ROOT HOME/*
!PREFIX/bin/python -m pip install -q --no-index --no-deps --disable-pip-version-check \
    /kaggle/input/datasets/awa/voices/mine-1-py3-none-any.whl
"""


def digest(folder: Path, without: str = "/.nbship/") -> str:
    """Return a digest of the names, the kinds, the modes and the contents below a folder."""
    total = hashlib.sha256()
    for path in sorted(_below(folder)):
        if without in f"{path}/" or "__pycache__" in path.parts:
            continue
        status = path.lstat()
        total.update(f"{path}\0{status.st_mode}\0".encode())
        if path.is_symlink():
            total.update(str(path.readlink()).encode())
        elif path.is_file():
            total.update(f"{status.st_size}\0{status.st_mtime_ns}\0".encode())
            total.update(path.read_bytes() if folder.name == "lab" else b"")
    return total.hexdigest()


def _below(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        yield from (Path(top, name) for name in (*folders, *names))


def test_nothing_outside_a_rehearsal_changes(
    bare: Workspace, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "canary-of-doit")
    home = Path(os.environ["HOME"])
    (home / ".bashrc").write_text("mine")
    bare.write("README", "mine")
    voices = bare.root / "tests/inputs/datasets/awa/voices"
    bare.write("tests/inputs/datasets/awa/voices/a.txt", "sannu")
    write_wheel(voices / "mine-1-py3-none-any.whl", "mine", "1")
    code = PYTHON + (PROGRAMS if rung == "sandbox" else "")
    for name, path in (("ROOT", bare.root), ("HOME", home), ("PREFIX", sys.prefix)):
        code = code.replace(name, str(path))
    bare.write("src_py/one.py", f"{HEADER}\n# %%{code}")
    bare.commit()
    bare.inside("build")
    places = (bare.root, home, Path(sys.prefix), Path("/kaggle"))
    before = [digest(place) for place in places]

    result = bare.doit("smoke:one")

    assert result.code == 0, result.all
    assert [digest(place) for place in places] == before
    assert "answers {'OSError'}" in result.out
    if rung == "sandbox":
        assert "environments []" in result.out
    assert (bare.root / ".nbship/smoke/one/kaggle/working/out").read_text() == "x\n"
