"""The launcher: the world that a program gets in the sandbox and in the shim, and what it costs."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nbship.edges.rehearsal import isolation
from nbship.model.target import RUNGS, Rung
from nbship.shim._launch import launcher, world_mounts, world_request
from nbship.shim._launch.world_request import Request
from tests.support.rungs import here, take

CODE = """\
import json, os, sys
def value(text):
    try:
        return eval(text)
    except Exception as error:
        return f'{type(error).__name__}: {error}'
print(json.dumps([value(text) for text in json.loads(sys.argv[1])]))
"""

# The part of kagglehub that asks Kaggle's service: src/kagglehub/clients.py of Kaggle/kagglehub.
KAGGLEHUB = """\
class BackendError(Exception): pass
class KaggleJwtClient:
    def post(self, request_name, data, timeout=(1, 2)):
        raise ConnectionError(request_name)
"""


@dataclass(frozen=True, slots=True)
class World:
    """The folders of a run, and the rung that it takes."""

    top: Path
    rung: Rung
    changes: dict[str, Any] = field(default_factory=dict)

    def request(self, *argv: str) -> Request:
        return Request(**{
            "rung": self.rung, "bwrap": here().bwrap if self.rung == "sandbox" else "",
            "folder": str(self.top / "run"), "kaggle": str(self.top / "run/kaggle"),
            "home": str(self.top / "run/home"), "temp": str(self.top / "run/tmp"),
            "argv": list(argv), "environment": {"PATH": os.defpath, "GIVEN": "{folder}"},
            "mounts": {"input/datasets/awa/voices": str(self.top / "voices")},
            "visible": [], "hidden": [str(self.top)], "network": False, **self.changes,
        })  # fmt: skip

    def run(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        (self.top / "run").mkdir(exist_ok=True)
        (self.top / "voices").mkdir(exist_ok=True)
        (self.top / "voices/a.csv").write_text("a,b\n")
        path = self.top / "run/launch.json"
        path.write_text(json.dumps(self.request(*argv)._asdict()))
        return subprocess.run(
            [sys.executable, "-I", launcher.__file__, path],
            cwd=self.top, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def values(self, *expressions: str) -> list[Any]:
        done = self.run("{python}", "-c", CODE, json.dumps(expressions))
        assert done.returncode == 0, done.stderr
        values: list[Any] = json.loads(done.stdout)
        return values


@pytest.fixture(params=RUNGS)
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, take(request.param, monkeypatch))


@pytest.fixture
def sandbox(tmp_path: Path) -> World:
    here()
    return World(tmp_path, "sandbox")


def test_the_layer_is_a_python_of_its_own_above_that_of_nbship(world: World) -> None:
    import numpy as np

    seen = "/run/nbship" if world.rung == "sandbox" else str(world.top / "run")
    assert world.values(
        "sys.prefix",
        "__import__('numpy').__file__",
        "os.environ['VIRTUAL_ENV']",
        "os.environ['GIVEN']",
        "__import__('shutil').which('python')",
    ) == [f"{seen}/layer", np.__file__, f"{seen}/layer", seen, f"{seen}/layer/bin/python"]


def test_a_program_that_nobody_ends_in_time_ends_by_a_signal(world: World) -> None:
    timed = World(world.top, world.rung, {"ends_at": time.monotonic() - 1})
    done = timed.run("/bin/sh", "-c", "echo begun; exec sleep 600")
    assert (done.returncode, done.stdout) == (-signal.SIGALRM, "begun\n")


def test_the_lists_of_fonts_come_into_the_home(world: World) -> None:
    fonts = world.top / "fonts"
    fonts.mkdir()
    (fonts / "fontlist-v1.json").write_text("[]")
    with_fonts = World(world.top, world.rung, {"fonts": str(fonts)})
    path = "os.path.expanduser('~/.cache/matplotlib/fontlist-v1.json')"
    assert with_fonts.values(f"open({path}).read()") == ["[]"]


def test_what_the_shim_cannot_have_of_a_sample_is_listed(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices/out").symlink_to("/etc/passwd")
    World(tmp_path, "shim").values("1")
    (line,) = (tmp_path / "run" / launcher.LEFT_OUT).read_text().splitlines()
    assert line.startswith("/kaggle/input/datasets/awa/voices/out: ")
    assert launcher.LEFT_OUT == isolation.LEFT_OUT


def test_git_acts_on_no_repository_of_the_machine(world: World) -> None:
    subprocess.run(["git", "init", "-q", world.top], check=True)
    done = world.run(
        "/bin/sh",
        "-c",
        "git status; git config --global user.name Nobody; git init -q && git status",
    )
    assert "not a git repository" in done.stderr
    assert "No commits yet" in done.stdout
    assert (world.top / "run/home/.gitconfig").read_text().count("Nobody") == 1


def test_the_mark_of_the_run_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By it the supervisor finds processes that have left its family."""
    monkeypatch.setenv("NBSHIP_RUN", "a mark")
    assert world.values("os.environ['NBSHIP_RUN']") == ["a mark"]


