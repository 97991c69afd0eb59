"""The doit tasks: what a person types, handed to the verbs; one line for each mistake.

A dodo.py imports the tasks by name. doit only puts them in order: whether something is up to
date, the verbs say, by content. The docstrings are what ``doit list`` shows.
"""

import atexit
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from inspect import signature
from pathlib import Path
from typing import Any

from doit.exceptions import TaskFailed
from doit.loader import task_params
from doit.reporter import ConsoleReporter

from nbship.diagnostics import did_you_mean
from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace import artifacts, sources
from nbship.errors import KaggleError, NbshipError, RunCancelled, WorkspaceError
from nbship.frontends.console import Console
from nbship.frontends.doit_selection import wanted
from nbship.model.workspace import Catalogue, Context, Workspace

DOIT_CONFIG: dict[str, Any] = {
    "default_tasks": ["check", "build", "smoke"],
    "verbosity": 2,  # what a task prints is for the person who waits
    "backend": "json",
    "dep_file": ".nbship/doit.json",
}

Task = dict[str, Any]
_GROUPS = frozenset({"build", "check", "push", "ship", "smoke", "sync", "watch"})
_TRIPS = frozenset({"watch", "ship"})  # a script may want to know what became of the run
_OWN_CODES = frozenset({KaggleError.exit_code, RunCancelled.exit_code})
_GIB = 1 << 30
_INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended
_FEW = 32  # facts about files: 5 ms to find again, and of a large workspace 30 ms to write
_CONSOLE = Console()


def _flag(name: str, meaning: str) -> Task:
    return {"name": name, "long": name.replace("_", "-"), "type": bool, "default": False,
            "help": meaning}  # fmt: skip


_CHECK: list[Task] = [
    {"name": "format", "long": "format", "default": "",
     "help": "text, json or github; without it, github where GITHUB_ACTIONS is true, else text"},
]  # fmt: skip
_TARGET: list[Task] = [
    {"name": "target", "short": "t", "long": "target", "default": "main",
     "help": "main: the shared kernel; local: a Kaggle on this machine"},
]  # fmt: skip
_SHIP = [
    *_TARGET,
    _flag("allow_dirty", "push what is not committed (recorded)"),
    _flag("allow_running", "push although a run of the kernel goes on (recorded)"),
    _flag("allow_unsmoked", "push without a passing rehearsal (recorded)"),
    _flag("wait", "wait for a free session where as many run as Kaggle allows"),
]
_PUSH = [*_SHIP, _flag("no_run", "save the version and run nothing: for utility scripts")]
_WATCH = [
    *_TARGET,
    {"name": "version", "long": "version", "type": int, "default": 0,
     "help": "the version to follow; without it, the one pushed from here"},
    {"name": "only", "long": "only", "default": "",
     "help": "fetch the outputs of these names only: patterns as of a shell, commas between them"},
    {"name": "most", "long": "most", "type": float, "default": 2.0,
     "help": "fetch no output that is larger, in GiB"},
]  # fmt: skip


def task_check() -> Task:
    """say whether every source and its metadata are valid; changes nothing"""
    _workspace()
    return {"actions": [_check], "params": _CHECK}


def task_sync() -> Iterator[Task]:
    """bring src_py/NAME.py and notebooks/NAME.ipynb in step, by content"""
    yield _group(task_sync)
    for name in _asked("sync", _pair_names):
        yield {"name": name, "actions": [(_sync, [name])], "uptodate": [(_is_in_step, [name])]}


def task_build() -> Iterator[Task]:
    """build the notebook and its kernel-metadata.json into build/NAME/"""
    yield _group(task_build)
    for name in _asked("build"):
        yield {"name": name, "actions": [(_build, [name])], "uptodate": [(_is_built, [name])]}


def task_smoke() -> Iterator[Task]:
    """rehearse the built notebook on this machine, as Kaggle would run it"""
    yield _group(task_smoke)
    for name in _asked("smoke"):
        yield {"name": name, "actions": [(_smoke, [name])], "uptodate": [(_is_smoked, [name])]}


