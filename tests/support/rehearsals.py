"""Rehearsals of one cell, and what they leave running."""

import psutil

from tests.support.workspace import CommandResult, Workspace


def cell(code: str, header: str = "") -> str:
    """Return a notebook with one cell."""
    return f"{header}\n# %%\n{code}\n"


def smoke(workspace: Workspace, code: str, header: str = "") -> CommandResult:
    """Rehearse a notebook with one cell."""
    workspace.write("src_py/one.py", cell(code, header))
    return workspace.inside("smoke", "one")


def lives(token: str) -> bool:
    """Return whether a process lives whose command line has this token.

    Its number is another in a sandbox; one that has ended and waits to be reaped has no command.
    """
    commands = (process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"]))
    return any(token in command for command in commands)
