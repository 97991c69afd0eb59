"""Tests of the zygote, which forks programs in worlds of their own, and of who asks it."""

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import coverage
import pytest

from nbship.edges.process.forked import run_forked
from nbship.edges.process.output import Watch
from nbship.shim import forks
from nbship.shim._launch import launcher, world_mounts, world_request, zygote_client
from nbship.shim._launch.world_request import Request
from nbship.shim._launch.zygote_client import NotForkedError
from nbship.shim.provisioner import ForkedKernel, ForkingProvisioner
from tests.support.paths import ROOT
from tests.support.polling import until
from tests.support.rungs import here

SHIM = Path(forks.__file__).parent
TIMEOUT = 60.0
ZYGOTE = Path(launcher.__file__).with_name("zygote.py")
# The sandbox of a zygote, with the folders of this machine, so that the tests are measured there.
SANDBOX = (
    "--die-with-parent", "--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid",
    "--cap-add", "ALL", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
    "--tmpfs", "/run", "--dir", "/run/host", "--ro-bind", "/", "/run/host",
)  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{SHIM}"}


@pytest.mark.parametrize("is_told", [False, True])
def test_a_module_that_a_fork_does_not_survive_is_left_out(
    tmp_path: Path, *, is_told: bool
) -> None:
    """The zygote starts anew without it, and says so; the thread of pyarrow's allocator may run.

    It has the names of the modules from its command line, or from its standard input.
    """
    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    (tmp_path / "broken.py").write_text("raise RuntimeError('no')\n")
    (tmp_path / "libmkl_rt.so.2").write_text("not the real one")
    (tmp_path / "intel.py").write_text(
        "import mmap\n"
        f"file = open({str(tmp_path / 'libmkl_rt.so.2')!r}, 'r+b')\n"
        "mapped = mmap.mmap(file.fileno(), 0)\n"
    )
    (tmp_path / "jemalloc.py").write_text(
        "import ctypes, threading, time\n"
        "def wait():\n"
        "    ctypes.CDLL(None).prctl(15, b'jemalloc_bg_thd', 0, 0, 0)  # PR_SET_NAME\n"
        "    named.set()\n    time.sleep(600)\n"
        "named = threading.Event()\n"
        "threading.Thread(target=wait, daemon=True).start()\nnamed.wait()\n"
    )
    (tmp_path / "last.py").write_text(
        "import atexit, os, sys\n"
        "tasks = lambda: len(os.listdir('/proc/self/task'))\n"
        "names = [n for n in ('threaded', 'intel', 'jemalloc') if n in sys.modules]\n"
        "atexit.register(lambda: print(tasks(), names, sys.argv[-1]))\n"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        words = [sys.executable, str(ZYGOTE), str(listening.fileno()), str(SHIM.parents[1])]
        modules = ["threaded", "broken", "intel", "jemalloc", "last"]
        done = subprocess.run(
            [*words, *(["-"] if is_told else modules)],
            check=False, capture_output=True, text=True,
            input=f"{json.dumps(modules)}\n" if is_told else "",
            env=environment(tmp_path), pass_fds=[listening.fileno()],
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "2 ['jemalloc'] last\n"), done.stderr
    assert re.sub(r"(?m)^\d+\.\d+s .*\n", "", done.stderr).splitlines() == [
        "threaded starts a thread when it is imported",
        "broken cannot be imported: RuntimeError: no",
        "intel loads the Math Kernel Library",
        "broken cannot be imported: RuntimeError: no",
    ]


def test_a_thread_that_runs_before_all_imports_is_the_reason_for_no_fork(tmp_path: Path) -> None:
    """A sitecustomize or a .pth file of the user can start one."""
    (tmp_path / "sitecustomize.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    with serving(tmp_path) as name, pytest.raises(NotForkedError, match="a thread runs before the"):
        run(name, tmp_path / "run", "")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Return the socket of a zygote."""
    with serving(tmp_path) as name:
        yield name


@contextmanager
def serving(folder: Path, *modules: str) -> Iterator[str]:
    """Run a zygote that has imported modules, also those of a folder."""
    bwrap, name = here().bwrap, secrets.token_hex(16)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(f"\0{name}")
        listening.listen()
        words = [bwrap, *SANDBOX, "--", sys.executable, str(ZYGOTE), str(listening.fileno())]
        child = subprocess.Popen(
            [*words, str(SHIM.parents[1]), *modules], stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()], env=environment(folder),
        )  # fmt: skip
    assert child.stdin
    yield name
    child.stdin.close()
    assert child.wait(60) == 0


def run(
    zygote: str, folder: Path, code: str, mounts: Mapping[str, str] | None = None
) -> tuple[int | None, str]:
    """Let the zygote run a program; return its exit code and its output.

    Raises:
        NotForkedError: the zygote does not.
    """
    for name in ("kaggle/working", "kaggle/input", "kaggle/src", "kaggle/temp", "home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    request = Request(
        rung="sandbox", folder=str(folder), kaggle=str(folder / "kaggle"),
        home=str(folder / "home"), temp=str(folder / "tmp"),
        argv=[sys.executable, "-c", code], visible=[str(ROOT)], hidden=[], network=False,
        environment={}, mounts=dict(mounts or {}),
    )  # fmt: skip
    variables = {"PYTHONPATH": str(SHIM), "PATH": os.defpath}
    world = launcher.Prepared(request, world_request.places_of(request), variables)
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        measuring = coverage.Coverage.current()
        if measuring is not None:  # what the program measures goes there
            data = str(Path(measuring.config.data_file or "").resolve().parent)
            plain = world_mounts.world_mounts
            more = ["--bind", data, data]
            patch.setattr(zygote_client, "world_mounts", lambda *about: [*plain(*about), more])
        ended = run_forked(
            partial(zygote_client.begin, zygote, world), Watch(lines.append, TIMEOUT)
        )
    lines += [ended.result.decode()] if ended.result else []
    return ended.code, "".join(f"{line}\n" for line in lines)


def test_a_program_runs_in_a_world_of_its_own(served: str, tmp_path: Path) -> None:
    code = (
        "import os, random, sys\n"
        "print(os.getcwd(), os.getpid(), sorted(os.listdir('/run')), sys.argv, sys.path[0] == '')\n"
        "print(os.path.exists('/run/host'), sorted(os.listdir('/kaggle/input')))\n"
        "sys.stdout.flush()\nos.write(3, b'result')\n"
        "sys.exit(7)"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "run/kaggle/input/datasets/awa/voices").mkdir(parents=True)
    mounts = {"input/datasets/awa/voices": str(tmp_path / "data")}
    ended, output = run(served, tmp_path / "run", code, mounts)
    assert output == "/kaggle/working 2 ['nbship'] ['-c'] True\nFalse ['datasets']\nresult\n"
    assert ended == 7


def test_a_program_ends_as_python_ends_one(served: str, tmp_path: Path) -> None:
    """The report of an error begins with the program's own lines, as with -c."""
    atexit = "import atexit, sys\natexit.register(print, 'at the end')\n"
    assert run(served, tmp_path / "a", f"{atexit}print(1)") == (0, "1\nat the end\n")
    assert run(served, tmp_path / "b", f"{atexit}sys.exit()") == (0, "at the end\n")
    assert run(served, tmp_path / "c", f"{atexit}sys.exit('why')") == (1, "why\nat the end\n")
    code = f"{atexit}def f():\n    1 / 0\nf()"
    plain = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert run(served, tmp_path / "d", code) == (1, f"{plain.stderr}{plain.stdout}")


def test_a_program_shares_no_random_numbers_and_no_folder_with_others(tmp_path: Path) -> None:
    """Those of numpy are not its own when it was imported before; nor is a folder."""
    pytest.importorskip("numpy")
    code = (
        "import random, sys\nimport numpy.random\nimport multiprocessing.process as p\n"
        "print(random.random(), numpy.random.rand(), p.ORIGINAL_DIR)"
    )
    with serving(tmp_path, "numpy.random", "multiprocessing.process") as name:
        told = [run(name, tmp_path / str(number), code)[1].split() for number in range(2)]
    (first, second) = told
    assert len({*first[:2], *second[:2]}) == 4
    assert first[2] == second[2] == "/kaggle/working"


def test_a_program_has_namespaces_of_its_own(served: str, tmp_path: Path) -> None:
    """Linux gives the number of a namespace that has ended to a new one: both run at once."""
    names = ("mnt", "pid", "net", "ipc")
    code = (
        "import os, time\n"
        f"print(*(os.readlink(f'/proc/self/ns/{{n}}') for n in {names}))\n"
        "open('/kaggle/working/here', 'w').close()\n"
        "while not os.path.exists('/kaggle/input/shared/go'):\n"
        "    time.sleep(0.01)\n"
    )
    (tmp_path / "shared").mkdir()
    mounts = {"input/shared": str(tmp_path / "shared")}
    folders = [tmp_path / str(number) for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run, served, folder, code, mounts) for folder in folders]
        here = [folder / "kaggle/working/here" for folder in folders]
        until(lambda: all(path.exists() for path in here), "both programs")
        (tmp_path / "shared/go").touch()
        texts = [each.result()[1] for each in running]
    ours = [str(Path(f"/proc/self/ns/{name}").readlink()) for name in names]
    assert len({*ours, *(word for text in texts for word in text.split()[:4])}) == 12


def test_the_signal_that_ends_a_program_is_told(served: str, tmp_path: Path) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"
    assert run(served, tmp_path / "run", code) == (128 + signal.SIGTERM, "")


def test_a_program_asks_for_kernels(served: str, tmp_path: Path) -> None:
    """Each gets its module, its folder and its variables, and its end is told."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/kernel.py").write_text(
        "import os, sys\nprint(os.getcwd(), sys.argv[1:], os.environ['WORD'], flush=True)\n"
        "print('forks' in sys.modules, 'papermill' in sys.modules, os.getsid(0) == os.getpid())\n"
        "sys.exit(int(sys.argv[1]))\n"
    )
    code = (
        "import os, sys\nsys.path.insert(0, PACKAGE)\nfrom nbship.shim import forks\n"
        "for number in (0, 5):\n"
        "    read, write = os.pipe()\n"
        "    environment = {'WORD': 'w', 'PYTHONPATH': '/run/nbship'}\n"
        "    request = {'argv': ['python', '-m', 'kernel', str(number)],\n"
        "               'environment': environment, 'folder': '/kaggle'}\n"
        "    pid = forks.ask(request, [1, 2, write])\n"
        "    os.close(write)\n"
        "    print(os.read(read, 9), pid > 2, flush=True)\n"
    ).replace("PACKAGE", repr(str(SHIM.parents[1])))
    ended, output = run(served, tmp_path / "run", code)
    lines = ["/kaggle ['{0}'] w", "False False True", "b'{0}' True"]
    assert output.splitlines() == [line.format(n) for n in (0, 5) for line in lines]
    assert ended == 0


def test_what_is_left_of_a_world_ends_with_its_program(served: str, tmp_path: Path) -> None:
    """Also a process that has left the group and the session of the program."""
    code = (
        "import os, subprocess, sys\n"
        "code = 'import time; print(1, flush=True); time.sleep(600)'\n"
        "child = subprocess.Popen([sys.executable, '-c', code], start_new_session=True,"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
    )
    assert run(served, tmp_path / "run", code) == (0, "")  # its output would not have ended


def test_a_world_that_cannot_be_made_is_told(served: str, tmp_path: Path) -> None:
    mounts = {"input/not-there": str(tmp_path / "not-there")}
    with pytest.raises(NotForkedError, match="mount /run/root/kaggle/input/not-there: No such f"):
        run(served, tmp_path / "run", "", mounts)


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotForkedError, match="refused"):
        run(secrets.token_hex(8), tmp_path / "run", "")


def test_a_collection_of_garbage_does_not_look_at_what_was_imported(
    served: str, tmp_path: Path
) -> None:
    """It would touch each object, of which each program would then need a copy."""
    code = "import gc\nprint(gc.get_freeze_count() > 10_000, gc.isenabled())"
    assert run(served, tmp_path / "run", code) == (0, "True True\n")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_somebody_else_gets_no_program(served: str, tmp_path: Path) -> None:
    """Everybody on the machine can see the name of the socket."""
    assert run(served, tmp_path / "run", "print(1)") == (0, "1\n")
    message = json.dumps({"network": False, "mounts": [], "capabilities": []}).encode()
    child = os.fork()
    if not child:  # Python itself may be in a folder that nobody else may read
        with contextlib.suppress(BaseException):
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.connect(f"\0{served}")
                socket.send_fds(connection, [message], [0, 1, 2, 2])
                connection.settimeout(TIMEOUT)
                os._exit(0 if connection.recv(100) == b"" else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_client_that_has_ended_gets_no_program(served: str, tmp_path: Path) -> None:
    """It may have started the program itself meanwhile."""
    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zygote_client, "_GO", b"no\n")
        ended, _ = run(served, tmp_path / "run", f"open({str(out)!r}, 'w')")
    assert ended == 128 + signal.SIGKILL
    assert run(served, tmp_path / "run", "print(1)") == (0, "1\n")


def test_a_forked_kernel_is_followed_like_a_process() -> None:
    told, write = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    kernel = ForkedKernel(child.pid, told)
    assert kernel.poll() is None
    kernel.terminate()
    assert child.wait(60) == -signal.SIGTERM
    os.write(write, b"-15")
    os.close(write)
    assert (kernel.wait(), kernel.poll(), kernel.wait()) == (-15, -15, -15)
    kernel.kill()  # it has ended: nothing is killed


def test_the_end_of_a_world_is_the_end_of_its_kernels() -> None:
    told, write = os.pipe()
    os.close(write)
    assert ForkedKernel(1, told).poll() == -signal.SIGKILL


class _Plain(Exception):
    pass


@pytest.mark.parametrize("module", ["ipykernel_launcher", "bash_kernel"])
def test_only_kernels_of_ipython_are_forked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    """Others, and those in a process that no zygote has forked, start from their beginning."""
    asked: dict[str, Any] = {}
    provisioner = ForkingProvisioner()
    provisioner.connection_info = {}

    def ask(request: dict[str, Any], streams: list[int]) -> int:
        os.write(streams[2], b"0")
        asked.update(request)
        return 12345

    async def plain(*_: object, **__: object) -> None:
        raise _Plain

    monkeypatch.setattr(forks, "ask", ask)
    monkeypatch.setattr("jupyter_client.provisioning.LocalProvisioner.launch_kernel", plain)
    monkeypatch.setenv(forks.DESCRIPTOR, "4")
    command = ["python", "-m", module, "-f", "x"]
    launch = provisioner.launch_kernel(command, env={"A": "b", forks.DESCRIPTOR: "4"}, cwd=tmp_path)
    if module == "bash_kernel":
        with pytest.raises(_Plain):
            asyncio.run(launch)
        return
    asyncio.run(launch)
    assert asked["argv"] == command
    assert (asked["environment"], asked["folder"]) == ({"A": "b"}, str(tmp_path))
    assert asyncio.run(provisioner.wait()) == 0
    monkeypatch.delenv(forks.DESCRIPTOR)
    with pytest.raises(_Plain):
        asyncio.run(provisioner.launch_kernel(command, env={}))
