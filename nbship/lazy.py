"""Import a library without a part that it can do without, and that would take seconds.

rfc3987_syntax, which JupyterLab brings, compiles its grammars at import, for three seconds, so that
jsonschema can check web addresses; a notebook has none. tornado.web is a third of jupytext's
import, for its contents manager, which is for a Jupyter server; markdown_it is a tenth of it, for
MyST Markdown. tornado is most of tenacity's, for coroutines of its own. kagglesdk imports all its
services, of which nbship asks one.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

ADDRESS_GRAMMARS = "rfc3987_syntax"
SERVER = "tornado.web"
MARKDOWN = "markdown_it"
COROUTINES = "tornado"


@contextmanager
def excluding(*names: str) -> Iterator[None]:
    """Let modules not be there while the block imports; what is imported already stays.

    Meanwhile nobody looks for garbage, of which an import makes none: with a thousand tasks in
    memory that took a fifth of the time.
    """
    modules: dict[str, Any] = sys.modules
    spared = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(spared))  # None is Python's word for a module that is not there
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        for name in spared:
            del modules[name]


@contextmanager
def isolated(package: str) -> Iterator[None]:
    """Import modules of a package by themselves, without all that the package itself imports.

    They are the block's own: who imports the package later gets all of it, made anew. Where it is
    imported already, its modules are the same for all.
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
