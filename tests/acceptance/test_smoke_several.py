"""Tests of rehearsals that run at the same time in one command."""

import signal
import subprocess

import pytest

from tests.support.rehearsals import cell, lives
from tests.support.workspace import Workspace, program

pytestmark = pytest.mark.unmeasured

WAITS = "import time\nprint('begins', flush=True)\ntime.sleep(600)"
KERNEL = """# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/NAME"
# title = "NAME"
# kernel_sources = [SOURCES]
# ///
"""


@pytest.mark.parametrize("command", ["nbship", "doit"])
def test_notebooks_run_together_and_lines_have_their_names(bare: Workspace, command: str) -> None:
    for name in ("one", "two"):
        bare.write(f"src_py/{name}.py", cell(WAITS))
    child = subprocess.Popen(
        [program(command), "smoke", "--jobs", "2"], cwd=bare.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert child.stdout
    missing = {"one      | begins\n", "two      | begins\n"}
    while missing:
        line = child.stdout.readline()
        assert line, missing
        missing.discard(line)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130, out
    lines = out.splitlines()
    assert [line for line in lines if line.startswith("interrupted:")] == [
        "interrupted: finished work is kept; run the command again"
    ]
    assert "Traceback" not in out
    assert not lives(str(bare.root))


def test_one_job_is_one_after_the_other(bare: Workspace) -> None:
    for name in ("one", "two"):
        bare.write(f"src_py/{name}.py", cell(f"print('{name}')"))
    result = bare.nbship("smoke", "--jobs", "1")
    assert result.code == 0, result.all
    assert "| one" in result.out  # no name is needed
    assert "one      | one" not in result.out
    again = bare.inside("smoke", "--jobs", "1")
    assert (again.code, again.out) == (0, "note     smoke: nothing to do for one, two\n")
    build = bare.inside("build", "one")
    assert (build.code, build.out) == (0, "note     build: nothing to do for one\n")
    assert bare.inside("build", "--quiet").out == ""
    result = bare.nbship("smoke", "--jobs", "0")
    assert result.code == 2
    assert result.err.strip() == "smoke: --jobs '0' is less than 1"


@pytest.mark.parametrize("command", ["nbship", "doit"])
def test_each_is_told_once_and_what_has_passed_is_not_run_again(
    bare: Workspace, command: str
) -> None:
    bare.write("src_py/bad.py", cell("1 / 0"))
    bare.write("src_py/good.py", cell("print('ran')"))
    bare.write("src_py/other.py", cell("print('ran')"))
    run = bare.nbship if command == "nbship" else bare.doit
    result = run("smoke", "--jobs", "3")
    assert result.code == 1, result.all
    assert result.all.count("ZeroDivisionError") == 1, result.all
    assert result.out.count("passed in") == 2
    rows = [line.split()[:2] for line in result.out.partition("notebook ")[2].splitlines()[1:4]]
    assert sorted(rows) == [["bad", "failed"], ["good", "passed"], ["other", "passed"]]
    wrong = bare.inside("smoke", "good", "--dask", "nowhere")  # also where nothing is to do
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert wrong.err.startswith("smoke: --dask 'nowhere' is neither 'local' nor the address of a")
    again = run("smoke", "--jobs", "3")
    assert again.code == 1
    assert "| ran" not in again.out


def test_a_notebook_begins_after_those_whose_outputs_it_reads(bare: Workspace) -> None:
    made = "open('/kaggle/working/made.txt', 'w').write('x')"
    read = "from pathlib import Path\nprint(len(list(Path('/kaggle/input').rglob('made.txt'))))"
    bare.write(
        "src_py/above.py", KERNEL.replace("NAME", "above").replace("SOURCES", "") + cell(made)
    )
    text = KERNEL.replace("NAME", "a-reader").replace("SOURCES", '"awa/above"')
    bare.write("src_py/a_reader.py", text + cell(read))
    result = bare.nbship("smoke", "--jobs", "2")
    assert result.code == 0, result.all
    assert "| 1" in result.out
