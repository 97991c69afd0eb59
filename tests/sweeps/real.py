"""The part of the sweeps that asks git and a Jupyter server: notebooks in a workspace of their own.

Each workspace has some cases. After a sync, the build must have the cells of both files, git must
take all in and see no change after it, and the server must open both files of a pair with equal
cells, whichever of them is newer.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nbship.core.source.decode import is_notebook
from tests.support.jupyter import Lab, jupyter
from tests.support.paths import ROOT
from tests.support.workspace import Workspace, new_workspace
from tests.sweeps.one_answer import cells_in, essence, is_header
from tests.sweeps.reporting import Verdict

CHUNK = 50  # cases in a workspace
OK = 200
DATES = ((0, 3600), (3600, 0), (0, 0))  # of the source and the notebook, in seconds
Made = Callable[[str, str], tuple[str, bytes]]  # kind and seed → suffix and content of the file


def check_real(kinds: Sequence[str], seeds: Sequence[str], made: Made) -> Iterator[Verdict]:
    """Yield the verdicts on these cases, each in a workspace with others."""
    for start in range(0, len(kinds), CHUNK):
        with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
            workspace = new_workspace(Path(folder) / "lab" / "here")
            some = slice(start, start + CHUNK)
            yield from _verdicts(workspace, kinds[some], seeds[some], made, Path(folder))


def _verdicts(
    workspace: Workspace, kinds: Sequence[str], seeds: Sequence[str], made: Made, home: Path
) -> Iterator[Verdict]:
    root = workspace.root
    for name in ("pyproject.toml", ".gitattributes"):
        shutil.copy(ROOT / name, root / name)
    workspace.nbship("doctor", "--fix")
    names = [f"n{number}" for number in range(len(kinds))]
    contents = [made(kind, seed) for kind, seed in zip(kinds, seeds, strict=True)]
    for name, (suffix, data) in zip(names, contents, strict=True):
        folder = root / ("notebooks" if suffix == ".ipynb" else "src_py")
        folder.mkdir(exist_ok=True)
        (folder / f"{name}{suffix}").write_bytes(data)
    synced = workspace.nbship("sync")
    built = workspace.nbship("build")
    by_git = fault_of_git(workspace)
    with jupyter(workspace, home, **_quick_imports(home)) as lab:
        for name, kind, seed, (suffix, data) in zip(names, kinds, seeds, contents, strict=True):
            if not (root / f".nbship/sync/{name}.json").exists():
                is_module = suffix != ".ipynb" and not is_notebook(data.decode(errors="replace"))
                is_told = is_module or any(f"{name}." in line for line in synced.all.splitlines())
                fault = "" if is_told else "refused without a word"
                yield Verdict(kind, seed, reason="refused by sync", fault=fault)
                continue
            fault = _fault_of_build(root, name, built.err) or fault_of_lab(root, name, lab)
            yield Verdict(kind, seed, accepted=True, fault=by_git or fault)


def _quick_imports(home: Path) -> dict[str, str]:
    """Return variables that spare a program the seconds that rfc3987_syntax takes at its start."""
    folder = home / "quick"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['rfc3987_syntax'] = None\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def fault_of_git(workspace: Workspace) -> str:
    """Return what git sees after everything was added, and was added again."""
    workspace.git("add", "-A")
    workspace.git("commit", "-q", "-m", "all")
    for file in workspace.root.glob("notebooks/*"):
        file.touch()
    workspace.git("add", "-A")
    workspace.git("add", "--renormalize", ".")
    changed = workspace.git("status", "--porcelain").out
    return f"git sees a change: {changed}" if changed else ""


def _fault_of_build(root: Path, name: str, errors: str) -> str:
    artifact = root / f"build/{name}/{name}.ipynb"
    if not artifact.exists():
        return "" if f"src_py/{name}." in errors else "the build says nothing"
    wanted = [cell for cell in cells_in(_notebook(root, name)) if not is_header(cell)]
    return "" if cells_in(artifact) == wanted else "the build has other cells"


def fault_of_lab(root: Path, name: str, lab: Lab) -> str:
    """Return what the server answers wrongly, with the files' dates in any order."""
    paths = (_source(root, name), _notebook(root, name))
    wanted = cells_in(paths[1])
    for dates in DATES:
        for path, date in zip(paths, dates, strict=True):
            os.utime(path, (1e9 + date, 1e9 + date))
        for path in paths:
            status, content = lab.get(path.relative_to(root).as_posix())
            if status != OK:
                return f"{path.name}, {dates}: {status} {str(content)[:200]}"
            if [essence(cell) for cell in content["cells"]] != wanted:
                return f"{path.name}, {dates}: other cells"
    return ""


def _notebook(root: Path, name: str) -> Path:
    return root / f"notebooks/{name}.ipynb"


def _source(root: Path, name: str) -> Path:
    found = root / f"src_py/{name}.R"
    return found if found.exists() else found.with_suffix(".py")
