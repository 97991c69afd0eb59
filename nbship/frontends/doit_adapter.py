"""The adapter to doit: how doit loads, runs and ends the tasks of a workspace.

doit reads the settings and the tasks of a dodo.py with two methods of its loader. ``attach``
replaces both. If the dodo.py has tasks of nbship, then nbship's settings apply where the dodo.py
and the configuration files set nothing, only the tasks that the command needs are made, and the
command ends with nbship's exit codes. The loading of other dodo.py files does not change.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, cast

from doit.cmd_base import NamespaceTaskLoader
from doit.cmdparse import CmdOption, CmdParseError, TaskParse
from doit.dependency import JsonDB
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask, TaskFailed
from doit.globals import Globals
from doit.loader import task_params

from nbship.diagnostics import did_you_mean
from nbship.edges.process.standard_streams import protect_standard_streams, protected
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends import doit_database, doit_failures
from nbship.frontends.commands import (
    Option,
    Verb,
    all_names,
    left_out,
    names_for,
    no_such_option,
    no_value,
    read_options,
    remark_on_all,
)
from nbship.frontends.console import Console
from nbship.frontends.doit_failures import Tally
from nbship.frontends.doit_selection import asked_names, names_in
from nbship.frontends.doit_settings import DATABASE_FILE, settings
from nbship.frontends.session import Session
from nbship.frontends.verbs import TASKS
from nbship.interrupts import INTERRUPTED

Task = dict[str, Any]


class _Run:
    """The state of one doit command; each loading of tasks resets it."""

    def __init__(self) -> None:
        self.session = Session(Console())
        # By verb: the words of the command line that select notebooks; None: all notebooks.
        self.asked: Mapping[str, tuple[str, ...] | None] | None = None
        self.others: Mapping[str, set[str]] = {}  # by verb: names that other tasks depend on
        self.prefix = ""  # of a path in the workspace, as a task of doit names it
        self.tally = Tally()
        self.executes = False  # the command runs tasks


_run = _Run()


# --- The tasks ---------------------------------------------------------------------------------


def creator_of(verb: Verb) -> Callable[..., Any]:
    """Return the function that doit calls to make the tasks of a verb."""
    params = [_param(option) for option in verb.options]

    def create(**given: Any) -> Iterator[Task]:
        yield {"name": None, "doc": verb.help, **_stale_targets(verb)}
        for name in _wanted(verb):
            yield _task(verb, name, given)

    def create_one() -> Task:
        return _task(verb, "", {})

    creator: Any = create if verb.is_group else create_one
    creator.__name__ = creator.__qualname__ = f"task_{verb.name}"
    creator.__doc__ = verb.help
    creator.verb = verb
    # doit asks inspect for the line of each creator, to order the tasks. For a module, inspect
    # answers without dividing the text into tokens; the order is then that of the list of verbs.
    creator.__wrapped__ = sys.modules[__name__]
    if verb.is_group and params:
        creator = task_params(params)(creator)
    return cast("Callable[..., Any]", creator)


def _stale_targets(verb: Verb) -> Task:
    """Return the targets of a group for `doit clean`: what the verb made for names now gone."""
    if verb.stale is None or sys.argv[1:2] != ["clean"]:
        return {}
    with _one_line():
        return {"targets": [_run.prefix + p for p in verb.stale(_run.session)], "clean": True}


def _task(verb: Verb, name: str, given: Mapping[str, Any]) -> Task:
    """Return one task; the options given to its group are its defaults."""
    task: Task = {
        "actions": [(_act, [verb.name, name])],
        "params": [param | {"default": given.get(param["name"], param["default"])}
                   for param in map(_param, verb.options)],
        "verbosity": 2,
    }  # fmt: skip
    if verb.is_group:
        task["name"] = name
    if verb.made:
        task["uptodate"] = [(_is_made, [verb.name, name])]
    if verb.targets and name in _run.session.catalogue:
        task["targets"] = [_run.prefix + path for path in verb.targets(_run.session, name)]
        task["clean"] = True
    return task


def _param(option: Option) -> Task:
    """Return an option in doit's form. Its value stays text, which ``read_options`` validates."""
    is_flag = option.kind is bool
    return {
        "name": option.name,
        "short": option.short,
        "long": option.long,
        "type": bool if is_flag else str,
        "default": False if is_flag else option.default,
        "help": option.help.replace("%", "%%"),
    }


def _wanted(verb: Verb) -> tuple[str, ...]:
    """Return the names to make tasks for; an error ends the command with one line."""
    session = _run.session
    with _one_line():
        asked = None if _run.asked is None else _run.asked[verb.name]
        if asked is None:
            names = all_names(verb, session)
            for error in left_out(verb, session, ()).values() if _run.executes else ():
                session.console.error(error)
                _run.tally.refuse(verb, error)
            if _run.executes:
                remark_on_all(verb, session)
        else:
            names = names_for(verb, session, asked) if asked else ()
        others = _run.others.get(verb.name, set())
        more = sorted(others.intersection(session.catalogue).difference(names)) if others else ()
    return (*names, *more)


