"""The programs that a notebook starts: their arguments, commands and folders."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.shim_world import SHIM, check, lines, make_world, run, shim_module

World = shim_module("kaggle_world.paths").World
Programs = shim_module("kaggle_world.programs").Programs
ROOT = "/w/my-run_1.2"
PROGRAMS = Programs(World(ROOT))


@pytest.mark.parametrize(
    "command",
    [
        "ls {}/input",
        "ls {}",
        "cp {}/input/a.txt {}/working/",
        "cat '{}/input/a b.txt' \"{}/input/$x\"",
        "A={}/temp PATH=$PATH:{}/working/bin tool --out={}/working",
        "python t.py <{}/input/a >{}/working/b 2>>{}/working/c",
        "cd {}&&ls; (cd {};ls)|wc",
        "echo `ls {}/input`",
        "unzip -q {}/input/*.zip",
        "cat <<EOF\n{}/input\nEOF",
        "ls ./kaggle/input /mnt/kaggle https://www.kaggle.com/kaggle/input",
        "ls /kagglex /kaggle-cli kaggle",
        "sed 's,/kaggle/input,data,;s|/kaggle|x|' f",
        "curl https://host/kaggle/input",
    ],
)
def test_each_path_in_the_text_of_a_command_is_translated(command: str) -> None:
    kaggle = command.replace("{}", "/kaggle")
    assert PROGRAMS.command(kaggle) == command.replace("{}", ROOT)


@pytest.mark.parametrize("root", ["/w/my run", "/w/it's", "/w/$x", "/w/a;b", "/w/é", "/w/a:b"])
def test_a_command_is_not_changed_where_a_shell_could_read_something_else(root: str) -> None:
    assert Programs(World(root)).command("ls /kaggle/input") == "ls /kaggle/input"


@pytest.mark.parametrize(
    ("given", "real"),
    [
        (["ls", "/kaggle/input"], ["ls", f"{ROOT}/input"]),
        (["x", "--in=/kaggle/a", "a.b=/kaggle"], ["x", f"--in={ROOT}/a", f"a.b={ROOT}"]),
        ([b"x", b"--in=/kaggle/b"], [b"x", f"--in={ROOT}/b".encode()]),
        (["/bin/sh", "-c", "ls /kaggle"], ["/bin/sh", "-c", f"ls {ROOT}"]),
        ([b"bash", b"-lc", b"ls /kaggle"], [b"bash", b"-lc", f"ls {ROOT}".encode()]),
        (["bash", "--rc", "ls /kaggle"], ["bash", "--rc", "ls /kaggle"]),
        (["python", "-c", "open('/kaggle/a')"], ["python", "-c", "open('/kaggle/a')"]),
        ([Path("/kaggle/tool"), 3], [f"{ROOT}/tool", 3]),
        (["env", "A=1", "bash", "-c", "ls /kaggle"], ["env", "A=1", "bash", "-c", f"ls {ROOT}"]),
        (["x", "a text = /kaggle/b", "=/kaggle"], ["x", "a text = /kaggle/b", "=/kaggle"]),
        ([3, None], [3, None]),
        ([], []),
    ],
)  # fmt: skip
def test_an_argument_that_is_a_path_is_translated(given: list[Any], real: list[Any]) -> None:
    assert PROGRAMS.arguments(given) == real


@pytest.fixture
def kaggle(tmp_path: Path) -> Path:
    return make_world(tmp_path)


def test_every_way_to_start_a_program_gives_it_the_real_paths(kaggle: Path) -> None:
    file = "/kaggle/input/voices/a.txt"
    start = (
        "def in_child(start):\n"
        "    pid = os.fork()\n"
        "    if not pid: start()\n"
        "    return os.waitpid(pid, 0)[1]\n"
        f"FILE = {file!r}\n"
    )
    check(
        kaggle,
        {
            "subprocess.check_output(['cat', FILE])": "b'sannu'",
            "subprocess.check_output(f'cat {FILE}', shell=True, cwd='/kaggle/temp')": "b'sannu'",
            "subprocess.check_output(['pwd'], cwd=pathlib.Path('/kaggle/temp'))[-13:]": (
                r"b'/kaggle/temp\n'"
            ),
            "os.popen(f'cat {FILE}').read()": "sannu",
            "os.system(f'cp {FILE} /kaggle/working/system')": "0",
            "in_child(lambda: os.execvp('cp', ['cp', FILE, '/kaggle/working/exec']))": "0",
            "in_child(lambda: os.execve('/bin/cp', ['cp', FILE, '/kaggle/working/execve'], {}))": (
                "0"
            ),
            "os.spawnlp(os.P_WAIT, 'cp', 'cp', FILE, '/kaggle/working/spawn')": "0",
            "os.waitpid(os.posix_spawn('/bin/cat', ['cat', FILE], {}, file_actions=[("
            "os.POSIX_SPAWN_OPEN, 1, '/kaggle/working/posix', os.O_WRONLY | os.O_CREAT, 0o600), ("
            "os.POSIX_SPAWN_CLOSE, 0)]), 0)[1]": "0",
            "sorted(os.listdir()), {open(name).read() for name in os.listdir()}": (
                "(['exec', 'execve', 'posix', 'spawn', 'system'], {'sannu'})"
            ),
            "os.makedirs('/kaggle/working/bin'), shutil.copy('/bin/true', '/kaggle/working/bin')": (
                "(None, '/kaggle/working/bin/true')"
            ),
            "subprocess.run(['/kaggle/working/bin/true']).returncode": "0",
        },
        start,
    )


def test_a_python_program_sees_the_paths_of_kaggle_in_its_arguments(kaggle: Path) -> None:
    (kaggle / "working/tool.py").write_text(
        "import sys, os; print(__file__, sys.argv, os.getcwd())", encoding="utf-8"
    )
    (kaggle / "src/its.py").write_text("", encoding="utf-8")
    code = (
        "import multiprocessing, os, subprocess, sys\n"
        "tool = '/kaggle/working/tool.py'\n"
        "subprocess.run([sys.executable, tool, '--in=/kaggle/input', '/kaggle'], check=True)\n"
        "subprocess.run(f'{sys.executable} tool.py /kaggle/a:/kaggle/b', shell=True, check=True)\n"
        "subprocess.run([sys.executable, '-m', 'tool'], check=True)\n"
        "print(subprocess.getoutput('PYTHONPATH=$PYTHONPATH:/kaggle/src python -c \\'import its; "
        "print(its.__file__)\\''))\n"
        "os.environ['PYTHONPATH'] += ':/kaggle/src'\n"
        "subprocess.run([sys.executable, '-c', 'import its; print(its.__file__)'], check=True)\n"
        "with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "    print(pool.map(os.listdir, ['/kaggle/input']))\n"
    )
    tool = "/kaggle/working/tool.py"
    assert lines(kaggle, code) == [
        f"{tool} ['{tool}', '--in=/kaggle/input', '/kaggle'] /kaggle/working",
        f"{tool} ['tool.py', '/kaggle/a:/kaggle/b'] /kaggle/working",
        f"{tool} ['{tool}'] /kaggle/working",
        "/kaggle/src/its.py",
        "/kaggle/src/its.py",
        "[['voices']]",
    ]


SCRIPT = """
import inspect, multiprocessing, os, sys
def double(x):
    return 2 * x
