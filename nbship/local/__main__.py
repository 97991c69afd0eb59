"""The program ``python -m nbship.local``: it parses the arguments, serves, and stops cleanly.

Side effects: writes one line to standard output when it serves, and the log to standard error;
handles SIGINT and SIGTERM.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sqlite3
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from nbship.local.faults.recorder import Recorder, RecordingHandler, RecordingUploadHandler
from nbship.local.http.handler import ApiHandler
from nbship.local.http.server import bind, listen
from nbship.local.http.upload_handler import UploadHandler
from nbship.local.protocol.quirks import Quirks
from nbship.local.services.datasets import Datasets
from nbship.local.services.kernels import Kernels
from nbship.local.services.registry import Registry
from nbship.local.services.users import Users, read_users
from nbship.local.sessions.environment import SessionFolders
from nbship.local.sessions.queue import Runs
from nbship.local.storage.database import Database
from nbship.local.storage.rights import read_collaborators
from nbship.local.storage.state_dir import StateDir, StateDirError
from nbship.local.storage.tags import read_tags
from nbship.local.storage.uploads import Uploads
from nbship.local.storage.watched import watched

_INTERRUPTED = "The local Kaggle was killed while this session was waiting or running."
_LOG = logging.getLogger("nbship.local")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line, with absolute paths."""

    state_dir: Path
    inputs: Path
    port: int
    shim: Path | None
    lifeline: bool
    cancel_runs: bool
    faults: bool
    quirks: Quirks
    bwrap: str = ""


def parse(arguments: list[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m nbship.local",
        description="Serve the Kaggle kernels API on this machine, to the unmodified client:"
        " every pushed kernel runs on this machine. It needs no account and no network.",
        epilog="Clients need KAGGLE_API_ENVIRONMENT=LOCALHOST, http_proxy set to the server's URL,"
        " any user name, and the key in credentials.json below the --home folder.",
    )
    parser.add_argument(
        "--home", type=Path, required=True, metavar="DIR",
        help="the folder for its database, runs and API key; created if missing",
    )  # fmt: skip
    parser.add_argument(
        "--inputs", type=Path, required=True, metavar="DIR",
        help="the folder that replaces Kaggle's data, with the layout of /kaggle/input:"
        " datasets/OWNER/SLUG, competitions/SLUG, notebooks/OWNER/SLUG,"
        " models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION",
    )  # fmt: skip
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port (default: any free port)"
    )
    parser.add_argument(
        "--shim", type=Path, metavar="DIR",
        help="a folder whose launcher.py starts the code of runs, in a world laid out as on Kaggle",
    )  # fmt: skip
    parser.add_argument(
        "--bwrap", default="", metavar="FILE",
        help="the bubblewrap that makes the sandbox of a run (default: runs have none)",
    )  # fmt: skip
    parser.add_argument(
        "--lifeline", action="store_true",
        help="stop when standard input ends, after all runs that were pushed before",
    )  # fmt: skip
    parser.add_argument(
        "--cancel-runs", action="store_true",
        help="with --lifeline: cancel the runs at its end, instead of finishing them",
    )  # fmt: skip
    parser.add_argument(
        "--faults", action="store_true",
        help="for tests: accept fault rules from any user of this machine at /control/faults, and"
        " serve a record of all requests at /control/log",
    )  # fmt: skip
    _add_quirks(parser)
    options = parser.parse_args(arguments)
    shim = options.shim.resolve() if options.shim else None
    return Options(
        options.home.resolve(), options.inputs.resolve(), options.port, shim, options.lifeline,
        options.cancel_runs, options.faults, _read_quirks(options), options.bwrap,
    )  # fmt: skip


