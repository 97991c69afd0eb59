"""What the zygote imports before it forks, and what of it a kernel has.

The zygote has one thread: no other outlives a fork, and a lock that it holds stays held. A library
whose import starts a thread, or that loads MKL, is left out. Where there is a thread all the same,
nothing is forked.

Side effects: imports modules; may start this program anew.
"""

import contextlib
import gc
import importlib
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ExtensionFileLoader
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

TOLD_LATER = "-"  # in the place of the modules
_AT_ONCE = 1 << 16  # bytes
_PAPERMILL = "nbship.edges.rehearsal.papermill"
# What a kernel of IPython imports until the first cell.
_BASE = (
    "ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.kernelspec", "comm",
    "sqlite3", "pdb", "psutil", "faulthandler", "tornado.platform.asyncio",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger",
    "IPython.core.oinspect", "IPython.core.pylabtools", "IPython.extensions.storemagic",
)  # fmt: skip
# The thread of pyarrow's allocator, which a child starts anew (jemalloc's background_thread.c).
_HARMLESS = {"jemalloc_bg_thd"}
_MKL = "/libmkl_"  # Intel's library reads its variables once: a child has the threads of the zygote
_OWN = ("forks", "kernel_imports", "namespaces")  # what no kernel has imported
# Read when a library is imported: how many threads it has, how long these spin before they sleep (2
# to the power of so many cycles: 0.3 ms, not 20 ms in each new kernel), where figures go, and that
# the parent of a kernel is the first process of its namespace, which does not end before it.
_AT_IMPORT = {
    "JPY_PARENT_PID": "1",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "OPENBLAS_THREAD_TIMEOUT": "20",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}  # fmt: skip


class Imported(NamedTuple):
    """What was imported: for a kernel, and for papermill, which a kernel has not.

    A notebook would get papermill's libraries in place of its own modules with these names, and as
    they were imported: with other variables, or without an import at all. A package with a module
    that is no Python stays: not all of these can be imported twice.
    """

    refusal: str  # why nothing is forked, "" if kernels are
    of_papermill: Sequence[str] = ()
    finders: Sequence[Any] = ()  # of sys.meta_path
    filters: Sequence[Any] = ()  # of warnings
    variables: Mapping[str, str] = MappingProxyType({})  # which libraries have set

    def forget(self) -> None:
        """Undo the imports that a kernel has not, and set the variables that its own have set."""
        os.environ.update({**self.variables, **os.environ})
        for name in (*_OWN, *self.of_papermill):
            module = sys.modules.pop(name)
            package, _, last = name.rpartition(".")
            if package in sys.modules and getattr(sys.modules[package], last, None) is module:
                delattr(sys.modules[package], last)
        sys.meta_path[:] = self.finders
        warnings.filters[:] = self.filters  # type: ignore[index] # it is a list


def import_all(package: str, modules: Sequence[str], descriptor: int) -> Imported:
    """Import what the programs need; start anew without a module that a fork does not survive.

    Where ``TOLD_LATER`` is in the place of the modules, standard input tells them, as a line of
    JSON. A module that cannot be imported is left out: the notebook that imports it meets the
    error. The program that starts anew inherits the descriptor.
    """
    if _threads() > 1:
        return Imported("a thread runs before the first import (of a sitecustomize or .pth file)")
    gc.disable()  # an import makes no garbage
    before = {name: os.environ.get(name) for name in _AT_IMPORT}
    os.environ.update(_AT_IMPORT)
    given = {*os.environ}
    sys.path.insert(0, package)
    for name in _BASE:
        _import(name)
    wanted = _told() if [*modules] == [TOLD_LATER] else modules
    for name in wanted:
        _import(name)
        if fault := _fault():
            sys.stderr.write(f"{name} {fault}\n")
            _start_with([other for other in wanted if other != name], modules, descriptor)
    kernels, finders, filters = {*sys.modules}, [*sys.meta_path], [*warnings.filters]
    variables = {name: os.environ[name] for name in os.environ.keys() - given}
    has_papermill = _import(_PAPERMILL)
    sys.path.remove(package)
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    gc.freeze()  # a collection would touch all of it, and each child would need a copy
    gc.enable()
    refusal = "" if has_papermill else f"{_PAPERMILL} cannot be imported"
    if _threads() > 1:
        refusal = "IPython or papermill starts a thread when it is imported"
    forgettable = [*_forgettable(sys.modules.keys() - kernels)]
    return Imported(refusal, forgettable, finders, filters, variables)


def _threads() -> int:
    """Return the number of threads of this process, but for harmless ones."""
    tasks = os.listdir("/proc/self/task")
    return sum(_text(f"/proc/self/task/{task}/comm").strip() not in _HARMLESS for task in tasks)


def _fault() -> str:
    """Return what a library has done that a fork does not survive, "" if nothing."""
    if _threads() > 1:
        return "starts a thread when it is imported"
    return "loads the Math Kernel Library" if _MKL in _text("/proc/self/maps") else ""


def _text(path: str) -> str:
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def _import(name: str) -> bool:
    """Import a module, and return whether that was possible."""
    try:
        module = importlib.import_module(name)
        if name == _PAPERMILL:
            module.make_ready()
    except Exception as error:  # noqa: BLE001 - an import can raise anything
        sys.stderr.write(f"{name} cannot be imported: {type(error).__name__}: {error}\n")
        return False
    return True


def _told() -> list[str]:
    """Return the modules that standard input names; none if it is closed before."""
    text = b""
    while not text.endswith(b"\n") and (more := os.read(0, _AT_ONCE)):
        text += more
    return [str(name) for name in json.loads(text or b"[]")]


def _start_with(modules: Sequence[str], given: Sequence[str], descriptor: int) -> NoReturn:
    """Start this program anew with these modules in place of those that it was given."""
    arguments = [*sys.orig_argv[: -len(given)], *modules]
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes no name
    os.execv(sys.executable, arguments)  # noqa: S606 - no shell is wanted


def _forgettable(names: "set[str]") -> Iterator[str]:
    """Yield the modules of packages that can be imported once more."""
    kept = {_own_name(name).partition(".")[0] for name in names if _is_compiled(name)}
    yield from (name for name in names if name.partition(".")[0] not in kept)


def _own_name(name: str) -> str:
    """Return the name that a module has itself; requests has names for those of others."""
    spec = getattr(sys.modules[name], "__spec__", None)
    return name if spec is None else str(spec.name)


def _is_compiled(name: str) -> bool:
    spec = getattr(sys.modules[name], "__spec__", None)
    return spec is None or isinstance(spec.loader, ExtensionFileLoader)
