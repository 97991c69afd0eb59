"""Faster imports: a library is imported without a slow part that nbship does not use.

jsonschema imports a library for each format of a text, such as an address on the web or a colour,
of which a notebook has none. JupyterLab installs them: rfc3987_syntax takes three seconds to
compile its grammars, the others take a third of nbformat's import time. tornado.web takes a third
of jupytext's import time, for a contents manager that only a Jupyter server uses; markdown_it takes
a tenth of it, for MyST Markdown. papermill imports the clients of stores in the cloud, where they
are installed; pyarrow, one of them, starts threads. tornado takes most of tenacity's import time,
for its own coroutines. kagglesdk imports all its services; nbship uses one.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

FORMATS = (  # of jsonschema/_format.py
    "fqdn", "isoduration", "rfc3339_validator", "rfc3986_validator", "rfc3987", "rfc3987_syntax",
    "uri_template", "webcolors",
)  # fmt: skip
CLOUD_STORES = ("azure", "boto3", "gcsfs", "github", "pyarrow")
SERVER = "tornado.web"
MARKDOWN = "markdown_it"
COROUTINES = "tornado"


@contextmanager
def excluding(*names: str) -> Iterator[None]:
    """Make the import of these modules fail inside the block; modules already imported stay.

    Changes ``sys.modules`` for the length of the block. It also switches the garbage collector off:
    an import creates no garbage, and with a thousand tasks in memory a collection took a fifth of
    the time.
    """
    modules: dict[str, Any] = sys.modules
    excluded = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(excluded))  # None makes Python raise ModuleNotFoundError
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        for name in excluded:
            del modules[name]


@contextmanager
def isolated(package: str) -> Iterator[None]:
    """Import modules of a package inside the block without running the package's own __init__.

    The modules imported so are removed from ``sys.modules`` afterwards: a later import of the
    package loads all of it again. If the package is imported already, nothing changes.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        yield
        return
    bare = ModuleType(package)
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = bare
    try:
        yield
    finally:
        for name in [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]:
            del sys.modules[name]