def test_a_program_without_the_path_of_python_has_the_folders_of_kaggle(world: World) -> None:
    code = "import os; print(os.listdir('/kaggle/input/voices'), 'kaggle_world' in os.sys.path)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    done = world.run("/usr/bin/env", "PYTHONPATH=/elsewhere", "{python}", "-c", start)
    assert done.stdout == "['a.csv'] False\n", done.stderr


def test_pip_writes_into_the_layer(world: World, tmp_path: Path) -> None:
    """A package that the environment below has is replaced in the layer only."""
    wheel = tmp_path / "voices/numpy-99-py3-none-any.whl"
    wheel.parent.mkdir()
    write_wheel(wheel, "numpy", "99")
    done = world.run(
        "/bin/sh", "-c",
        "pip --version > /dev/null 2>&1 || { echo no pip; exit; };"
        ' cd "${KAGGLE_WORLD:-/kaggle}"/input/datasets/awa/voices &&'
        " pip install -q --no-index --disable-pip-version-check numpy-99-py3-none-any.whl &&"
        " python -c 'import numpy; print(numpy.__file__)'",
    )  # fmt: skip
    if done.stdout == "no pip\n":
        pytest.skip("the environment of the tests has no pip")
    assert "/layer/lib/" in done.stdout, done.stderr
    import numpy as np

    assert np.__version__ != "99"


def write_wheel(path: Path, name: str, version: str, code: str = "") -> None:
    from zipfile import ZipFile

    info = f"{name}-{version}.dist-info"
    with ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", code)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(
            f"{info}/RECORD", f"{name}/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n"
        )


def test_kagglehub_finds_what_is_mounted(world: World) -> None:
    package = world.top / "voices/kagglehub"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "clients.py").write_text(KAGGLEHUB)
    code = {"PYTHONPATH": "{kaggle}/input/datasets/awa/voices", "PATH": "/usr/bin:/bin"}
    data = {"datasetRef": {"OwnerSlug": "awa", "DatasetSlug": "voices"}}
    client = "__import__('kagglehub.clients').clients.KaggleJwtClient()"
    (found,) = World(world.top, world.rung, {"environment": code}).values(
        f"{client}.post('AttachDatasourceUsingJwtRequest', {data})"
    )
    assert found == {"mountSlug": "datasets/awa/voices", "versionNumber": None}


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    done = World(tmp_path, "shim").run("/no/such/program")
    assert done.returncode == 127
    assert done.stderr == "/no/such/program cannot be started: No such file or directory\n"


def test_in_the_sandbox_the_folders_are_those_of_kaggle(sandbox: World) -> None:
    (sandbox.top / "run/kaggle/src").mkdir(parents=True)
    (sandbox.top / "run/kaggle/src/script.py").write_text("")
    assert sandbox.values(
        "os.getcwd()",
        "sorted(os.listdir('/kaggle'))",
        "sorted(os.path.join(f, n) for f, _, ns in os.walk('/kaggle/input') for n in ns)",
        "open('/kaggle/input/voices/a.csv').read()",
        "os.path.realpath('.')",
        "os.environ['HOME'], __import__('tempfile').gettempdir()",
        "os.getuid(), os.environ.get('KAGGLE_WORLD')",
        "open('/kaggle/new', 'w').write('x')",
        "open('out', 'w').write('x')",
    ) == [
        "/kaggle/working",
        ["input", "lib", "src", "temp", "usr", "working"],
        ["/kaggle/input/datasets/awa/voices/a.csv"],
        "a,b\n",
        "/kaggle/working",
        ["/root", "/tmp"],  # noqa: S108 - of the sandbox
        [0, None],
        1,
        1,
    ]
    assert (sandbox.top / "run/kaggle/working/out").read_text() == "x"


