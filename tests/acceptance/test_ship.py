"""Tests of push, watch and ship on the local Kaggle: guards, records, log, outputs, exit codes."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.support.workspace import (
    HEADER,
    KERNEL,
    SCRIPT,
    TINY,
    Local,
    Workspace,
    executed,
    serving,
)

pytestmark = pytest.mark.unmeasured

SLOW = f"{SCRIPT}import time\nprint('waiting', flush=True)\ntime.sleep(0 if COUNT == 1 else 600)\n"
ONLY_HERE = """

import os
assert "rehearsal" in os.environ["KAGGLE_CONTAINER_NAME"], "not on Kaggle"
"""


@pytest.fixture
def tiny() -> str:
    """Return a script: most tests are about what is done with a run, not about its kernel."""
    return SCRIPT


def test_ship_makes_the_whole_trip_inside_one_command(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", TINY)
    lab.commit()
    result = lab.doit("ship:tiny", "-t", "local")

    assert result.code == 0, result.all
    verbs = re.findall(r"^(\w+) +tiny ", result.out, re.MULTILINE)
    assert verbs[:4] == ["build", "smoke", "push", "watch"]
    assert verbs[-2:] == ["verdict", "outputs"]
    assert "| hello hello hello" in result.out
    [folder] = (lab.root / "runs").glob("*/tiny-v1")
    assert (folder / "greeting.txt").read_text() == "hello hello hello "
    assert f"runs/{folder.parent.name}/tiny-v1/ (greeting.txt)" in result.out
    assert "hello hello hello" in (folder / "_nbship/log.txt").read_text()
    record = json.loads((folder / "_nbship/record.json").read_text())
    [fetched] = record.pop("files")
    assert record.pop("whole")
    assert record == lab.journal()[-1]
    assert (fetched["name"], fetched["size"]) == ("greeting.txt", len("hello hello hello "))
    assert fetched["sha256"] == hashlib.sha256(b"hello hello hello ").hexdigest()
    assert record["state"] == "complete"
    assert record["version"] == 1
    assert record["commit"] == lab.git("rev-parse", "HEAD").out.strip()


def test_metadata_as_kaggle_writes_them_ship_to_the_local_kaggle(lab: Workspace) -> None:
    title = '# title = "Tiny Kernel"\n'
    pulled = (
        '# id_no = 71234567\n# code_file = "tiny.ipynb"\n# is_private = "true"\n'
        '# keywords = ["data cleaning"]\n# enable_gpu = true\n# machine_shape = "None"\n'
        '# dataset_sources = [""]\n'
    )
    lab.replace("src_py/tiny.py", title, title + pulled)
    lab.replace("src_py/tiny.py", "awa/tiny-kernel", "Awa/Tiny-Kernel")
    lab.commit()
    result = lab.inside("ship", "tiny", "-t", "local")
    assert result.code == 0, result.all
    metadata = json.loads((lab.root / "build/tiny/kernel-metadata.json").read_text())
    assert (metadata["id"], metadata["id_no"]) == ("awa/tiny-kernel", 71234567)
    assert (metadata["enable_gpu"], metadata["dataset_sources"]) == (True, [])


def test_the_journal_tells_each_step_of_a_push(lab: Workspace) -> None:
    lab.inside("ship", "tiny", "-t", "local")
    states = [entry["state"] for entry in lab.journal()]
    assert states == ["intended", "pushed", "pushed", "complete"]  # once more with what it tells
    assert [bool(entry["session"]) for entry in lab.journal()] == [False, False, True, True]
    assert {entry["kernel"] for entry in lab.journal()} == {KERNEL}
    assert {entry["target"] for entry in lab.journal()} == {"local"}


def test_push_and_the_stock_command_line_see_each_others_versions(
    lab: Workspace, up: Local
) -> None:
    assert "version 1" in lab.inside("push", "tiny", "-t", "local").out
    assert "complete" in lab.inside("watch", "tiny", "-t", "local").out
    assert "COMPLETE" in lab.kaggle("kernels", "status", KERNEL, **up.env).out
    assert "version 2" in lab.kaggle("kernels", "push", "-p", "build/tiny", **up.env).out
    assert "hello" in lab.kaggle("kernels", "logs", "-f", KERNEL, **up.env).out
    result = lab.inside("watch", "tiny", "-t", "local", "--version", "2")
    assert result.code == 0
    assert "version 2 of" in result.out
    assert sorted(path.name for path in (lab.root / "runs").glob("*/*")) == ["tiny-v1", "tiny-v2"]
    assert "version 3" in lab.inside("push", "tiny", "-t", "local").out


def test_a_dirty_tree_is_refused_on_main_and_a_notice_on_local(lab: Workspace, up: Local) -> None:
    lab.write("src_py/words.py", (lab.root / "src_py/words.py").read_text() + "# changed\n")

    result = lab.inside("push", "tiny", **up.env)
    assert result.code == 3
    assert (
        result.err.splitlines()[0] == "push of tiny to main refused: not committed: src_py/words.py"
    )
    assert "--allow-dirty" in result.err
    assert lab.journal() == []
    assert "smoke" not in result.out  # refused before minutes are spent

    result = lab.inside("push", "tiny", "-t", "local")
    assert result.code == 0
    assert "not committed: src_py/words.py (allowed on the local target)" in result.out

    lab.commit()
    result = lab.inside("push", "tiny", "--allow-running", **up.env)
    assert result.code == 0, result.all


def test_an_untracked_or_ignored_source_is_refused(lab: Workspace, up: Local) -> None:
    lab.write(".gitignore", "hidden.py\n/build/\n/runs/\n/.nbship/\n")
    lab.commit()
    lab.write("src_py/fresh.py", "X = 1\n")
    lab.write("src_py/hidden.py", "Y = 1\n")
    lab.replace("src_py/tiny.py", "import words", "import fresh\nimport hidden\nimport words")
    result = lab.inside("push", "tiny", **up.env)
    assert "not committed: src_py/fresh.py, src_py/hidden.py, src_py/tiny.py" in result.err


def test_an_override_is_recorded(lab: Workspace, up: Local) -> None:
    lab.write("src_py/words.py", (lab.root / "src_py/words.py").read_text() + "# changed\n")
    result = lab.inside("push", "tiny", "--allow-dirty", "--allow-unsmoked", **up.env)
    assert result.code == 0, result.all
    assert lab.journal()[-1]["overrides"] == ["--allow-dirty", "--allow-unsmoked"]
    assert not (lab.root / ".nbship/smoke").exists()


def test_a_second_push_while_it_runs_is_refused(lab: Workspace, up: Local) -> None:
    lab.write("src_py/tiny.py", SLOW)
    lab.commit()
    assert lab.inside("push", "tiny", **up.env).code == 0
    again = lab.inside("push", "tiny", **up.env)
    assert again.code == 0
    assert "nothing to push: version 1, pushed by " in again.out
    lab.write("src_py/tiny.py", SLOW + "\nprint('more')\n")
    lab.commit()
    result = lab.inside("push", "tiny", **up.env)
    assert result.code == 3
    refused = rf"push of tiny to main refused: {KERNEL} is (queued|running) \(version 1, pushed by "
    assert re.match(refused, result.err), result.err
    assert "version 2" in lab.inside("push", "tiny", "--allow-running", **up.env).out


def test_a_failing_smoke_stops_the_push(lab: Workspace, up: Local) -> None:
    lab.write("src_py/words.py", "def greet(count):\n    return 1 / 0\n")
    lab.commit()
    result = lab.inside("push", "tiny", **up.env)
    assert result.code == 1
    assert result.err.startswith("src_py/words.py:2 in greet: ZeroDivisionError")
    assert lab.journal() == []
    assert "Not found" in lab.kaggle("kernels", "list", "-m", **up.env).all


def test_a_run_that_fails_makes_watch_fail_at_the_line(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", TINY)
    lab.write("src_py/words.py", f"def greet(count):{ONLY_HERE.replace(chr(10), chr(10) + '    ')}"
              "\n    return 'hello'\n")  # fmt: skip
    result = lab.inside("ship", "tiny", "-t", "local")
    assert result.code == 1
    lines = result.err.splitlines()
    assert lines[0] == (
        "src_py/words.py:4 in greet: AssertionError: not on Kaggle (version 1 on the local Kaggle)"
    )
    assert lines[1].strip().startswith('assert "rehearsal" in os.environ')
    assert lines[2] == "    called from src_py/tiny.py:23 (In [3])"
    assert lines[3].endswith("tiny-v1/_nbship/log.txt")
    [kept] = (lab.root / "runs").glob("*/tiny-v1/_nbship/failure.md")
    assert "src_py/words.py:4 in greet: AssertionError: not on Kaggle" in kept.read_text()
    assert lab.journal()[-1]["state"] == "error"


def test_the_map_is_that_of_the_version_that_ran(lab: Workspace, up: Local) -> None:
    """An error names the line of the version that ran, although lines were added since."""
    lab.write("src_py/tiny.py", TINY + ONLY_HERE)
    lab.commit()
    lab.inside("push", "tiny", **up.env)
    line = (TINY + ONLY_HERE).split("\n").index(ONLY_HERE.split("\n")[3]) + 1
    lab.replace("src_py/tiny.py", "# Tiny\n", "# Tiny\n#\n# More words\n# and more.\n")
    result = lab.inside("watch", "tiny", **up.env)
    assert result.code == 1
    assert result.err.startswith(f"src_py/tiny.py:{line}: AssertionError: not on Kaggle"), (
        result.err
    )
    assert f"    in the current file: src_py/tiny.py:{line + 3}\n" in result.err


def test_push_alone_waits_for_the_run_that_its_server_would_take_along(lab: Workspace) -> None:
    lab.write("src_py/tiny.py", SLOW.replace("600", "4"))
    result = lab.inside("push", "tiny", "-t", "local")
    assert result.code == 0, result.all
    assert "waiting for the run to end" in result.out
    result = lab.inside("watch", "tiny", "-t", "local")
    assert result.code == 0, result.all
    assert "| waiting" in result.out


@pytest.mark.usefixtures("up")
def test_upstream_kernels_go_first_and_only_once(lab: Workspace) -> None:
    lab.write(
        "src_py/after.py",
        HEADER.replace("tiny-kernel", "after-kernel")
        .replace("Tiny Kernel", "After Kernel")
        .replace("# title", f'# kernel_sources = ["{KERNEL}"]\n# title')
        .replace("# parameters = { COUNT = 1 }\n", "")
        + "\n# %%\nimport pathlib\n"
        + f"text = pathlib.Path('/kaggle/input/notebooks/{KERNEL}/greeting.txt').read_text()\n"
        + "print('read:', text)\n",
    )
    lab.write(f"tests/inputs/notebooks/{KERNEL}/greeting.txt", "from the sample")
    lab.commit()

    result = lab.inside("ship", "after", "-t", "local")
    assert result.code == 0, result.all
    assert "after reads the outputs of tiny, which goes first" in result.out
    assert "| read: hello hello hello" in result.out

    result = lab.inside("ship", "after", "-t", "local")
    assert result.out.count("nothing to push: version 1, pushed by ") == 2
    assert "its outputs are in runs/" in result.out
    assert [(e["name"], e["version"]) for e in lab.journal() if e["state"] == "complete"] == [
        ("tiny", 1),
        ("after", 1),
    ]


@pytest.mark.usefixtures("up")
def test_dropped_sources_are_a_failure_that_names_them(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# title", '# dataset_sources = ["awa/voices"]\n# title')
    result = lab.inside("push", "tiny", "-t", "local", "--allow-unsmoked")
    assert result.code == 4
    assert result.err.startswith("Kaggle dropped dataset 'awa/voices': version 1 runs without")
    assert lab.journal()[-1]["state"] == "pushed"


@pytest.mark.usefixtures("up")
def test_an_unknown_keyword_is_said_and_the_version_goes_without_it(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# title", '# keywords = ["nlp", "speach"]\n# title')
    result = lab.inside("push", "tiny", "-t", "local", "--allow-unsmoked", "--no-run")
    assert result.code == 0, result.all
    assert "Kaggle does not know the keywords speach: the version does not have them" in result.out
    assert lab.journal()[-1]["message"] == "Kaggle does not know the keywords speach"


@pytest.mark.usefixtures("up")
def test_watch_without_a_push_says_what_to_do(lab: Workspace) -> None:
    result = lab.inside("watch", "tiny", "-t", "local")
    assert result.code == 4
    assert f"{KERNEL} has no version on the local Kaggle" in result.err
    assert "doit push:tiny -t local" in result.err


def test_another_clone_can_watch_what_was_pushed_from_here(
    lab: Workspace, up: Local, tmp_path: Path
) -> None:
    lab.write("src_py/tiny.py", SCRIPT + ONLY_HERE)
    lab.commit()
    lab.inside("push", "tiny", **up.env)
    lab.git("clone", "-q", str(lab.root), str(tmp_path / "clone"))
    clone = Workspace(tmp_path / "clone")
    clone.inside("build")
    result = clone.inside("watch", "tiny", **up.env)
    assert result.code == 1
    assert re.match(r"src_py/tiny.py:\d+: AssertionError: not on Kaggle", result.err), result.err


def test_two_runs_never_share_a_folder(lab: Workspace) -> None:
    """Version 1 of a new local Kaggle does not overwrite version 1 of the earlier one."""
    lab.inside("ship", "tiny", "-t", "local")
    for path in sorted((lab.root / ".nbship/local").rglob("*"), reverse=True):
        path.unlink() if not path.is_dir() or path.is_symlink() else path.rmdir()
    lab.replace("src_py/words.py", "hello", "hallo")
    lab.inside("ship", "tiny", "-t", "local")
    texts = {p.parent.name: p.read_text() for p in (lab.root / "runs").glob("*/*/greeting.txt")}
    assert texts == {"tiny-v1": "hello hello hello ", "tiny-v1-local": "hallo hallo hallo "}


def test_local_env_without_a_server_says_so(lab: Workspace) -> None:
    result = lab.nbship("local", "env")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("the local Kaggle is not running")


def test_local_serves_on_the_port_asked_for_and_ends_cleanly(lab: Workspace) -> None:
    with serving(lab) as local:
        assert local.url.startswith("http://127.0.0.1:")
        result = lab.nbship("local")
        assert result.code == 1
        assert local.url in result.err
    assert local.process.returncode == 0


def test_only_kernels_have_tasks_of_the_trip(lab: Workspace) -> None:
    lab.write("src_py/helper.py", "# %%\nprint(1)\n")
    listed = lab.doit("list", "--all").out
    assert "build:helper" in listed
    assert "push:helper" not in listed
    assert executed(lab.doit("smoke:helper")) == {"smoke:helper"}
    asked = lab.inside("push", "helper", "-t", "local")
    assert asked.code == 1
    assert asked.err.startswith(
        "src_py/helper.py: helper is a local helper, which cannot be pushed\n"
    )


@pytest.mark.parametrize("task", ["build", "push", "watch", "sync"])
def test_a_name_that_is_none_is_one_line_with_the_nearest(lab: Workspace, task: str) -> None:
    result = lab.doit(f"{task}:tinny")
    assert (result.code, result.err) == (2, f"{task}: no notebook 'tinny'; did you mean 'tiny'?\n")


def test_a_pattern_asks_for_all_that_it_fits(lab: Workspace) -> None:
    assert executed(lab.doit("build:t*")) == {"build:tiny"}


def test_a_target_that_asks_for_the_sandbox_is_refused_without_one(
    lab: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = '[tool.nbship.targets.strict]\nremote = "local"\nrehearsal = "sandbox"\n'
    lab.write("pyproject.toml", (lab.root / "pyproject.toml").read_text() + table)
    lab.commit()
    monkeypatch.setenv("NBSHIP_SANDBOX", "off")
    result = lab.inside("push", "tiny", "-t", "strict")
    assert result.code == 3, result.all
    assert "asks for a rehearsal in the sandbox, which this machine does not have" in result.err
    assert "passed in" not in result.out
