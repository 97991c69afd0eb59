"""Starts of the kernel ``nbship``: every notebook, every editor, and what stops none of them."""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from nbship.model.target import Rung
from tests.support.editor import Cells, started, started_by_ports
from tests.support.programs import command_of
from tests.support.workspace import TIMEOUT, WORDS, Workspace

pytestmark = pytest.mark.usefixtures("quick_imports")

HEADER = """\
# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "awa/trainer"
# title = "Trainer"
"""
SAMPLE = "tests/inputs/datasets/awa/voices"
LISTED = "import os; print(sorted(os.listdir('/kaggle/input')))"
NOTEBOOK = "notebooks/trainer.ipynb"


def header(*lines: str) -> str:
    return HEADER + "".join(f"# {line}\n" for line in lines) + "# ///\n\n# %%\nx = 1\n"


@pytest.fixture
def workspace(bare: Workspace) -> Workspace:
    """Return a workspace with a kernel, a module and a sample, and the kernelspec."""
    bare.write("src_py/trainer.py", header('dataset_sources = ["awa/voices"]'))
    bare.write("src_py/words.py", WORDS)
    bare.write(f"{SAMPLE}/a.csv", "a,b\n")
    bare.write("notebooks/x.txt", "")
    assert bare.inside("doctor", "--fix").code == 0
    return bare


def first(cells: Cells, code: str) -> tuple[str, list[str]]:
    """Run a first cell; return what it prints, and the notices before it."""
    lines = cells.run(code).splitlines()
    notices = [line for line in lines if line.startswith("nbship: ")]
    return "\n".join(line for line in lines if line not in notices), notices


def test_what_is_missing_is_told_by_the_first_cell_and_stops_nothing(
    workspace: Workspace, rung: Rung
) -> None:
    del rung
    sources = 'dataset_sources = ["awa/voices", "awa/none"]'
    workspace.write(
        "src_py/trainer.py",
        header(sources).replace("dependencies = []", 'dependencies = ["no-such-thing"]'),
    )
    with started(workspace, NOTEBOOK) as cells:
        # What an editor runs for itself tells nothing.
        assert cells.run("print(1)", store_history=False) == "1\n"
        assert cells.run("print(1)", silent=True) == "1\n"
        shown, notices = first(cells, LISTED)
        assert shown == "['datasets', 'voices']"
        none = "tests/inputs/datasets/awa/none"
        missing, way_out, packages = notices
        assert (
            missing == f"nbship: src_py/trainer.py:5: no inputs for 'awa/none': {none} is missing"
        )
        assert way_out.startswith(f"nbship:   → mkdir -p {none}  (then put a small sample")
        assert packages == "nbship: not installed here: no-such-thing"
        assert first(cells, "print(2)") == ("2", [])


@pytest.mark.unmeasured
@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("source", "notice"),
    [
        (header('dataset_sources = ["awa/vo'), "src_py/trainer.py:8: "),
        (header("no_such_key = 1"), "src_py/trainer.py:8: "),
        (header().replace("# ///\n", "", 1), "src_py/trainer.py:"),
        ("# %%\n# /// script\n", "src_py/trainer.py:"),
        (None, "no source src_py/trainer.py (doit sync makes it): "),
    ],
)
def test_a_header_that_is_half_typed_gives_all_samples(
    workspace: Workspace, source: str | None, notice: str
) -> None:
    workspace.write("tests/inputs/competitions/titanic/train.csv", "")
    path = workspace.root / "src_py/trainer.py"
    path.unlink()
    if source is not None:
        path.write_text(source)
    with started(workspace, NOTEBOOK) as cells:
        shown, notices = first(cells, LISTED)
        assert shown == "['competitions', 'datasets', 'titanic', 'voices']"
        (told,) = notices
        assert told.startswith(f"nbship: {notice}")
        assert told.endswith(": /kaggle/input has all samples of the workspace")


def test_an_editor_that_tells_no_notebook_has_all_samples_and_all_outputs(
    workspace: Workspace, tmp_path: Path
) -> None:
    """VS Code puts ports on the command line, and names a file that need not be there."""
    made = HEADER.replace("trainer", "maker").replace("Trainer", "Maker")
    workspace.write("src_py/maker.py", f"{made}# ///\n\n# %%\nopen('made.txt', 'w').write('m')\n")
    assert workspace.inside("smoke", "maker").code == 0
    with started_by_ports(workspace.root / "notebooks", tmp_path) as cells:
        assert first(cells, LISTED) == ("['datasets', 'maker', 'notebooks', 'voices']", [])
        assert cells.run("print(open('../input/notebooks/awa/maker/made.txt').read())") == "m\n"
        assert cells.run("import words; print(words.greet(1))") == "hello \n"


