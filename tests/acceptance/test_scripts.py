"""Tests of kernel scripts: the source itself is the artifact, with its modules inserted."""

import json
from pathlib import Path

import pytest

from tests.support.workspace import WORDS, Workspace, executed, serving

pytestmark = pytest.mark.unmeasured

HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/tiny-script"
# title = "Tiny Script"
# kernel_type = "script"
# keywords = ["util-script"]
# ///
"""
SCRIPT = (
    "#!/usr/bin/env python3\n"
    + HEADER
    + '''
# %% [markdown]
"""
# Tiny
"""

# %%
from __future__ import annotations

import sys

# %%
import words


def main(count: int) -> str:
    return words.greet(count)


print(main(3), sys.argv[1:])
open("greeting.txt", "w").write(main(3))
'''
)
CRASH = 'print("here", file=sys.stderr)\nraise ValueError("at the end")\n'
NOT_HERE = 'import os\n\nassert "rehearsal" in os.environ["KAGGLE_CONTAINER_NAME"], "on Kaggle"\n'


@pytest.fixture
def lab(bare: Workspace) -> Workspace:
    """Return a workspace with one script and a module, committed."""
    bare.write("src_py/tiny.py", SCRIPT)
    bare.write("src_py/words.py", WORDS)
    bare.commit()
    return bare


def line_of(text: str, line: str) -> int:
    return text.split("\n").index(line) + 1


def test_what_ships_is_the_source_with_its_modules(lab: Workspace) -> None:
    assert lab.doit("build").code == 0
    built = lab.artifact("tiny")
    metadata = json.loads(built["kernel-metadata.json"])
    assert sorted(built) == ["kernel-metadata.json", "tiny.py"]
    assert metadata["code_file"] == "tiny.py"
    assert (metadata["kernel_type"], metadata["language"]) == ("script", "python")
    assert metadata["keywords"] == ["util-script"]
    text = built["tiny.py"].decode()
    above, _, rest = text.partition('# %% tags=["nbship-bundle"]\n')
    bundle, _, below = rest.partition("\ndel _bundle\n\n")
    assert above + below == SCRIPT
    assert WORDS in bundle


def test_it_is_built_by_content_and_to_the_same_bytes(lab: Workspace, tmp_path: Path) -> None:
    lab.doit("build")
    first = lab.artifact("tiny")
    assert executed(lab.doit("build")) == set()
    lab.git("clone", "-q", str(lab.root), str(tmp_path / "clone"))
    clone = Workspace(tmp_path / "clone")
    clone.doit("build", PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C")
    assert clone.artifact("tiny") == first
    lab.replace("src_py/words.py", "hello", "hallo")
    assert executed(lab.doit("build")) == {"build:tiny"}
    assert lab.artifact("tiny") != first


def test_a_script_may_become_a_notebook(lab: Workspace) -> None:
    lab.doit("build")
    lab.replace("src_py/tiny.py", '# kernel_type = "script"\n# keywords = ["util-script"]\n', "")
    assert lab.doit("build").code == 0
    assert sorted(lab.artifact("tiny")) == ["kernel-metadata.json", "tiny.ipynb"]


def test_too_large_a_script_is_refused(lab: Workspace) -> None:
    lab.write("src_py/words.py", WORDS + f"X = '{'x' * 1_000_000}'\n")
    result = lab.doit("build")
    assert result.code == 1
    assert "Kaggle accepts 1,000,000 (largest: src_py/words.py 1,000," in result.err
    assert not (lab.root / "build/tiny").exists()


# --- smoke ---


def test_the_very_bytes_are_rehearsed_and_remembered(lab: Workspace) -> None:
    result = lab.doit("smoke")
    assert result.code == 0, result.all
    assert "| hello hello hello  []" in result.out
    ran = (lab.root / ".nbship/smoke/tiny/kaggle/src/script.py").read_bytes()
    assert ran == lab.artifact("tiny")["tiny.py"]
    working = lab.root / ".nbship/smoke/tiny/kaggle/working"
    assert [file.name for file in working.iterdir()] == ["greeting.txt"]
    assert executed(lab.doit("smoke")) == set()


def test_a_failure_behind_the_bundle_names_the_sources_line(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", SCRIPT + CRASH)
    result = lab.doit("smoke")
    assert result.code == 1
    line = line_of(SCRIPT + CRASH, 'raise ValueError("at the end")')
    assert result.err.splitlines() == [
        f"src_py/tiny.py:{line}: ValueError: at the end (smoke of tiny)",
        '    raise ValueError("at the end")',
        "  → The output: .nbship/smoke/tiny/log.txt",
        "  → The full report: .nbship/smoke/tiny/failure.md",
    ]
    log = (lab.root / ".nbship/smoke/tiny/log.txt").read_text()
    assert log.startswith("hello hello hello  []\nhere\nTraceback")


def test_a_failure_in_a_module_names_its_line(lab: Workspace) -> None:
    lab.write("src_py/words.py", "def greet(count):\n    return 1 / 0\n")
    result = lab.doit("smoke")
    assert result.code == 1
    assert result.err.startswith(
        "src_py/words.py:2 in greet: ZeroDivisionError: division by zero (smoke of tiny)\n"
    )


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("sys.exit(3)", "the script ended with exit code 3: hello hello hello []"),
        ("sys.exit('no voices')", "the script ended with exit code 1: no voices"),
        ("sys.exit(-1)", "the script ended with exit code 255"),
        ("import os; os.kill(os.getpid(), 9)", "the script ended with signal 9"),
    ],
)
def test_a_script_that_ends_itself_names_its_file(lab: Workspace, code: str, error: str) -> None:
    lab.write("src_py/tiny.py", SCRIPT + code + "\n")
    result = lab.doit("smoke")
    assert result.code == 1
    assert result.err.startswith(f"src_py/tiny.py: {error}")
    assert not (lab.root / ".nbship/smoked/tiny.json").exists()


def test_a_script_without_end_is_ended(lab: Workspace) -> None:
    header = HEADER.replace("# ///\n", "# [tool.nbship.smoke]\n# timeout = 2\n# ///\n")
    lab.write("src_py/tiny.py", header + "\n# %%\nwhile True: pass\n")
    result = lab.doit("smoke")
    assert result.code == 1
    assert result.err.startswith("src_py/tiny.py: not finished after 2 s (smoke of tiny)")


def test_the_folder_of_the_script_is_read_only(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", SCRIPT + "open(__file__ + '.cache', 'w')\n")
    result = lab.doit("smoke")
    assert result.code == 1
    assert "OSError: [Errno 30] Read-only file system" in result.err


# --- what is no script ---


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("%matplotlib inline", 12, "IPython syntax in a script: '%matplotlib inline'"),
        ("# !pip install numpy", 12, "'!pip install numpy' in a comment runs in a notebook, but"),
        ("import a\nawait a.b()", 13, "not a script: 'await' outside function"),
    ],
)
def test_what_needs_a_notebook_is_refused(
    bare: Workspace, code: str, line: int, message: str
) -> None:
    bare.write("src_py/tiny.py", f"{HEADER}\n# %%\n# code\n{code}\n")
    built, checked = bare.doit("build"), bare.doit("check")
    assert (built.code, checked.code) == (1, 1)
    assert built.err.startswith(f"src_py/tiny.py:{line}"), built.err
    assert message in built.err.splitlines()[0]
    assert "  → " in built.err
    [finding] = [text for text in checked.out.splitlines() if text.startswith("src_py/")]
    assert finding.startswith(f"src_py/tiny.py:{line}"), finding
    assert not (bare.root / "build").exists()


def test_parameters_of_a_script_are_refused(lab: Workspace) -> None:
    smoke = "# [tool.nbship.smoke]\n# parameters = { A = 1 }\n# ///\n\n"
    lab.replace("src_py/tiny.py", "# ///\n\n", smoke)
    result = lab.doit("check")
    assert result.code == 1
    assert "src_py/tiny.py:10:3: header-value a script has no cell with parameters" in result.out


# --- the trip ---


def test_a_script_makes_the_whole_trip(lab: Workspace) -> None:
    result = lab.doit("ship:tiny", "-t", "local")
    assert result.code == 0, result.all
    [folder] = (lab.root / "runs").glob("*/tiny-v1")
    assert (folder / "greeting.txt").read_text() == "hello hello hello "
    assert "| hello hello hello  []" in result.out
    assert lab.journal()[-1]["state"] == "complete"


def test_a_crash_on_kaggle_ends_the_watch_at_the_line(lab: Workspace) -> None:
    text = SCRIPT + NOT_HERE
    lab.write("src_py/tiny.py", text)
    result = lab.doit("ship:tiny", "-t", "local")
    assert result.code == 1
    line = line_of(text, NOT_HERE.split("\n")[2])
    error = "AssertionError: on Kaggle (version 1 on the local Kaggle)"
    assert result.err.startswith(f"src_py/tiny.py:{line}: {error}\n"), result.err
    assert lab.journal()[-1]["state"] == "error"


def test_a_crash_in_a_module_on_kaggle_too(lab: Workspace) -> None:
    body = NOT_HERE.replace("\n", "\n    ").rstrip()
    lab.write("src_py/words.py", f"def greet(count):\n    {body}\n    return 'hello'\n")
    result = lab.doit("ship:tiny", "-t", "local")
    assert result.code == 1
    assert result.err.startswith("src_py/words.py:4 in greet: AssertionError: on Kaggle (version 1")


def test_a_lost_answer_is_settled_by_the_scripts_text(lab: Workspace) -> None:
    with serving(lab, "--faults") as up:
        up.order({"call": "SaveKernel", "action": "reset", "phase": "after"})
        result = lab.doit("push:tiny", "--allow-unsmoked", **up.env)
        assert result.code == 0, result.all
        assert "version 1 of awa/tiny-script" in result.out
    assert [e["state"] for e in lab.journal()] == ["intended", "unknown", "pushed"]


def test_another_clone_leads_a_crash_to_its_line(lab: Workspace, tmp_path: Path) -> None:
    lab.write("src_py/tiny.py", SCRIPT + NOT_HERE)
    lab.commit()
    with serving(lab) as up:
        assert lab.doit("push:tiny", **up.env).code == 0
        lab.git("clone", "-q", str(lab.root), str(tmp_path / "clone"))
        clone = Workspace(tmp_path / "clone")
        clone.doit("build")
        result = clone.doit("watch:tiny", **up.env)
    line = line_of(SCRIPT + NOT_HERE, NOT_HERE.split("\n")[2])
    assert result.err.startswith(f"src_py/tiny.py:{line}: AssertionError: on Kaggle"), result.err
