"""Tests of forked kernels: each has a world of its own, like one that starts from its beginning."""

import pytest

from nbship.edges.rehearsal import isolation, zygotes
from tests.support.rehearsals import cell
from tests.support.rungs import here
from tests.support.warm_kernels import WHO, is_forked, outputs, printed, run_plainly, why_plain
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    """Kernels are forked only there."""
    here()


def test_a_kernel_is_forked_and_the_record_says_so(bare: Workspace) -> None:
    assert is_forked(printed(bare, WHO))
    assert why_plain(bare) == ""


COLAB = '# %%\n# /// script\n# [tool.nbship.colab]\n# accelerator = "GPU"\n# ///\n'


@pytest.mark.parametrize(
    ("code", "header", "arguments", "expected"),
    [
        (WHO, "", ("--no-warm",), "--no-warm"),
        (f'{WHO}\n"MPLBACKEND"', "", (), "the code names MPLBACKEND, which a library reads when"),
        (f"{WHO}\n'!pip install x'", "", (), "the code installs packages"),
        (WHO, COLAB, (), "a notebook for Colab"),
    ],
    ids=["option", "variable", "packages", "colab"],
)
def test_a_plain_kernel_has_its_reason_in_the_record(
    bare: Workspace, code: str, header: str, arguments: tuple[str, ...], expected: str
) -> None:
    bare.write("src_py/one.py", cell(code, header))
    result = bare.inside("smoke", "one", *arguments)
    assert result.code == 0, result.all
    assert not is_forked(str(outputs(bare)))
    assert why_plain(bare).startswith(expected)


@pytest.mark.parametrize("name", ["numpy", "psutil", "requests", "yaml"])
def test_a_module_with_the_name_of_a_library_is_the_module(bare: Workspace, name: str) -> None:
    """Whether a notebook, papermill or a kernel of IPython imports the library."""
    bare.write(f"src_py/{name}.py", "MINE = 'mine'\n")
    assert printed(bare, f"import {name}\nprint({name}.MINE)") == "mine\n"
    assert why_plain(bare) == f"src_py/{name}.py has the name of a library of this Python"


def test_a_module_that_a_cell_writes_is_the_module(bare: Workspace) -> None:
    code = "%%writefile numpy.py\nMINE = 'mine'\n\n# %%\nimport numpy\nprint(numpy.MINE)"
    assert printed(bare, code).endswith("mine\n")
    assert why_plain(bare) == "the code names numpy.py, and numpy is a library of this Python"


def test_a_kernel_has_no_library_of_another_notebook(bare: Workspace) -> None:
    """There are fewer zygotes than choices of libraries."""
    plot, numpy, matplotlib = "matplotlib.pyplot", "numpy", "matplotlib"
    choices = [[numpy], [plot], [numpy, matplotlib], [numpy, plot], [matplotlib]]
    for number, names in enumerate(choices):
        imports = "".join(f"import {name}\n" for name in ("sys", *names))
        there = f"('matplotlib.pyplot' in sys.modules) == {plot in names}"
        bare.write(f"src_py/n{number}.py", cell(f"{imports}assert {there}"))
    result = bare.nbship("smoke", "--jobs", "1")
    assert result.code == 0, result.all


OTHERS = """
import os, sys
from pathlib import Path
for name in ("entrypoints", "tenacity"):
    Path(f"{name}.py").write_text("MINE = 'mine'")
Path("pooled.py").write_text("def double(x):\\n    return 2 * x\\n")
sys.path.insert(0, os.getcwd())
import entrypoints, multiprocessing, pooled, tenacity
print(entrypoints.MINE, tenacity.MINE)
sys.path.remove(os.getcwd())
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.map(pooled.double, [1, 2]))
import click, jsonschema, nbformat, requests, yaml
print(yaml.safe_load("[1]"), requests.Session().max_redirects, click.Choice(["a"]).choices)
"""


def test_a_forked_kernel_has_nothing_of_papermill(bare: Workspace) -> None:
    """Its libraries are imported as by a kernel that starts from its beginning."""
    assert printed(bare, OTHERS).splitlines()[:2] == ["mine mine", "[2, 4]"]
    assert why_plain(bare) == ""


def test_what_a_notebook_starts_is_not_told_to_fork(bare: Workspace) -> None:
    """Another Jupyter that a notebook starts has no provisioner with the name of ours."""
    code = "import os\nprint([name for name in os.environ if 'PROVISIONER' in name])"
    assert printed(bare, code) == "[]\n"
    assert why_plain(bare) == ""


def test_a_recursion_ends_where_it_ends_in_a_plain_kernel(bare: Workspace) -> None:
    code = (
        "def deep(n=0):\n    global most\n    most = n\n    deep(n + 1)\n"
        "try:\n    deep()\nexcept RecursionError:\n    print(most)"
    )
    forked = printed(bare, code)
    run_plainly(bare)
    assert forked == "".join("".join(output["text"]) for output in outputs(bare))


