"""The tasks that doit runs for the verbs, and the state of the doit command that runs them."""

import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask, TaskFailed
from doit.globals import Globals
from doit.loader import task_params

from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.commands import (
    Option,
    Options,
    Values,
    Verb,
    all_names,
    failed_row,
    has_nothing_to_do,
    left_out,
    names_for,
    read_options,
    refuse_selecting,
    remark_on_all,
    selected,
    to_each,
)
from nbship.frontends.console import Console, is_worker
from nbship.frontends.doit_failures import Tally
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.daily import TASKS
from nbship.interrupts import INTERRUPTED

if TYPE_CHECKING:
    from nbship.core.terminal.table import Row

Task = dict[str, Any]


class Command:
    """The state of one doit command; each loading of tasks resets it."""

    def __init__(self) -> None:
        self.session = Session(Console())
        # By verb: the words of the command line that select notebooks; None: all notebooks.
        self.asked: Mapping[str, tuple[str, ...] | None] | None = None
        self.others: Mapping[str, set[str]] = {}  # by verb: names that other tasks depend on
        self.prefix = ""  # of a path in the workspace, as a task of doit names it
        self.tally = Tally()
        self.executes = False  # the command runs tasks
        self.selected: Callable[[], Iterable[Any]] = tuple  # the tasks that it runs
        self.foretold: set[str] = set()  # tasks of which the user has read what they will do
        self.results: dict[str, Values | NbshipError] = {}  # by task, of those that act together
        self.turn = threading.Lock()  # with `-P thread`, doit's threads wait for one result


COMMAND = Command()


def creator_of(verb: Verb) -> Callable[..., Any]:
    """Return the function that doit calls to make the tasks of a verb."""
    params = [param_of(option) for option in verb.options]

    def create(**given: Any) -> Iterator[Task]:
        yield {"name": None, "doc": verb.help, **_stale_targets(verb)}
        names, others = _wanted(verb, given)
        for name in names:
            yield _task(verb, name, given)
        for name in others:  # a name of another task's, which the options have not selected
            task = _task(verb, name, {})
            task["basename"] = f"{verb.name}:{task.pop('name')}"
            del task["params"]  # doit takes none of a task beside a group with options
            yield task

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
    with one_line():
        return {"targets": [COMMAND.prefix + p for p in verb.stale(COMMAND.session)], "clean": True}


def _task(verb: Verb, name: str, given: Mapping[str, Any]) -> Task:
    """Return one task; the options given to its group are its defaults."""
    given = to_each(verb, given)
    task: Task = {
        "actions": [(_act, [verb.name, name])],
        "params": [param | {"default": given.get(param["name"], param["default"])}
                   for param in map(param_of, verb.options)],
        "verbosity": 2,
    }  # fmt: skip
    if verb.is_group:
        task["name"] = name
    if verb.made:
        task["uptodate"] = [(_is_made, [verb.name, name])]
    if verb.targets and name in COMMAND.session.catalogue:
        task["targets"] = [COMMAND.prefix + path for path in verb.targets(COMMAND.session, name)]
        task["clean"] = True
    return task


def param_of(option: Option) -> Task:
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