class _Failed(TaskFailed):  # type: ignore[misc]  # doit ships no types
    """The failure of a task of nbship. A worker process sends it by pickling it."""

    def __init__(self, message: str, exit_code: int, *, is_silent: bool) -> None:
        super().__init__(message, report=not is_silent)
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        return _failed_again, (self.message, self.exit_code, not self.report)


def _failed_again(message: str, exit_code: int, is_silent: bool) -> _Failed:  # noqa: FBT001
    return _Failed(message, exit_code, is_silent=is_silent)


def _act(verb: str, name: str, task: Any, **given: Any) -> dict[str, Any] | _Failed:
    """Run the action of a task; an error is printed as one line and fails the task.

    With verbosity 0 doit hides the output of the task, and prints the message of its failure.
    """
    session = _run.session
    try:
        values = TASKS[verb].act(session, name, read_options(TASKS[verb], given))
    except NbshipError as error:
        session.console.error(error)
        return _Failed(error.message, error.exit_code, is_silent=task.verbosity > 0)
    return dict(values or {})


def _is_made(task: Any, values: Mapping[str, Any], verb: str, name: str) -> bool:
    """Return whether a task has nothing to do; if so, update the values that other tasks get.

    The contents decide, not doit's database: the nbship command may have done the work.
    """
    made = TASKS[verb].made
    try:
        facts = made(_run.session, name) if made else None
    except NbshipError:
        return False  # the action reports the error
    if facts is None:
        return False
    if facts != values:
        task.values = task.result = dict(facts)
        Globals.dep_manager.save_success(task)
    return True


# Without this, doit would compute the signature again for each task.
_is_made.__signature__ = inspect.signature(_is_made)  # type: ignore[attr-defined]


# --- The two methods of doit's loader ----------------------------------------------------------

_load_doit_config = NamespaceTaskLoader.load_doit_config
_load_tasks = NamespaceTaskLoader.load_tasks


def attach() -> None:
    """Let doit use nbship's settings, selection of tasks, exit codes and way to go on.

    Side effects: replaces methods of doit's classes, and the standard streams of this process.
    """
    protect_standard_streams()
    JsonDB._load, JsonDB.dump = doit_database.load, doit_database.dump  # noqa: SLF001 - see there
    NamespaceTaskLoader.load_doit_config = _config_with_ours
    NamespaceTaskLoader.load_tasks = _tasks_with_ours
    doit_failures.attach(lambda: _run.tally)


def _verbs_in(namespace: Mapping[str, Any]) -> dict[str, Verb]:
    """Return the verbs of nbship's tasks by their names in the dodo.py, in the list's order."""
    found = {
        name.removeprefix("task_"): value.verb
        for name, value in namespace.items()
        if name.startswith("task_") and isinstance(getattr(value, "verb", None), Verb)
    }
    order = list(TASKS.values())
    return dict(sorted(found.items(), key=lambda item: order.index(item[1])))


def _config_with_ours(loader: Any) -> dict[str, Any]:
    """Return the settings of a dodo.py, completed by nbship's."""
    config: dict[str, Any] = _load_doit_config(loader)
    if not _verbs_in(loader.namespace):
        return config
    sections = ["GLOBAL", *loader.cmd_names]
    written: Mapping[str, Any] = loader.config or {}
    config = settings(config, {key for name in sections for key in written.get(name, ())})
    _run.session = Session(Console())
    with _one_line():
        root = _run.session.workspace.root
    _run.prefix = "" if root == Path.cwd() else f"{root}/"
    if config.get("dep_file") == DATABASE_FILE:
        config["dep_file"] = _run.prefix + DATABASE_FILE
    return config


def _tasks_with_ours(loader: Any, cmd: Any, pos_args: Sequence[str]) -> list[Any]:
    """Return the tasks of a dodo.py, and make the command end with nbship's exit code."""
    namespace = loader.namespace
    verbs = _verbs_in(namespace)
    if not verbs:
        return cast("list[Any]", _load_tasks(loader, cmd, pos_args))
    _run.tally = Tally(verbs)
    _run.executes = bool(cmd.execute_tasks)
    _run.asked, _run.others = None, {}
    ours = {f"task_{group}": namespace[f"task_{group}"] for group in verbs}
    with _one_line():
        _run.session.keep_facts()
        try:
            loader.namespace = {k: v for k, v in namespace.items() if k not in ours}
            theirs = _load_tasks(loader, cmd, pos_args)
            if cmd.sel_tasks is None:
                cmd.sel_tasks = _default_tasks(cmd, verbs, theirs)
            _run.asked = _asked(cmd, pos_args, verbs)
            others = names_in([*_named_by(theirs), *pos_args], verbs)
            _run.others = {verbs[group].name: names for group, names in others.items()}
            loader.namespace = ours
            tasks = [*_load_tasks(loader, cmd, pos_args), *theirs]
        finally:
            loader.namespace = namespace
        if "TASK" in cmd.doc_usage and not cmd.execute_tasks and "COMMAND" not in cmd.doc_usage:
            for word in pos_args:
                _refuse_unknown(word, tasks, verbs)
    cmd._execute = _with_our_ending(cmd, tasks, verbs)  # noqa: SLF001 - doit's name for its work
    return tasks


