"""``smoke --dask``: real schedulers and workers rehearse, and the verdicts come back the same."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nbship.model.layout import Layout
from tests.support.clusters import TestCluster, cluster
from tests.support.polling import until
from tests.support.programs import command_of, is_alive
from tests.support.sampling import sample
from tests.support.workspace import CommandResult, Workspace, program

pytest.importorskip("distributed")
pytestmark = pytest.mark.unmeasured

LAYOUT = Layout()
_TIMES = re.compile(r"\b\d+(\.\d+)? s\b|\b\d+\.\d+$| +\d+\.\d+(?=  src)", re.MULTILINE)
TLS = "DASK_DISTRIBUTED__COMM__TLS"
SLOW = 'open("/kaggle/working/begun", "w").close()\nimport time\ntime.sleep(600)'


def kernel(name: str, body: str, *keys: str) -> str:
    lines = [f'id = "awa/{name}-kernel"', f'title = "{name.title()} Kernel"', *keys]
    return "".join([
        "# %%\n# /// script\n# [tool.nbship.kaggle]\n", *(f"# {line}\n" for line in lines),
        f"# ///\n\n# %%\n{body}\n",
    ])  # fmt: skip


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCluster]:
    """Run a cluster of two workers."""
    with cluster(tmp_path_factory.mktemp("dask"), "one", "two") as found:
        yield found


def steady(text: str) -> list[str]:
    """Return the lines of an output without times; notebooks that run at once end in any order."""
    return sorted(_TIMES.sub("TIME", line).rstrip() for line in text.splitlines())


def verdicts(lab: Workspace) -> dict[str, Any]:
    found = {}
    for path in sorted((lab.root / LAYOUT.verdicts).rglob("*")):
        if path.suffix in {".json", ".failed"}:
            content = json.loads(path.read_text())
            found[path.name] = {k: v for k, v in content.items() if k not in {"seconds", "plain"}}
    return found


def fill(lab: Workspace) -> None:
    """Write kernels: a chain, one that fails in a module, a script, one with a sample."""
    lab.write("src_py/words.py", "def greet(n):\n    return 1 / n\n")
    lab.write("src_py/first.py", kernel("first", 'open("word.txt", "w").write("hello")'))
    read = 'print(open("/kaggle/input/notebooks/awa/first-kernel/word.txt").read())'
    lab.write("src_py/second.py", kernel("second", read, 'kernel_sources = ["awa/first-kernel"]'))
    lab.write("src_py/bad.py", kernel("bad", "import words\nprint('before')\nwords.greet(0)"))
    script = 'kernel_type = "script"'
    lab.write("src_py/script.py", kernel("script", "print('a script')", script))
    lab.write("src_py/fails.py", kernel("fails", "raise SystemExit(3)", script))
    sample = 'print(open("/kaggle/input/voices/a.txt").read())'
    lab.write("src_py/reads.py", kernel("reads", sample, 'dataset_sources = ["awa/voices"]'))
    lab.write("tests/inputs/datasets/awa/voices/a.txt", "a sample")
    lab.commit()


def test_the_verdicts_the_lines_and_the_files_are_those_of_a_rehearsal_here(
    bare: Workspace, tmp_path: Path, two: TestCluster
) -> None:
    fill(bare)
    bare.git("clone", "-q", str(bare.root), str(tmp_path / "far"))
    far = Workspace(tmp_path / "far")
    here, there = bare.nbship("smoke"), far.nbship("smoke", "--dask", two.address)
    assert (here.code, there.code) == (1, 1)
    assert steady(there.out) == steady(here.out)
    assert steady(there.err) == steady(here.err)
    assert "src_py/words.py:2 in greet: ZeroDivisionError" in there.err
    assert verdicts(far) == verdicts(bare)
    for name, files in {
        "first": ("executed.ipynb", "log.txt", "first.ipynb", "kaggle/working/word.txt"),
        "bad": ("executed.ipynb", "log.txt", "failure.md"),
        "script": ("log.txt",),
    }.items():
        for file in files:
            assert (far.root / LAYOUT.rehearsal(name) / file).is_file(), (name, file)
    for file in ("log.txt", "failure.md"):
        one, other = (lab.root / LAYOUT.rehearsal("bad") / file for lab in (bare, far))
        assert steady(other.read_text()) == steady(one.read_text())
    again = far.inside("smoke", "first", "second", "script", "reads", "--dask", two.address)
    assert again.code == 0
    assert again.out.endswith("smoke: nothing to do for first, second, script, reads\n")
    assert far.inside("smoke", "second").code == 0  # the outputs of the first are here
    assert two.at_work() == ""


def test_a_helper_and_a_secret_stay_on_this_machine(bare: Workspace, two: TestCluster) -> None:
    bare.write("src_py/helper.py", "# %%\nprint(open('src_py/helper.py').readline())\n")
    secret = kernel("secret", "print(3)", "", "[tool.nbship.smoke]", 'secrets = ["HF_TOKEN"]')
    bare.write("src_py/secret.py", secret)
    bare.write(LAYOUT.local_secrets, '{"awa": {"HF_TOKEN": "hunter-two"}}')
    done = bare.inside("smoke", "--dask", two.address)
    assert done.code == 2
    assert "helper: it may read the whole workspace, and is rehearsed here" in done.out
    assert (
        "secret has secrets on this machine, which are not sent to a cluster: HF_TOKEN" in done.err
    )
    assert "hunter-two" not in two.log() + done.all
    (bare.root / LAYOUT.local_secrets).unlink()
    done = bare.inside("smoke", "secret", "--dask", two.address)
    assert done.code == 0
    assert "secrets of secret are made up: HF_TOKEN" in done.out


def test_an_input_that_is_too_large_is_named(bare: Workspace, two: TestCluster) -> None:
    bare.write("src_py/reads.py", kernel("reads", "1", 'dataset_sources = ["awa/voices"]'))
    folder = bare.root / "tests/inputs/datasets/awa/voices"
    folder.mkdir(parents=True)
    with (folder / "large").open("wb") as file:
        file.truncate(65 << 20)
    done = bare.inside("smoke", "reads", "--dask", two.address)
    assert done.code == 2
    assert done.err.startswith("the inputs of reads have more than 64 MB")


def test_a_package_that_a_worker_lacks_is_named_at_its_line(
    bare: Workspace, two: TestCluster
) -> None:
    lacking = kernel("first", "1").replace(
        "# [tool", '# dependencies = ["none-such"]\n#\n# [tool', 1
    )
    bare.write("src_py/first.py", lacking)
    done = bare.inside("smoke", "first", "--dask", two.address)
    assert done.code == 1
    assert done.err.startswith("src_py/first.py:3: not installed here: none-such (on a worker)\n")
    assert verdicts(bare) == {}


def test_inputs_that_dask_calls_large_are_no_news(bare: Workspace, two: TestCluster) -> None:
    bare.write("src_py/reads.py", kernel("reads", "1", 'dataset_sources = ["awa/voices"]'))
    bare.write("tests/inputs/datasets/awa/voices/large", "x" * (11 << 20))
    done = bare.nbship("smoke", "reads", "--dask", two.address)
    assert (done.code, done.err) == (0, "")


def start(lab: Workspace, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [program("nbship"), "smoke", *words], cwd=lab.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(is_alive(each.pid) for each in processes)


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_ends_the_notebooks_on_the_workers(
    bare: Workspace, two: TestCluster, count: int
) -> None:
    for number in range(count):
        bare.write(f"src_py/slow{number}.py", kernel(f"slow{number}", SLOW))
    command = start(bare, "--dask", two.address)
    until(lambda: len(two.all_at_work()) == count, "notebooks at work")
    running = [each for name in two.workers for each in two.kernels(name)]
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, err.splitlines()[-1].partition(":")[0]) == (130, "interrupted")
    assert "Traceback" not in out + err
    until(lambda: are_gone(running), "end of the notebooks")
    assert verdicts(bare) == {}


def test_a_client_that_is_killed_leaves_nothing_on_the_workers(
    bare: Workspace, two: TestCluster
) -> None:
    bare.write("src_py/slow.py", kernel("slow", SLOW))
    command = start(bare, "--dask", two.address)
    running = two.kernels(until(two.at_work, "notebook at work"))
    command.kill()
    command.communicate(timeout=60)
    until(lambda: are_gone(running), "end of the notebook")


def test_a_task_whose_worker_is_killed_runs_on_the_other_one(
    bare: Workspace, tmp_path: Path
) -> None:
    bare.write("src_py/slow.py", kernel("slow", "import time\ntime.sleep(6)\nprint('done')"))
    with cluster(tmp_path, "one", "two") as found:
        command = start(bare, "slow", "--dask", found.address)
        name = until(found.at_work, "notebook at work")
        running = found.kernels(name)
        found.workers[name].kill()
        until(lambda: are_gone(running), "end of what the killed worker ran")
        out, err = command.communicate(timeout=120)
    assert (command.returncode, err) == (0, "")
    assert "smoke    slow  passed in" in out
    assert list(verdicts(bare)) == ["slow.json"]


def test_a_task_that_no_worker_is_left_for_is_lost_and_has_no_verdict(
    bare: Workspace, tmp_path: Path
) -> None:
    bare.write("src_py/slow.py", kernel("slow", SLOW))
    with cluster(tmp_path, "one") as found:
        command = start(bare, "slow", "--dask", found.address)
        until(found.at_work, "notebook at work")
        found.workers["one"].kill()
        _, err = command.communicate(timeout=120)
    assert command.returncode == 2
    assert err.splitlines()[0] == "slow is lost on the cluster: no worker is left"
    assert verdicts(bare) == {}


def test_a_task_that_the_scheduler_gives_up_is_lost_and_has_no_verdict(
    bare: Workspace, tmp_path: Path
) -> None:
    bare.write("src_py/slow.py", kernel("slow", SLOW))
    limit = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with cluster(tmp_path, "one", "two", **limit) as found:
        command = start(bare, "slow", "--dask", found.address)
        found.workers[until(found.at_work, "notebook at work")].kill()
        _, err = command.communicate(timeout=120)
    assert command.returncode == 2
    assert err.startswith("slow is lost on the cluster: KilledWorker: ")
    assert len(err.splitlines()) == 2
    assert verdicts(bare) == {}


def test_other_versions_are_refused_by_name_before_anything_runs(
    bare: Workspace, tmp_path: Path
) -> None:
    bare.write("src_py/first.py", kernel("first", "print(1)"))
    other = "import nbship\nnbship.__version__ = '0.0.1'\n"
    with cluster(tmp_path, "one", preload=other) as found:
        done = bare.nbship("smoke", "--dask", found.address)
    assert done.code == 2
    assert re.search(
        r"the worker tcp://\S+ is not like this machine: nbship 0\.0\.1 \(here ", done.err
    )
    assert verdicts(bare) == {}


LIES = """
import json
from nbship.verbs.operations.cluster import worker
told = {"name": "first", "digest": "another", "lines": [], "failure": None, "is_whole": True}
told["result"] = {"digest": "another", "parameters": {}, "seconds": 1.0}
worker.rehearse_there = lambda job: {"answer": json.dumps(told), "files": {}}
"""


def test_an_answer_about_another_artifact_is_refused(bare: Workspace, tmp_path: Path) -> None:
    bare.write("src_py/first.py", kernel("first", "print(1)"))
    with cluster(tmp_path, "one", preload=LIES) as found:
        done = bare.nbship("smoke", "--dask", found.address)
    assert done.code == 2
    assert done.err.startswith("the cluster's answer is not about this artifact of first")
    assert verdicts(bare) == {}


def refused(lab: Workspace, address: str) -> CommandResult:
    done = lab.nbship("smoke", "first", "--dask", address)
    assert done.code == 2
    assert "Traceback" not in done.err
    return done


def test_an_address_without_a_scheduler_is_one_line(bare: Workspace, tmp_path: Path) -> None:
    bare.write("src_py/first.py", kernel("first", "print(1)"))
    assert "neither 'local' nor the address" in refused(bare, "nowhere").err
    assert "only this machine is allowed" in refused(bare, "tcp://203.0.113.1:8786").err
    assert "no Dask scheduler answers" in refused(bare, "tcp://127.0.0.1:9").err
    assert "configuration names no certificates" in refused(bare, "tls://127.0.0.1:9").err
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        assert "what answers is no scheduler" in refused(bare, f"tcp://127.0.0.1:{port}").err
        thread.join()
    with cluster(tmp_path) as found:
        assert "the cluster has no worker" in refused(bare, found.address).err


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl for a certificate")
def test_a_cluster_with_certificates(
    bare: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
         "-out", certificate, "-days", "1", "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv(f"{TLS}__CA_FILE", certificate)
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        monkeypatch.setenv(f"{TLS}__{role}__CERT", certificate)
        monkeypatch.setenv(f"{TLS}__{role}__KEY", key)
    bare.write("src_py/first.py", kernel("first", "print('far')"))
    with cluster(tmp_path, "one", protocol="tls") as found:
        assert found.address.startswith("tls://")
        done = bare.nbship("smoke", "first", "--dask", found.address)
        assert done.code == 0, done.all
        assert "| far" in done.out
        monkeypatch.setenv(f"{TLS}__CA_FILE", key)
        bare.write("src_py/first.py", kernel("first", "print('further')"))
        assert "names are no use (SSLError" in refused(bare, found.address).err


def test_ctrl_c_of_a_terminal_ends_the_local_workers_without_a_word(bare: Workspace) -> None:
    bare.write("src_py/slow.py", kernel("slow", SLOW))
    command = subprocess.Popen(
        [program("nbship"), "smoke", "--dask", "local"], cwd=bare.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip

    def running() -> list[psutil.Process]:
        found = psutil.Process(command.pid).children(recursive=True)
        return found if any("papermill" in " ".join(command_of(each)) for each in found) else []

    started = until(running, "notebook at work")
    os.killpg(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, len(err.splitlines()), out) == (130, 1, ""), err
    until(lambda: are_gone(started), "end of the workers")


@pytest.mark.parametrize("command", sample(["doit", "nbship"], 2))
def test_local_starts_workers_for_one_command(bare: Workspace, command: str) -> None:
    bare.write("src_py/first.py", kernel("first", "print(1)"))
    run = bare.doit if command == "doit" else bare.nbship
    done = run("smoke", "--dask", "local")
    assert (done.code, done.err) == (0, "")
    assert "smoke    first  passed in" in done.out
