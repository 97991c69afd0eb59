"""A dodo.py that has its own tasks and settings beside the tasks of nbship, in a workspace."""

import shutil
from pathlib import Path

from tests.support.workspace import CommandResult, Workspace

DODO = '''\
"""Tasks of ours, and those of nbship."""

from pathlib import Path

from doit import create_after
from doit.tools import result_dep, run_once

from nbship.tasks import *

DOIT_CONFIG = {"default_tasks": ["note", "build"], "reporter": "executed-only"}


def say(text, values=None, digest="", name="it"):
    print("own", text, values or "", digest, name)


def find():
    return {"file_dep": ["build/two/two.ipynb"]}


def task_note():
    """by name"""
    return {"actions": ["echo note > note.txt"], "task_dep": ["build:one"],
            "targets": ["note.txt"], "clean": True, "title": lambda task: "a title"}


def task_copy():
    """by file"""
    return {"actions": ["cp build/one/one.ipynb copy.ipynb"], "targets": ["copy.ipynb"],
            "file_dep": ["build/one/one.ipynb"], "watch": ["build"]}


def task_prepared():
    """by setup"""
    return {"actions": ["test -e build/two/kernel-metadata.json"], "setup": ["build:two"],
            "teardown": ["echo done"]}


def task_digest():
    """by getargs"""
    return {"actions": [(say, ["digest"])], "getargs": {"digest": ("build:one", "digest")},
            "verbosity": 2}


def task_digests():
    """by getargs from a group"""
    return {"actions": [(say, ["digests"])], "getargs": {"values": ("build", "digest")},
            "verbosity": 2}


def task_find():
    """what calculated depends on"""
    return {"actions": [find]}


def task_calculated():
    """by calc_dep"""
    return {"actions": ["test -e build/two/two.ipynb"], "calc_dep": ["find"]}


@create_after(executed="build:one", target_regex="late-.*")
def task_late():
    """made when build:one is done"""
    for file in sorted(Path("build/one").glob("*")):
        yield {"name": file.name, "actions": [f"echo x > late-{file.name}"],
               "file_dep": [str(file)], "targets": [f"late-{file.name}"]}


def task_parts():
    """a group"""
    for name in ("a", "b"):
        yield {"name": name, "actions": [(say, [name])], "task_dep": ["build:o*"],
               "uptodate": [run_once]}


def task_changed():
    """by result"""
    return {"actions": [(say, ["changed"])], "uptodate": [result_dep("build:one")],
            "params": [{"name": "name", "short": "n", "default": "it"}], "verbosity": 2}


def task__hidden():
    return {"actions": [(say, ["hidden"])], "task_dep": ["check"]}
'''
KERNEL = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/two-two"
# title = "Two Two"
# ///

"""
OWN = ("note", "copy", "prepared", "digest", "digests", "find", "calculated", "late", "parts",
       "changed", "_hidden")  # fmt: skip
ARTIFACTS = ("build/one/one.ipynb", "build/two/two.ipynb", "build/two/kernel-metadata.json")


def new_lab(root: Path) -> Workspace:
    """Make the workspace."""
    workspace = Workspace(root)
    workspace.write("src_py/two.py", KERNEL + "# %%\nprint(2)\n")
    _write_sources(workspace)
    workspace.git("init", "-q")
    return workspace


def make_as_new(lab: Workspace) -> None:
    """Remove what was built, and what a test has changed."""
    for name in ("build", ".nbship", "notebooks"):
        shutil.rmtree(lab.root / name, ignore_errors=True)
    for file in lab.root.iterdir():
        if file.name.startswith(("late-", "note", "copy", ".doit", "other")):
            file.unlink()
    _write_sources(lab)


def _write_sources(lab: Workspace) -> None:
    lab.write("dodo.py", DODO)
    lab.write("pyproject.toml", "[tool.nbship]\n")
    lab.write("src_py/one.py", "# %%\nprint(1)\n")


def existing_artifacts(lab: Workspace) -> list[str]:
    """Return the paths of the artifacts that are built."""
    return [path for path in ARTIFACTS if (lab.root / path).is_file()]


def own(result: CommandResult) -> list[list[str]]:
    """Return what the own tasks have printed: the words of each line."""
    return [line.split()[1:] for line in result.out.splitlines() if line.startswith("own ")]