def test_a_notebook_has_the_outputs_of_those_upstream(workspace: Workspace) -> None:
    made = HEADER.replace("trainer", "maker").replace("Trainer", "Maker")
    workspace.write("src_py/maker.py", f"{made}# ///\n\n# %%\nopen('made.txt', 'w').write('m')\n")
    workspace.write("src_py/trainer.py", header('kernel_sources = ["awa/maker"]'))
    with started(workspace, NOTEBOOK) as cells:
        _, notices = first(cells, "1")
        assert notices[-1].startswith("nbship:   → Or: nbship smoke maker  (then its outputs")
    assert workspace.inside("smoke", "maker").code == 0
    with started(workspace, NOTEBOOK) as cells:
        assert first(cells, "print(open('../input/maker/made.txt').read())") == ("m", [])
        # A rehearsal at the same time, and another kernel, have folders of their own.
        cells.run("open('mine.txt', 'w').write('1')")
        with started(workspace, NOTEBOOK) as other:
            assert other.run("import os; print(os.listdir())") == "[]\n"
        assert workspace.inside("smoke", "maker", "trainer").code == 0
        assert cells.run("import os; print(os.listdir())") == "['mine.txt']\n"
        assert cells.run("print(open('../input/maker/made.txt').read())") == "m\n"


@pytest.mark.unmeasured
def test_a_colab_notebook_is_on_colab_and_a_helper_reads_the_workspace(
    workspace: Workspace, rung: Rung
) -> None:
    colab = "# %%\n# /// script\n# [tool.nbship.colab]\n#\n# [tool.nbship.smoke]\n"
    workspace.write("src_py/on.py", f'{colab}# userdata = {{ A = "b" }}\n# ///\n\n# %%\nx = 1\n')
    workspace.write("src_py/helper.py", "# %%\nx = 1\n")
    workspace.write("tests/inputs/colab/upload/u.txt", "u")
    with started(workspace, "notebooks/on.ipynb") as cells:
        assert cells.run("import os, sys; print('google.colab' in sys.modules)") == "True\n"
        assert cells.run("from google.colab import userdata; print(userdata.get('A'))") == "b\n"
        assert cells.value("os.getcwd()") == "/content"
        assert cells.value("os.path.exists('/kaggle')") == "False"
        assert cells.run("import words; print(words.greet(1))") == "hello \n"
    with started(workspace, "notebooks/helper.ipynb") as cells:
        assert first(cells, "import os; print(os.getcwd())") == ("/kaggle/working", [])
        assert cells.value("os.listdir('/kaggle/input')") == "[]"
        root = workspace.root
        assert cells.run(f"print(open('{root}/pyproject.toml').read(1))") == "[\n"
        assert cells.value(f"os.path.isdir('{root}/.nbship/edited')") == "True"
    with started(workspace, NOTEBOOK) as cells:  # but not the state, which has secrets
        hidden = cells.run(f"import os; print(os.path.isdir('{root}/.nbship/edited'))")
        assert hidden == f"{rung == 'shim'}\n"


def test_secrets_are_those_of_a_rehearsal(workspace: Workspace) -> None:
    secrets = '\n# [tool.nbship.smoke]\n# secrets = ["HF_TOKEN", "OTHER"]'
    workspace.write("src_py/trainer.py", header(f"enable_internet = true{secrets}"))
    workspace.write(".nbship/local/secrets.json", '{"awa": {"HF_TOKEN": "s3cr3t"}}')
    get = "from kaggle_secrets import UserSecretsClient as C; print(C().get_secret('HF_TOKEN'))"
    with started(workspace, NOTEBOOK) as cells:
        assert first(cells, get) == (
            "s3cr3t",
            ["nbship: secrets are made up: OTHER (a value goes into .nbship/local/secrets.json)"],
        )
    workspace.write(".nbship/local/secrets.json", "[")
    with started(workspace, NOTEBOOK) as cells:
        _, (notice,) = first(cells, "1")
        assert notice.startswith("nbship: .nbship/local/secrets.json: it is not an object")


