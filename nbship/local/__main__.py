"""The life of the local Kaggle: from its arguments to its end.

Side effects: standard output (one line, when it serves), standard error (the log), signals.
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
from nbship.local.storage.database import State
from nbship.local.storage.state_dir import Home, HomeError
from nbship.local.storage.tags import read_tags
from nbship.local.storage.uploads import Uploads

_INTERRUPTED = "The local Kaggle was killed while this session was waiting or running."
_LOG = logging.getLogger("nbship.local")


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments, with every path absolute."""

    home: Path
    inputs: Path
    port: int
    shim: Path | None
    lifeline: bool
    faults: bool
    oddities: Quirks


def parse(arguments: list[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m nbship.local",
        description="Serve the Kaggle kernels API on this machine, to the unmodified client:"
        " what is pushed is really run, here. No account, no network.",
        epilog="Clients reach it with KAGGLE_API_ENVIRONMENT=LOCALHOST and http_proxy set to its"
        " address, with any user name and the key in HOME/credentials.json.",
    )
    parser.add_argument(
        "--home", type=Path, required=True, metavar="DIR",
        help="where its database, runs and credential are kept; made if missing",
    )  # fmt: skip
    parser.add_argument(
        "--inputs", type=Path, required=True, metavar="DIR",
        help="what stands for Kaggle's data, laid out as below /kaggle/input: datasets/OWNER/SLUG,"
        " competitions/SLUG, notebooks/OWNER/SLUG, models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION",
    )  # fmt: skip
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port (any free one if absent)"
    )
    parser.add_argument(
        "--shim", type=Path, metavar="DIR",
        help="a folder put on the runs' PYTHONPATH, whose sitecustomize.py makes /kaggle lead to"
        " the folder in KAGGLE_WORLD",
    )  # fmt: skip
    parser.add_argument(
        "--lifeline", action="store_true",
        help="end when standard input ends, after the runs that were pushed until then",
    )  # fmt: skip
    parser.add_argument(
        "--faults", action="store_true",
        help="for tests: let anyone on this machine order faults at /control/faults, and read at"
        " /control/log what really happened",
    )  # fmt: skip
    _add_oddities(parser)
    options = parser.parse_args(arguments)
    shim = options.shim.resolve() if options.shim else None
    return Options(
        options.home.resolve(), options.inputs.resolve(), options.port, shim, options.lifeline,
        options.faults, _oddities(options),
    )  # fmt: skip


def _add_oddities(parser: argparse.ArgumentParser) -> None:
    odd = parser.add_argument_group("how Kaggle is at times, and this one when it is told to")
    odd.add_argument(
        "--queued-as-nothing", action="store_true",
        help="answer {} to who asks for the status of a session that waits",
    )  # fmt: skip
    odd.add_argument(
        "--lag", type=_amount, default=0.0, metavar="SECONDS",
        help="tell the status as it was so long ago",
    )  # fmt: skip
    odd.add_argument(
        "--dataset-delay", type=_amount, default=0.0, metavar="SECONDS",
        help="let a new version of a dataset become READY so late",
    )  # fmt: skip
    for machine, hours in Quirks().hours.items():
        odd.add_argument(
            f"--{machine.lower()}-hours", type=_amount, default=hours, metavar="N",
            help=f"what each user has of a {machine} in a week (%(default)s)",
        )  # fmt: skip


def _oddities(options: argparse.Namespace) -> Quirks:
    hours = {"GPU": options.gpu_hours, "TPU": options.tpu_hours}
    return Quirks(options.queued_as_nothing, options.lag, options.dataset_delay, hours)


def _amount(text: str) -> float:
    """Return a number that is not negative."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount")
    return number


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in range(65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


async def serve(options: Options) -> None:
    """Serve until told to end, then leave nothing behind that runs."""
    ending, lifeline_cut = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ending.set)
    home = Home(options.home)
    with home.lock(), contextlib.closing(State(home.database)) as state:
        if failed := state.fail_active(_INTERRUPTED):
            _LOG.warning("%d session(s) had been cut short", failed)
        state.places.leave_all()
        sockets = bind(options.port)
        port = sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        tags = read_tags(home.tags)
        worlds = SessionFolders(
            home, options.inputs, options.shim, url, state, tags, options.oddities
        )
        runs = Runs(worlds)
        kernels = Kernels(worlds, runs)
        users = Users(home.key(), read_users(home.users), state)
        uploads = Uploads(home.uploads, url)
        registry = Registry(
            home, state, kernels, users, uploads, Datasets(worlds, uploads), os.getpid(),
            has_lifeline=options.lifeline,
        )  # fmt: skip
        gates = (
            (RecordingHandler, RecordingUploadHandler)
            if options.faults
            else (ApiHandler, UploadHandler)
        )
        server = listen(registry, sockets, *gates, witness=Recorder())
        with home.announced(port, url):
            sys.stdout.write(f"Local Kaggle: serving on {url} (Ctrl-C stops it)\n")
            sys.stdout.flush()
            if options.lifeline:
                _watch_lifeline(loop, lifeline_cut)
            await _until_told(ending, lifeline_cut, kernels, runs)
            kernels.accepts_saves = False
            server.stop()
            await runs.close()
            with contextlib.suppress(sqlite3.Error):  # the next start does it
                state.places.leave_all()
            await registry.drain()
            await server.close_all_connections()


async def _until_told(
    ending: asyncio.Event, lifeline_cut: asyncio.Event, kernels: Kernels, runs: Runs
) -> None:
    """Return at a signal; or when the lifeline is cut and the last run has ended."""

    async def lifeline() -> None:
        await lifeline_cut.wait()
        kernels.accepts_saves = False
        await runs.drain()

    tasks = [asyncio.create_task(lifeline()), asyncio.create_task(_wait(ending))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def _watch_lifeline(loop: asyncio.AbstractEventLoop, cut: asyncio.Event) -> None:
    """Set the event when standard input ends. A thread, because it may be any kind of file."""

    def watch() -> None:
        # os.read and not sys.stdin: a daemon thread within sys.stdin would break our own exit.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop may have ended before
            loop.call_soon_threadsafe(cut.set)

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
    except (HomeError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"Local Kaggle: {error}\n")
        return 1
    except KeyboardInterrupt:  # before the signal had its handler
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
