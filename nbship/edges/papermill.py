"""papermill, which runs notebooks. Run as a script in a process of its own by the rehearsal.

Side effects: runs the notebook's code in a kernel, writes the executed notebook and the result.

The request and the result are JSON files, so that parameters show in no process list:
request ``{"notebook", "executed", "result", "parameters", "cwd", "progress"}``, result
``{"passed", "error", "traceback", "cell"}``; ``cell`` is the index in the executed notebook.
"""

import json
import sys
from pathlib import Path
from typing import Any

from nbship.edges import files

_START_TIMEOUT = 60  # seconds for a kernel to say that it is there


def main(arguments: list[str]) -> int:
    """Run the request in the file named; 0 where the notebook passed, 1 where it failed."""
    request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    result = _execute(request)
    files.write_file(Path(request["result"]), json.dumps(result).encode())
    return 0 if result["passed"] else 1


def _execute(request: dict[str, Any]) -> dict[str, Any]:
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
            stdout_file=sys.stdout,
            stderr_file=sys.stdout,
        )
    except PapermillExecutionError as error:
        return {
            "passed": False,
            "error": f"{error.ename}: {error.evalue}",
            "traceback": "\n".join(error.traceback),
            "cell": error.cell_index,
        }
    except Exception as error:  # noqa: BLE001 - a dead kernel, a missing one: papermill's own words
        words = " ".join(str(error).split())
        return {"passed": False, "error": words or type(error).__name__, "traceback": ""}
    return {"passed": True}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
