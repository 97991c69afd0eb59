"""The environment of a rehearsal that uv makes from a notebook's header, kept for the next one.

Side effects: starts uv, which may use the network; writes below the folder of caches.

An environment is complete when the file ``made.json`` is in its folder, which is written last.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from nbship import shim
from nbship.core.python.newer_syntax import KAGGLE
from nbship.edges.process import runner
from nbship.edges.storage import files, locks
from nbship.edges.storage.state_files import read_state
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Workspace
from nbship.sanitize import readable

_KAGGLE = ".".join(map(str, KAGGLE))
_MOST_RELEASES = 100  # of one minor version of Python
_NEEDED = ("ipykernel", "pip")  # for the kernel, and for `!pip` in a notebook
_PROGRAM = "uv"
_LAYER = Path(shim.__file__).parent / "_launch" / "layer.py"  # prints the facts about a Python
_MADE = "made.json"
_TIMEOUT = 1800.0  # seconds for the download of large packages
_LONGEST = 400  # characters of what uv says
_DRAWN = re.compile(r"[\u00d7\u2500-\u259f\u25b6]+")  # the lines that uv draws around its words


def find(
    workspace: Workspace,
    requires_python: str,
    dependencies: Sequence[str],
    say: Callable[[str], None],
) -> Mapping[str, Any]:
    """Return the facts about the Python of the environment, which the launcher needs.

    Of the Pythons that fit the header, it has Kaggle's version if uv has it or can get it.
    ``say`` tells the user that uv begins to make one, which may take minutes, and once if its
    Python is another than Kaggle's.

    Raises:
        WorkspaceError: uv is not installed, or the disk cannot be written.
        SourceError: uv cannot make the environment.
    """
    folder = _folder(workspace, requires_python, dependencies)
    name = folder.name
    # Two rehearsals may need one environment at the same time.
    with locks.locked(workspace.path(workspace.layout.lock("environment", name)), _TIMEOUT):
        facts = read_state(folder / _MADE, _parsed)
        if facts is not None and _is_there(facts):
            return facts
        uv = _uv()
        count = len(dependencies)
        say(f"uv makes an environment with {count} package{'' if count == 1 else 's'}")
        files.fresh_folder(folder)
        facts = _make(uv, workspace.root, folder / "venv", requires_python, dependencies)
        version = tuple(facts["version"][: len(KAGGLE)])
        if version != KAGGLE:
            its = ".".join(map(str, version))
            say(f"its Python is {its}; Kaggle's {_KAGGLE} does not fit, or uv cannot get it here")
        files.write_file(folder / _MADE, json.dumps(facts).encode())
        return facts


def made(
    workspace: Workspace, requires_python: str, dependencies: Sequence[str]
) -> Mapping[str, Any] | None:
    """Return the facts about an environment that ``find`` has made before, None if there is none.

    Side effects: sets a damaged file aside.
    """
    folder = _folder(workspace, requires_python, dependencies)
    facts = read_state(folder / _MADE, _parsed)
    return facts if facts is not None and _is_there(facts) else None


def _folder(workspace: Workspace, requires_python: str, dependencies: Sequence[str]) -> Path:
    inputs = json.dumps([requires_python, list(dependencies), _NEEDED]).encode()
    name = hashlib.sha256(inputs).hexdigest()[:16]
    return workspace.path(f"{workspace.layout.environments}/{name}")


def _make(
    uv: str, root: Path, venv: Path, requires_python: str, dependencies: Sequence[str]
) -> Mapping[str, Any]:
    fits = SpecifierSet(requires_python).contains
    pythons = [requires_python]
    if any(fits(f"{_KAGGLE}.{number}") for number in range(_MOST_RELEASES)):
        pythons.insert(0, ",".join(filter(None, (requires_python, f"=={_KAGGLE}.*"))))
    make = [uv, "venv", "--quiet", "--no-project"]
    faults = [""]
    for wanted in pythons:
        faults.append(_failure(
            [*make, *(["--python", wanted] if wanted else []), str(venv)], root
        ))  # fmt: skip
        if not faults[-1]:
            break
    python = str(venv / "bin" / "python")
    fault = faults[-1] or _failure(
        [uv, "pip", "install", "--quiet", "--python", python, *_NEEDED, *dependencies], root
    )
    if fault:
        files.remove(venv.parent)
        raise SourceError(f"uv cannot make the environment: {fault}")
    facts = _parsed(runner.run([python, "-I", str(_LAYER)], cwd=root).out.encode())
    if facts is None:
        raise SourceError(f"the environment that uv has made cannot be used: {python} fails")
    return facts


def _failure(argv: Sequence[str], root: Path) -> str:
    """Run uv; return what it says in one line if it fails, "" if it does not."""
    done = runner.run(argv, cwd=root, timeout=_TIMEOUT)
    if done.code == 0:
        return ""
    lines = (readable(_DRAWN.sub(" ", line)) for line in done.err.splitlines())
    words = " ".join(" ".join(lines).split()).removeprefix("error: ")
    return words[:_LONGEST] or f"it ended with exit code {done.code}"


def _is_there(facts: Mapping[str, Any]) -> bool:
    """Return whether the Python and the packages are still there: uv may have replaced a Python."""
    return os.access(facts["executable"], os.X_OK) and all(map(os.path.isdir, facts["packages"]))


def _uv() -> str:
    """Return the path of uv: that on the PATH, or the one beside this Python."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    found = shutil.which(_PROGRAM, path=path)
    if found is None:
        raise WorkspaceError(
            "uv is not installed, which makes the environment of this notebook",
            hint="pip install uv  (other ways: https://docs.astral.sh/uv/)",
        )
    return found


def _parsed(data: bytes) -> Mapping[str, Any] | None:
    """Return the facts in a file, None if it is damaged."""
    try:
        facts = json.loads(data)
        kinds = ("executable", str), ("version", list), ("packages", list)
        is_right = all(isinstance(facts[name], kind) for name, kind in kinds)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return facts if is_right else None
