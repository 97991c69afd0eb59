"""Sessions run: live logs, failures, limits, timeouts, and no process or file left over."""

import json
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.local_kaggle import Json, Server, notebook
from tests.support.polling import until
from tests.support.programs import is_alive
from tests.support.sessions import CONNECTION, SLEEP, log_stream
from tests.support.widgets import CATCHES

# Starts a process in another session, whose parent ends, and which then sleeps.
_ESCAPE = """
import os, subprocess, sys, time
grandchild = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(1000)"
if os.fork() == 0:
    os.setsid()
    subprocess.Popen([sys.executable, "-c", grandchild], start_new_session=True)
    os._exit(0)
os.wait()
while not os.path.exists("pid") or not open("pid").read():
    time.sleep(0.01)
print("escaped", flush=True)
"""

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("no_leftovers")]


def _escaped(server: Server, slug: str) -> int:
    def look() -> str | None:
        path = server.working(slug) / "pid"
        return path.read_text() if path.exists() else None

    return int(until(look, "the escaped process"))


def _notebook(server: Server, slug: str, text: str, **more: object) -> Json:
    return server.push(slug, text, kernelType="notebook", **more)


# --- how code ends ---


def test_a_failing_notebook_fails_as_on_kaggle(server: Server) -> None:
    text = notebook("x = 1", "print('before')\nraise ValueError('boom <b>')", "print('never')")
    _notebook(server, "failing-notebook", text)
    assert server.ended("failing-notebook") == {
        "status": "ERROR",
        "failureMessage": "ValueError: boom <b>",
    }
    log = server.log("failing-notebook")
    lines = log.splitlines()
    start = lines.index("Traceback (most recent call last):")
    assert lines[0] == "before"
    assert lines[start + 1] == '  File "<string>", line 1, in <module>'
    assert "    raise error" in lines
    error = lines.index("papermill.exceptions.PapermillExecutionError: ")
    assert lines[error + 1] == "-" * 75
    assert lines[error + 2] == 'Exception encountered at "In [2]":'
    assert "ValueError: boom <b>" in lines[error:]
    assert "\x1b" not in log
    assert "never" not in log
    assert [line.split()[0] for line in lines[-4:]] == ["[NbConvertApp]"] * 4
    executed = server.working("failing-notebook").parents[1] / "__notebook__.ipynb"
    assert f"Writing {executed.stat().st_size} bytes to __notebook__.ipynb" in lines[-3]
    assert str(server.state_dir) not in executed.read_text()


def test_a_notebook_without_a_kernelspec_fails_as_on_kaggle(server: Server) -> None:
    _notebook(server, "no-kernelspec", notebook("1", kernelspec=False))
    message = "ValueError: No kernel name found in notebook and no override provided."
    assert server.ended("no-kernelspec") == {"status": "ERROR", "failureMessage": message}
    assert message in server.log("no-kernelspec").splitlines()


def test_a_kernel_that_dies_is_a_failure(server: Server) -> None:
    _notebook(server, "dying-kernel", notebook("import os\nos.kill(os.getpid(), 9)"))
    status = server.ended("dying-kernel")
    assert status["status"] == "ERROR"
    assert "DeadKernelError: Kernel died" in status["failureMessage"]
    assert "Kernel died" in server.log("dying-kernel")


def test_a_kernel_that_cannot_start_leaves_its_stderr_in_the_log(tmp_path: Path) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "broken"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-c", "raise SystemExit('out of order')", "{connection_file}"]
    content = {"argv": argv, "display_name": "Broken", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(content))
    broken = Server(tmp_path, more={"JUPYTER_PATH": str(tmp_path / "jupyter")}).start()
    _notebook(broken, "broken-kernel", notebook("1").replace('"python3"', '"broken"'))
    assert "Kernel died" in broken.ended("broken-kernel")["failureMessage"]
    assert "out of order\n" in broken.log("broken-kernel")
    assert broken.stop() == 0


