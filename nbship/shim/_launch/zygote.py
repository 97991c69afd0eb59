"""The zygote: a Python process that has imported what kernels need, and forks programs.

A command starts it once, in a sandbox: ``zygote.py DESCRIPTOR FOLDER [-|MODULE ...]``. The
descriptor is that of a listening socket, the folder that of the package nbship. With ``-``, a line
on standard input names the modules. Each client after that connects to the socket, sends a program
with its world, and waits for the exit code. The zygote forks a *world*, the first process of
namespaces of its own, which has the mounts of one rehearsal and nothing else. The world forks the
program and, when that asks for one, a kernel. When the program ends, or the client does, the world
ends all that is left in it.

The zygote imports (``kernel_imports``), and computes nothing: no thread outlives a fork, and no
lock that it holds.

Side effects: forks processes; see ``namespaces`` for what a world is.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib.util
import itertools
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING or __package__:
    from nbship.shim import forks
    from nbship.shim._launch import kernel_imports, namespaces
else:
    import forks
    import kernel_imports
    import namespaces

# A client that has waited too long starts the program itself: it must not run twice. So the world
# tells that it is there, the client tells it to go on, and then gets the exit code.
BEGUN, GO = b"begun\n", b"go\n"
STREAMS = 4  # standard input, output and error, and the result of papermill
_SET_THREADS = (
    "scipy_openblas_set_num_threads64_", "openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads", "openblas_set_num_threads",
)  # fmt: skip
_KILLED = 137
_PATIENCE = 1.0  # seconds between two looks at children that have ended


class Program(NamedTuple):
    """A command line of Python to go on with, its environment, its folder and its streams."""

    argv: Sequence[str]  # the interpreter, -c or -m, and the rest
    environment: Mapping[str, str]
    folder: str
    streams: Sequence[int]
    is_kernel: bool = False

    def go_on(self, imported: "kernel_imports.Imported") -> None:
        """Do what Python does that has just started with this command line.

        The stack of a kernel is as deep as that of ``python -m``: a recursion ends where it ends.
        """
        _arrange(self.streams)
        path = [*os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        os.environ.clear()
        os.environ.update(self.environment)
        time.tzset()
        os.chdir(self.folder)
        new = self.environment.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:] = [*filter(None, new), *(p for p in sys.path if p not in path)]
        _begin_anew()
        option, code, *rest = self.argv[1:]
        if option == "-c":
            sys.path.insert(0, "")
            sys.argv = ["-c", *rest]
            _end_at_once(_code_of(code))
        if self.is_kernel:
            imported.forget()
        sys.path.insert(0, os.getcwd())
        main_module, program = _module(code)
        sys.argv = [main_module.__file__ or "", *rest]
        exec(program, vars(main_module))  # noqa: S102 - it is the program
        _end_quickly()


def main(arguments: list[str]) -> tuple[Program | None, "kernel_imports.Imported"]:
    """Import, then serve until standard input is closed; in a child, return its program."""
    listening = socket.socket(fileno=int(arguments[0]))
    del sys.path[0]  # the folder of this file
    imported = kernel_imports.import_all(arguments[1], arguments[2:], int(arguments[0]))
    return serve(listening, imported.refusal), imported


def _module(name: str) -> tuple[ModuleType, CodeType]:
    """Return a module that becomes __main__, and its code, as ``python -m`` finds them.

    Raises:
        ImportError: there is none with this name.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"No module named {name}")
    module = importlib.util.module_from_spec(spec)
    module.__name__ = "__main__"
    del sys.modules["__main__"]  # so that it is the last one, before those of the program
    sys.modules["__main__"] = module
    return module, spec.loader.get_code(name)  # type: ignore[attr-defined] # those of files have it


