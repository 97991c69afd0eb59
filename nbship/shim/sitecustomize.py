"""The start of a notebook's Python process: ``/kaggle/...`` becomes a folder of this machine.

No module of nbship imports this file. A rehearsal without a sandbox puts its folder first on
``PYTHONPATH``, so that Python runs it at start, in the kernel and in every Python process that the
notebook starts. ``KAGGLE_WORLD`` names the folder that replaces ``/kaggle``; without this variable
nothing is translated. In the rehearsal of a Colab notebook, which ``NBSHIP_COLAB`` marks,
``/content`` becomes the working folder instead, and ``google.colab`` is found beside this file
where Colab's own package is not installed. ``NBSHIP_OFFLINE=1`` closes the network to Python code.
With ``KAGGLE_DATA_PROXY_URL``, the service that kagglehub asks on Kaggle, kagglehub finds mounts.

Side effects: see ``kaggle_world``, which does the work.

Limits: libraries that open files in C (pyarrow, libsndfile) bypass the translation. Relative paths
work for them, because the working folder is real. docs/explanation/limits.md has them all.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

    from kaggle_world.paths import World

_COLAB = "NBSHIP_COLAB"
_OFFLINE = "NBSHIP_OFFLINE"
_SERVICE = "KAGGLE_DATA_PROXY_URL"  # that kagglehub asks on Kaggle
_WORLD = "KAGGLE_WORLD"


class ColabFinder:
    """The finder of google.colab, the last one: a package that is installed comes first."""

    _FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "google_colab")

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG003
        """Return the spec of google.colab, or of ``google`` where nothing else has that name."""
        if name not in {"google", "google.colab"}:
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import spec_from_file_location

        if name == "google":
            return ModuleSpec(name, None, is_package=True)
        file = os.path.join(cls._FOLDER, "__init__.py")
        return spec_from_file_location(name, file, submodule_search_locations=[cls._FOLDER])


class PathHook:
    """The first hook of sys.path: modules of a real folder have the paths of Kaggle, too.

    Python puts the real folder of a script into sys.path.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, path: str) -> Any:
        """Return the finder of a folder.

        Raises:
            ImportError: the other hooks are to be asked.
        """
        there = self._world.shown(path)
        if there == path:
            raise ImportError
        for hook in sys.path_hooks:
            if hook is not self:
                try:
                    return hook(there)
                except ImportError:
                    continue
        raise ImportError


def install(world: World) -> None:
    """Translate the paths of a world, and where asked close the network, until the process ends."""
    from kaggle_world import files, late, programs, replacement

    files.install(world)
    started = programs.install(world)
    replacement.rebind()
    late.install({
        "IPython.core.magics.script": lambda module: late.translate_cells(started, module),
        "IPython.utils.process": lambda module: late.show_output(world, module),
        "_dbm": lambda module: late.translate_stores(world, module),
        "_gdbm": lambda module: late.translate_stores(world, module),
        "_imp": lambda module: late.translate_libraries(world, module),
        "ctypes": lambda module: late.translate_foreign(world, module),
        "sqlite3": lambda module: late.translate_databases(world, module),
        "subprocess": lambda module: late.translate_subprocesses(started, module),
    })  # fmt: skip
    sys.path_hooks.insert(0, PathHook(world))
    for path in list(sys.path_importer_cache):  # of PYTHONPATH: Python has looked for it before
        if world.translate(path) is not path or world.shown(path) != path:
            del sys.path_importer_cache[path]
    _show_arguments(world)


def _show_arguments(world: World) -> None:
    """Give a program its arguments and $PWD, and a script its own path, as on Kaggle."""
    if "PWD" in os.environ:
        os.environ["PWD"] = world.shown(os.environ["PWD"])
    arguments = getattr(sys, "argv", None)
    if not arguments:
        return
    sys.argv[:] = [world.shown_in(argument) for argument in arguments]
    there = os.path.abspath(sys.argv[0])
    # Python sets the name that a script has on this machine, unless there is one.
    if sys.argv[0] not in {"", "-", "-c", "-m"} and world.translate(there) is not there:
        sys.modules["__main__"].__file__ = there


def _closed(module: Any) -> None:
    from kaggle_world import network

    network.close(module)


def _answered_here(module: Any) -> None:
    from kaggle_world import hub

    hub.answer_here(module)


def _searched_once(module: Any) -> None:
    from kaggle_world import searches

    searches.find_once(module)


def start() -> World | None:
    """Do what the variables say; return the world, where there is one."""
    from kaggle_world import late

    root = os.environ.get(_WORLD)
    if os.environ.get(_OFFLINE) == "1":
        late.install({"socket": _closed})
    if _SERVICE in os.environ:
        late.install({"kagglehub.clients": _answered_here})
    if _COLAB in os.environ:
        sys.meta_path.append(ColabFinder)
    else:
        late.install({"glob": _searched_once})
    if not root:  # in the sandbox, the folders are real
        return None
    from kaggle_world.paths import CONTENT, MOUNTS, World

    if _COLAB not in os.environ:
        world = World(root)
    else:
        world = World(root, {CONTENT: f"{root}/working"})
        for point in filter(None, os.environ.get(MOUNTS, "").split(os.pathsep)):
            world.add_mount(point)
    install(world)
    return world


WORLD: World | None = start() if {_WORLD, _OFFLINE, _COLAB, _SERVICE} & os.environ.keys() else None
