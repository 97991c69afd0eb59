"""The Dask cluster that rehearses notebooks: tasks, their cancellation, and the workers' side.

Side effects: connects to a scheduler; starts processes for the cluster "local".
"""

import contextlib
import importlib.metadata
import ipaddress
import logging
import os
import select
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import nbship
from nbship.core.run.cluster_address import LOCAL, host_of
from nbship.core.run.far_answer import COMPARED, differences
from nbship.edges import clock, machine
from nbship.edges.process.stop import Stop
from nbship.errors import Interrupted, WorkspaceError

_LOOPBACK_ONLY = "NBSHIP_LOOPBACK_ONLY"
_CONNECT = 5.0  # seconds
_OWN_SESSION = "nbship.edges.cluster.own_session"  # a module that the workers import first
_PREFIX = 8  # bytes before each message of Dask
_GREETING = 1 << 20  # bytes: more than the first message has
_VERSIONS = 60.0  # seconds: a worker imports nbship
_LOOK = 2.0  # seconds between two looks whether the cluster is there
_ALONE = 30.0  # seconds in which a worker may come back
_TICK = 0.2  # seconds between two looks of a worker whether anybody wants its task


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster whose workers have been compared with this machine."""

    client: Any
    threads: int  # how many notebooks run at the same time

    def run(self, function: Callable[[Any], Any], job: Any, key: str, stop: int) -> Any:
        """Run a function on a worker, and return its result; ``stop`` as in Context.

        A task whose worker has ended is run on another one, as often as the scheduler allows.

        Raises:
            Interrupted: nobody waits for it any more; the task is cancelled.
            WorkspaceError: the task is lost, with its worker or with the scheduler.
        """
        ours, theirs = socket.socketpair()
        future = self.client.submit(function, job, key=key, pure=False)
        with ours, theirs:
            future.add_done_callback(lambda _: _tell(theirs))
            try:
                self._wait(future, ours, stop)
                return future.result(timeout=_VERSIONS)
            except (Interrupted, KeyboardInterrupt, WorkspaceError):
                future.cancel(force=True)
                raise
            except Exception as error:  # noqa: BLE001 - that of any library on the worker
                raise WorkspaceError(
                    f"lost on the cluster: {_words(error)}",
                    hint="It has no verdict. Rehearse it again, or on this machine.",
                ) from None

    def _wait(self, future: Any, done: socket.socket, stop: int) -> None:
        alone_since: float | None = None
        while not future.done():
            waiting = [done.fileno(), *([stop] if stop >= 0 else [])]
            ready = select.select(waiting, [], [], _LOOK)[0]
            if stop in ready:
                raise Interrupted
            if ready:
                return
            has_workers = self.client.status == "running" and bool(_workers(self.client))
            alone_since = None if has_workers else alone_since or clock.seconds()
            if alone_since is not None and clock.seconds() - alone_since > _ALONE:
                raise WorkspaceError(
                    "lost on the cluster: no worker is left",
                    hint="It has no verdict. Rehearse it again, or on this machine.",
                )


@contextlib.contextmanager
def connected(address: str, patience: float = _VERSIONS) -> Iterator[Cluster]:
    """Connect to a scheduler, or start a cluster on this machine, and compare its workers with it.

    ``patience`` are the seconds in which all workers must tell their versions.

    Raises:
        WorkspaceError: the address is none, nobody answers there, or a worker has other versions.
    """
    _refuse(address)
    try:
        import distributed
    except ImportError:
        raise WorkspaceError(
            "--dask needs the library distributed", hint="pip install distributed"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it writes on the screen
    warnings.filterwarnings("ignore", module="distributed")  # so does this, about inputs of 10 MB
    with contextlib.ExitStack() as stack:
        server: Any = address
        if address == LOCAL:
            server = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=max(1, int(machine.processors())), threads_per_worker=1,
                    host="127.0.0.1", dashboard_address=None, silence_logs=logging.CRITICAL,
                    preload=[_OWN_SESSION],
                )
            )  # fmt: skip
        else:
            _refuse_without_certificates(address)
            _look(address)
        try:
            client = distributed.Client(server, timeout=_CONNECT, set_as_default=False)
        except Exception as error:  # noqa: BLE001 - what answers may be no scheduler
            raise WorkspaceError(
                f"--dask {address}: no Dask scheduler of this version answers ({_words(error)})",
                hint=f"Start one: dask scheduler --port {address.rpartition(':')[2]}",
            ) from None
        stack.enter_context(contextlib.closing(client))
        threads = _compared(client, address, patience)
        yield Cluster(client, threads)


def versions() -> dict[str, str]:
    """Return the versions that a worker and this machine must have alike."""
    found = {"Python": ".".join(map(str, sys.version_info[:2]))}
    for name in COMPARED:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found | {"nbship": nbship.__version__}


@contextlib.contextmanager
def folder_of_task() -> Iterator[tuple[Path, int]]:
    """On a worker, have a folder for a task, and a descriptor to read when it is cancelled.

    The folder is in that of the worker: what a killed worker leaves there, Dask removes when the
    next one starts.
    """
    from distributed import get_worker

    worker, stop, is_over = get_worker(), Stop(), threading.Event()
    key = worker.get_current_task()

    def watch() -> None:
        while not is_over.wait(_TICK):
            task = worker.state.tasks.get(key)
            if task is None or task.state != "executing":
                stop.tell()
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        with tempfile.TemporaryDirectory(
            prefix="nbship-", dir=worker.local_directory, ignore_cleanup_errors=True
        ) as name:
            yield Path(name).resolve(), stop.descriptor
    finally:
        is_over.set()
        thread.join()
        stop.close()


def _refuse(address: str) -> None:
    host = host_of(address)
    if host and os.environ.get(_LOOPBACK_ONLY) and not _is_loopback(host):
        raise WorkspaceError(f"--dask {address}: only this machine is allowed ({_LOOPBACK_ONLY})")


def _refuse_without_certificates(address: str) -> None:
    """Refuse an address with TLS for which Dask's configuration names no certificates.

    They are keys of ``distributed.comm.tls``, as for Dask's own programs. Without them the client
    fails half made, and says so again when it is collected.

    Raises:
        WorkspaceError: there are none, or they cannot be read.
    """
    from distributed.security import Security

    if not address.startswith("tls"):
        return
    try:
        has_some = Security().get_connection_args("client")["ssl_context"] is not None
        fault = "" if has_some else "Dask's configuration names no certificates for a client"
    except (OSError, ValueError) as error:
        fault = f"the certificates that Dask's configuration names are no use ({_words(error)})"
    if fault:
        raise WorkspaceError(
            f"--dask {address}: {fault}",
            hint="Set ca-file, client.cert and client.key below distributed.comm.tls: "
            "https://distributed.dask.org/en/latest/tls.html",
        )


def _look(address: str) -> None:
    """Refuse an address at which no scheduler answers: the client would wait long for it.

    Dask's servers speak first: eight bytes, the length of a short message, in little-endian order.

    Raises:
        WorkspaceError: nobody answers, or something else does.
    """
    host, port = address.partition("://")[2].rsplit(":", 1)
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _CONNECT) as connection:
            connection.settimeout(_CONNECT)
            # TLS greets otherwise, and no other server by chance.
            is_plain = address.startswith("tcp")
            begin = connection.recv(_PREFIX, socket.MSG_WAITALL) if is_plain else b""
        is_other = is_plain and not 0 < int.from_bytes(begin, "little") < _GREETING
        fault = "what answers is no scheduler" if is_other else ""
    except (OSError, OverflowError) as error:
        fault = _words(error)
    if fault:
        raise WorkspaceError(
            f"--dask {address}: no Dask scheduler answers ({fault})",
            hint=f"Start one: dask scheduler --port {port}",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _compared(client: Any, address: str, patience: float) -> int:
    """Return the number of threads of all workers.

    Raises:
        WorkspaceError: there is no worker, or one has other versions or does not answer.
    """
    workers = _workers(client)
    if not workers:
        raise WorkspaceError(
            f"--dask {address}: the cluster has no worker", hint=f"Start one: dask worker {address}"
        )
    here = versions()
    answers: SimpleQueue[Mapping[str, Any]] = SimpleQueue()

    def ask() -> None:
        with contextlib.suppress(Exception):  # nobody waits any more, and the client is closed
            answers.put(client.run(versions, on_error="return"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        told = answers.get(timeout=patience)
    except Empty:
        raise WorkspaceError(
            f"--dask {address}: not all of its {len(workers)} workers answer within {patience:g} s"
        ) from None
    for worker, there in sorted(told.items()):
        fault = _words(there) if isinstance(there, BaseException) else differences(here, there)
        if fault:
            raise WorkspaceError(
                f"--dask {address}: the worker {worker} is not like this machine: {fault}",
                hint="Install the same versions there.",
            )
    return sum(int(each["nthreads"]) for each in workers.values())


def _workers(client: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def _tell(done: socket.socket) -> None:
    with contextlib.suppress(OSError):  # nobody waits any more
        done.send(b".")


def _words(error: BaseException) -> str:
    """Return in one line what a library says."""
    lines = " ".join(str(error).split())
    return f"{type(error).__name__}: {lines[:200]}" if lines else type(error).__name__