@pytest.mark.parametrize("switch", ["warm", "sandbox", "gpu"])
def test_this_machine_can_be_the_reason(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    """A GPU cannot be shared by a fork; without a sandbox there is no world for a fork."""
    if switch == "gpu":
        monkeypatch.setattr(zygotes, "_GPU", bare.root)
    else:
        monkeypatch.setenv({"warm": zygotes.SWITCH, "sandbox": isolation.SWITCH}[switch], "off")
    assert not is_forked(printed(bare, WHO))
    reasons = {
        "warm": "NBSHIP_WARM=off",
        "sandbox": "no sandbox: NBSHIP_SANDBOX=off",
        "gpu": "this machine has a GPU",
    }
    assert why_plain(bare) == reasons[switch]


def test_where_the_zygote_cannot_make_a_world_the_kernel_is_a_plain_one(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zygotes, "_PROGRAM", "/kaggle/lib/not-there.py")
    zygotes.end()  # that of another test
    assert not is_forked(printed(bare, WHO))
    zygotes.end()
    told = why_plain(bare)
    assert "refused" in told or "ended" in told or "reset" in told


WORLD = r"""
import ctypes, os, re, socket
def status(name):
    return re.search(rf"^{name}:\s*(\S+)", open("/proc/self/status").read(), re.M)[1]
print(sorted(os.listdir("/")), sorted(os.listdir("/kaggle")), sorted(os.listdir("/run")))
print(sorted(os.listdir("/dev")), os.getcwd(), os.path.expanduser("~"))
print([status(name) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")])
print([ctypes.CDLL(None).mount(b"none", b"/mnt", b"tmpfs", 0, None),
       ctypes.CDLL(None).unshare(0x20000)])
def allowed(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return type(error).__name__
    return True
print({path: allowed(path) for path in (
    "/usr/x", "/etc/x", "/kaggle/input/x", "/kaggle/lib/x", "/kaggle/working/x", "/tmp/x",
    "/root/x", "/dev/null", "/dev/shm/x", "/sys/x")})
print(open("/proc/mounts").read().count("/run/host"), os.path.exists("/run/host"))
print([line.split()[0] for line in open("/proc/net/dev")])
server = socket.create_server(("127.0.0.1", 0))
print(socket.create_connection(server.getsockname()).getpeername()[0])
import sys
print(sys.executable, sys.prefix, sys.path, sys.argv[0], sys.flags)
print(sorted(name for name in os.environ if name != "JPY_PARENT_PID"
             and name not in ("JUPYTER_DEFAULT_PROVISIONER_NAME", "NBSHIP_RUN")))
print([str(finder).partition(" at ")[0] for finder in sys.meta_path], len(sys.argv))
print([f[:3] for f in __import__("warnings").filters])
print(*sorted(name for name in sys.modules if name.partition(".")[0] not in (
    "charset_normalizer", "gc", "psutil", "pwd", "resource", "rpds", "runpy", "yaml"
) and name not in ("IPython.core.pylabtools", "ipykernel.kernelspec")), sep="\n")
import jsonschema
print(sorted(jsonschema.FormatChecker.checkers))
"""


def test_the_world_of_a_forked_kernel_is_that_of_a_plain_one(bare: Workspace) -> None:
    """Its folders, devices, rights, network, Python and variables."""
    forked = printed(bare, WORLD).splitlines()
    assert why_plain(bare) == ""
    run_plainly(bare)
    plain = "".join("".join(output["text"]) for output in outputs(bare)).splitlines()
    assert forked == plain


def test_two_at_once_do_not_meet(bare: Workspace) -> None:
    """Each has its own processes, files and shared memory."""
    code = (
        "import os, time\nopen('/dev/shm/NAME', 'w').close()\nopen('/tmp/NAME', 'w').close()\n"
        "time.sleep(1)\n"
        "print(sorted(os.listdir('/dev/shm')), 'other' in str(os.listdir('/tmp')))\n"
        "print(sum(name.isdigit() for name in os.listdir('/proc')))"
    )
    for name in ("one", "other"):
        bare.write(f"src_py/{name}.py", cell(code.replace("NAME", name)))
    bare.doit("build")
    result = bare.doit("-n", "2", "smoke")
    assert result.code == 0, result.all
    texts = ["".join(output["text"]) for name in ("one", "other") for output in outputs(bare, name)]
    assert texts == ["['one'] False\n3\n", "['other'] True\n3\n"]


def test_each_kernel_has_its_own_random_numbers(bare: Workspace) -> None:
    pytest.importorskip("numpy")
    code = "import random\nimport numpy as np\nprint(random.random(), np.random.rand())"
    for name in ("one", "two", "three"):
        bare.write(f"src_py/{name}.py", cell(code))
    result = bare.nbship("smoke")
    assert result.code == 0, result.all
    numbers = [
        number
        for name in ("one", "two", "three")
        for output in outputs(bare, name)
        for number in "".join(output["text"]).split()
    ]
    assert len(numbers) == len(set(numbers)) == 6


def test_a_library_with_a_pool_of_threads_is_imported_before(bare: Workspace) -> None:
    """The pool has one thread while it is: with more, numpy would be left out."""
    pytest.importorskip("numpy")
    assert printed(bare, "import sys\nprint('numpy' in sys.modules)\nimport numpy") == "True\n"


def test_figures_and_threads_are_as_usual(bare: Workspace) -> None:
    """Libraries that read variables at import, and that have pools of threads."""
    pytest.importorskip("matplotlib")
    code = (
        "import numpy as np\nimport matplotlib.pyplot as plt\n"
        "a = np.ones((600, 600))\nassert (a @ a)[0, 0] == 600\n"
        "print(len(__import__('os').listdir('/proc/self/task')))\nplt.plot([1, 2])\nplt.show()"
    )
    forked = printed(bare, code)
    figures = [output["data"]["image/png"] for output in outputs(bare) if "data" in output]
    run_plainly(bare)
    plain = [output["data"]["image/png"] for output in outputs(bare) if "data" in output]
    assert figures == plain
    assert figures
    threads = "".join("".join(output.get("text", "")) for output in outputs(bare))
    assert int(forked) + 1 == int(threads)  # one looks whether the parent has ended