if __name__ == "__main__":
    print(__name__, __file__, __spec__, sys.argv, sys.path[0])
    print(inspect.getfile(inspect.currentframe()), inspect.getsource(double).splitlines()[0])
    print([name for name in globals() if not name.startswith("__")])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [21]), pool.map(os.listdir, ["/kaggle/input"]))
    raise ValueError("no")
"""


def test_a_script_runs_as_the_main_program_by_its_path_on_kaggle(kaggle: Path) -> None:
    (kaggle / "src/script.py").write_text(SCRIPT, encoding="utf-8")
    done = run(kaggle, str(SHIM / "_launch" / "run_script.py"), "/kaggle/src/script.py", "--x")
    assert done.stdout.splitlines() == [
        "__main__ /kaggle/src/script.py None ['/kaggle/src/script.py', '--x'] /kaggle/src",
        "/kaggle/src/script.py def double(x):",
        "['inspect', 'multiprocessing', 'os', 'sys', 'double']",
        "[42] [['voices']]",
    ]
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Traceback (most recent call last):",
        '  File "/kaggle/src/script.py", line 11, in <module>',
        '    raise ValueError("no")',
        "ValueError: no",
    ]


@pytest.mark.parametrize(("end", "code"), [("pass", 0), ("sys.exit(7)", 7), ("sys.exit('no')", 1)])
def test_a_script_ends_with_its_own_exit_code(kaggle: Path, end: str, code: int) -> None:
    (kaggle / "src/script.py").write_text(f"import sys\n{end}\n", encoding="utf-8")
    done = run(kaggle, str(SHIM / "_launch" / "run_script.py"), "/kaggle/src/script.py")
    assert (done.returncode, done.stderr) == (code, "no\n" if code == 1 else "")


def test_a_script_that_is_no_python_or_not_there_fails_as_python_does(kaggle: Path) -> None:
    (kaggle / "src/script.py").write_text("1 +", encoding="utf-8")
    done = run(kaggle, str(SHIM / "_launch" / "run_script.py"), "/kaggle/src/script.py")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == '  File "/kaggle/src/script.py", line 1'
    done = run(kaggle, str(SHIM / "_launch" / "run_script.py"), "/kaggle/src/none.py")
    assert done.returncode == 2
    assert done.stderr.startswith("python: can't open file '/kaggle/src/none.py': No such file")


NOTEBOOK = """
import contextlib, io, os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    done = shell.run_cell(cell, store_history=False)
    if not done.success: print("failed:", cell)
"""


def test_magics_and_shell_commands_of_ipython_see_kaggle(kaggle: Path) -> None:
    cells = [
        "%cd /kaggle/input/voices",
        "%pwd",
        "%cd -q /kaggle/working",
        "found = !ls -d /kaggle/input/voices/*",
        "print(found)",
        "%%bash\ncat /kaggle/input/voices/a.txt\necho one > /kaggle/working/b.txt",
        "%%sh\ncat /kaggle/working/b.txt",
        f"%%script {sys.executable}\nprint(open('/kaggle/working/b.txt').read())",
        "!cat /kaggle/input/voices/a.txt",
        "%%writefile /kaggle/working/m.py\nprint(__file__)",
        "%run /kaggle/working/m.py",
    ]
    found = lines(kaggle, NOTEBOOK.format(cells=cells), IPYTHONDIR=str(kaggle / "temp/ipython"))
    assert [line for line in found if line and not line.startswith("Out")] == [
        "/kaggle/input/voices",
        "['/kaggle/input/voices/a.txt']",
        "sannuone",
        "one",
        "sannuWriting /kaggle/working/m.py",
        "/kaggle/working/m.py",
    ]