def _add_quirks(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Kaggle behaviour that varies")
    group.add_argument(
        "--queued-as-nothing", action="store_true",
        help="answer {} for the status of a queued session",
    )  # fmt: skip
    group.add_argument(
        "--lag", type=_amount, default=0.0, metavar="SECONDS",
        help="report the status that a session had this many seconds ago",
    )  # fmt: skip
    group.add_argument(
        "--dataset-delay", type=_amount, default=0.0, metavar="SECONDS",
        help="seconds until a new version of a dataset becomes READY",
    )  # fmt: skip
    group.add_argument(
        "--saving", type=_amount, default=0.0, metavar="SECONDS",
        help="seconds until the outputs of a cancelled session are saved",
    )  # fmt: skip
    group.add_argument(
        "--no-editor-saves", action="store_true",
        help="let a collaborator with edit rights read a kernel, but save no version by the API",
    )  # fmt: skip
    for machine, hours in Quirks().hours.items():
        group.add_argument(
            f"--{machine.lower()}-hours", type=_amount, default=hours, metavar="N",
            help=f"weekly {machine} quota of each user, in hours (default: %(default)s)",
        )  # fmt: skip


def _read_quirks(options: argparse.Namespace) -> Quirks:
    hours = {"GPU": options.gpu_hours, "TPU": options.tpu_hours}
    return Quirks(
        options.queued_as_nothing, options.lag, options.dataset_delay, options.saving,
        not options.no_editor_saves, hours,
    )  # fmt: skip


def _amount(text: str) -> float:
    """Parse a finite number that is not negative."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return number


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in range(65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


async def serve(options: Options) -> None:
    """Serve until a signal or the end of the lifeline, then end all sessions."""
    stopping, lifeline_ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    state_dir = StateDir(options.state_dir)
    with state_dir.lock(), contextlib.closing(Database.opened(state_dir.database_path)) as database:
        if failed := database.fail_active(_INTERRUPTED):
            _LOG.warning("%d session(s) were interrupted when the server was killed", failed)
        database.slots.release_all()
        sockets = bind(options.port)
        port = sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        tags = read_tags(state_dir.tags)
        folders = SessionFolders(
            state_dir, options.inputs, options.shim, url, database, tags, options.quirks,
            options.bwrap, watched(state_dir.collaborators, read_collaborators),
        )  # fmt: skip
        runs = Runs(folders)
        kernels = Kernels(folders, runs)
        users = Users(state_dir.key(), watched(state_dir.users, read_users), database)
        uploads = Uploads(state_dir.uploads, url)
        registry = Registry(
            state_dir, database, kernels, users, uploads, Datasets(folders, uploads), os.getpid(),
            has_lifeline=options.lifeline,
        )  # fmt: skip
        handlers = (
            (RecordingHandler, RecordingUploadHandler)
            if options.faults
            else (ApiHandler, UploadHandler)
        )
        server = listen(registry, sockets, *handlers, recorder=Recorder())
        with state_dir.announced(port, url):
            sys.stdout.write(f"Local Kaggle: serving on {url} (Ctrl-C stops it)\n")
            sys.stdout.flush()
            if options.lifeline:
                _watch_lifeline(loop, stopping if options.cancel_runs else lifeline_ended)
            await _wait_for_end(stopping, lifeline_ended, kernels, runs)
            kernels.accepts_saves = False
            server.stop()
            await runs.close()
            with contextlib.suppress(sqlite3.Error):  # the next start repairs it
                database.slots.release_all()
            await registry.drain()
            await server.close_all_connections()


async def _wait_for_end(
    stopping: asyncio.Event, lifeline_ended: asyncio.Event, kernels: Kernels, runs: Runs
) -> None:
    """Wait for a signal, or for the end of the lifeline and then of the last run."""

    async def lifeline() -> None:
        await lifeline_ended.wait()
        kernels.accepts_saves = False
        await runs.drain()

    tasks = [asyncio.create_task(lifeline()), asyncio.create_task(_wait(stopping))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def _watch_lifeline(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Set the event when standard input ends; in a thread, because it can be any kind of file."""

    def watch() -> None:
        # os.read and not sys.stdin: a daemon thread that reads sys.stdin would crash the exit.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop may have ended already
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, daemon=True).start()


def main(arguments: list[str]) -> int:
    """Serve, and return the exit code."""
    options = parse(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(options))
    except (StateDirError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"Local Kaggle: {error}\n")
        return 1
    except KeyboardInterrupt:  # before the signal handler was installed
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
