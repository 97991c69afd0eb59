"""An IPython extension for a kernel that an editor starts: modules of the workspace, and notices.

``NBSHIP_EDITING`` has what it needs, as JSON: ``{"sources", "notices"}``. The folder of the sources
is put first on ``sys.path``, where the bundle of an artifact has its own. The notices are told by
the first cell that a person runs.

Side effects: takes the variable out of the environment; makes the kernel the leader of a group of
processes, so that an interrupt reaches the programs that a cell runs.
"""

import contextlib
import json
import os
import sys
from typing import Any

VARIABLE = "NBSHIP_EDITING"


def load_ipython_extension(shell: Any) -> None:
    """Do what the variable says."""
    facts = json.loads(os.environ.pop(VARIABLE, "{}"))
    if sources := facts.get("sources"):
        sys.path.insert(0, sources)
    if os.getpgrp() != os.getpid():
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
    if notices := facts.get("notices"):
        _tell(shell, notices)


def _tell(shell: Any, notices: list[str]) -> None:
    def tell(info: Any) -> None:
        if info.store_history:  # not what an editor runs for itself
            shell.events.unregister("pre_run_cell", tell)
            sys.stderr.write("".join(f"nbship: {line}\n" for line in notices))

    shell.events.register("pre_run_cell", tell)