def _default_tasks(cmd: Any, verbs: Mapping[str, Verb], theirs: Iterable[Any]) -> list[str]:
    """Return the tasks that `doit` alone runs if the dodo.py sets none: none of them pushes.

    They can be set in pyproject.toml too, where doit itself does not read them.
    """
    written = cmd.config_vals.get("default_tasks")
    if isinstance(written, list):
        return list(map(str, written))
    ours = [group for group, verb in verbs.items() if verb.is_default]
    return ours + [task.name for task in theirs if task.subtask_of is None]


def _asked(
    cmd: Any, pos_args: Sequence[str], verbs: Mapping[str, Verb]
) -> dict[str, tuple[str, ...] | None] | None:
    """Return by verb the words that select the notebooks of the command; None: all notebooks."""
    if cmd.execute_tasks:

        def after_options(group: str, rest: Sequence[str]) -> Sequence[str]:
            return _after_options(verbs[group], rest, cmd)

        asked = asked_names(pos_args or cmd.sel_tasks, verbs, after_options)
    else:
        asked = dict.fromkeys(verbs, ()) if _lists_groups_only(cmd, pos_args) else None
    if asked is None or len(set(verbs.values())) < len(verbs):
        return None
    return {verbs[group].name: words for group, words in asked.items()}


def _after_options(verb: Verb, arguments: Sequence[str], cmd: Any) -> Sequence[str]:
    """Return the arguments after the options of a task of nbship, read by doit's own parser.

    Raises:
        WorkspaceError: an option is unknown or lacks its value.
    """
    parser = TaskParse([CmdOption(_param(option)) for option in verb.options])
    try:
        rest: Sequence[str] = parser.parse_only(list(arguments))[1]
    except CmdParseError as error:
        name = getattr(error.__context__, "opt", "")
        option = f"-{name}" if len(name) == 1 else f"--{name}"
        if parser.get_option(option)[0] is not None:
            raise no_value(verb, option) from None
        is_doits = cmd.cmdparser.get_option(option)[0] is not None
        hint = "Put the options of doit itself before the first task." if is_doits else ""
        raise no_such_option(verb, option, hint) from None
    return rest


def _lists_groups_only(cmd: Any, pos_args: Sequence[str]) -> bool:
    """Return whether the command is `doit list` without --all: shell completion calls it often."""
    words = sys.argv[1:]
    if cmd.get_name() != "list" or pos_args or words[:1] != ["list"]:
        return False
    return not cmd.cmdparser.parse(words[1:])[0]["subtasks"]


def _named_by(tasks: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the tasks that these tasks depend on; doit requires that they exist."""
    for task in tasks:
        yield from (*task.task_dep, *task.setup_tasks, *task.calc_dep)


def _refuse_unknown(word: str, tasks: Iterable[Any], verbs: Mapping[str, Verb]) -> None:
    """Refuse a word that is not the name of a task.

    Raises:
        WorkspaceError: there is no such task; suggests the nearest name.
    """
    names = {task.name for task in tasks}
    if word in names or "*" in word:
        return
    group, _, name = word.partition(":")
    if group in verbs and verbs[group].is_group:
        names_for(verbs[group], _run.session, [name])
    raise WorkspaceError(f"no task {word!r}{did_you_mean(word, names)}")


def _with_our_ending(
    cmd: Any, tasks: Sequence[Any], verbs: Mapping[str, Verb]
) -> Callable[..., Any]:
    """Return the ``_execute`` method of a doit command, changed to return nbship's exit code.

    That is the highest code of nbship's tasks that failed, or doit's code if none of them failed.
    """
    execute = cmd._execute  # noqa: SLF001

    @wraps(execute)
    def ended(**params: Any) -> Any:
        cmd.outstream = protected(cmd.outstream)
        with _one_line():
            try:
                code = execute(**{name: protected(value) for name, value in params.items()})
            except InvalidCommand as error:
                if error.not_found:
                    _refuse_unknown(error.not_found, tasks, verbs)
                raise
        if not cmd.execute_tasks:
            return code
        for failure in _run.tally.summaries():
            _run.session.console.error(failure)
        return max(_run.tally.codes, default=code)

    return ended


@contextmanager
def _one_line() -> Iterator[None]:
    """End the command with one line and an exit code on an error in the block or on Ctrl-C."""
    console = _run.session.console
    try:
        yield
    except NbshipError as error:
        console.error(error)
        sys.exit(error.exit_code)
    except (CmdParseError, InvalidCommand, InvalidDodoFile, InvalidTask) as error:
        mistake = WorkspaceError(str(error).rstrip())
        console.error(mistake)
        sys.exit(mistake.exit_code)
    except KeyboardInterrupt as error:
        console.interrupted(error)
        sys.exit(INTERRUPTED)
