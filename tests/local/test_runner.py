"""The runner as a program: the results of its runs, and when it stops."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.local_kaggle import DEADLINE, environment, notebook


def _request(folder: Path, kernel_type: str, code: str) -> Path:
    for name in ("world/working", "world/temp", "world/src", "home"):
        (folder / name).mkdir(parents=True)
    path = "world/src/script.py" if kernel_type == "script" else "__notebook__.ipynb"
    (folder / path).write_text(code)
    request = {
        "folder": str(folder),
        "kernel_type": kernel_type,
        "title": "A <title> & more",
        "environment": {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "short"),
        },
    }
    (folder / "request.json").write_text(json.dumps(request))
    return folder / "request.json"


def _run(request: Path, lifeline: int) -> object:
    done = subprocess.run(
        [sys.executable, "-m", "nbship.local.sessions.runner", str(request)],
        env=environment(),
        cwd=request.parent,
        stdin=lifeline,
        stdout=subprocess.PIPE,
        timeout=DEADLINE,
        check=True,
    )
    return json.loads(done.stdout)["failureMessage"]


def _alive(request: Path) -> object:
    reader, writer = os.pipe()
    try:
        return _run(request, reader)
    finally:
        os.close(reader)
        os.close(writer)


def _log(folder: Path) -> list[str]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [json.loads(line)["data"] for line in lines]


def test_a_script_that_succeeds(tmp_path: Path) -> None:
    code = "import os; print('out'); print('part', end=''); os.mkdir(os.environ['TMPDIR'] + '/x')"
    assert _alive(_request(tmp_path, "script", code)) is None
    assert _log(tmp_path) == ["out\n", "part"]
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "world" / "temp").exists()
    assert not (tmp_path / "short").is_symlink()


def test_a_notebook_and_its_page(tmp_path: Path) -> None:
    assert _alive(_request(tmp_path, "notebook", notebook("print('a', end='')", "1/0"))) == (
        "ZeroDivisionError: division by zero"
    )
    assert _log(tmp_path)[0] == "a"
    assert "<title>A &lt;title> &amp; more</title>" in (tmp_path / "__results__.html").read_text()


def test_a_notebook_that_destroys_its_own_file(tmp_path: Path) -> None:
    destroy = (
        f"import os; open({str(tmp_path / '__notebook__.ipynb')!r}, 'w'); os.kill(os.getppid(), 9)"
    )
    failure = _alive(_request(tmp_path, "notebook", notebook(destroy)))
    assert failure == "The session's process was ended by signal 9."


def test_streams_may_end_before_the_code(tmp_path: Path) -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(0.3); open('done', 'w')"
    assert _alive(_request(tmp_path, "script", code)) is None
    assert (tmp_path / "world" / "working" / "done").exists()


def test_without_a_lifeline_it_ends_at_once(tmp_path: Path) -> None:
    request = _request(tmp_path, "script", "import time; time.sleep(1000)")
    assert _run(request, subprocess.DEVNULL) is None


def test_a_full_disk_is_the_reason_of_the_failure(tmp_path: Path) -> None:
    request = _request(tmp_path, "script", "print('x')")
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    assert _alive(request) == "OSError: [Errno 28] No space left on device"
