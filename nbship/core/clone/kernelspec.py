"""The kernelspec ``nbship``: with it, an editor runs a notebook in the world of a rehearsal.

It is in the environment of nbship, or else among the user's own, whichever Jupyter looks into
first. It starts the Python of that environment, which looks for the workspace above the notebook:
one kernelspec serves all workspaces that use the environment. The format:
https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbship.core.source.language import EDITOR_KERNEL, PYTHON
from nbship.diagnostics import NOWHERE, Diagnostic

TOPIC = "editor"
_FIX = "nbship doctor --fix"
# An interrupt is a message: a signal of the editor would reach the programs around the kernel.
_INTERRUPTS = "message"


@dataclass(frozen=True, slots=True)
class EditorKernel:
    """The kernelspec of editors that this Jupyter finds, and the one that it should find.

    ``found`` is its content, None if there is none that can be read; ``folder`` is where it is, ""
    if it is nowhere; ``target`` is where the doctor writes one, and ``hides`` says that Jupyter
    takes the one in ``folder`` before it.
    """

    wanted: Mapping[str, Any]
    target: str
    found: Mapping[str, Any] | None = None
    folder: str = ""
    hides: bool = False


def kernelspec(python: str) -> Mapping[str, Any]:
    """Return the content of the kernelspec for the Python at this path."""
    return {
        "argv": [python, "-P", "-m", "nbship.kernel", "-f", "{connection_file}"],
        "display_name": "nbship (as on Kaggle)",
        "interrupt_mode": _INTERRUPTS,
        "language": PYTHON.name,
        "metadata": {"debugger": True},
    }


def is_right(editor: EditorKernel) -> bool:
    """Return whether the kernelspec does what it should; a user may have added to it."""
    found = editor.found or {}
    keys = ("argv", "interrupt_mode", "language")
    return all(found.get(key) == editor.wanted[key] for key in keys)


def about(editor: EditorKernel) -> Diagnostic:
    """Return the doctor's line: a note if the kernelspec is missing, for nothing else needs it."""
    if is_right(editor):
        return Diagnostic(NOWHERE, TOPIC, f"{EDITOR_KERNEL}: {editor.folder}", severity="ok")
    if not editor.folder:
        text = f"no kernelspec {EDITOR_KERNEL}: notebooks in an editor have no /kaggle"
        return Diagnostic(NOWHERE, TOPIC, text, hints=(_FIX,), severity="note")
    text = f"the kernelspec {EDITOR_KERNEL} in {editor.folder} {_fault(editor)}"
    fix = f"Remove {editor.folder}, then: {_FIX}" if editor.hides else _FIX
    return Diagnostic(NOWHERE, TOPIC, text, hints=(fix,), severity="note")


def _fault(editor: EditorKernel) -> str:
    argv = (editor.found or {}).get("argv")
    if not (isinstance(argv, list) and argv):
        return "cannot be read"
    if argv[0] != editor.wanted["argv"][0]:
        return f"starts {argv[0]}"
    return "is that of another version of nbship"
