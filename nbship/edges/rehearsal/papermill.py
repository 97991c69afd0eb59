"""papermill, which runs notebooks: a script that the rehearsal starts in its own process.

Side effects: runs the notebook's code in a kernel; removes the request; writes the executed
notebook.

The request is a JSON file, so that no process list shows the parameters: ``{"notebook",
"executed", "parameters", "cwd", "kernel_arguments", "ends_at", "mark", "skipped", "limits"}``.
``skipped`` has the reason for each cell that is not run, and ``limits`` the longest time of a cell
in seconds, both by the ids of the cells. The request is removed before any
code of the notebook runs, so that the notebook cannot read the mark. With a mark, each code cell
begins with a line ``MARK NUMBER TOTAL`` in the output, between two lines of the notebook's own.

The result goes to a descriptor that the kernel does not inherit: lines of JSON ``{"passed",
"error", "traceback", "cell", "end", "stacks"}``, of which the last complete one counts. ``cell`` is
the index in the executed notebook; ``end`` and ``stacks`` are those of the watchdog. When a cell
begins, a result with the end "running" names it, in case that this process is killed.
"""

import asyncio
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from nbship.edges import clock
from nbship.edges.process.supervisor import RESULT
from nbship.edges.rehearsal import watchdog
from nbship.edges.rehearsal.watchdog import Watchdog
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.lazy import CLOUD_STORES, FORMATS, excluding
from nbship.shim import notebook_client
from nbship.shim.notebook_client import reliable

_START_TIMEOUT = 60  # seconds until a kernel is ready
# Seconds for the output of a cell to arrive after its reply. nbclient's 4 s are too few for a large
# output while the terminal is slow.
_OUTPUT_TIMEOUT = 120
_SELDOM = 0.5  # seconds between two saves of the executed notebook
_ENGINE = "nbship"  # the name of papermill's engine that runs the notebook
_NOT_RUN = "skip-execution"  # nbclient's tag for a cell that it does not run
_EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
_LONGEST = 1 << 20  # characters of an error or a traceback


def make_ready() -> None:
    """Do what each run would do anew: imports, the schema of notebooks, the provisioners."""
    with excluding(*FORMATS, *CLOUD_STORES):
        from papermill import clientwrap, engines  # noqa: F401 - for their import
        from papermill.iorw import nbformat

    nbformat.reads(_EMPTY, as_version=4)
    notebook_client.make_ready()


def main(arguments: list[str], out: TextIO, result: TextIO) -> int:
    """Run the request in the named file; return 0 if the notebook passed, and 1 if it failed.

    The output of the notebook goes to ``out`` while it runs.
    """
    file = Path(arguments[0])
    request = json.loads(file.read_text(encoding="utf-8"))
    marks = _marks(request)
    files.remove_file(file)

    def tell(facts: Mapping[str, Any]) -> None:
        result.write(f"{json.dumps(facts)}\n")
        result.flush()

    watch = Watchdog(
        request.get("ends_at", math.inf),
        request.get("lost", watchdog.LOST),
        lambda facts: tell({"passed": False, "error": "", "traceback": "", **facts}),
        request.get("limits", {}),
    )
    watch.start()
    facts = _execute(request, _Output(out, marks), watch, tell)
    watch.finish()
    tell(facts)
    return 0 if facts["passed"] else 1


class _Output:
    """The notebook's output, with the mark of each cell, which divides no line."""

    def __init__(self, out: TextIO, marks: Iterator[str]) -> None:
        """Write to ``out``; the marks are lines, in the order of the code cells."""
        self._out, self._marks = out, marks
        self._next = ""  # the mark to write at the end of the line that has begun
        self._is_in_line = False

    def write(self, text: str) -> None:
        """Write a text of the notebook."""
        if self._next and "\n" in text:
            end, _, text = text.partition("\n")
            self._out.write(f"{end}\n{self._next}")
            self._next, self._is_in_line = "", False
        self._out.write(text)
        self._is_in_line = not text.endswith("\n") if text else self._is_in_line

    def flush(self) -> None:
        """Write what is buffered."""
        self._out.flush()

    def begin(self, cell: Mapping[str, Any]) -> None:
        """Mark the beginning of a cell, if it has code."""
        if not _is_code(cell):
            return
        mark = next(self._marks, "")
        if self._is_in_line:
            self._next = mark
        elif mark:
            self._out.write(mark)
            self._out.flush()


