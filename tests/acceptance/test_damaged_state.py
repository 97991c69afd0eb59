"""Damaged files below .nbship: the next command says so, works, and the one after it is silent."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.sampling import sample
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured


def _torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "torn": _torn,
    "deep": lambda file: file.write_bytes(b"[" * 100_000),
    "pipe": _pipe,
    "folder": _folder,
}


@pytest.mark.parametrize("damage", sample(list(DAMAGES), len(DAMAGES)))
def test_all_state_files_can_be_damaged_at_once(lab: Workspace, damage: str) -> None:
    for command in (["sync"], []):
        result = lab.doit(*command)
        assert result.code == 0, result.all
    built = lab.artifact("tiny")
    state = lab.root / ".nbship"
    # What a rehearsal leaves to be looked at is read by no command.
    files = {p.relative_to(state): p for p in state.rglob("*") if p.is_file()}
    files = {path: p for path, p in files.items() if path.parts[0] not in {"smoke", "cache"}}
    kinds = {path.parts[0] for path in files}
    assert kinds >= {"build", "smoked", "sync", "doit.json", "locks"}
    for file in files.values():
        DAMAGES[damage](file)
    said = ""
    for command in (["sync"], ["check"], ["build"], ["smoke"]):
        result = lab.doit(*command)
        assert result.code == 0, result.all
        said += result.err
    for name in ("build/tiny.json", "smoked/tiny.json", "sync/tiny.json", ".nbship/doit.json"):
        assert f"warning  {name} cannot be used (" in said
    assert lab.artifact("tiny") == built
    for verb in ("sync", "build", "smoke"):
        again = lab.nbship(verb)
        assert (again.code, again.err) == (0, "")


@pytest.mark.parametrize("part", sample(["build", ".nbship", "build/tiny", ".nbship/build"], 2))
def test_a_link_is_refused_and_what_is_behind_it_stays(
    lab: Workspace, tmp_path: Path, part: str
) -> None:
    outside = Workspace(tmp_path / "outside")
    for name in ("tiny/a.txt", "build/tiny.json", "a.txt"):
        outside.write(name, "a person's")
    (lab.root / part).parent.mkdir(exist_ok=True)
    (lab.root / part).symlink_to(outside.root)
    for result in (lab.doit("build"), lab.nbship("build"), lab.nbship("smoke")):
        assert result.code == 2
        assert f"{lab.root / part} is a link" in result.err
    assert [p.read_text() for p in outside.root.rglob("*") if p.is_file()] == ["a person's"] * 3


def test_a_folder_in_build_that_nbship_did_not_make_is_not_replaced(lab: Workspace) -> None:
    lab.write("build/tiny/main.c", "int main;")
    result = lab.doit("build")
    assert result.code == 2
    assert "build/tiny/main.c was not made by nbship" in result.err
    assert (lab.root / "build/tiny/main.c").read_text() == "int main;"
    shutil.rmtree(lab.root / "build")
    assert lab.doit("build").code == 0
    lab.write("build/tiny/.ipynb_checkpoints/x", "")
    lab.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    assert lab.doit("build").code == 0


def test_doits_database_is_written_whole(lab: Workspace) -> None:
    """A limit on the size of files imitates a full disk."""
    assert lab.doit("build").code == 0
    database = lab.root / ".nbship/doit.json"
    before = database.read_bytes()
    dodo = (lab.root / "dodo.py").read_text()
    lab.write("dodo.py", dodo + "\n\ndef task_mine():\n    return {'actions': [(values, [])]}\n\n\n"
              "def values():\n    return {'x': 'x' * 200_000}\n")  # fmt: skip
    limited = "ulimit -f 100; exec python -m doit mine"
    result = lab.run("bash", "-c", f"trap '' XFSZ; {limited}", PATH=_path())
    assert "doit's database is not saved: " in result.err
    assert "File too large" in result.err
    assert result.code == 0
    assert database.read_bytes() == before


def _path() -> str:
    import sys

    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"
