"""What doit does after a failure: nbship's tasks that go on still start, and no other task does.

Without -c, doit starts no task after the first failure. ``attach`` replaces methods of doit's
runner. After a failure of a task of nbship whose verb goes on, the other tasks of such verbs start;
a user's own tasks do not, as they would not without nbship. After any other failure, and with -c,
doit's own rules hold.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from doit.runner import Runner

from nbship.errors import NbshipError
from nbship.frontends.commands import SKIPPED, Verb, failed_row, failures_of, row_of, skips_of

if TYPE_CHECKING:
    from nbship.core.terminal.table import Row


class Tally:
    """The tasks of nbship that one command has selected, and those that failed."""

    def __init__(self, verbs: Mapping[str, Verb] | None = None) -> None:
        """Start empty; ``verbs`` are those of nbship's tasks by the names in the dodo.py."""
        self._verbs = verbs or {}
        self._names: dict[Verb, dict[str, None]] = {}
        self._failed: dict[Verb, dict[str, None]] = {}
        self._skipped: dict[Verb, dict[str, None]] = {}
        self.rows: list[Row] = []  # of the closing table
        self.codes: list[int] = []
        self.continues = False  # -c

    def verb_of(self, task: Any) -> Verb | None:
        """Return the verb of a task, or of a group of tasks; None for a user's own task."""
        return self._verbs.get(task.name.partition(":")[0])

    def select(self, task: Any) -> None:
        """Note that a task is selected."""
        self._note(self._names, task)

    def fail(self, task: Any, failure: Any) -> None:
        """Note that a task has failed."""
        verb = self.verb_of(task)
        if verb is not None and verb.has_table and hasattr(failure, "row"):
            self.rows.append(failure.row)
        self._note(self._failed, task)
        code = getattr(failure, "exit_code", None)
        if code is not None:
            self.codes.append(code)

    def end(self, task: Any, failure: Any) -> None:
        """Note that a task has ended; its values say whether it was skipped."""
        values = task.values or {}
        if values.get(SKIPPED):
            self._note(self._skipped, task)
        verb = self.verb_of(task)
        if verb is not None and verb.has_table and not task.has_subtask and not failure:
            self.rows.append(row_of(task.name.partition(":")[2], values))

    def refuse(self, verb: Verb, error: NbshipError) -> None:
        """Note that a verb refuses something for which there is no task."""
        for names in (self._names, self._failed):
            names.setdefault(verb, {})[str(error.place)] = None
        self.rows += [failed_row(str(error.place), error)] if verb.has_table else []
        self.codes.append(error.exit_code)

    def skips(self) -> Iterator[str]:
        """Yield for each verb that skipped tasks how many there are."""
        for verb, skipped in self._skipped.items():
            yield from skips_of(verb, tuple(skipped), len(self._names[verb]))

    def summaries(self) -> Iterator[NbshipError]:
        """Yield for each verb that went on after a failure how many of its tasks failed."""
        for verb, failed in self._failed.items():
            if verb.goes_on or self.continues:
                yield from failures_of(verb, tuple(failed), len(self._names[verb]))

    def _note(self, names: dict[Verb, dict[str, None]], task: Any) -> None:
        verb = self.verb_of(task)
        if verb is not None and not task.has_subtask:
            names.setdefault(verb, {})[task.name.partition(":")[2]] = None


_select_task = Runner.select_task
_process_task_result = Runner.process_task_result
_handle_task_error = Runner._handle_task_error  # noqa: SLF001 - doit has no public name for it


def attach(tally: Callable[[], Tally]) -> None:
    """Let the tasks of nbship that go on start after a failure; ``tally`` is the command's.

    Side effects: replaces three methods of doit's runner class in this process.
    """

    def select(runner: Any, node: Any, tasks: Any) -> Any:
        """Select a task, unless a failure keeps it from starting."""
        verb = tally().verb_of(node.task)
        is_held = runner.final_result and not runner.continue_
        if is_held and not (verb and verb.goes_on):
            node.run_status = "ignore"
            return False
        tally().select(node.task)
        return _select_task(runner, node, tasks)

    def fail(runner: Any, node: Any, failure: Any) -> None:
        """Note a failure, and stop the command unless the task's verb goes on."""
        verb = tally().verb_of(node.task)
        if verb is not None and node.task.has_subtask:
            failure.report = False  # the tasks of the group have reported their own failures
        was_stopped = runner._stop_running  # noqa: SLF001 - doit's name for it
        _handle_task_error(runner, node, failure)
        tally().continues = runner.continue_
        tally().fail(node.task, failure)
        if verb is not None and verb.goes_on:
            runner._stop_running = was_stopped  # noqa: SLF001

    def end(runner: Any, node: Any, failure: Any) -> None:
        """Note the end of a task, in the process that selected it."""
        _process_task_result(runner, node, failure)
        tally().end(node.task, failure)

    Runner.select_task = select
    Runner.process_task_result = end
    Runner._handle_task_error = fail  # noqa: SLF001