def test_in_the_sandbox_nothing_of_the_machine_can_be_changed(sandbox: World) -> None:
    paths = [
        "/kaggle/input/datasets/awa/voices/a.csv", "/kaggle/input/new", "/kaggle/src/script.py",
        "/kaggle/lib/new", "/usr/new", "/etc/new", f"{sys.prefix}/new",
        f"{Path(launcher.__file__).parents[1]}/new",
    ]  # fmt: skip
    answers = sandbox.values(*(f"open({path!r}, 'w')" for path in paths))
    assert [answer.partition(":")[0] for answer in answers] == ["OSError"] * len(paths)
    assert all("Read-only file system" in answer for answer in answers)
    done = sandbox.run("/bin/sh", "-c", "umount /kaggle/input; mount -o remount,rw /usr; echo end")
    assert done.stdout == "end\n"
    assert "must be superuser" in done.stderr
    assert "mount: /usr: permission denied" in done.stderr


def test_in_the_sandbox_are_the_folders_that_every_linux_has(sandbox: World) -> None:
    names = ["/home", "/media", "/mnt", "/opt", "/run", "/srv", "/usr/local/bin", "/var/log"]
    assert sandbox.values(
        f"[name for name in {names} if not os.path.isdir(name)]",
        "os.mkdir('/data')",
        "open('/var/log/mine', 'w').write('x')",
    ) == [[], None, 1]


def test_in_the_sandbox_nothing_of_the_machine_is_seen(sandbox: World) -> None:
    (sandbox.top / "mine").write_text("hush")
    assert sandbox.values(
        f"os.path.exists({str(sandbox.top / 'mine')!r})",
        f"os.path.exists({str(Path.home() / '.bashrc')!r})",
        f"os.path.exists('/proc/{os.getpid()}/environ')",
        "__import__('socket').create_connection(('192.0.2.1', 80), 5)",
        "__import__('socket').create_server(('127.0.0.1', 0)).close()",
    ) == [False, False, False, "OSError: [Errno 101] Network is unreachable", None]


def test_the_folders_of_the_program_can_be_removed_and_the_machine_keeps_its_own(
    sandbox: World,
) -> None:
    """The command does nothing where it sees this machine."""
    inside = f"test -d /run/nbship && test ! -e {sandbox.top} || exit 9; "
    done = sandbox.run("/bin/sh", "-c", f"{inside} rm -rf /kaggle/* /root/* /tmp/*; echo end")
    assert done.stdout == "end\n"
    assert (sandbox.top / "voices/a.csv").exists()
    assert (sandbox.top / "run/launch.json").exists()


def test_what_is_hidden_stays_so_below_what_the_system_shows(tmp_path: Path) -> None:
    """A workspace in /opt, with its environment in it, shows the environment alone."""
    request = Request(
        rung="sandbox", folder="/opt/lab/.nbship/smoke/one", kaggle="/opt/lab/.nbship/smoke/one/k",
        home="/h", temp="/t", argv=[], environment={}, mounts={"usr/lib/notebooks/awa/u": "/u"},
        visible=[str(tmp_path), "/opt/lab/.venv-that-is-not-there"], hidden=["/opt/lab", "/srv/x"],
        bwrap="bwrap",
    )  # fmt: skip
    command = world_mounts.bubblewrap(request, world_request.places_of(request), ["prog"])
    text = " ".join(command)
    assert "--tmpfs /opt/lab " in text
    assert "/srv/x" not in text
    assert "/opt/lab/.venv" not in text
    assert text.index(" /kaggle ") < text.index(" /kaggle/usr/lib/notebooks/awa/u ")
    assert "--unshare-net" not in command
    assert command[-2:] == ["--", "prog"]


def test_colab_has_its_own_folder_and_no_sign_of_kaggle(sandbox: World) -> None:
    colab = World(sandbox.top, "sandbox", {"is_colab": True, "mounts": {}, "network": True})
    assert colab.values(
        "os.getcwd()",
        "os.path.exists('/kaggle')",
        "[name for name in os.environ if name.startswith('KAGGLE_')]",
    ) == ["/content", False, []]