def _marks(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the marks of the code cells; papermill adds a cell for the parameters, if any."""
    if request.get("mark"):
        cells = json.loads(Path(request["notebook"]).read_text(encoding="utf-8"))["cells"]
        total = sum(map(_is_code, cells)) + bool(request["parameters"])
        yield from (f"{request['mark']} {number} {total}\n" for number in range(1, total + 1))


def _is_code(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code" and bool("".join(cell["source"]).strip())


def _execute(
    request: dict[str, Any],
    out: _Output,
    watch: Watchdog,
    tell: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    def on_cell(cell: Mapping[str, Any], cell_index: int) -> None:
        tell({"passed": False, "cell": cell_index, "end": "running"})
        watch.on_cell(cell, cell_index)
        out.begin(cell)

    executed = _Executed()
    with excluding(*FORMATS, *CLOUD_STORES):
        import papermill
        from papermill.engines import papermill_engines
        from papermill.exceptions import PapermillExecutionError
        from papermill.iorw import papermill_io

    try:
        papermill_io.register(request["executed"], executed)
        papermill_engines.register(_ENGINE, _engine(request.get("skipped", {}), watch))
        papermill.execute_notebook(
            request["notebook"],
            request["executed"],
            engine_name=_ENGINE,
            parameters=request["parameters"],
            cwd=request["cwd"],
            progress_bar=False,
            start_timeout=_START_TIMEOUT,
            extra_arguments=request.get("kernel_arguments", []),
            on_cell_start=on_cell,
            iopub_timeout=_OUTPUT_TIMEOUT,
            stdout_file=out,
            stderr_file=out,
        )
    except PapermillExecutionError as error:
        return {
            "passed": False,
            "error": _shortened(f"{error.ename}: {error.evalue}"),
            "traceback": _shortened("\n".join(error.traceback)),
            "cell": error.cell_index,
        }
    except Exception as error:  # noqa: BLE001 - a dead or missing kernel raises various errors
        return {"passed": False, "traceback": "", **_in_words(error, watch)}
    if executed.unwritten:
        return {"passed": False, "traceback": "", "error": executed.unwritten}
    return {"passed": True}


def _engine(skipped: Mapping[str, str], watch: Watchdog) -> type[Any]:
    """Return papermill's engine with a client that loses no answer and takes no port.

    It does not run the cells of ``skipped``; their output is the reason.
    """
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine
    from papermill.log import logger

    class Client(reliable(PapermillNotebookClient)):  # type: ignore[misc] # made at run time
        def execute_cell(self, cell: Any, cell_index: int) -> Any:
            try:
                return super().execute_cell(cell, cell_index)
            finally:
                watch.on_end()

    class Engine(NBClientEngine):  # type: ignore[misc] # papermill has no types
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, input_path: str, start_timeout: int, **named: Any
        ) -> Any:
            del input_path  # for other engines
            for cell in nb_man.nb.cells:
                if cell.get("id") in skipped:
                    output = {"output_type": "stream", "name": "stdout"}
                    cell.outputs = [type(cell)(**output, text=f"{skipped[cell.id]}\n")]
                    cell.metadata["tags"] = [*cell.metadata.get("tags", ()), _NOT_RUN]
            saves = _Saves(nb_man.save)
            nb_man.save = saves.save_soon
            named |= {"startup_timeout": start_timeout, "kernel_name": kernel_name, "log": logger}
            try:
                return Client(nb_man, on_cell_execute=saves.on_cell, **named).execute()
            finally:
                del nb_man.save  # the end of the notebook is saved at once

    return Engine


class _Saves:
    """The saves of the executed notebook: papermill wants two for each cell, and gets fewer."""

    def __init__(self, save: Callable[[], None]) -> None:
        """Begin after a first save."""
        self._save, self._saved_at = save, clock.seconds()
        self._is_wanted = False

    def save_soon(self) -> None:
        """Save the notebook, but not shortly after the last time."""
        self._is_wanted = True
        self._save_if_wanted()

    def on_cell(self, **_: Any) -> None:
        """Let the loop in which a cell runs save what is not saved yet, also while it runs."""
        if self._is_wanted:
            asyncio.get_running_loop().call_later(_SELDOM, self._save_if_wanted)

    def _save_if_wanted(self) -> None:
        if self._is_wanted and clock.seconds() >= self._saved_at + _SELDOM:
            self._is_wanted = False
            self._save()
            self._saved_at = clock.seconds()


class _Executed:
    """The writer of the executed notebook, for papermill. It follows no link and opens no pipe.

    papermill writes after each cell. A cell that fails on a full disk is to be told, and one that
    makes room again has done nothing wrong: only the last write decides.
    """

    def __init__(self) -> None:
        """Begin with nothing to write."""
        self.unwritten = ""  # why the last write failed, "" if it did not

    def write(self, text: str, path: str) -> None:
        """Replace the file at the path, whatever the notebook has put there."""
        self.unwritten = ""
        try:
            files.write_cache(Path(path), text.encode("utf-8", "backslashreplace"))
        except WorkspaceError as error:  # its path may be that in a sandbox
            self.unwritten = error.message.replace(path, Path(path).name)

    @staticmethod
    def pretty_path(path: str) -> str:
        """Return the path, which papermill logs."""
        return path


def _shortened(text: str) -> str:
    """Return a text without its middle if it is very long."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"


def _in_words(error: Exception, watch: Watchdog) -> dict[str, Any]:
    """Return why no cell failed and the notebook did not pass, without the words of a library."""
    text = " ".join(str(error).split())
    if type(error).__name__ == "CellTimeoutError":  # nbclient's, for the end of a cell's output
        return {"error": "", "end": "lost", "stacks": ""}
    if isinstance(error, RuntimeError) and not watch.has_begun and "Kernel di" in text:
        how = (
            "ended while it started" if "died" in text else f"is not ready after {_START_TIMEOUT} s"
        )
        return {"error": f"the kernel of the notebook {how}", "end": "start"}
    if type(error).__name__ == "DeadKernelError":
        return {"error": text, "end": "died"}
    if _is_of_widget(error):
        what = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return {"error": f"nbclient cannot follow the messages of a widget ({what})"}
    return {"error": text or type(error).__name__}


def _is_of_widget(error: Exception) -> bool:
    """Return whether nbclient failed while it took the part of a widget's other side."""
    step = error.__traceback__
    while step:
        code = step.tb_frame.f_code
        if code.co_name == "handle_comm_msg" or code.co_filename.endswith("output_widget.py"):
            return True
        step = step.tb_next
    return False


def _own_output() -> TextIO:
    """Return a copy of standard output for the notebook; point standard output to standard error.

    ipykernel inherits standard output and echoes there what child processes of the notebook print,
    which it also sends as a message: without this, each such line would be printed twice.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return out


def _own_result() -> TextIO:
    """Return the stream for the result, which the kernel does not inherit."""
    os.set_inheritable(RESULT, False)  # noqa: FBT003 - it takes no name
    return os.fdopen(RESULT, "w", encoding="utf-8")


def run() -> None:
    """Run the request that the command line names, and end this process.

    Its folder is one that no notebook removes: papermill returns to it.
    """
    os.chdir("/")
    sys.exit(main(sys.argv[1:], _own_output(), _own_result()))


if __name__ == "__main__":
    run()
