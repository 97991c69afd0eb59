"""The start of a kernel by an editor: its arguments, its notebook and its connection file.

Facts: Jupyter Server gives the path of the notebook in JPY_SESSION_NAME, and starts the kernel in
the notebook's folder (``SessionManager.get_kernel_env`` and ``cwd_for_path``). VS Code tells no
notebook, and puts the ports on the command line. A connection file is that of
https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
"""

import json
import re
from collections.abc import Sequence

from nbship.model.layout import NOTEBOOK_SUFFIX, Layout

SESSION = "JPY_SESSION_NAME"  # the variable with the notebook
_SUFFIXES = (NOTEBOOK_SUFFIX, ".py", ".R")
_FILE = re.compile(r"--(?:f|IPKernelApp\.connection_file)=(.*)", re.DOTALL)


def split_arguments(arguments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the path of the connection file, "" if there is none, and the other arguments."""
    found, rest = "", list[str]()
    words = iter(arguments)
    for word in words:
        named = _FILE.fullmatch(word)
        if word in {"-f", "--f"}:
            found = next(words, "")
        elif named:
            found = named[1]
        else:
            rest.append(word)
    return found, tuple(rest)


def told_name(layout: Layout, folder: str, session: str) -> str:
    """Return the NAME of the notebook that an editor tells, "" if it tells none.

    ``folder`` is that of the kernel, relative to the workspace; ``session`` is what the editor
    says: a path that ends in the name of the notebook's file, or the name of a console.
    """
    file = session.rpartition("/")[2]
    path = f"{folder}/{file}"
    is_ours = path.startswith((f"{layout.notebooks}/", f"{layout.sources}/"))
    return layout.name_in(path) if is_ours and file.endswith(_SUFFIXES) else ""


def needs_files(connection: bytes | None) -> bool:
    """Return whether the sockets of a connection are files, which only their own folder has.

    Those of TCP, and the abstract ones of Linux, belong to the network of the machine.
    """
    try:
        facts = json.loads(connection or b"")
        return facts.get("transport") == "ipc" and not str(facts.get("ip", "")).startswith("@")
    except (ValueError, AttributeError, RecursionError):
        return False
