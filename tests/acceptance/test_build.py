"""Tests of ``doit build``: it decides by content, is deterministic and atomic."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from nbship.frontends.verb_lists.daily import TASKS
from tests.support.sampling import sample
from tests.support.workspace import TINY, Workspace, executed

pytestmark = pytest.mark.unmeasured

OTHER = "# %%\nimport numbers_of_ours\n"


def test_artifact_is_a_valid_notebook_with_kernelspec_and_full_metadata(lab: Workspace) -> None:
    assert lab.doit("build").code == 0

    files = lab.artifact("tiny")
    notebook = json.loads(files["tiny.ipynb"])
    metadata = json.loads(files["kernel-metadata.json"])
    nbformat.validate(notebook)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "script" not in lab.code("tiny").split("\n")[0]
    assert metadata == {
        "id": "awa/tiny-kernel",
        "id_no": None,
        "title": "Tiny Kernel",
        "code_file": "tiny.ipynb",
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": False,
        "enable_tpu": False,
        "enable_internet": False,
        "machine_shape": "",
        "dataset_sources": [],
        "competition_sources": [],
        "kernel_sources": [],
        "model_sources": [],
        "keywords": [],
        "docker_image": None,
        "docker_image_pinning_type": None,
    }


def test_second_build_does_nothing_and_a_touch_changes_nothing(lab: Workspace) -> None:
    assert executed(lab.doit("build")) == {"build:tiny"}
    assert executed(lab.doit("build")) == set()
    for path in ("src_py/tiny.py", "src_py/words.py"):
        os.utime(lab.root / path, (1, 1))
    assert executed(lab.doit("build")) == set()


def test_content_decides_even_where_size_and_time_stay(lab: Workspace) -> None:
    lab.doit("build")
    file = lab.root / "src_py/words.py"
    before = file.stat()
    lab.replace("src_py/words.py", "hello", "HELLO")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert executed(lab.doit("build")) == {"build:tiny"}
    assert "HELLO" in lab.code("tiny")


def test_only_notebooks_that_import_a_module_are_rebuilt(lab: Workspace) -> None:
    """The module can be imported through another module."""
    lab.write("src_py/other.py", OTHER)
    lab.write("src_py/through.py", "# %%\nimport between\n")
    lab.write("src_py/between.py", "from words import greet\n")
    assert executed(lab.doit("build")) == {"build:tiny", "build:other", "build:through"}

    lab.replace("src_py/words.py", "hello", "hallo")

    assert executed(lab.doit("build")) == {"build:tiny", "build:through"}


def test_a_module_that_appears_where_an_import_led_nowhere_is_bundled(lab: Workspace) -> None:
    lab.write("src_py/other.py", OTHER)
    lab.doit("build")
    lab.write("src_py/numbers_of_ours.py", "pi = 3\n")

    assert executed(lab.doit("build")) == {"build:other"}
    assert "pi = 3" in lab.code("other")


def test_an_edited_or_missing_artifact_is_made_again(lab: Workspace) -> None:
    lab.doit("build")
    good = lab.artifact("tiny")
    lab.write("build/tiny/kernel-metadata.json", "{}")
    assert executed(lab.doit("build")) == {"build:tiny"}
    assert lab.artifact("tiny") == good
    shutil.rmtree(lab.root / "build")
    lab.doit("build")
    assert lab.artifact("tiny") == good


def test_two_clones_in_different_folders_give_identical_bytes(
    lab: Workspace, tmp_path: Path
) -> None:
    lab.git("clone", "-q", str(lab.root), str(tmp_path / "elsewhere" / "clone"))
    clone = Workspace(tmp_path / "elsewhere" / "clone")
    lab.doit("build")
    clone.doit("build", PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C")
    assert lab.artifact("tiny") == clone.artifact("tiny")


def test_windows_line_ends_and_a_byte_order_mark_give_the_same_bytes(lab: Workspace) -> None:
    lab.doit("build")
    good = lab.artifact("tiny")
    for path in ("src_py/tiny.py", "src_py/words.py"):
        text = (lab.root / path).read_text()
        (lab.root / path).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    lab.doit("build")
    assert lab.artifact("tiny") == good


def test_a_notebook_in_a_subfolder_has_its_path_as_name(lab: Workspace) -> None:
    lab.write("src_py/tts/fula.py", "# %%\nprint('fula')\n")
    assert "build:tts/fula" in executed(lab.doit("build"))
    assert (lab.root / "build/tts/fula/fula.ipynb").is_file()


def test_too_large_a_notebook_is_refused_and_says_what_is_big(lab: Workspace) -> None:
    lab.write("src_py/words.py", f"DATA = '{'x' * 1_000_000}'\n\ndef greet(n): return DATA\n")
    result = lab.doit("build")
    assert result.code == 1
    assert "Kaggle accepts 1,000,000" in result.err
    assert "src_py/words.py 1,000,0" in result.err
    assert not (lab.root / "build").exists()


def test_nothing_heavy_is_imported_when_there_is_nothing_to_do(lab: Workspace) -> None:
    lab.doit("build")
    result = lab.run(sys.executable, "-X", "importtime", "-m", "doit", "build")
    imported = {line.rpartition("|")[2].strip() for line in result.err.splitlines()}
    assert "nbship.tasks" in imported
    assert imported.isdisjoint({"nbformat", "jupytext", "papermill", "kaggle", "kagglesdk"})


def test_every_task_has_help_and_is_listed(lab: Workspace) -> None:
    listed = dict(line.split(maxsplit=1) for line in lab.doit("list").out.splitlines())
    assert set(listed) == set(TASKS)
    assert "--allow-dirty" in lab.doit("help", "push:tiny").out


def test_doit_alone_checks_builds_and_smokes(lab: Workspace) -> None:
    assert executed(lab.doit()) == {"check", "build:tiny", "smoke:tiny"}
    assert executed(lab.doit()) == {"check"}


KILLED = """
import os, signal, sys
count = 0

def kill(event, args):
    global count
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.chmod", "shutil.rmtree"):
        if any("/lab/" in str(a) and ("build" in str(a)) for a in args):
            count += 1
            if count == int(sys.argv[1]):
                os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
sys.argv = ["doit", "build"]
from doit.doit_cmd import DoitMain
sys.exit(DoitMain().run(["build"]))
"""


@pytest.mark.parametrize("start", sample([1, 2, 3, 4], 4))
def test_kill_9_at_any_file_operation_leaves_the_old_or_the_new_artifact(
    lab: Workspace, start: int
) -> None:
    """Kill the build at each file operation in turn, until one build completes."""
    lab.doit("build")
    old = lab.artifact("tiny")
    killed = 0
    for point in sample(range(start, 200, 4), 3):
        lab.write("src_py/tiny.py", TINY.replace("COUNT = 3", f"COUNT = {point}"))
        done = subprocess.run(
            [sys.executable, "-c", KILLED.replace("sys.argv[1]", repr(str(point)))],
            cwd=lab.root, capture_output=True, check=False,
        )  # fmt: skip
        now = lab.artifact("tiny")
        is_new = f"COUNT = {point}".encode() in now["tiny.ipynb"]
        assert is_new or now == old, f"torn at operation {point}"
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        assert lab.doit("build").code == 0  # the next build heals
        old = lab.artifact("tiny")
        assert f"COUNT = {point}".encode() in old["tiny.ipynb"]
        assert [p.name for p in (lab.root / "build").iterdir()] == ["tiny"]
    assert killed > 1
