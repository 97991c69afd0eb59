"""An IPython extension for a kernel that an editor starts: modules of the workspace, and notices.

``NBSHIP_EDITING`` has what it needs, as JSON: ``{"sources", "notices", "folder"}``. The folder of
the sources is put first on ``sys.path``, where the bundle of an artifact has its own. The notices,
and what the launcher has left out of the samples, are told by the first cell that a person runs. A
file in the folder of the kernel says that it has begun.

Side effects: makes that file; takes the variable out of the environment; makes the kernel the
leader of a group of processes, so that an interrupt reaches the programs that a cell runs.
"""

import contextlib
import json
import os
import sys
from typing import Any

VARIABLE = "NBSHIP_EDITING"
BEGUN = "begun"  # in the folder of the kernel
_LEFT_OUT = "left-out.txt"  # there: what the launcher has left out, as it writes it
_MOST = 1 << 16  # characters


def load_ipython_extension(shell: Any) -> None:
    """Do what the variable says."""
    facts = json.loads(os.environ.pop(VARIABLE, "{}"))
    if sources := facts.get("sources"):
        sys.path.insert(0, sources)
    if os.getpgrp() != os.getpid():
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
    notices = list(facts.get("notices", ()))
    if folder := facts.get("folder"):
        notices += _left_out(os.path.join(folder, _LEFT_OUT))
        with contextlib.suppress(OSError):  # the disk is full
            open(os.path.join(folder, BEGUN), "w").close()
    if notices:
        _tell(shell, notices)


def _left_out(path: str) -> list[str]:
    """Return what the launcher could not bring of the samples, a line each."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(_MOST).splitlines()
    except OSError:
        return []
    return [f"not here: {line}" for line in lines]


def _tell(shell: Any, notices: list[str]) -> None:
    def tell(info: Any) -> None:
        if info.store_history:  # not what an editor runs for itself
            shell.events.unregister("pre_run_cell", tell)
            sys.stderr.write("".join(f"nbship: {line}\n" for line in notices))

    shell.events.register("pre_run_cell", tell)
