"""Runs on the local Kaggle through the front door: Ctrl-C, several owners, the shown paths."""

import signal
import subprocess

import pytest

from tests.support.workspace import (
    HEADER,
    SCRIPT,
    SCRIPT_HEADER,
    CommandResult,
    Local,
    Workspace,
    program,
    serving,
)

pytestmark = pytest.mark.unmeasured

WAITS = f"{SCRIPT}import time\nprint('waiting', flush=True)\ntime.sleep(0 if COUNT == 1 else 600)\n"


def interrupted(lab: Workspace, *command: str, at: str) -> tuple[int, str, str]:
    """Run a command and press Ctrl-C at a line; return its exit code, output and errors."""
    child = subprocess.Popen(
        [program(command[0]), *command[1:]], cwd=lab.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout
    out = ""
    for line in child.stdout:
        out += line
        if at in line and "watch    tiny" in out:  # not in the rehearsal before
            child.send_signal(signal.SIGINT)
            break
    rest, err = child.communicate(timeout=60)
    return child.returncode, out + rest, err


def ship_of(lab: Workspace, code: str) -> CommandResult:
    """Ship a notebook with one cell, without a rehearsal."""
    lab.write("src_py/tiny.py", HEADER.replace("{ COUNT = 1 }", "{}") + "\n# %%\n" + code)
    unrehearsed(lab)
    return lab.doit("ship:tiny", "-t", "local")


@pytest.mark.parametrize("command", [("doit", "ship:tiny"), ("nbship", "ship", "tiny")])
def test_ctrl_c_in_ship_says_once_what_became_of_the_run(
    lab: Workspace, command: tuple[str, ...]
) -> None:
    """The local Kaggle that the command started ends with it, and so does the run."""
    lab.write("src_py/tiny.py", WAITS)
    lab.commit()
    code, out, err = interrupted(lab, *command, "-t", "local", at="| waiting")
    assert code == 130
    assert err == (
        "interrupted: the run is cancelled, because the local Kaggle ends with the command that "
        "started it; 'nbship local' keeps one running\n"
    )
    assert "goes on" not in out
    assert "again" not in out
    result = lab.doit("watch:tiny", "-t", "local")
    assert result.code == 5
    assert "cancelled" in result.all


def test_ctrl_c_beside_a_local_kaggle_that_stays_leaves_the_run_alone(
    lab: Workspace, up: Local
) -> None:
    assert up.url
    lab.write("src_py/tiny.py", WAITS)
    lab.commit()
    code, _, err = interrupted(lab, "doit", "ship:tiny", "-t", "local", at="| waiting")
    assert code == 130
    assert err == (
        "interrupted: the run goes on; continue with: doit watch:tiny -t local, "
        "end it with: doit stop:tiny -t local\n"
    )
    status = lab.kaggle("kernels", "status", "awa/tiny-kernel", **up.env).out
    assert "RUNNING" in status


def test_the_kernels_of_several_owners_are_served(lab: Workspace, up: Local) -> None:
    """One notebook reads the private output of another owner's, as a collaborator may."""
    for name in ("theirs", "mine"):
        owner = {"theirs": "the-lab", "mine": "awa"}[name]
        more = '# kernel_sources = ["the-lab/their-kernel"]\n' if name == "mine" else ""
        header = SCRIPT_HEADER.replace("awa/tiny", f"{owner}/{name}").replace("Tiny", name.title())
        header = header.replace("mine-kernel", "my-kernel").replace("Mine Kernel", "My Kernel")
        header = header.replace("theirs-kernel", "their-kernel").replace("Theirs", "Their")
        header = header.replace('Kernel"\n#\n', f'Kernel"\n{more}#\n', 1)
        lab.write(f"src_py/{name}.py", header + "\n# %%\nprint('of', __name__)\n")
    (lab.root / "src_py/tiny.py").unlink()
    (lab.root / "tests/inputs/notebooks/the-lab/their-kernel").mkdir(parents=True)
    lab.write("tests/inputs/notebooks/the-lab/their-kernel/x.txt", "sample")
    lab.commit()
    result = lab.doit("ship:mine", "-t", "local")
    assert result.code == 0, result.all
    assert "mine reads the outputs of theirs, which goes first" in result.out
    assert "version 1 of the-lab/their-kernel" in result.out.lower()
    for kernel in ("the-lab/their-kernel", "awa/my-kernel"):
        assert "COMPLETE" in lab.kaggle("kernels", "status", kernel, **up.env).out
    pushed = lab.kaggle("kernels", "push", "-p", "build/theirs", **up.env)
    assert "version 2" in pushed.out, pushed.all


UNREHEARSED = '\n[tool.nbship.targets.local]\nremote = "local"\nrehearsal = false\n'
GONE = HEADER.replace("{ COUNT = 1 }", "{}") + ("\n# %%\nx = 1\nopen('/kaggle/input/gone.csv')\n")


def unrehearsed(lab: Workspace) -> None:
    """Let the local target push without a rehearsal, which would fail first."""
    path = lab.root / "pyproject.toml"
    path.write_text(path.read_text() + UNREHEARSED)
    lab.commit()


def test_paths_in_errors_are_those_of_kaggle(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", GONE)
    unrehearsed(lab)
    result = lab.doit("smoke:tiny")
    assert result.code == 1
    assert "No such file or directory: '/kaggle/input/gone.csv'" in result.err
    assert ".nbship/smoke/tiny/kaggle" not in result.all
    result = lab.doit("ship:tiny", "-t", "local")
    assert result.code == 1, result.all
    assert "No such file or directory: '/kaggle/input/gone.csv'" in result.err
    assert "world/input" not in result.all


def test_the_words_of_the_programs_that_run_a_notebook_are_in_the_log_only(
    lab: Workspace, up: Local
) -> None:
    assert up.url
    code = "import sys\nprint('mine', file=sys.stderr)\nx = 1\nsys.exit('no data')\n"
    result = ship_of(lab, code)
    assert result.code == 1, result.all
    assert "src_py/tiny.py:18: SystemExit: no data (version 1 on the local Kaggle)" in result.err
    assert "sys.exit('no data')" in result.err
    assert "| mine" in result.out
    for words in ("papermill", "NbConvertApp", "Traceback"):
        assert words not in result.all
    [log] = (lab.root / "runs").glob("*/tiny-v1/_nbship/log.txt")
    text = log.read_text()
    assert all(words in text for words in ("papermill", "NbConvertApp", "Traceback", "mine"))


def test_a_download_that_always_breaks_off_goes_on_where_it_broke(lab: Workspace) -> None:
    """The connection breaks after each 300,000 bytes; only a server with ranges gets to the end."""
    code = "open('big.bin', 'wb').write(bytes(range(250)) * 4000)\n"
    lab.write("src_py/tiny.py", SCRIPT_HEADER + "\n# %%\n" + code)
    unrehearsed(lab)
    with serving(lab, "--faults") as up:
        assert lab.doit("push:tiny", "-t", "local").code == 0
        rule = {"call": "download", "action": "cut", "phase": "body", "bytes": 300_000}
        up.order(rule | {"times": -1})
        result = lab.doit("watch:tiny", "-t", "local")
        assert result.code == 0, result.all
        assert up.calls().count("download") == 4
    [fetched] = (lab.root / "runs").glob("*/tiny-v1/big.bin")
    assert fetched.read_bytes() == bytes(range(250)) * 4000


def test_a_line_of_many_characters_is_no_burden(lab: Workspace, up: Local) -> None:
    """Each character is a write of its own; the run ends, and the workspace is free again."""
    assert up.url
    code = "import sys\nfor _ in range(500_000):\n    sys.stdout.write('x')\nprint('x' * 500_000)\n"
    result = ship_of(lab, code)
    assert result.code == 0, result.all
    [log] = (lab.root / "runs").glob("*/tiny-v1/_nbship/log.txt")
    assert log.read_text().count("x") == 1_000_000


def test_an_error_with_half_a_surrogate_pair_is_told(lab: Workspace) -> None:
    code = "x = 1\nprint('so far \\ud83d')\nraise ValueError('bad \\ud83d')\n"
    lab.write("src_py/tiny.py", HEADER.replace("{ COUNT = 1 }", "{}") + "\n# %%\n" + code)
    unrehearsed(lab)
    for command in (("smoke:tiny",), ("ship:tiny", "-t", "local")):
        result = lab.doit(*command)
        assert result.code == 1, result.all
        assert "src_py/tiny.py:17: ValueError: bad \\ud83d (" in result.err
        assert "| so far \\ud83d\n" in result.out
        assert "surrogates not allowed" not in result.all