def serve(listening: socket.socket, refusal: str = "") -> Program | None:
    """Fork a world for each connection; return its program in a child, None at the end.

    With a refusal, this is all that a client gets.
    """
    while True:
        ready, _, _ = select.select([listening.fileno(), 0], [], [], _PATIENCE)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if 0 in ready and not os.read(0, 1):
            return None
        if listening.fileno() in ready:
            connection, _ = listening.accept()
            if refusal:
                connection.recv(forks.MOST)
                _tell(connection, refusal.encode())
            elif not _fork_first(connection):
                listening.close()
                return _world(connection)
            connection.close()


def _fork_first(connection: socket.socket) -> int:
    """Fork the first process of a world; return 0 in it."""
    try:
        return namespaces.fork_first()
    except OSError as error:
        _tell(connection, f"{error}\n".encode())
        return -1


def _world(connection: socket.socket) -> Program:
    """Become the world of a request; return only in a program of it."""
    user = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
    text, streams, _, _ = socket.recv_fds(connection, forks.MOST, STREAMS)
    if user != os.getuid() or len(streams) != STREAMS:
        os._exit(1)
    request = json.loads(text)
    try:
        namespaces.separate(network=request["network"])
        namespaces.enter(request["mounts"], request["capabilities"])
    except OSError as error:
        _tell(connection, f"{error}\n".encode())
        os._exit(1)
    os.setsid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _tell(connection, BEGUN)
    if connection.recv(len(GO)) != GO:  # the client does not wait any more
        os._exit(1)
    if child := os.fork():
        theirs.close()
        _close(streams)
        return _World(connection, ours, child).serve()
    ours.close()
    connection.close()
    environment = {**request["environment"], forks.DESCRIPTOR: str(STREAMS)}
    return Program(request["argv"], environment, request["folder"], [*streams, theirs.detach()])


class _World:
    """The first process of a world: it forks kernels, and ends with its program."""

    def __init__(self, client: socket.socket, requests: socket.socket, program: int) -> None:
        self._client, self._requests, self._program = client, requests, program
        self._kernels: dict[int, int] = {}  # the descriptor that is told of the end of each
        self._wakeup, self._writer = os.pipe()
        for end in (self._wakeup, self._writer):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def serve(self) -> Program:
        """Fork kernels until the program has ended; return only in a kernel."""
        watched: list[int | socket.socket] = [self._client, self._requests, self._wakeup]
        while True:
            self._reap()
            ready, _, _ = select.select(watched, [], [])
            if self._wakeup in ready:
                os.read(self._wakeup, forks.MOST)
            if self._client in ready:  # it has ended
                self._end(_KILLED)
            if self._requests in ready:
                text, streams, _, _ = socket.recv_fds(self._requests, forks.MOST, STREAMS)
                if not text:  # the program is ending
                    watched.remove(self._requests)
                elif kernel := os.fork():
                    self._kernels[kernel] = streams.pop()
                    _close(streams)
                    self._requests.send(b"%d" % kernel)
                else:
                    return self._kernel(json.loads(text), streams)

    def _kernel(self, request: Mapping[str, Any], streams: list[int]) -> Program:
        """Leave all that is the world's own, and return the program of a kernel."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        self._client.close()
        self._requests.close()
        _close([self._wakeup, self._writer, streams.pop(), *self._kernels.values()])
        streams = [os.open(os.devnull, os.O_RDONLY), *streams]
        return Program(
            request["argv"], request["environment"], request["folder"], streams, is_kernel=True
        )

    def _reap(self) -> None:
        for pid, code in _ended():
            if pid == self._program:
                self._end(code if code >= 0 else 128 - code)
            told = self._kernels.pop(pid, None)
            if told is not None:
                with contextlib.suppress(OSError):
                    os.write(told, b"%d" % code)
                os.close(told)

    def _end(self, code: int) -> NoReturn:
        """Kill what is left in this world, tell the exit code of its program, and end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        _tell(self._client, b'{"code": %d}\n' % code)
        os._exit(0)


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the children that have ended, with their exit codes; of a signal, a negative one."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, os.waitstatus_to_exitcode(status)