@task_params(_PUSH)
def task_push(**options: Any) -> Iterator[Task]:
    """build, smoke, ask the guards, push to Kaggle (-t local: to a Kaggle on this machine)"""
    yield from _for_kernels(task_push, _push, _PUSH, options)


@task_params(_WATCH)
def task_watch(**options: Any) -> Iterator[Task]:
    """follow the pushed version live to its end and fetch its outputs into runs/"""
    yield from _for_kernels(task_watch, _watch, _WATCH, options)


@task_params(_SHIP)
def task_ship(**options: Any) -> Iterator[Task]:
    """push, watch and fetch, upstream kernels first: the whole trip"""
    yield from _for_kernels(task_ship, _ship, _SHIP, options)


def _for_kernels(
    creator: Callable[..., Any],
    action: Callable[..., Any],
    params: list[Task],
    given: dict[str, Any],
) -> Iterator[Task]:
    """Make a task for each Kaggle kernel; options given to the group become their defaults.

    Who names another notebook gets its task as well, which will say what it is.
    """
    yield _group(creator)
    group = creator.__name__.removeprefix("task_")
    is_named = wanted(sys.argv[1:], group, _GROUPS) is not None
    for name in _asked(group):
        if is_named or _catalogue()[name].kernel is not None:
            yield {
                "name": name,
                "actions": [(action, [name])],
                "params": [param | {"default": given[param["name"]]} for param in params],
            }


def _group(creator: Callable[..., Any]) -> Task:
    """Make the group's own task: it is there also where none of its notebooks is asked for."""
    return {"name": None, "doc": creator.__doc__}


def _asked(group: str, known: Callable[[], Iterable[str]] | None = None) -> Iterator[str]:
    """Yield the notebooks whose task of a group the command line asks for.

    One that is not there ends the command with a line: doit would say "Invalid parameter".
    """
    names = wanted(sys.argv[1:], group, _GROUPS)
    if names is not None and not names:
        return
    there = tuple((known or _catalogue)())
    with _exit_with_line():
        for name in sorted((names or frozenset()).difference(there)):
            raise WorkspaceError(f"{group}: no notebook {name!r}{did_you_mean(name, there)}")
    yield from (name for name in there if names is None or name in names)


# --- Actions: what a task does when its turn comes ---------------------------------------------


class _Failed(TaskFailed):  # type: ignore[misc] # doit ships no types
    """A failed task, and the exit code that its mistake has."""

    def __init__(self, error: NbshipError) -> None:
        super().__init__(error.message, report=False)
        self.exit_code = error.exit_code


class _Reporter(ConsoleReporter):  # type: ignore[misc] # doit ships no types
    """doit's own reporter, which ends the command with the code that a script can tell apart.

    doit ends each command with a failed task with 1. Its report is said and its memory is closed
    when ``complete_run`` comes, so that leaving here takes nothing away.
    """

    exit_code = 0

    def add_failure(self, task: Any, fail: Any) -> None:
        """Note the first code that is more than "failed"."""
        code = getattr(fail, "exit_code", 0)
        is_trip = task.name.partition(":")[0] in _TRIPS
        self.exit_code = self.exit_code or (code if is_trip and code in _OWN_CODES else 0)
        super().add_failure(task, fail)

    def complete_run(self) -> None:
        """Report what doit reports, then leave."""
        super().complete_run()
        if self.exit_code:
            raise SystemExit(self.exit_code)


DOIT_CONFIG["reporter"] = _Reporter


def _said(verb: Callable[..., None]) -> Callable[..., TaskFailed | None]:
    """Let a mistake be one line and a failed task, never a traceback."""

    @wraps(verb)
    def action(*args: Any, **options: Any) -> TaskFailed | None:
        try:
            verb(*args, **options)
        except NbshipError as error:
            _CONSOLE.error(error)
            return _Failed(error)
        except KeyboardInterrupt:
            _CONSOLE.interrupted()
            raise SystemExit(_INTERRUPTED) from None
        return None

    return action


