"""Time whole processes side by side, from outside, and print one table."""

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended
_GRACE = 10.0  # seconds for an interrupted program to end by itself
_SHOWN = 2000  # characters of the output of a program that failed
# Bytecode is kept between runs, as everywhere but in some containers.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
_LINE = "{:<{width}}  {:>4}  {:>8}  {:>8}  {:>8}  {:>6}"

Command = tuple[str, ...]


class BenchError(Exception):
    """A command failed, or did something else than what it was to be timed for."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the table times: commands, one after the other.

    ``before`` runs untimed ahead of them. ``fault`` looks at their output, and at the disk, and
    says in words why they have not done the work; no words, no fault. ``lacking`` is the program
    that is not installed: the line says so, and nothing is timed. ``env`` is added to the
    environment.
    """

    words: str
    commands: tuple[Command, ...]
    cwd: Path
    before: Callable[[], None] = field(default=lambda: None)
    fault: Callable[[str], str] = field(default=lambda _: "")
    lacking: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def arguments(about: str, runs: int) -> argparse.ArgumentParser:
    """Return a parser with what all benchmarks understand."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=count, default=runs, help="of each command (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="a few notebooks, one run: proves only that it runs"
    )
    return parser


def count(text: str) -> int:
    """Read a whole number of at least 1.

    Raises:
        ValueError: it is none.
    """
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def program(name: str) -> str:
    """Return the program that is installed beside this Python.

    Raises:
        BenchError: it is not.
    """
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise BenchError(f"{name} is not beside {sys.executable}: install as the README says")
    return str(path)


def compare(title: str, rows: Sequence[Row], runs: int, log: Path, *, warm_up: bool = True) -> None:
    """Time the rows in turn, so many rounds, and print the table; the first is the reference.

    Side effects: runs the commands; writes their output to ``log``, over and over.

    Raises:
        BenchError: a command failed, or did not do the work.
    """
    times: list[list[float]] = [[] for _ in rows]
    for turn in range(-1 if warm_up else 0, runs):
        for row, taken in zip(rows, times, strict=True):
            if row.lacking:
                continue
            label = "warm-up" if turn < 0 else f"round {turn + 1} of {runs}"
            with _progress(f"{title}: {label}: {row.words}"):
                seconds = _time(row, log)
            if turn >= 0:
                taken.append(seconds)
    print(f"\n{title}\n{_table(rows, times)}", flush=True)


def run_once(command: Command, cwd: Path, log: Path) -> str:
    """Run a command untimed and return what it said.

    Raises:
        BenchError: it failed.
    """
    with _progress(f"making ready: {' '.join(map(_short, command))}"):
        _time(Row(_short(command[0]), (command,), cwd), log)
    return log.read_text(encoding="utf-8", errors="replace")


def ended_well(main: Callable[[], int]) -> int:
    """Run a benchmark; a fault and Ctrl-C end it with one line, when all is tidied up."""
    try:
        return main()
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def lacks(files: Sequence[Path]) -> Callable[[str], str]:
    """Return a row's ``fault``: how many of the files that it is to make are not there."""

    def fault(_: str) -> str:
        missing = sum(not file.is_file() for file in files)
        return f"{missing} of {len(files)} files were not made" if missing else ""

    return fault


def find_make() -> str | None:
    """Return make, where it is installed."""
    return shutil.which("make")


def _time(row: Row, log: Path) -> float:
    row.before()
    with log.open("wb") as output:
        began = time.perf_counter()
        codes = [_run(command, row, output) for command in row.commands]
        seconds = time.perf_counter() - began
    said = log.read_text(encoding="utf-8", errors="replace")
    if any(codes):
        raise BenchError(f"{said[-_SHOWN:]}\nfailed: {row.words}")
    fault = row.fault(said)
    if fault:
        raise BenchError(f"{said[-_SHOWN:]}\n{row.words}: {fault}")
    return seconds


def _run(command: Command, row: Row, output: BinaryIO) -> int:
    """Run a command in a session of its own, so that Ctrl-C can end all that it has started."""
    with subprocess.Popen(
        command,
        cwd=row.cwd,
        env={**_ENVIRONMENT, **row.env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            return process.wait()  # without a timeout: Python would poll, every 50 ms
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    for signum in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)


def _table(rows: Sequence[Row], times: Sequence[Sequence[float]]) -> str:
    width = max(len(row.words) for row in rows)
    lines = [_LINE.format("seconds", "runs", "min", "median", "max", "ratio", width=width)]
    reference = statistics.median(times[0])
    for row, taken in zip(rows, times, strict=True):
        if row.lacking:
            lines.append(f"{row.words:<{width}}  {row.lacking} is not installed")
            continue
        median = statistics.median(taken)
        figures = (f"{seconds:.3f}" for seconds in (min(taken), median, max(taken)))
        ratio = f"{median / reference:.2f}"
        lines.append(_LINE.format(row.words, len(taken), *figures, ratio, width=width))
    return "\n".join(lines)


@contextlib.contextmanager
def _progress(text: str) -> Iterator[None]:
    """Show what goes on: one line that is written over, or plain lines where nobody looks."""
    is_seen = sys.stderr.isatty()
    print(f"\r\x1b[2K{text}" if is_seen else text, end="" if is_seen else "\n", file=sys.stderr)
    sys.stderr.flush()
    try:
        yield
    finally:
        print("\r\x1b[2K" if is_seen else "", end="", file=sys.stderr, flush=True)


def _short(part: str) -> str:
    return Path(part).name if os.sep in part else part