def _tell(connection: socket.socket, text: bytes) -> None:
    with contextlib.suppress(OSError):  # the client has ended
        connection.send(text)


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _arrange(streams: Sequence[int]) -> None:
    """Give these descriptors the numbers from 0 on, and close all others above them."""
    first = max(len(streams), *streams) + 1
    moved = [os.dup2(stream, first + number) for number, stream in enumerate(streams)]
    for number, stream in enumerate(moved):
        os.dup2(stream, number)
    os.closerange(len(streams), first + len(streams))
    if len(streams) > STREAMS:
        os.set_inheritable(STREAMS, False)  # noqa: FBT003 - it takes no name


def _begin_anew() -> None:
    """Give this process its own random numbers, and as many threads as it may have."""
    random.seed()
    if "multiprocessing.process" in sys.modules:  # where a new process looks for modules
        sys.modules["multiprocessing.process"].ORIGINAL_DIR = os.getcwd()  # type: ignore[attr-defined]
    numpy = sys.modules.get("numpy")
    if numpy is not None and "numpy.random" in sys.modules:
        numpy.random.seed()
    if numpy is not None and not {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"} & os.environ.keys():
        for path in _openblas():
            library = ctypes.CDLL(path)
            for name in _SET_THREADS:
                if hasattr(library, name):
                    getattr(library, name)(len(os.sched_getaffinity(0)))
                    break


def _code_of(program: str) -> int:
    """Run a program, and return its exit code; the report of an error begins with its own lines."""
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is the program
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
    except BaseException as error:  # noqa: BLE001 - as Python does
        own = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(own), own)
    else:
        return 0
    return 1


def _end_at_once(code: int) -> NoReturn:
    """End this process without taking each module apart, which takes 30 ms."""
    atexit._run_exitfuncs()  # noqa: SLF001 - nothing else runs them before os._exit
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_quickly() -> NoReturn:
    """End this process as Python does, but for the modules that the zygote has imported.

    To take these apart, or to list them, touches their memory, of which this process would need a
    copy. They come before ``__main__``.

    Python forgets all modules, collects what nothing refers to any more, and then takes apart each
    module to which something still refers (``finalize_modules`` in its ``pylifecycle.c``).
    """
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - nothing else waits for threads
    atexit._run_exitfuncs()  # noqa: SLF001 - nothing else runs them before os._exit
    own = [*itertools.takewhile("__main__".__ne__, reversed(sys.modules)), "__main__"]
    left = [weakref.ref(each) for each in map(_forgotten, own) if each is not None]
    gc.collect()
    for each in left:
        module = each()
        if module is not None:
            _take_apart(vars(module))
            del module
    gc.collect()
    _end_at_once(0)


def _forgotten(name: str) -> ModuleType | None:
    """Return an imported module, and let no import find it; None if the name has no module.

    None in its place refuses each further import: the module is not run once more.
    """
    modules: dict[str, ModuleType | None] = vars(sys)["modules"]
    module, modules[name] = modules.get(name), None
    return module if isinstance(module, ModuleType) else None


def _take_apart(names: dict[str, Any]) -> None:
    """Let a module refer to nothing: as Python does, first by its private names."""
    private = [name for name in names if name[:1] == "_" and name[:2] != "__"]
    for name in (*private, *names):
        if name != "__builtins__":
            names[name] = None


def _openblas() -> set[str]:
    """Return the libraries of OpenBLAS that this process has loaded."""
    with Path("/proc/self/maps").open(encoding="utf-8", errors="surrogateescape") as maps:
        paths = (line.split(maxsplit=5)[-1].rstrip("\n") for line in maps if "openblas" in line)
        return {path for path in paths if ".so" in Path(path).name}


if __name__ == "__main__":
    program_, imported_ = main(sys.argv[1:])
    if program_ is not None:
        program_.go_on(imported_)
