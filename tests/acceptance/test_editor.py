"""Notebooks in a real Jupyter server, with the kernel of the kernelspec ``nbship``."""

import importlib.util
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.model.target import Rung
from tests.support.editor import Session, family, opened, wait_until_gone
from tests.support.jupyter import Lab, jupyter
from tests.support.programs import command_of
from tests.support.workspace import WORDS, Workspace

pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("quick_imports")]

TRAINER = """\
# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "awa/trainer"
# title = "Trainer"
# dataset_sources = ["awa/voices"]
# ///

# %%
import words

print(words.greet(1))
"""
SAMPLE = "tests/inputs/datasets/awa/voices"
CSV = "/kaggle/input/datasets/awa/voices/a.csv"
READS = [
    ("pandas", f"import pandas; print(pandas.read_csv('{CSV}').b.sum())", "42"),
    ("pyarrow", "from pyarrow import csv; print(csv.read_csv('{}')['b'].to_pylist()[0])", "42"),
    ("os", f"!cat {CSV}", "a,b\n1,42"),
    ("os", f"print(open('{CSV}').read())", "a,b\n1,42\n"),
    ("os", "import os; print(sorted(os.listdir('/kaggle/input')))", "['datasets', 'voices']"),
    ("os", "import os; print(os.getcwd(), os.path.isdir('../input'))", "/kaggle/working True"),
]


@pytest.fixture
def workspace(bare: Workspace, rung: Rung) -> Workspace:
    """Return a workspace with a kernel, a module and a sample, and the kernelspec."""
    del rung
    bare.write("src_py/trainer.py", TRAINER)
    bare.write("src_py/words.py", WORDS)
    bare.write(f"{SAMPLE}/a.csv", "a,b\n1,42\n")
    assert bare.inside("sync").code == 0
    assert bare.inside("doctor", "--fix").code == 0
    bare.commit()
    return bare


@pytest.fixture
def lab(workspace: Workspace, tmp_path: Path) -> Iterator[Lab]:
    """Return a Jupyter server of the workspace, which finds the kernelspecs of the user."""
    (tmp_path / "jupyter").mkdir()
    data = Path(os.environ["HOME"], ".local/share/jupyter")
    with jupyter(workspace, tmp_path / "jupyter", JUPYTER_DATA_DIR=str(data)) as lab:
        yield lab


@pytest.fixture
def session(lab: Lab) -> Iterator[Session]:
    """Return the notebook that is open."""
    with opened(lab, "notebooks/trainer.ipynb") as session:
        yield session


def test_a_notebook_runs_where_it_is_edited(
    workspace: Workspace, lab: Lab, session: Session, rung: Rung
) -> None:
    # pyarrow opens files in C++, where the shim translates no path.
    csv = CSV if rung == "sandbox" else CSV.replace("/kaggle", "..")
    for library, cell, expected in READS:
        if importlib.util.find_spec(library):  # the tests need neither pandas nor pyarrow
            assert session.run(cell.replace("{}", csv)).split() == expected.split(), cell
    # A module is that of the workspace, as it is now.
    assert session.run("import words; print(words.greet(2))") == "hello hello \n"
    assert session.value("words.__file__") == str(workspace.root / "src_py/words.py")
    workspace.replace("src_py/words.py", "hello", "salaam")
    reload = "import importlib; importlib.reload(words); print(words.greet(1))"
    assert session.run(reload) == "salaam \n"
    # What it writes is in a folder of the workspace that git ignores.
    session.run("open('model.txt', 'w').write('m')")
    made = workspace.root / ".nbship/edited/trainer/1/kaggle/working/model.txt"
    assert made.read_text() == "m"
    assert workspace.git("status", "--porcelain").out == " M src_py/words.py\n"
    # The input stays as it is.
    assert "OSError" in session.run(f"open('{CSV}', 'w')")
    processes = family(lab.process.pid)
    session.close()
    wait_until_gone(processes)
    assert str(workspace.root) not in Path("/proc/mounts").read_text()
    left = {path.name for path in made.parents[2].iterdir()}
    assert left == {"home", "kaggle"}


def test_the_choice_of_the_kernel_is_in_no_other_file(
    workspace: Workspace, lab: Lab, session: Session
) -> None:
    """The notebooks are in git; JupyterLab saves the choice in the file."""
    session.run("1")
    built = workspace.inside("build", "trainer")
    assert built.code == 0, built.err
    artifact = workspace.artifact("trainer")
    content = lab.open("notebooks/trainer.ipynb")["content"]
    spec = {"display_name": "nbship (as on Kaggle)", "language": "python", "name": "nbship"}
    content["metadata"]["kernelspec"] = spec
    lab.save("notebooks/trainer.ipynb", content)
    assert workspace.git("diff").out == ""
    assert workspace.inside("sync").code == 0
    assert workspace.inside("check").code == 0
    workspace.git("add", "-A")
    assert workspace.git("status", "--porcelain").out == ""
    saved = json.loads((workspace.root / "notebooks/trainer.ipynb").read_text())
    assert saved["metadata"]["kernelspec"] == spec
    (workspace.root / ".nbship/build/trainer.json").unlink()
    assert workspace.inside("build", "trainer").code == 0
    assert workspace.artifact("trainer") == artifact
    assert b'"name": "python3"' in artifact["trainer.ipynb"]


def test_an_interrupt_ends_the_cell_and_its_programs_and_keeps_the_rest(session: Session) -> None:
    session.run("import subprocess, time; kept = 1")
    for cell, error in (
        ("print('on'); time.sleep(600)", "KeyboardInterrupt"),
        ("!echo on; sleep 600", ""),
        ("p = subprocess.Popen(['sleep', '600']); print('on'); p.wait()", "KeyboardInterrupt"),
    ):
        request = session.begin(cell, "on")
        session.tell("interrupt")
        assert session.end(request) == error, cell
    # It has ended, and is 0 if the interrupt came between its end and what Python notes of it.
    assert session.value("p.wait(60)") in {str(-signal.SIGINT), "0"}
    assert session.value("kept") == "1"


def test_a_restart_keeps_what_the_notebook_has_written(lab: Lab, session: Session) -> None:
    session.run("kept = 1; open('model.txt', 'w').write('m'); open('../temp/x', 'w')")
    session.run("import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)")
    before = family(lab.process.pid)
    session.tell("restart")
    wait_until_gone(before)
    assert "NameError" in session.value("kept")
    assert session.run("print(open('model.txt').read())") == "m\n"
    assert session.run("import os; print(os.path.exists('../temp/x'))") == "False\n"


@pytest.mark.sample(2)
@pytest.mark.parametrize("victim", ["server", "program", "supervisor"])
def test_a_kill_leaves_nothing(lab: Lab, session: Session, victim: str) -> None:
    session.run("import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)")
    processes = family(lab.process.pid)
    program = next(each for each in processes if "nbship.kernel" in command_of(each))
    supervisor = program.children()[0]
    pids = {"server": lab.process.pid, "program": program.pid, "supervisor": supervisor.pid}
    os.kill(pids[victim], signal.SIGKILL)
    if victim == "supervisor":  # the server starts the kernel anew
        processes = [each for each in processes if each != program]
    wait_until_gone([each for each in processes if each.pid != lab.process.pid])