def _signed(claim: Callable[[str], bool]) -> Callable[[str], bool]:
    """Note the signature, which doit would work out again for each task."""
    claim.__signature__ = signature(claim)  # type: ignore[attr-defined]  # functions have a dict
    return claim


@_said
def _check(format: str) -> None:  # noqa: A002 - the option's name
    from nbship.frontends.check_output import run_check

    run_check(_context(), _CONSOLE, format)


@_said
def _sync(name: str) -> None:
    from nbship.verbs.sync import sync

    _CONSOLE.step("sync", name, sync(_context(), name))


@_signed
def _is_in_step(name: str) -> bool:
    from nbship.verbs.sync import is_in_step

    return _is_true(lambda: is_in_step(_workspace(), name))


@_said
def _build(name: str) -> None:
    from nbship.verbs.build import build

    build(_context(), name)


@_signed
def _is_built(name: str) -> bool:
    return _is_true(lambda: artifacts.is_current(_workspace(), name))


@_said
def _smoke(name: str) -> None:
    from nbship.verbs.smoke import smoke

    smoke(_context(), name)


@_signed
def _is_smoked(name: str) -> bool:
    from nbship.edges.workspace.smoke_results import is_rehearsed

    return _is_true(lambda: is_rehearsed(_workspace(), name))


@_said
def _push(name: str, target: str, *, wait: bool, no_run: bool, **flags: bool) -> None:
    from nbship.core.push.guards import push_options
    from nbship.frontends.connect import connected
    from nbship.verbs.push import push

    context = _context()
    with connected(target, context, _CONSOLE) as connection:
        push(context, name, connection, push_options(flags, wait=wait, no_run=no_run))


@_said
def _watch(name: str, target: str, version: int, only: str, most: float) -> None:
    from nbship.core.run.output_names import patterns_of
    from nbship.frontends.connect import connected
    from nbship.model.run import FetchOptions
    from nbship.verbs.watch import watch

    if not 0 < most < _GIB:
        raise WorkspaceError(f"--most {most:g} is no size in GiB")
    options = FetchOptions(patterns_of(only), int(most * _GIB))
    context = _context()
    with connected(target, context, _CONSOLE) as connection:
        watch(context, name, connection, version or None, options)


@_said
def _ship(name: str, target: str, *, wait: bool, **flags: bool) -> None:
    from nbship.core.push.guards import push_options
    from nbship.frontends.connect import connected
    from nbship.verbs.ship import ship

    context = _context()
    with connected(target, context, _CONSOLE) as connection:
        ship(context, name, connection, push_options(flags, wait=wait))


def _is_true(claim: Callable[[], bool]) -> bool:
    """Ask whether something is up to date; where that cannot be told, the action will say why."""
    try:
        return claim()
    except NbshipError:
        return False


# --- What the tasks are made from --------------------------------------------------------------


@cache
def _workspace() -> Workspace:
    """Open the workspace that doit stands in, once for all tasks of one command.

    One that cannot be opened ends the command with one line.

    Side effects: makes the folder for doit's own memory; what was read of the files is kept for
    the next command when this one ends.
    """
    with _exit_with_line():
        workspace = sources.open_workspace(Path.cwd())
        files.make_folder(workspace.path(workspace.layout.state))
    atexit.register(cache_of(workspace).save, _FEW)
    return workspace


@cache
def _catalogue() -> Catalogue:
    """Return the notebooks; a source that cannot be read ends the command with one line."""
    with _exit_with_line():
        return sources.read_catalogue(_workspace())


def _pair_names() -> tuple[str, ...]:
    """Return the names of what can be paired: of sources, of notebooks, of what was one of them."""
    from nbship.edges.workspace import pairs

    with _exit_with_line():
        return pairs.pair_names(_workspace(), _catalogue())


def _context() -> Context:
    return Context(_workspace(), _catalogue(), _CONSOLE)


@contextmanager
def _exit_with_line() -> Iterator[None]:
    try:
        yield
    except NbshipError as error:
        _CONSOLE.error(error)
        sys.exit(error.exit_code)
