"""The adapter to doit: how doit loads the tasks of a workspace, and how its commands end.

doit reads the settings and the tasks of a dodo.py with two methods of its loader. ``attach``
replaces both. If the dodo.py has tasks of nbship, then nbship's settings apply where the dodo.py
and the configuration files set nothing, only the tasks that the command needs are made, and the
command ends with nbship's exit codes. The loading of other dodo.py files does not change.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, cast

from doit.cmd_base import NamespaceTaskLoader
from doit.cmdparse import CmdOption, CmdParseError, TaskParse
from doit.dependency import JsonDB
from doit.exceptions import InvalidCommand

from nbship.diagnostics import did_you_mean
from nbship.edges.process.standard_streams import protect_standard_streams, protected
from nbship.errors import WorkspaceError
from nbship.frontends import doit_database, doit_failures
from nbship.frontends.commands import (
    Verb,
    names_for,
    no_such_option,
    no_value,
    print_table,
)
from nbship.frontends.console import Console
from nbship.frontends.doit_failures import Tally
from nbship.frontends.doit_selection import asked_names, names_in, with_whole_names
from nbship.frontends.doit_settings import DATABASE_FILE, settings
from nbship.frontends.doit_tasks import COMMAND, one_line, param_of
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.daily import TASKS

_load_doit_config = NamespaceTaskLoader.load_doit_config
_load_tasks = NamespaceTaskLoader.load_tasks


def attach() -> None:
    """Let doit use nbship's settings, selection of tasks, exit codes and way to go on.

    Side effects: replaces methods of doit's classes, and the standard streams of this process.
    """
    protect_standard_streams()
    JsonDB._load, JsonDB.dump = doit_database.load, doit_database.dump  # noqa: SLF001 - doit has no hook
    NamespaceTaskLoader.load_doit_config = _config_with_ours
    NamespaceTaskLoader.load_tasks = _tasks_with_ours
    doit_failures.attach(lambda: COMMAND.tally)


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
    COMMAND.session = Session(Console())
    with one_line():
        root = COMMAND.session.workspace.root
    COMMAND.prefix = "" if root == Path.cwd() else f"{root}/"
    if config.get("dep_file") == DATABASE_FILE:
        config["dep_file"] = COMMAND.prefix + DATABASE_FILE
    return config


def _tasks_with_ours(loader: Any, cmd: Any, pos_args: list[str]) -> list[Any]:
    """Return the tasks of a dodo.py, and make the command end with nbship's exit code."""
    namespace = loader.namespace
    verbs = _verbs_in(namespace)
    if not verbs:
        return cast("list[Any]", _load_tasks(loader, cmd, pos_args))
    COMMAND.tally = Tally(verbs)
    COMMAND.executes = bool(cmd.execute_tasks)
    COMMAND.asked, COMMAND.others = None, {}
    ours = {f"task_{group}": namespace[f"task_{group}"] for group in verbs}
    with one_line():
        COMMAND.session.keep_facts()
        try:
            _write_whole_names(cmd, pos_args, verbs)
            loader.namespace = {k: v for k, v in namespace.items() if k not in ours}
            theirs = _load_tasks(loader, cmd, pos_args)
            if cmd.sel_tasks is None:
                cmd.sel_tasks = _default_tasks(cmd, verbs, theirs)
            COMMAND.asked = _asked(cmd, pos_args, verbs)
            others = names_in([*_named_by(theirs), *pos_args], verbs)
            COMMAND.others = {verbs[group].name: names for group, names in others.items()}
            loader.namespace = ours
            tasks = [*_load_tasks(loader, cmd, pos_args), *theirs]
        finally:
            loader.namespace = namespace
        if "TASK" in cmd.doc_usage and not cmd.execute_tasks and "COMMAND" not in cmd.doc_usage:
            for word in pos_args:
                _refuse_unknown(word, tasks, verbs)
    cmd._execute = _with_our_ending(cmd, tasks, verbs)  # noqa: SLF001 - doit's name for its work
    return tasks


def _write_whole_names(cmd: Any, pos_args: list[str], verbs: Mapping[str, Verb]) -> None:
    """Write whole names into the tasks of a command, in doit's own list of its arguments."""
    groups = [group for group, verb in verbs.items() if verb.is_group]

    def after_options(group: str, rest: Sequence[str]) -> Sequence[str]:
        return _after_options(verbs[group], rest, cmd) if cmd.execute_tasks else rest

    def whole(group: str, name: str) -> str:
        return names_for(verbs[group], COMMAND.session, [name])[0]

    pos_args[:] = with_whole_names(pos_args, groups, after_options, whole)


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
    parser = TaskParse([CmdOption(param_of(option)) for option in verb.options])
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
        names_for(verbs[group], COMMAND.session, [name])
    raise WorkspaceError(f"no task {word!r}{did_you_mean(word, names)}")


def _selected(control: Any) -> Iterator[Any]:
    """Yield the tasks that doit's command line selects; for a group, the tasks in it."""
    for name in control.selected_tasks:
        task = control.tasks[name]
        yield from (control.tasks[each] for each in task.task_dep) if task.has_subtask else (task,)


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
        COMMAND.selected = lambda: _selected(cmd.control)
        COMMAND.results, COMMAND.foretold = {}, set()
        with one_line():
            try:
                code = execute(**{name: protected(value) for name, value in params.items()})
            except InvalidCommand as error:
                if error.not_found:
                    _refuse_unknown(error.not_found, tasks, verbs)
                raise
        if not cmd.execute_tasks:
            return code
        if COMMAND.tally.rows:
            print_table(COMMAND.session, COMMAND.tally.rows)
        for text in COMMAND.tally.skips():
            COMMAND.session.console.notice(text, is_last=True)
        for failure in COMMAND.tally.summaries():
            COMMAND.session.console.error(failure)
        return max(COMMAND.tally.codes, default=code)

    return ended
