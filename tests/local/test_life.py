"""The life cycle of the server: one per state folder, and every way to end it, SIGKILL included."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.local_kaggle import DEADLINE, Server, environment, notebook
from tests.support.polling import until
from tests.support.programs import is_alive

pytestmark = pytest.mark.unmeasured

_SLEEP = "import time\nopen('started', 'w')\ntime.sleep(1000)\n"


def _started(server: Server, slug: str) -> None:
    until((server.working(slug) / "started").exists, f"the start of {slug}")


def _run(
    server: Server, slug: str = "long-run", text: str = _SLEEP, **more: object
) -> list[psutil.Process]:
    """Start a run that does not end, and return the processes of all runs."""
    server.push(slug, text, **more)
    _started(server, slug)
    return psutil.Process(server.process.pid).children(recursive=True)


def _all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=0)[1]


def test_the_server_can_be_found(own_server: Server) -> None:
    port = int(own_server.url.rpartition(":")[2])
    assert json.loads((own_server.state_dir / "server.json").read_text()) == {
        "url": own_server.url,
        "port": port,
        "pid": own_server.process.pid,
    }
    mode = (own_server.state_dir / "credentials.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_second_server_on_one_state_folder_exits(own_server: Server) -> None:
    second = own_server.launch()
    output = second.communicate(timeout=DEADLINE)[0]
    assert (second.returncode, output) == (1, "")
    assert own_server.stderr.splitlines()[-1].endswith(
        f"is in use: process {own_server.process.pid} serves it on {own_server.url}"
    )
    assert (own_server.state_dir / "server.json").exists()
    (own_server.state_dir / "server.json").unlink()
    second = own_server.launch()
    second.communicate(timeout=DEADLINE)
    assert "another process" in own_server.stderr.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_what_runs(own_server: Server, number: signal.Signals) -> None:
    processes = [*_run(own_server), *_run(own_server, "other-run")]
    own_server.push("waits-in-line", _SLEEP)
    assert own_server.stop(number) == 0
    assert _all_gone(processes)
    assert "Traceback" not in own_server.stderr
    assert not (own_server.state_dir / "server.json").exists()
    key = own_server.key
    again = Server(own_server.folder).start()
    assert again.key == key
    for slug in ("long-run", "other-run", "waits-in-line"):
        assert again.status(slug) == {"status": "CANCEL_ACKNOWLEDGED"}
    assert again.stop() == 0


def test_after_sigkill_no_process_runs_and_no_data_is_lost(own_server: Server) -> None:
    _run(own_server)
    processes = _run(own_server, "other-run", notebook(_SLEEP), kernelType="notebook")
    assert len(processes) == 5  # two runners, a script, papermill and its kernel
    own_server.push("waits-in-line", _SLEEP)
    own_server.push("saved-only", "pass", kernelExecutionType="QUICK_SAVE")
    assert own_server.stop(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: _all_gone(processes), "the end of all processes")
    again = Server(own_server.folder).start()
    for slug in ("long-run", "other-run", "waits-in-line"):
        status = again.status(slug)
        assert status["status"] == "ERROR"
        assert "was killed while this session" in status["failureMessage"]
    saved = again.call("GetKernel", **again.named("saved-only"))
    assert saved["metadata"]["currentVersionNumber"] == 1
    assert again.push("long-run", "pass")["versionNumber"] == 2
    assert again.ended("long-run") == {"status": "COMPLETE"}
    assert again.stop() == 0


def test_a_run_ends_in_time_also_if_the_server_is_stopped(own_server: Server) -> None:
    processes = _run(own_server, sessionTimeoutSeconds=5)
    own_server.process.send_signal(signal.SIGSTOP)
    try:
        until(lambda: not any(is_alive(process.pid) for process in processes), "the end of the run")
    finally:
        own_server.process.send_signal(signal.SIGCONT)
    assert own_server.ended("long-run") == {"status": "CANCEL_ACKNOWLEDGED"}


def test_at_the_end_of_its_lifeline_it_finishes_its_runs(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--lifeline",)).start()
    wait = "for _ in range(6000):\n    if os.path.exists('go'): break\n    time.sleep(0.01)"
    code = f"import os, time\n{wait}"
    for slug in ("first-run", "second-run", "third-run"):
        server.push(slug, code)
    server.wait_for("second-run", "RUNNING")
    assert server.process.stdin
    server.process.stdin.close()

    def refused() -> bool:
        return server.post("SaveKernel", slug="alice/too-late").status_code == 503

    until(refused, "the server to refuse new versions")
    for slug in ("first-run", "second-run", "third-run"):
        server.wait_for(slug, "RUNNING")
        until(server.working(slug).exists, slug)
        (server.working(slug) / "go").touch()
        if slug != "third-run":
            assert server.ended(slug) == {"status": "COMPLETE"}
    assert server.wait() == 0
    again = Server(tmp_path).start()
    assert again.status("third-run") == {"status": "COMPLETE"}
    assert again.stop() == 0


def test_at_the_end_of_its_lifeline_it_cancels_its_runs_if_asked_to(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--lifeline", "--cancel-runs")).start()
    processes = _run(server)
    assert server.process.stdin
    server.process.stdin.close()
    assert server.wait() == 0
    assert _all_gone(processes)


def test_a_log_stream_ends_with_the_server(own_server: Server) -> None:
    _run(own_server)
    stream = own_server.session.get(
        f"{own_server.url}/api/v1/kernels/logs/stream/alice/long-run",
        auth=("alice", own_server.key),
        stream=True,
        timeout=DEADLINE,
    )
    own_server.process.terminate()
    assert stream.text == "data: END_OF_LOG\n\n"
    assert own_server.wait() == 0


def test_a_signal_ends_it_also_while_it_finishes(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--lifeline",)).start()
    _run(server)
    assert server.process.stdin
    server.process.stdin.close()
    until(lambda: server.post("SaveKernel").status_code == 503, "the lifeline's end")
    assert server.stop() == 0


def test_without_the_lifeline_option_standard_input_is_ignored(own_server: Server) -> None:
    assert own_server.process.stdin
    own_server.process.stdin.close()
    own_server.push("after-that", "pass")
    assert own_server.ended("after-that") == {"status": "COMPLETE"}


def _fails(tmp_path: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "nbship.local", "--home", str(tmp_path), "--inputs", ".", *options],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, output = _fails(tmp_path, "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "in use" in output


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_wrong_port_is_reported(tmp_path: Path, port: str) -> None:
    code, output = _fails(tmp_path, f"--port={port}")
    assert code == 2
    assert "--port" in output


@pytest.mark.parametrize("amount", ["-1", "soon", "inf", "nan"])
def test_a_wrong_amount_is_reported(tmp_path: Path, amount: str) -> None:
    code, output = _fails(tmp_path, f"--lag={amount}")
    assert code == 2
    assert "not a number of at least 0" in output


def test_an_unusable_state_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, output = _fails(tmp_path / "file")
    assert code == 1
    assert output.count("\n") == 1


def test_the_lock_is_not_inherited_by_runs(own_server: Server) -> None:
    processes = _run(own_server)
    lock = os.path.realpath(own_server.state_dir / "lock")
    for process in processes:
        assert lock not in [file.path for file in process.open_files()]
