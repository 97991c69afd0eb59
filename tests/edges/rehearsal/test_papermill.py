"""papermill with real kernels: notebooks that pass or fail, and parameters in no process list."""

import io
import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.edges.rehearsal import papermill
from tests.support.paths import ROOT
from tests.support.polling import DEADLINE, until
from tests.support.sessions import CONNECTION
from tests.support.widgets import OUTPUT_WIDGET

CANARY = "canary-51c3"


def request(tmp_path: Path, *sources: str, kernel: str = "python3", **parameters: object) -> str:
    """Write a notebook and a request to run it; return the path of the request."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code", "id": f"cell-{number}", "execution_count": None, "outputs": [],
            "metadata": {"tags": ["parameters"] if number == 0 else []}, "source": source,
        }
        for number, source in enumerate(sources)
    ]  # fmt: skip
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    notebook = {
        "cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5
    }  # fmt: skip
    (tmp_path / "cwd").mkdir()
    (tmp_path / "in.ipynb").write_text(json.dumps(notebook))
    file = tmp_path / "request.json"
    file.write_text(
        json.dumps({
            "notebook": str(tmp_path / "in.ipynb"),
            "executed": str(tmp_path / "out.ipynb"),
            "parameters": parameters,
            "cwd": str(tmp_path / "cwd"),
        }),
        encoding="utf-8",
    )  # fmt: skip
    return str(file)


def run(tmp_path: Path, *sources: str, **more: Any) -> tuple[int, dict[str, Any]]:
    result = io.StringIO()
    code = papermill.main([request(tmp_path, *sources, **more)], sys.stdout, result)
    *began, told = map(json.loads, result.getvalue().splitlines())
    assert [each["cell"] for each in began] == list(range(len(began)))
    return code, told


def program(file: Path | str) -> list[str]:
    """Return the command that runs a request, and writes its result beside it."""
    result = Path(file).with_name("result.json")
    words = [sys.executable, "-m", "nbship.edges.rehearsal.papermill", str(file)]
    return ["sh", "-c", 'result="$1"; shift; exec "$@" 3> "$result"', "sh", str(result), *words]


def test_a_notebook_that_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It gets its parameters, runs in the requested folder, and its output is passed on."""
    code, result = run(
        tmp_path,
        "WORD = 'default'",
        "import os, sys\nprint(WORD, os.getcwd())\nprint('problem', file=sys.stderr)",
        WORD="Ɓalli 'quoted' \\ $(x)",
    )
    assert (code, result) == (0, {"passed": True})
    out = capsys.readouterr().out
    assert f"Ɓalli 'quoted' \\ $(x) {tmp_path}/cwd\n" in out
    assert "problem" in out
    executed = json.loads((tmp_path / "out.ipynb").read_text())
    assert len(executed["cells"]) == 3


