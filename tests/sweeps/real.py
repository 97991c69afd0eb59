"""The part of the sweeps that asks git and a Jupyter server: notebooks in a workspace of their own.

Each workspace has some cases. After a sync, the build must have the cells of both files, git must
take all in and see no change after it, and the server must open both files of a pair with equal
cells, whichever of them is newer.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.jupyter import Lab, jupyter
from tests.support.paths import ROOT
from tests.support.workspace import Workspace, new_workspace
from tests.sweeps.one_answer import essence
from tests.sweeps.reporting import Verdict

CHUNK = 50  # cases in a workspace
DATES = ((0, 3600), (3600, 0), (0, 0))  # of the source and the notebook, in seconds
Made = Callable[[str, str], tuple[str, bytes]]  # kind and seed → suffix and content of the file


@dataclass(frozen=True, slots=True)
class Case:
    """A case in a workspace: its name, and the paths of its files."""

    kind: str
    seed: str
    name: str

    def notebook(self, root: Path) -> Path:
        return root / f"notebooks/{self.name}.ipynb"

    def source(self, root: Path) -> Path:
        found = root / f"src_py/{self.name}.R"
        return found if found.exists() else found.with_suffix(".py")


def check_real(kinds: Sequence[str], seeds: Sequence[str], made: Made) -> Iterator[Verdict]:
    """Yield the verdicts on these cases, each in a workspace with others."""
    for start in range(0, len(kinds), CHUNK):
        with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
            workspace = new_workspace(Path(folder) / "lab" / "here")
            cases = [
                Case(kind, seed, f"n{number}")
                for number, (kind, seed) in enumerate(
                    zip(kinds[start : start + CHUNK], seeds[start : start + CHUNK], strict=True)
                )
            ]
            yield from _verdicts(workspace, cases, made, Path(folder))


def _verdicts(
    workspace: Workspace, cases: Sequence[Case], made: Made, home: Path
) -> Iterator[Verdict]:
    root = workspace.root
    for name in ("pyproject.toml", ".gitattributes"):
        shutil.copy(ROOT / name, root / name)
    workspace.nbship("doctor", "--fix")
    for case in cases:
        suffix, data = made(case.kind, case.seed)
        folder = "notebooks" if suffix == ".ipynb" else "src_py"
        (root / folder).mkdir(exist_ok=True)
        (root / folder / f"{case.name}{suffix}").write_bytes(data)
    synced = workspace.nbship("sync")
    built = workspace.nbship("build")
    accepted = [case for case in cases if (root / f".nbship/sync/{case.name}.json").exists()]
    by_git = _fault_of_git(workspace)
    with jupyter(workspace, home) as lab:
        for case in cases:
            if case not in accepted:
                place = f"{case.name}."
                said = [line for line in synced.all.splitlines() if place in line]
                fault = "" if said else "refused without a word"
                yield Verdict(case.kind, case.seed, reason="refused by sync", fault=fault)
                continue
            fault = (
                by_git or _fault_of_build(root, case, built.err) or _fault_of_lab(root, case, lab)
            )
            yield Verdict(case.kind, case.seed, accepted=True, fault=fault)


def _fault_of_git(workspace: Workspace) -> str:
    """Return what git sees after everything was added, and was added again."""
    workspace.git("add", "-A")
    workspace.git("commit", "-q", "-m", "all")
    for file in workspace.root.glob("notebooks/*"):
        file.touch()
    workspace.git("add", "-A")
    workspace.git("add", "--renormalize", ".")
    changed = workspace.git("status", "--porcelain").out
    return f"git sees a change: {changed}" if changed else ""


def _fault_of_build(root: Path, case: Case, errors: str) -> str:
    artifact = root / f"build/{case.name}/{case.name}.ipynb"
    if not artifact.exists():
        return "" if f"src_py/{case.name}." in errors else "the build says nothing"
    return "" if _cells(artifact) == _cells(case.notebook(root)) else "the build has other cells"


def _cells(path: Path) -> list[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [essence(cell) for cell in content["cells"]]


def _fault_of_lab(root: Path, case: Case, lab: Lab) -> str:
    """Return what the server answers wrongly, with the files' dates in any order."""
    paths = (case.source(root), case.notebook(root))
    wanted = _cells(paths[1])
    for dates in DATES:
        for path, date in zip(paths, dates, strict=True):
            os.utime(path, (1e9 + date, 1e9 + date))
        for path in paths:
            status, content = lab.get(path.relative_to(root).as_posix())
            if status != 200:
                return f"{path.name}, {dates}: {status} {str(content)[:200]}"
            if [essence(cell) for cell in content["cells"]] != wanted:
                return f"{path.name}, {dates}: other cells"
    return ""