def test_no_answer_is_lost_while_a_widget_takes_the_output(server: Server) -> None:
    text = notebook(CATCHES, "print('end')")
    server.push("has-a-widget", text, kernelType="notebook")
    assert server.ended("has-a-widget") == {"status": "COMPLETE"}
    assert "end\n" in server.log("has-a-widget")


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are of Linux")
def test_a_kernel_takes_no_port(server: Server) -> None:
    server.push("takes-no-port", notebook(CONNECTION), kernelType="notebook")
    assert server.ended("takes-no-port") == {"status": "COMPLETE"}
    assert "ipc\n" in server.log("takes-no-port")


def test_a_notebook_may_remove_the_folder_that_it_works_in(server: Server) -> None:
    remove = (
        "import os, shutil\nopen('mine', 'w').close()\n"
        "if os.path.exists('/kaggle/working/mine'):\n    shutil.rmtree('/kaggle/working')"
    )
    text = notebook(remove, "print('end')")
    server.push("removes-its-folder", text, kernelType="notebook")
    assert server.ended("removes-its-folder") == {"status": "COMPLETE"}
    assert "end\n" in server.log("removes-its-folder")
    assert not server.working("removes-its-folder").exists()


def test_exit_zero_is_no_failure_but_exit_two_is(server: Server) -> None:
    _notebook(server, "exit-zero", notebook("import sys\nsys.exit(0)"))
    _notebook(server, "exit-two", notebook("import sys\nsys.exit(2)"))
    assert server.ended("exit-zero")["status"] == "COMPLETE"
    assert server.ended("exit-two") == {"status": "ERROR", "failureMessage": "SystemExit: 2"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("import sys; sys.exit(3)", "The session's process ended with exit code 3."),
        ("import os; os.kill(os.getpid(), 9)", "The session's process was ended by signal 9."),
    ],
)
def test_a_failing_script(server: Server, code: str, message: str) -> None:
    server.push("failing-script", code)
    status = server.ended("failing-script")
    assert status == {"status": "ERROR", "failureMessage": message}
    assert "NbConvertApp" not in server.log("failing-script")


def test_a_runner_that_is_killed_takes_all_with_it(server: Server) -> None:
    server.push("orphaned-run", _ESCAPE + "time.sleep(1000)")
    pid = _escaped(server, "orphaned-run")
    server.wait_for("orphaned-run", "RUNNING")
    (runner,) = psutil.Process(server.process.pid).children()
    runner.kill()
    status = server.ended("orphaned-run")
    assert status["status"] == "ERROR"
    assert "ended without a result" in status["failureMessage"]
    until(lambda: not is_alive(pid), "the end of the orphan")
    described = server.working("orphaned-run").parents[1] / "request.json"
    assert not os.path.lexists(json.loads(described.read_text())["environment"]["TMPDIR"])


# --- the environment of a run ---


def test_a_run_knows_nothing_of_this_machine(server: Server) -> None:
    server.push("what-it-knows", "import os, json; json.dump(dict(os.environ), open('e', 'w'))")
    assert server.ended("what-it-knows")["status"] == "COMPLETE"
    found = json.loads((server.working("what-it-knows") / "e").read_text())
    run = server.working("what-it-knows").parents[1]
    assert found["HOME"] == str(run / "home")
    assert found["KAGGLE_KERNEL_RUN_TYPE"] == "Batch"
    assert found["KAGGLE_WORLD"] == str(run / "world")
    assert found["KAGGLE_URL_BASE"] == server.url
    assert found["KAGGLE_CONTAINER_NAME"].startswith("kaggle_")
    assert found["VIRTUAL_ENV"] == str(run / "layer")
    assert len(found["TMPDIR"]) < 60
    assert not os.path.lexists(found["TMPDIR"])  # removed at the end of the session
    assert server.key not in json.dumps(found)
    assert not [name for name in found if name.lower().endswith("_proxy")]


