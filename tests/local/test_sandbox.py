"""Runs in a sandbox: the world of a kernel, its end, and what it leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_kaggle import Sandboxed, Server, notebook
from tests.support.polling import until
from tests.support.rehearsals import lives
from tests.support.rungs import here

_LINGER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", "TOKEN"],
                 start_new_session=True)
print("escaped", flush=True)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    here()
    shared = Sandboxed(tmp_path_factory.mktemp("kaggle")).start()
    yield shared
    assert shared.stop() == 0
    assert "Traceback" not in shared.stderr


def test_a_script_has_the_folders_of_kaggle_and_keeps_its_output(server: Server) -> None:
    folder = server.inputs / "datasets/bob/words"
    folder.mkdir(parents=True)
    (folder / "name").write_text("bob")
    code = """
import json, os, socket, subprocess
seen = subprocess.run(["cat", "/kaggle/input/words/name"], capture_output=True, text=True).stdout
files = [os.path.join(f, n) for f, _, names in os.walk("/kaggle/input") for n in names]
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError as error:
    net = error.errno
where = [os.getcwd(), __file__, os.environ["HOME"], os.environ["KAGGLE_KERNEL_RUN_TYPE"]]
print(json.dumps([seen, files, net, *where]))
open("made.txt", "w").write("kept")
"""
    server.push("in-a-sandbox", code, datasetDataSources=["bob/words"], enableInternet=False)
    assert server.ended("in-a-sandbox") == {"status": "COMPLETE"}
    assert json.loads(server.log("in-a-sandbox")) == [
        "bob", ["/kaggle/input/datasets/bob/words/name"], 101,
        "/kaggle/working", "/kaggle/src/script.py", "/root", "Batch",
    ]  # fmt: skip
    assert (server.working("in-a-sandbox") / "made.txt").read_text() == "kept"


def test_a_notebook_runs_there_with_its_outputs(server: Server) -> None:
    text = notebook("print(open('/kaggle/working/a', 'w').write('x'))", "!ls /kaggle/working")
    server.push("cells-in-a-sandbox", text, kernelType="notebook")
    assert server.ended("cells-in-a-sandbox") == {"status": "COMPLETE"}
    assert server.log("cells-in-a-sandbox").startswith("1\na\r\n")


def test_a_signal_and_an_exit_code_are_told_as_without_a_sandbox(server: Server) -> None:
    server.push("killed-inside", "import os, signal; os.kill(os.getpid(), 9)")
    message = "The session's process was ended by signal 9."
    assert server.ended("killed-inside") == {"status": "ERROR", "failureMessage": message}
    server.push("exits-inside", "raise SystemExit(7)")
    message = "The session's process ended with exit code 7."
    assert server.ended("exits-inside") == {"status": "ERROR", "failureMessage": message}


def test_nothing_that_a_run_started_outlives_it(server: Server, tmp_path: Path) -> None:
    code = _LINGER.replace("TOKEN", str(tmp_path))
    server.push("left-inside", code)
    assert server.ended("left-inside") == {"status": "COMPLETE"}
    until(lambda: not lives(str(tmp_path)), "the end of the background")
    server.push("deleted-inside", f"{code}\ntime.sleep(1000)")
    until(lambda: lives(str(tmp_path)), "the background")
    server.call("DeleteKernel", **server.named("deleted-inside"))
    assert not lives(str(tmp_path))


def test_only_a_run_with_internet_reaches_the_secrets(server: Server) -> None:
    """On Kaggle, too: "Please ensure internet is on."."""
    (server.state_dir / "secrets.json").write_text(json.dumps({"alice": {"HF": "canary"}}))
    code = """
import json, os, urllib.request
request = urllib.request.Request(
    os.environ["KAGGLE_URL_BASE"] + "/requests/GetUserSecretByLabelRequest",
    data=json.dumps({"Label": "HF"}).encode(),
    headers={"X-Kaggle-Authorization": "Bearer " + os.environ["KAGGLE_USER_SECRETS_TOKEN"],
             "Content-Type": "application/json"},
)
print(urllib.request.urlopen(request, timeout=10).read().decode())
"""
    server.push("asks-inside", code, enableInternet=True)
    server.push("asks-in-vain", code, enableInternet=False)
    assert server.ended("asks-inside") == {"status": "COMPLETE"}
    assert "canary" in server.log("asks-inside")
    assert server.ended("asks-in-vain")["status"] == "ERROR"


def test_a_notebook_reads_the_secrets_of_its_owner(server: Server) -> None:
    (server.state_dir / "secrets.json").write_text('{"alice": {"HF": "canary-1"}}')
    code = (
        "from kaggle_secrets import UserSecretsClient; print(UserSecretsClient().get_secret('HF'))"
    )
    server.push("secrets-in-a-sandbox", code, enableInternet=True)
    assert server.ended("secrets-in-a-sandbox") == {"status": "COMPLETE"}
    assert server.log("secrets-in-a-sandbox") == "canary-1\n"


def test_a_utility_script_that_never_ran_is_a_module(server: Server) -> None:
    server.push("my-tools", "def double(n): return 2 * n", categoryIds=["util-script"],
                kernelExecutionType="QUICK_SAVE")  # fmt: skip
    code = "import my_tools; print(my_tools.double(4), my_tools.__file__)"
    answer = server.push("uses-my-tools", code, kernelDataSources=["alice/my-tools"])
    assert answer["invalidKernelSources"] == []
    assert server.ended("uses-my-tools") == {"status": "COMPLETE"}
    assert server.log("uses-my-tools") == (
        "8 /kaggle/usr/lib/notebooks/alice/my_tools/my_tools.py\n"
    )
