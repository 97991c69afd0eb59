"""Import a library without a part that it can do without, and that would take seconds.

rfc3987_syntax, which JupyterLab brings, compiles its grammars at import, for three seconds, so that
jsonschema can check web addresses; a notebook has none. tornado.web is a third of jupytext's
import, for its contents manager, which is for a Jupyter server.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ADDRESSES = "rfc3987_syntax"
SERVER = "tornado.web"


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let modules not be there while the block imports; what is imported already stays."""
    modules: dict[str, Any] = sys.modules
    spared = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(spared))  # None is Python's word for a module that is not there
    try:
        yield
    finally:
        for name in spared:
            del modules[name]
