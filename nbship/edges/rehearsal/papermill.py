"""papermill, which runs notebooks: a script that the rehearsal starts in its own process.

Side effects: runs the notebook's code in a kernel; writes the executed notebook and the result.

The request and the result are JSON files, so that no process list shows the parameters:
request ``{"notebook", "executed", "result", "parameters", "cwd", "kernel_arguments", "ends_at",
"mark"}``, result ``{"passed", "error", "traceback", "cell", "end", "stacks"}``; ``cell`` is the
index in the executed notebook; ``end`` and ``stacks`` are those of the watchdog. With a mark, each
code cell begins with a line ``MARK NUMBER TOTAL`` in the output, between two lines of the
notebook's own.
"""

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from nbship.edges.rehearsal import watchdog
from nbship.edges.rehearsal.watchdog import Watchdog
from nbship.edges.storage import files
from nbship.lazy import ADDRESS_GRAMMARS, excluding

_START_TIMEOUT = 60  # seconds until a kernel is ready
# Seconds for the output of a cell to arrive after its reply. nbclient's 4 s are too few for a large
# output while the terminal is slow.
_OUTPUT_TIMEOUT = 120


def main(arguments: list[str], out: TextIO | None = None) -> int:
    """Run the request in the named file; return 0 if the notebook passed, and 1 if it failed.

    The output of the notebook goes to ``out``, or to standard output, while it runs.
    """
    request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))

    def save(result: Mapping[str, Any]) -> None:
        files.write_file(Path(request["result"]), json.dumps(result).encode())

    def end(facts: Mapping[str, Any]) -> None:
        save({"passed": False, "error": "", "traceback": "", **facts})
        os._exit(1)  # the thread that waits cannot be ended

    ends_at, lost = request.get("ends_at", math.inf), request.get("lost", watchdog.LOST)
    watch = watchdog.Watchdog(ends_at, lost, end)
    watch.start()
    result = _execute(request, _Output(out or sys.stdout, _marks(request)), watch)
    watch.finish()
    save(result)
    return 0 if result["passed"] else 1


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


def _execute(request: dict[str, Any], out: _Output, watch: Watchdog) -> dict[str, Any]:
    def on_cell(cell: Mapping[str, Any], cell_index: int) -> None:
        watch.on_cell(cell, cell_index)
        out.begin(cell)

    with excluding(ADDRESS_GRAMMARS):
        import papermill
        from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            request["notebook"],
            request["executed"],
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
            "error": f"{error.ename}: {error.evalue}",
            "traceback": "\n".join(error.traceback),
            "cell": error.cell_index,
        }
    except Exception as error:  # noqa: BLE001 - a dead or missing kernel raises various errors
        return {"passed": False, "traceback": "", **_in_words(error, watch)}
    return {"passed": True}


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
    return {"error": text or type(error).__name__}


def _own_output() -> TextIO:
    """Return a copy of standard output for the notebook; point standard output to standard error.

    ipykernel inherits standard output and echoes there what child processes of the notebook print,
    which it also sends as a message: without this, each such line would be printed twice.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _own_output()))