@pytest.mark.unmeasured
@pytest.mark.usefixtures("offline_uv")
def test_the_environment_of_a_notebook_is_taken_if_a_rehearsal_has_made_it(
    workspace: Workspace,
) -> None:
    smoke = '\n# [tool.nbship.smoke]\n# environment = "uv"'
    text = header(f"enable_internet = false{smoke}")
    text = text.replace("dependencies = []", 'dependencies = ["aardvark"]')
    workspace.write("src_py/trainer.py", text)
    cell = "import aardvark; print(aardvark.NAME)"
    with started(workspace, NOTEBOOK) as cells:
        shown, notices = first(cells, cell)
        assert shown.startswith("ModuleNotFoundError")
        told = "nbship: the environment of trainer is not made yet: nbship smoke trainer"
        assert notices == [told]
    assert workspace.inside("smoke", "trainer").code == 0
    with started(workspace, NOTEBOOK) as cells:
        assert first(cells, cell) == ("ant bear", [])
    # An environment that is broken: no kernel begins in it.
    (made,) = (workspace.root / ".nbship/cache/environments").glob("*/made.json")
    made.write_text(json.dumps({**json.loads(made.read_text()), "packages": []}))
    with started(workspace, NOTEBOOK) as cells:
        shown, (notice,) = first(cells, "print(1)")
        assert shown == "1"
        assert notice.startswith(
            "nbship: a plain kernel, without /kaggle: the kernel did not start"
        )
        assert notice.endswith("No module named ipykernel_launcher")


def test_a_notebook_in_r_hears_that_this_is_python(workspace: Workspace) -> None:
    workspace.write("src_py/plots.R", header().replace("awa/trainer", "awa/plots"))
    with started(workspace, "notebooks/plots.ipynb") as cells:
        told = "nbship: src_py/plots.R is R, and this kernel is Python: choose another one"
        assert first(cells, "print(1)") == ("1", [told])


@pytest.mark.parametrize("trouble", ["outside", "pyproject", "link", "no folder"])
def test_where_no_world_can_be_made_a_plain_kernel_says_why(
    workspace: Workspace, tmp_path: Path, trouble: str
) -> None:
    folder, state = workspace.root / "notebooks", workspace.root / ".nbship"
    (tmp_path / "mine").mkdir()
    state.mkdir()
    words = "cannot write"
    if trouble == "outside":
        folder, words = tmp_path, "no workspace here: "
    elif trouble == "pyproject":
        workspace.write("pyproject.toml", "[tool.nbship]\nno_such_key = 1\n")
        words = "pyproject.toml: unknown key 'no_such_key'"
    elif trouble == "link":
        (state / "edited").symlink_to(tmp_path / "mine")
    else:
        (state / "edited").write_text("")
    with started(workspace, NOTEBOOK, cwd=folder) as cells:
        shown, notices = first(cells, "import os; print(os.getcwd())")
        assert shown == str(folder)
        assert notices[0].startswith(f"nbship: a plain kernel, without /kaggle: {words}")
        assert ("words.py" in cells.run("import words; print(words.__file__)")) is (
            trouble in {"link", "no folder"}
        )
        assert cells.value("'NBSHIP_EDITING' in os.environ") == "False"
    assert list((tmp_path / "mine").iterdir()) == []


def test_what_the_shim_has_not_of_a_sample_is_told(workspace: Workspace, rung: Rung) -> None:
    (workspace.root / SAMPLE / "out.csv").symlink_to(workspace.root / "pyproject.toml")
    with started(workspace, NOTEBOOK) as cells:
        _, notices = first(cells, "1")
        path = "/kaggle/input/datasets/awa/voices/out.csv"
        told = f"nbship: not here: {path}: the link leads out of the sample"
        assert notices == ([told] if rung == "shim" else [])


def test_an_interrupt_that_comes_as_a_signal_ends_nothing(workspace: Workspace) -> None:
    """So does an editor that does not know the interrupt of the kernelspec."""
    with started(workspace, NOTEBOOK) as cells:
        cells.run("kept = 1")
        (program,) = (
            each for each in psutil.Process().children() if "nbship.kernel" in command_of(each)
        )
        program.send_signal(signal.SIGINT)
        assert cells.value("kept") == "1"
        program.terminate()
        assert program.wait(TIMEOUT) == 128 + signal.SIGTERM


def test_sockets_that_are_files_are_reached(workspace: Workspace) -> None:
    place = f"{os.environ['HOME']}/k"  # the system takes short paths only
    with started(workspace, NOTEBOOK, transport="ipc", ip=place) as cells:
        assert first(cells, LISTED) == ("['datasets', 'voices']", [])
