"""Changes to modules that a process has perhaps not imported yet: made when it imports them.

Side effects: adds a finder of modules, and changes modules until the process ends.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kaggle_world.paths import World
    from kaggle_world.programs import Programs

_URI = 7  # the place of `uri` among the arguments of sqlite3.connect


class Finder:
    """The first finder of modules: it asks the others, and changes a module of ``changes``."""

    def __init__(self, changes: dict[str, Callable[[Any], None]]) -> None:
        self._changes = changes

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the spec of a module that is changed after its code has run, or None."""
        change = self._changes.pop(name, None)
        if change is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, change)  # type: ignore[assignment]
                return spec
        self._changes[name] = change  # it may come later
        return None


class _Loader:
    """The loader of one module, which changes it in the end and leaves its own loader there."""

    def __init__(self, loader: Any, change: Callable[[Any], None]) -> None:
        self._loader, self._change = loader, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._change(module)


def install(changes: dict[str, Callable[[Any], None]]) -> None:
    """Change each module: now if it is there, else when it is imported."""
    for name in [name for name in changes if name in sys.modules]:
        changes.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, Finder(changes))


def translate_libraries(world: World, imp: Any) -> None:
    """Let the import system load modules in C below /kaggle; ``imp`` is its module ``_imp``."""
    create = imp.create_dynamic

    def created(spec: Any, *file: Any) -> Any:
        there = spec.origin
        spec.origin = world.translate(there)
        try:
            return create(spec, *file)
        finally:
            spec.origin = there

    imp.create_dynamic = created


def translate_foreign(world: World, ctypes: Any) -> None:
    """Let ``ctypes`` load libraries below /kaggle."""
    load = ctypes._dlopen  # noqa: SLF001 - where all of its classes meet
    ctypes._dlopen = lambda name, *args: load(world.translate(name), *args)  # noqa: SLF001 - as above


def translate_stores(world: World, dbm: Any) -> None:
    """Let ``dbm`` and ``shelve`` find their files below /kaggle; ``dbm`` is a module in C."""
    load = dbm.open

    def opened(filename: Any, flags: str = "r", *mode: int) -> Any:
        if flags[:1] != "r" and world.is_read_only(filename):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), filename)
        return load(world.translate(filename), flags, *mode)

    dbm.open = opened


def translate_databases(world: World, sqlite3: Any) -> None:
    """Let ``sqlite3.connect`` find databases below /kaggle; an input is opened to be read."""
    connect = sqlite3.connect

    def connected(database: Any, *args: Any, **kwargs: Any) -> Any:
        is_uri = kwargs.get("uri", args[_URI - 1] if len(args) >= _URI else False)
        file, query = database, ""
        if is_uri and isinstance(database, str) and database.startswith("file:"):
            text, mark, query = database.removeprefix("file:").partition("?")
            file, query = _without_authority(text), mark + query
        elif database in {":memory:", ""}:
            return connect(database, *args, **kwargs)
        real = world.translate(file)
        if not world.is_read_only(file):
            if query or file is not database:
                real = f"file:{real}{query}"
            return connect(real, *args, **kwargs)
        path = world.absolute(file)
        file = _quoted(path) if file is database else path
        query = f"{query}&mode=ro" if query else "?mode=ro"
        if len(args) >= _URI:
            args = (*args[: _URI - 1], True)
        else:
            kwargs["uri"] = True
        return connect(f"file:{file}{query}", *args, **kwargs)

    sqlite3.connect = sqlite3.dbapi2.connect = connected


def _without_authority(text: str) -> str:
    return "/" + text.removeprefix("//").partition("/")[2] if text.startswith("//") else text


def _quoted(path: str) -> str:
    """Return a path as a part of a URI."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def translate_subprocesses(programs: Programs, subprocess: Any) -> None:
    """Let subprocess start programs with real paths."""
    subprocess._fork_exec = programs.forker(subprocess._fork_exec)  # noqa: SLF001 - where all meet


def show_output(world: World, process: Any) -> None:
    """Let ``x = !ls`` of IPython return the paths of Kaggle."""
    getoutput = process.getoutput

    def shown(command: str) -> Any:
        return world.shown_in(getoutput(command))

    process.getoutput = shown


def translate_cells(programs: Programs, module: Any) -> None:
    """Let ``%%bash``, ``%%sh`` and ``%%script`` of IPython give a shell the real paths."""
    import functools

    from kaggle_world.programs import SHELLS

    kind = module.ScriptMagics
    shebang = kind.shebang

    @functools.wraps(shebang)
    def translated(self: Any, line: str, cell: str) -> Any:
        names = {os.path.basename(word) for word in line.split()}
        return shebang(self, line, programs.command(cell) if names & SHELLS else cell)

    kind.shebang = translated