def test_sources_are_mounted_in_both_layouts(server: Server) -> None:
    for source in (
        "datasets/bob/words",
        "datasets/eve/words",
        "competitions/titanic",
        "models/google/gemma/transformers/2b/2",
    ):
        folder = server.inputs / source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(source)
    server.push("first-step", "open('made.txt', 'w').write('upstream')")
    server.ended("first-step")
    code = """
read = lambda path: print(open("/kaggle/input/" + path).read())
read("datasets/bob/words/name"), read("datasets/eve/words/name"), read("words/name")
read("competitions/titanic/name"), read("titanic/name")
read("notebooks/alice/first-step/made.txt"), read("first-step/made.txt")
read("models/google/gemma/transformers/2b/2/name"), read("gemma/transformers/2b/2/name")
"""
    answer = server.push(
        "second-step",
        code,
        datasetDataSources=["bob/words", "eve/words"],
        competitionDataSources=["titanic"],
        kernelDataSources=["alice/first-step"],
        modelDataSources=["google/gemma/transformers/2b/2"],
    )
    assert answer["invalidKernelSources"] == []
    assert server.ended("second-step")["status"] == "COMPLETE"
    assert server.log("second-step").splitlines() == [
        "datasets/bob/words",
        "datasets/eve/words",
        "datasets/bob/words",
        "competitions/titanic",
        "competitions/titanic",
        "upstream",
        "upstream",
        "models/google/gemma/transformers/2b/2",
        "models/google/gemma/transformers/2b/2",
    ]


def test_a_version_of_a_kernel_is_a_source(server: Server) -> None:
    for text in ("one", "two"):
        server.push("first-step", f"open('made.txt', 'w').write('{text}')")
        server.ended("first-step")
    code = 'print(open("/kaggle/input/notebooks/alice/first-step/made.txt").read())'
    sources = ["alice/first-step/1", "alice/first-step/9", "alice/first-step/x"]
    answer = server.push("second-step", code, kernelDataSources=sources)
    assert answer["invalidKernelSources"] == sources[1:]
    assert server.ended("second-step")["status"] == "COMPLETE"
    assert server.log("second-step").splitlines() == ["one"]


def test_anothers_private_kernel_is_no_source(server: Server) -> None:
    server.push("private-step", "pass")
    server.ended("private-step")
    request = {
        "slug": "bob/bobs-step",
        "newTitle": "Bobs Step",
        "text": "pass",
        "language": "python",
        "kernelType": "script",
        "kernelDataSources": ["alice/private-step"],
        "kernelExecutionType": "QUICK_SAVE",
    }
    answer = server.call("SaveKernel", "bob", **request)
    assert answer["invalidKernelSources"] == ["alice/private-step"]


# --- limits ---


def test_sessions_are_limited_and_two_run_at_once(server: Server) -> None:
    for number in range(5):
        assert server.push(f"sleeper-{number}", SLEEP)["versionNumber"] == 1
    full = server.push("sleeper-5", SLEEP)
    assert full == {"error": "Maximum batch CPU session count of 5 reached."}
    assert server.post("GetKernel", **server.named("sleeper-5")).status_code == 404
    server.wait_for("sleeper-1", "RUNNING")
    states = [server.status(f"sleeper-{number}")["status"] for number in range(5)]
    assert states == ["RUNNING", "RUNNING", "QUEUED", "QUEUED", "QUEUED"]
    assert log_stream(server, "alice/sleeper-4").status_code == 404
    # Deleting cancels a waiting session at once; after a running one, the next starts.
    for number in (2, 0):
        container = server.call("DeleteKernel", **server.named(f"sleeper-{number}"))
        assert container == {}
    server.wait_for("sleeper-3", "RUNNING")


@pytest.mark.parametrize(
    ("machine", "limit"),
    [
        ({"enableGpu": True}, "GPU session count of 2"),
        ({"machineShape": "NvidiaTeslaT4"}, "GPU session count of 2"),
        ({"machineShape": "None", "enableGpu": True}, "GPU session count of 2"),
        ({"machineShape": "TpuV5E8"}, "TPU session count of 1"),
        ({"enableTpu": True}, "TPU session count of 1"),
    ],
)
def test_accelerators_have_their_own_limits(server: Server, machine: Json, limit: str) -> None:
    for number in range(int(limit[-1])):
        assert "error" not in server.push(f"accelerated-{number}", SLEEP, **machine)
    refused = server.push("accelerated-9", SLEEP, **machine)
    assert refused == {"error": f"Maximum batch {limit} reached."}
    assert "error" not in server.push("on-the-cpu", SLEEP, machineShape="None")