def _wanted(verb: Verb, given: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names to make tasks for, and those of tasks outside of the group.

    An error ends the command with one line.
    """
    session, is_divided = COMMAND.session, False
    with one_line():
        asked = None if COMMAND.asked is None else COMMAND.asked[verb.name]
        if asked is None:
            every = all_names(verb, session)
            names = selected(verb, session, every, given) if COMMAND.executes else every
            is_divided = len(names) < len(every)
            for error in left_out(verb, session, ()).values() if COMMAND.executes else ():
                session.console.error(error)
                COMMAND.tally.refuse(verb, error)
            if COMMAND.executes:
                remark_on_all(verb, session)
        else:
            names = names_for(verb, session, asked) if asked else ()
        others = COMMAND.others.get(verb.name, set())
        more = sorted(others.intersection(session.catalogue).difference(names)) if others else ()
    return (names, more) if is_divided else ((*names, *more), ())


class _Failed(TaskFailed):  # type: ignore[misc]  # doit ships no types
    """The failure of a task of nbship. A worker process sends it by pickling it."""

    def __init__(self, message: str, exit_code: int, row: "Row", *, is_silent: bool) -> None:
        super().__init__(message, report=not is_silent)
        self.exit_code = exit_code
        self.row = row  # in the closing table

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = self.message, self.exit_code, self.row
        return partial(_Failed, is_silent=not self.report), arguments


def _act(verb: str, name: str, task: Any, **given: Any) -> dict[str, Any] | _Failed:
    """Run the action of a task; an error is printed as one line and fails the task.

    With verbosity 0 doit hides the output of the task, and prints the message of its failure.
    """
    session = COMMAND.session
    try:
        with session.console.working(verb, name):
            refuse_selecting(TASKS[verb], given)
            values = _values(TASKS[verb], name, task, read_options(TASKS[verb], given))
    except NbshipError as error:
        session.console.error(error)
        row = failed_row(name, error)
        return _Failed(error.message, error.exit_code, row, is_silent=task.verbosity > 0)
    return dict(values or {})


def _values(verb: Verb, name: str, task: Any, options: Options) -> Values | None:
    """Run a verb for a name; one that acts together also for the other tasks of the command.

    doit's worker processes know nothing of each other: there each one acts for itself.

    Raises:
        NbshipError: the verb failed.
    """
    together = verb.together
    if verb.before and not is_worker():
        with COMMAND.turn:
            names = _alike(verb, name, options)
            if len(names) > 1 and task.name not in COMMAND.foretold:
                COMMAND.foretold.update(f"{verb.name}:{each}" for each in names)
                verb.before(COMMAND.session, names, options)
    if together is None or is_worker():
        return verb.act(COMMAND.session, name, options)
    with COMMAND.turn:
        if task.name not in COMMAND.results:
            names = (
                name,
                *(
                    each
                    for each in _alike(verb, name, options)[1:]
                    if f"{verb.name}:{each}" not in COMMAND.results
                    and not has_nothing_to_do(verb, COMMAND.session, each, options)
                ),
            )
            together(COMMAND.session, names, options, partial(_tell, verb.name))
    result = COMMAND.results[task.name]
    if isinstance(result, NbshipError):
        raise result
    return result


def _alike(verb: Verb, name: str, options: Options) -> tuple[str, ...]:
    """Return a name, and the others that the command selects for the verb with these options."""
    group, names = f"{verb.name}:", {name: None}
    for each in COMMAND.selected():
        if each.name.startswith(group):
            each.init_options()  # doit does so later, and once
            if read_options(verb, each.options) == options:
                names[each.name.removeprefix(group)] = None
    return tuple(names)


def _tell(verb: str, name: str, result: Values | NbshipError) -> None:
    """Keep the result for a task, and print an error at once: other tasks may take hours."""
    COMMAND.results[f"{verb}:{name}"] = result
    if isinstance(result, NbshipError):
        COMMAND.session.console.error(result)


def _is_made(task: Any, values: Mapping[str, Any], verb: str, name: str) -> bool:
    """Return whether a task has nothing to do; if so, update the values that other tasks get.

    The contents decide, not doit's database: the nbship command may have done the work.
    """
    if task.name in COMMAND.results:
        return False  # another task of this command has done it: the action tells the result
    made = TASKS[verb].made
    try:
        task.init_options()  # doit does so later, and once
        refuse_selecting(TASKS[verb], task.options)
        options = read_options(TASKS[verb], task.options)
        facts = made(COMMAND.session, name, options) if made else None
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


@contextmanager
def one_line() -> Iterator[None]:
    """End the command with one line and an exit code on an error in the block or on Ctrl-C."""
    console = COMMAND.session.console
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
