"""The timing of whole processes side by side, printed as one table."""

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
    """A command failed, or did not do the work that it is timed for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: commands that run one after the other.

    ``before`` runs first and is not timed. ``fault`` checks the output and the disk, and returns
    why the work was not done, or an empty text. ``lacking`` names a program that is not
    installed: the row is then not timed. ``env`` is added to the environment.
    """

    words: str
    commands: tuple[Command, ...]
    cwd: Path
    before: Callable[[], None] = field(default=lambda: None)
    fault: Callable[[str], str] = field(default=lambda _: "")
    lacking: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def arguments(about: str, runs: int) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--runs", type=count, default=runs, help="of each command (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="a few notebooks, one run: proves only that it runs"
    )
    return parser


def count(text: str) -> int:
    """Read a whole number of at least 1.

    Raises:
        ValueError: the text is not such a number.
    """
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python.

    Raises:
        BenchError: it is not installed there.
    """
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise BenchError(f"{name} is not beside {sys.executable}: install as the README says")
    return str(path)


def compare(title: str, rows: Sequence[Row], runs: int, log: Path, *, warm_up: bool = True) -> None:
    """Time the rows in turn for ``runs`` rounds, and print the table; the first is the reference.

    Side effects: runs the commands; overwrites ``log`` with the output of each.

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


def run_once(command: Command, cwd: Path, log: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command without timing it, and return its output.

    Raises:
        BenchError: it failed.
    """
    with _progress(f"making ready: {' '.join(map(_short, command))}"):
        _time(Row(_short(command[0]), (command,), cwd, env=env or {}), log)
    return log.read_text(encoding="utf-8", errors="replace")


def ended_well(main: Callable[[], int]) -> int:
    """Run a benchmark and return its exit code; an error and Ctrl-C print one line."""
    try:
        return main()
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def lacks(files: Sequence[Path]) -> Callable[[str], str]:
    """Return a ``fault`` for a row: it counts the missing files among those that the row makes."""

    def fault(_: str) -> str:
        missing = sum(not file.is_file() for file in files)
        return f"{missing} of {len(files)} files were not made" if missing else ""

    return fault


def find_make() -> str | None:
    """Return the path of make, or None if it is not installed."""
    return shutil.which("make")


def _time(row: Row, log: Path) -> float:
    row.before()
    with log.open("wb") as output:
        began = time.perf_counter()
        codes = [_run(command, row, output) for command in row.commands]
        seconds = time.perf_counter() - began
    text = log.read_text(encoding="utf-8", errors="replace")
    if any(codes):
        raise BenchError(f"{text[-_SHOWN:]}\nfailed: {row.words}")
    fault = row.fault(text)
    if fault:
        raise BenchError(f"{text[-_SHOWN:]}\n{row.words}: {fault}")
    return seconds


def _run(command: Command, row: Row, output: BinaryIO) -> int:
    """Run a command in its own session, so that Ctrl-C can end all processes that it started."""
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
    """Show the progress on stderr: one line that is overwritten on a terminal, else a line each."""
    is_seen = sys.stderr.isatty()
    print(f"\r\x1b[2K{text}" if is_seen else text, end="" if is_seen else "\n", file=sys.stderr)
    sys.stderr.flush()
    try:
        yield
    finally:
        print("\r\x1b[2K" if is_seen else "", end="", file=sys.stderr, flush=True)


def _short(part: str) -> str:
    return Path(part).name if os.sep in part else part