def test_the_quota_counts_what_was_used(server: Server) -> None:
    server.push("uses-quota", "import time; time.sleep(1.1)", enableGpu=True)
    server.ended("uses-quota")
    quota = server.call("GetAcceleratorQuotaStatistics")
    assert int(quota["gpuQuota"]["timeUsed"].rstrip("s")) >= 1
    assert quota["gpuQuota"]["hasEverRun"] is True
    assert quota["tpuQuota"]["timeUsed"] == "0s"
    assert quota["gpuQuota"]["totalTimeAllowed"] == "108000s"


# --- the end of a session ---


def test_a_timeout_ends_escaped_processes(server: Server) -> None:
    started = time.monotonic()
    server.push("timed-out", _ESCAPE + "time.sleep(1000)", sessionTimeoutSeconds=2)
    pid = _escaped(server, "timed-out")
    assert is_alive(pid)
    assert server.ended("timed-out") == {"status": "CANCEL_ACKNOWLEDGED"}
    assert time.monotonic() - started > 2
    assert not is_alive(pid)
    assert server.log("timed-out") == "escaped\n"


def test_background_processes_end_with_the_session(server: Server) -> None:
    code = _ESCAPE + "subprocess.Popen(['yes'])"  # which also floods the log
    server.push("left-behind", code)
    pid = _escaped(server, "left-behind")
    assert server.ended("left-behind")["status"] == "COMPLETE"
    until(lambda: not is_alive(pid), "the end of the background")


def test_a_session_is_cancelled_by_its_number(server: Server) -> None:
    code = "import os; print(os.environ['KAGGLE_CONTAINER_NAME'], flush=True)\n" + SLEEP
    server.push("cancel-me", code)
    server.wait_for("cancel-me", "RUNNING")
    first = next(log_stream(server, "alice/cancel-me").iter_lines(decode_unicode=True))
    name = json.loads(first.removeprefix("data: "))["data"]
    number = int(name.split("-")[-2])
    foreign = server.post("CancelKernelSession", "bob", kernelSessionId=number)
    assert foreign.status_code == 403
    assert "'kernelSessions.cancel'" in foreign.json()["error"]["message"]
    assert server.call("CancelKernelSession", kernelSessionId=number) == {}
    assert server.ended("cancel-me") == {"status": "CANCEL_ACKNOWLEDGED"}
    again = server.call("CancelKernelSession", kernelSessionId=number)
    assert again == {"errorMessage": "The session has already ended"}


def test_a_deleted_kernel_leaves_nothing(server: Server) -> None:
    server.push("deleted-while-running", _ESCAPE + "time.sleep(1000)")
    pid = _escaped(server, "deleted-while-running")
    server.call("DeleteKernel", **server.named("deleted-while-running"))
    assert not is_alive(pid)
    assert not server.working("deleted-while-running").exists()
    answer = server.post("DeleteKernel", **server.named("deleted-while-running"))
    assert answer.status_code == 404
    assert server.push("deleted-while-running", "pass")["versionNumber"] == 1


def test_versions_are_kept_apart(server: Server) -> None:
    server.push("two-versions", "print('first')")
    server.ended("two-versions", "v1")
    server.push("two-versions", "print('second'); 1/0")
    assert server.ended("two-versions", "v2")["status"] == "ERROR"
    assert server.status("two-versions", "v1") == {"status": "COMPLETE"}
    assert server.log("two-versions", "v1") == "first\n"
    assert server.log("two-versions").startswith("second\n")
    assert (server.working("two-versions", 2)).is_dir()


def test_a_run_that_cannot_even_start_is_an_error(server: Server) -> None:
    path = server.state_dir / "runs" / "alice" / "no-room"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    server.push("no-room", "pass")
    status = server.ended("no-room")
    assert status["status"] == "ERROR"
    assert "could not be run" in status["failureMessage"]
    assert server.call("ListKernelSessionOutput", **server.named("no-room"))["log"] == ""
    path.unlink()