def test_while_a_long_cell_runs_the_executed_notebook_has_the_cells_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cell ends when it sees there what the cell before it has printed."""
    code, result = run(
        tmp_path,
        "import json, time",
        "print('fi' 'rst')",
        f"ends_at = time.monotonic() + {DEADLINE}\n"
        f"while '\"first' not in open({str(tmp_path / 'out.ipynb')!r}).read():\n"
        "    assert time.monotonic() < ends_at\n"
        "    time.sleep(0.01)\n"
        "print('seen')",
    )
    assert (code, result) == (0, {"passed": True})
    assert "seen" in capsys.readouterr().out


def test_a_cell_that_fails_is_told_with_its_number_and_traceback(tmp_path: Path) -> None:
    code, result = run(
        tmp_path,
        "X = 0",
        "def f():\n    return 1 / X",
        "print('before')\nf()",
        "open('x', 'w')",
    )
    assert code == 1
    traceback = result.pop("traceback")
    assert result == {"passed": False, "error": "ZeroDivisionError: division by zero", "cell": 2}
    assert "return" in traceback
    assert not (tmp_path / "cwd/x").exists()
    executed = json.loads((tmp_path / "out.ipynb").read_text())
    assert any("before" in str(cell.get("outputs")) for cell in executed["cells"])


@pytest.mark.parametrize(
    ("source", "kernel", "words"),
    [
        ("pass", "nosuchkernel", "nosuchkernel"),
        ("import os\nos.kill(os.getpid(), 9)", "python3", "Kernel died"),
        ("import os\nos._exit(0)", "python3", "Kernel died"),
    ],
)
def test_a_kernel_that_is_missing_or_dies_is_one_line(
    tmp_path: Path, source: str, kernel: str, words: str
) -> None:
    code, result = run(tmp_path, source, kernel=kernel)
    assert code == 1
    assert words in result["error"]
    assert "\n" not in result["error"]
    assert (result["passed"], result["traceback"]) == (False, "")


def test_a_notebook_that_is_none_is_told(tmp_path: Path) -> None:
    file = request(tmp_path, "pass")
    (tmp_path / "in.ipynb").write_text("{")
    result = io.StringIO()
    assert papermill.main([file], sys.stdout, result) == 1
    told = json.loads(result.getvalue())
    assert told["error"]
    assert not told["passed"]


def test_parameters_show_in_no_process_list(tmp_path: Path) -> None:
    """The command line and the environment of every process are read while a cell waits."""
    file = request(
        tmp_path,
        "WORD = ''",
        "import os, time\nopen('ready', 'w').close()\nwhile not os.path.exists('go'):\n"
        "    time.sleep(0.02)\nprint(len(WORD))",
        WORD=CANARY,
    )
    child = subprocess.Popen(program(file), cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE)
    until((tmp_path / "cwd/ready").exists, "the kernel")
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
    assert len(family) > 1
    for process in family:
        for kind in ("cmdline", "environ"):
            assert CANARY.encode() not in Path(f"/proc/{process.pid}/{kind}").read_bytes()
    (tmp_path / "cwd/go").touch()
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert str(len(CANARY)).encode() in out


@given(st.lists(st.sampled_from(["", "a", "\n", "b\n", "c\nd", "\r50%", "e\n\nf\n"]) | st.none()))
def test_the_mark_of_a_cell_divides_no_line(texts: list[str | None]) -> None:
    """None is the beginning of a cell."""
    out = io.StringIO()
    marked = papermill._Output(out, (f"MARK {number} 9\n" for number in count(1)))  # noqa: SLF001
    for text in texts:
        if text is None:
            marked.begin({"cell_type": "code", "source": "x"})
            marked.begin({"cell_type": "markdown", "source": "x"})
            marked.begin({"cell_type": "code", "source": " "})
        else:
            marked.write(text)
    lines = out.getvalue().splitlines(keepends=True)
    own = [line for line in lines if not line.startswith("MARK")]
    assert "".join(own) == "".join(filter(None, texts))
    marks = [int(line.split()[1]) for line in lines if line.startswith("MARK")]
    assert marks == sorted(set(marks))
    if not own or own[-1].endswith("\n"):
        assert max(marks, default=0) == texts.count(None)


def test_each_code_cell_is_marked_with_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = ["p = 1", "print('one', end='')", "", "print('two')", "print('three')"]
    file = Path(request(tmp_path, *cells, p=2))
    file.write_text(json.dumps({**json.loads(file.read_text()), "mark": "MARK"}))
    assert papermill.main([str(file)], sys.stdout, io.StringIO()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "MARK 1 5", "MARK 2 5", "MARK 3 5", "onetwo", "MARK 4 5", "MARK 5 5", "three",
    ]  # fmt: skip


def test_a_cell_that_is_not_run_says_why_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(request(tmp_path, "p = 1", "raise ValueError", "print(p)", "raise ValueError", p=2))
    skipped = {"cell-1": "skipped: tagged skip-smoke", "cell-3": "not run"}
    more = {"mark": "MARK", "skipped": skipped}
    file.write_text(json.dumps({**json.loads(file.read_text()), **more}))
    assert papermill.main([str(file)], sys.stdout, io.StringIO()) == 0
    marks = [f"MARK {number} 5" for number in range(1, 6)]
    assert sorted(capsys.readouterr().out.splitlines()) == ["2", *marks]
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    texts = ["".join(out["text"]) for cell in cells for out in cell["outputs"]]
    assert [cell["execution_count"] for cell in cells] == [1, 2, None, 3, None]
    assert texts == ["skipped: tagged skip-smoke\n", "2\n", "not run\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are of Linux")
def test_a_kernel_takes_no_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two kernels that start at once cannot meet, and no file of a socket is left."""
    assert run(tmp_path, CONNECTION)[0] == 0
    assert capsys.readouterr().out == "ipc\n"
    assert not any(path.is_socket() for path in tmp_path.rglob("*"))


def test_a_widget_that_nbclient_cannot_follow_is_named(tmp_path: Path) -> None:
    code, told = run(tmp_path, f"{OUTPUT_WIDGET}catch(cell)\ncatch('')\ncatch('')")
    assert (code, told["error"]) == (
        1,
        "nbclient cannot follow the messages of a widget (IndexError: pop from empty list)",
    )


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("make", "error"),
    [
        ("os.mkfifo(out)", None),
        ("os.symlink('mine.txt', out)", "cannot write out.ipynb: out.ipynb is a link"),
        ("os.mkdir(out)", "cannot write out.ipynb: Is a directory"),
    ],
)
def test_what_a_notebook_puts_in_place_of_the_executed_one_is_not_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: str, error: str | None
) -> None:
    """A pipe is replaced, and a link not followed. The request is gone when the code runs."""
    mine, out = tmp_path / "mine.txt", tmp_path / "out.ipynb"
    mine.write_text("mine")
    code, told = run(
        tmp_path,
        f"import os\nout = '../out.ipynb'\nprint(os.path.exists('../request.json'))\n"
        f"os.remove(out)\n{make}",
    )
    assert capsys.readouterr().out == "False\n"
    assert mine.read_text() == "mine"
    if error is None:
        assert (code, told) == (0, {"passed": True})
        assert "False" in out.read_text()
    else:
        assert (code, told["error"]) == (1, error)


def test_an_error_of_many_megabytes_keeps_its_ends() -> None:
    text = papermill._shortened("a" * 1_500_000 + "z" * 1_500_000)  # noqa: SLF001
    assert text[0] == "a"
    assert text[-1] == "z"
    assert len(text) < 1_100_000
