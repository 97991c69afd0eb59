"""Tests of nbship doctor: its report on a machine and a clone, and its repairs."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from nbship.core.clone.task_file import with_tasks
from nbship.core.python.newer_syntax import KAGGLE
from nbship.model.target import Rung
from tests.support.notebooks import cell, notebook
from tests.support.venvs import RUN, make_venv
from tests.support.workspace import CommandResult, Workspace, program

# nbstripout imports nbformat
pytestmark = [pytest.mark.unmeasured, pytest.mark.usefixtures("quick_imports")]
PYTHON = "ok" if sys.version_info[:2] == KAGGLE else "note"
FILES = (".gitattributes", ".gitignore", "pyproject.toml", ".git/config")


def states(result: CommandResult) -> dict[str, str]:
    """Return the state of each topic but the sandbox, which the machine has or lacks."""
    lines = re.findall(r"^(ok|note|wrong) +(\S+(?: kernel)?) ", result.out, re.MULTILINE)
    return {topic: state for state, topic in lines if topic != "sandbox"}


def test_without_a_sandbox_it_says_why_and_what_to_do(lab: Workspace, rung: Rung) -> None:
    out = lab.inside("doctor").out
    if rung == "sandbox":
        assert re.search("^ok +sandbox +/.*bwrap$", out, re.MULTILINE)
    else:
        assert re.search(
            "^note +sandbox +rehearsals only translate paths: NBSHIP_SAN", out, re.MULTILINE
        )
        assert "→ unset NBSHIP_SANDBOX" in out


def test_the_kernelspec_of_editors_is_written_where_jupyter_looks_and_stays(
    lab: Workspace, tmp_path: Path
) -> None:
    there = Path(os.environ["HOME"], ".local/share/jupyter/kernels/nbship")
    assert (
        f"fixed    {there}/kernel.json: the kernelspec nbship" in lab.inside("doctor", "--fix").out
    )
    spec = json.loads((there / "kernel.json").read_text())
    assert (spec["argv"][0], spec["interrupt_mode"]) == (sys.executable, "message")
    result = lab.inside("doctor", "--fix")
    assert re.search(f"^ok +editor +nbship: {there}$", result.out, re.MULTILINE)
    assert "fixed" not in result.out
    # Another environment's, a torn one and one of a link, which is told and stays.
    for text in (json.dumps({**spec, "argv": ["/gone/python", *spec["argv"][1:]]}), '{"argv": ['):
        (there / "kernel.json").write_text(text)
        assert states(lab.inside("doctor"))["editor"] == "note"
        assert states(lab.inside("doctor", "--fix"))["editor"] == "ok"
    shutil.move(there, tmp_path / "mine")
    there.symlink_to(tmp_path / "mine")
    (tmp_path / "mine/kernel.json").write_text("{}")
    result = lab.inside("doctor", "--fix")
    assert result.code == 2
    assert f"{there} is a link" in result.err
    assert (tmp_path / "mine/kernel.json").read_text() == "{}"


def test_a_kernelspec_that_jupyter_takes_first_is_named(lab: Workspace, tmp_path: Path) -> None:
    lab.inside("doctor", "--fix")
    other = tmp_path / "other/kernels/nbship"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["/other/python"]}')
    result = lab.inside("doctor", JUPYTER_PATH=str(tmp_path / "other"))
    assert f"the kernelspec nbship in {other} starts /other/python" in result.out
    assert f"→ Remove {other}, then: nbship doctor --fix" in result.out


def contents(workspace: Workspace) -> dict[str, bytes]:
    files = [workspace.root / name for name in FILES]
    return {file.name: file.read_bytes() for file in files if file.exists()}


def test_a_new_workspace_is_examined_mended_once_and_then_well(lab: Workspace) -> None:
    before = contents(lab)
    result = lab.inside("doctor")
    assert result.code == 1
    assert states(result) == {
        "python": PYTHON, "git": "ok", "filter": "wrong", "diff": "wrong",
        "merge": "note", ".gitattributes": "wrong", ".gitignore": "note", "notebooks": "ok",
        "dodo.py": "ok", "jupytext": "note", "kernel": "ok", "editor": "note",
        "credentials": "note",
    }  # fmt: skip
    assert result.out.count("→ nbship doctor --fix") == 7
    assert contents(lab) == before
    assert lab.git("status", "--porcelain", "--ignored").out == ""
    fixed = lab.inside("doctor", "--fix")
    assert fixed.code == 0
    left = {topic for topic, state in states(fixed).items() if state != "ok"}
    assert left - {"python"} == {"credentials"}
    for change in (
        "git config filter.nbstripout.required: true",
        ".gitattributes: *.ipynb filter=nbstripout",
        "pyproject.toml: [tool.jupytext]",
    ):
        assert f"fixed    {change}" in fixed.out
    assert len((lab.root / "notebooks/README.md").read_text().split("\n")) == 4
    assert lab.inside("sync").code == 0  # which takes the file for nothing
    assert (lab.root / "notebooks/tiny.ipynb").exists()
    for ignored in ("/notebooks/", "/notebooks/*\n!/notebooks/README.md"):
        lab.write(".gitignore", f"{contents(lab)['.gitignore'].decode()}\n{ignored}\n")
        assert states(lab.inside("doctor"))[".gitignore"] == "ok"
    after = contents(lab)
    again = lab.inside("doctor", "--fix")
    assert again.code == 0
    assert "fixed" not in again.out
    assert contents(lab) == after


def test_what_is_in_a_persons_files_stays_as_it_is(lab: Workspace) -> None:
    mine = {
        ".gitattributes": b"# mine\r\n*.ipynb -filter\r\n*.csv filter=lfs",
        ".gitignore": b"\xff\n!keep",
        "pyproject.toml": b'[tool.nbship]\r\ninputs = "tests/inputs" # here',
    }
    for name, data in mine.items():
        (lab.root / name).write_bytes(data)
    assert lab.inside("doctor", "--fix").code == 0
    for name, data in mine.items():
        assert (lab.root / name).read_bytes().startswith(data)
    assert lab.doit("check").code == 0


def test_what_holds_in_this_clone_only_is_not_enough(lab: Workspace) -> None:
    lab.run(sys.executable, "-m", "nbstripout", "--install")  # into .git/info/attributes
    result = lab.inside("doctor")
    assert states(result)["filter"] == "note"
    assert states(result)[".gitattributes"] == "wrong"


def test_outside_a_repo_the_machine_is_examined(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "lab")
    workspace.write("src_py/.keep", "")
    workspace.write("dodo.py", with_tasks(None))
    result = workspace.inside("doctor", "--fix")
    assert result.code == 1
    assert re.search(r"^wrong +repo +not a git repository", result.out, re.MULTILINE)
    assert "git init, then nbship doctor --fix" in result.out
    assert states(result)["jupytext"] == "ok"
    workspace.write(".venv/pyvenv.cfg", "")
    workspace.write("src_py/__pycache__/x.pyc", "")
    workspace.write("notebooks/.ipynb_checkpoints/x-checkpoint.ipynb", "")
    workspace.git("init", "-q")
    assert workspace.inside("doctor", "--fix").code == 0
    workspace.git("add", "-A")
    assert workspace.git("ls-files").out.split() == [
        ".gitattributes", ".gitignore", "dodo.py", "notebooks/README.md", "pyproject.toml",
        "src_py/.keep",
    ]  # fmt: skip


def test_without_git_it_says_so(lab: Workspace, tmp_path: Path) -> None:
    result = lab.nbship("doctor", PATH=str(tmp_path))
    assert result.code == 1
    assert states(result) == {
        "python": PYTHON, "git": "wrong", "dodo.py": "ok", "jupytext": "note", "kernel": "ok",
        "editor": "note", "credentials": "note",
    }  # fmt: skip


@pytest.mark.parametrize("name", [".gitattributes", ".gitignore", "pyproject.toml"])
def test_a_link_is_not_replaced(lab: Workspace, tmp_path: Path, name: str) -> None:
    """Git does not follow a link to one of its files, and another project may use the target."""
    (tmp_path / "shared").write_text("# shared\n")
    (lab.root / name).unlink(missing_ok=True)
    (lab.root / name).symlink_to(tmp_path / "shared")
    result = lab.inside("doctor", "--fix")
    assert result.code == 2
    assert f"{lab.root / name} is a link" in result.err
    assert (lab.root / name).is_symlink()
    assert (tmp_path / "shared").read_text() == "# shared\n"
    others = {".gitattributes", "pyproject.toml", ".gitignore"} - {name}
    assert all(f"fixed    {other}: " in result.out for other in others), result.out


def test_in_a_bare_repo_nothing_is_changed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "bare.git")
    workspace.write("src_py/.keep", "")
    workspace.git("init", "-q", "--bare")
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    result = workspace.inside("doctor", "--fix")
    assert result.code == 1
    assert re.search(r"^wrong +repo +a bare repository", result.out, re.MULTILINE)
    assert "git clone it" in result.out
    after = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    assert after == before


def test_a_repo_of_another_owner_is_told_with_gits_own_way_out(lab: Workspace) -> None:
    before = contents(lab)
    result = lab.nbship("doctor", "--fix", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert result.code == 1
    assert f"→ git config --global --add safe.directory {lab.root}" in result.out
    assert "git init" not in result.out
    assert contents(lab) == before


def test_an_environment_that_is_not_ignored_is_wrong(lab: Workspace) -> None:
    lab.write("my env/pyvenv.cfg", "")
    assert states(lab.inside("doctor"))[".gitignore"] == "wrong"
    assert lab.inside("doctor", "--fix").code == 0
    assert "/my env/\n" in (lab.root / ".gitignore").read_text()
    assert lab.git("check-ignore", "my env/x").out


def test_outside_a_workspace_it_is_one_line(tmp_path: Path) -> None:
    result = Workspace(tmp_path).inside("doctor", "--fix")
    assert result.code == 2
    assert result.err.startswith("no workspace here")


def test_a_config_that_another_git_holds_is_one_line_with_a_way_out(lab: Workspace) -> None:
    lock = lab.write(".git/config.lock", "")
    result = lab.inside("doctor", "--fix")
    assert result.code == 2
    assert "could not lock config file .git/config: File exists\n  → " in result.err
    lock.unlink()
    assert lab.inside("doctor", "--fix").code == 0


def test_a_file_that_is_none_is_one_line_and_the_next_time_it_goes_on(lab: Workspace) -> None:
    file = lab.write(".gitattributes/folder", "")
    result = lab.inside("doctor", "--fix")
    assert result.code == 2
    assert result.err.endswith(".gitattributes: it is a folder\n")
    assert ".nbship/" in (lab.root / ".gitignore").read_text()  # the other files are repaired
    shutil.rmtree(file.parent)
    assert lab.inside("doctor", "--fix").code == 0


def test_a_filter_without_its_package_is_said_in_its_own_words(
    lab: Workspace, tmp_path: Path
) -> None:
    lab.inside("doctor", "--fix")
    (tmp_path / "python").symlink_to(Path(sys.executable).resolve())
    lab.git("config", "filter.nbstripout.clean", f"{tmp_path}/python -I -S -m nbstripout")
    lab.git("config", "diff.ipynb.textconv", f"{tmp_path}/python -I -S -m nbship.textconv")
    result = lab.inside("doctor")
    assert result.code == 1
    assert "does not work" in result.out
    assert "No module named nbstripout" in result.out
    lab.git("config", "filter.nbstripout.clean", f"{program('nbstripout')} --keep-id")
    result = lab.inside("doctor")
    assert states(result)["filter"] == "ok"
    assert states(result)["diff"] == "wrong"
    assert lab.inside("doctor", "--fix").code == 0


def test_a_filter_that_strips_nothing_is_caught(lab: Workspace) -> None:
    lab.inside("doctor", "--fix")
    lab.git("config", "filter.nbstripout.clean", "cat")
    assert "leaves outputs in notebooks" in lab.inside("doctor").out


def test_notebooks_in_git_with_outputs_are_named(lab: Workspace) -> None:
    lab.write("notebooks/a b/é.ipynb", notebook(cell("1", "a")))
    lab.write("clean.ipynb", notebook(cell('"output_type"', "a") | {"outputs": []}))
    lab.commit()
    result = lab.inside("doctor")
    assert "in git with outputs: notebooks/a b/é.ipynb\n" in result.out


def test_for_sources_in_r_a_kernel_is_looked_for(lab: Workspace, tmp_path: Path) -> None:
    assert "R kernel" not in lab.inside("doctor").out
    lab.write("src_py/stats.R", "# %%\n1\n")
    python = make_venv(tmp_path / "venv")
    spec = json.dumps({"argv": ["/bin/sh"], "display_name": "R", "language": "R"})
    Workspace(tmp_path).write("venv/share/jupyter/kernels/ir/kernel.json", spec)
    result = lab.run(str(python), "-c", RUN, "doctor")
    assert re.search(r"^ok +R kernel +ir: /bin/sh$", result.out, re.MULTILINE)


def test_help_has_examples(lab: Workspace) -> None:
    result = lab.inside("doctor", "--help")
    assert "Examples:" in result.out
    assert "nbship doctor --fix" in result.out
