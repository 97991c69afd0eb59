"""Shards: several machines rehearse the notebooks, and their verdicts become one folder."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nbship.model.layout import Layout
from tests.support.workspace import CommandResult, Workspace

pytestmark = pytest.mark.unmeasured

COUNT = 5
LAYOUT = Layout()
READS = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/{name}-kernel"
# title = "{title} Kernel"
# kernel_type = "script"
# kernel_sources = {sources}
# ///

# %%
{body}
"""
SKIPPED = '# %%\n# /// script\n# [tool.nbship.smoke]\n# skip = "tried by hand"\n# ///\n'


def kernel(name: str, body: str, *sources: str) -> str:
    return READS.format(name=name, title=name.title(), sources=json.dumps(sources), body=body)


def add_chain(lab: Workspace) -> None:
    """Add a kernel that reads the outputs of another one."""
    lab.write("src_py/first.py", kernel("first", 'open("word.txt", "w").write("hello")'))
    read = 'print(open("/kaggle/input/notebooks/awa/first-kernel/word.txt").read())'
    lab.write("src_py/second.py", kernel("second", read, "awa/first-kernel"))


def clone(lab: Workspace, folder: Path) -> Workspace:
    lab.git("clone", "-q", str(lab.root), str(folder))
    return Workspace(folder)


def merge(lab: Workspace, shards: list[Workspace]) -> None:
    """Copy the verdicts of all over one another, as a person does."""
    for shard in shards:
        found = shard.root / LAYOUT.verdicts
        if found.is_dir():
            shutil.copytree(found, lab.root / LAYOUT.verdicts, dirs_exist_ok=True)


def passed(result: CommandResult) -> list[str]:
    """Return the names in the lines of rehearsals that have passed or are skipped."""
    return re.findall(r"^smoke +(\S+)  (?!this)", result.out, re.MULTILINE)


def verdicts(lab: Workspace) -> dict[str, Any]:
    """Return what the results say, but for how long it took."""
    found = {}
    for path in sorted((lab.root / LAYOUT.verdicts).rglob("*")):
        if path.suffix in {".json", ".failed"}:
            content = json.loads(path.read_text())
            del content["seconds"]
            found[path.name] = content
    return found


def test_five_shards_cover_each_notebook_once_and_merge_to_the_whole_verdict(
    bare: Workspace, tmp_path: Path
) -> None:
    for number in range(8):
        bare.write(f"src_py/part{number}.py", f"# %%\nprint({number})\n")
    bare.write("src_py/deep/one.py", "# %%\nprint('deep')\n")
    bare.write("src_py/broken.py", "# %%\n1 / 0\n")
    add_chain(bare)
    bare.commit()
    whole, merged = clone(bare, tmp_path / "whole"), clone(bare, tmp_path / "merged")
    expected = whole.inside("smoke")
    assert expected.code == 1
    shards = [clone(bare, tmp_path / f"shard{number}") for number in range(COUNT)]
    results = [
        shard.inside("smoke", "--shard", f"{number}/{COUNT}")
        for number, shard in enumerate(shards, 1)
    ]
    assert sorted(result.code for result in results) == [0, 0, 0, 0, 1]  # only that of the failure
    told = [name for result in results for name in passed(result)]
    assert len(told) == len(set(told)) == 11  # one of the twelve fails
    assert set(told) == set(passed(expected))
    divisions = {re.findall(r"division (\w+)", result.out)[0] for result in results}
    assert len(divisions) == 1

    merge(merged, shards)
    assert verdicts(merged) == verdicts(whole)
    shown = merged.inside("status").out
    assert "outdated" not in shown, shown  # only not built
    again = merged.inside("smoke")  # nothing is built: it cannot know that "second" has passed
    assert "smoke: 1 of 12 failed: broken" in again.err
    assert passed(again) == ["first"]
    assert again.out.count("  this artifact has passed before\n") == 10
    status = json.loads(merged.inside("status", "--json").out)["notebooks"]
    states = {each["name"]: each["rehearsal"]["state"] for each in status}
    assert states.pop("broken") == "failed"
    assert set(states.values()) == {"passed"}
    assert all(each["rehearsal"]["is_current"] for each in status)
    assert not passed(merged.inside("smoke"))

    merged.write("src_py/part3.py", "# %%\nprint('another text')\n")
    assert passed(merged.inside("smoke")) == ["part3"]


def test_outputs_that_are_on_another_machine_are_made_here_for_one_that_reads_them(
    bare: Workspace, tmp_path: Path
) -> None:
    add_chain(bare)
    bare.commit()
    first, other = clone(bare, tmp_path / "first"), clone(bare, tmp_path / "other")
    upstream, *below = passed(first.inside("smoke"))
    merge(other, [first])
    for name in below:
        (other.root / LAYOUT.verdicts / f"{name}.json").unlink()
    assert other.inside("build").code == 0
    result = other.inside("smoke", below[0])
    assert result.code == 1
    assert f"nbship smoke {upstream}" in result.err
    assert passed(other.inside("smoke", upstream)) == [upstream]
    assert passed(other.inside("smoke")) == below
    assert not passed(other.inside("smoke"))


def test_a_push_takes_the_merged_verdict_and_none_of_another_digest(
    bare: Workspace, tmp_path: Path, up: Any
) -> None:
    add_chain(bare)
    bare.commit()
    shards = [clone(bare, tmp_path / f"shard{number}") for number in range(2)]
    for number, shard in enumerate(shards, 1):
        assert shard.inside("smoke", "--shard", f"{number}/2").code == 0
    merge(bare, shards)
    pushed = bare.inside("push", "first", "-t", "local", **up.env)
    assert pushed.code == 0, pushed.all
    assert "smoke    first  this artifact has passed before" in pushed.out
    bare.replace("src_py/first.py", "hello", "hallo")
    bare.commit()
    pushed = bare.inside("push", "first", "-t", "local", "--allow-running", **up.env)
    assert "smoke    first  passed in" in pushed.out


def test_a_file_that_is_no_verdict_is_set_aside_and_counts_for_nothing(bare: Workspace) -> None:
    for name in "abcd":
        bare.write(f"src_py/{name}.py", f"# %%\nprint('{name}')\n")
    assert bare.inside("smoke").code == 0
    folder = bare.root / LAYOUT.verdicts
    (folder / "a.json").write_text('{"digest": "')
    (folder / "b.json").write_text(json.dumps(["another program's"]))
    (folder / "c.json").write_bytes((folder / "d.json").read_bytes())  # that of another notebook
    (folder / "stranger.json").write_text("{}")
    result = bare.inside("smoke")
    assert result.code == 0
    assert sorted(passed(result)) == ["a", "b", "c"]
    assert (folder / "a.json.damaged").exists()


def test_the_outputs_of_a_killed_rehearsal_do_not_become_whole_by_a_merge(
    bare: Workspace, tmp_path: Path
) -> None:
    add_chain(bare)
    bare.commit()
    other = clone(bare, tmp_path / "other")
    assert other.inside("smoke", "first").code == 0
    bare.write("src_py/first.py", kernel("first", 'open("word.txt", "w").write("half"); 1 / 0'))
    assert bare.inside("smoke", "first").code == 1
    merge(bare, [other])
    read = bare.inside("smoke", "second")
    assert read.code == 1
    assert "no inputs for" in read.err


@pytest.mark.parametrize("command", ["doit", "nbship"])
def test_both_commands_take_the_same_part_and_refuse_the_same(
    bare: Workspace, command: str
) -> None:
    for name in "abc":
        bare.write(f"src_py/{name}.py", SKIPPED)
    run = bare.doit if command == "doit" else bare.inside
    part = run("smoke", "--shard", "2/2")
    assert (part.code, passed(part)) == (0, ["b"])
    assert "smoke: shard 2 of 2: 1 of 3 notebooks" in part.out
    empty = run("smoke", "--shard", "4/4")
    assert (empty.code, empty.err) == (0, "")
    assert "smoke: shard 4 of 4: none of 3 notebooks" in empty.out
    named = ["smoke:a"] if command == "doit" else ["smoke", "a"]
    for words, message in (
        (["smoke", "--shard", "0/5"], "smoke: --shard '0/5': the parts are 1 to 5"),
        (["smoke", "--shard", "a/b"], "smoke: --shard 'a/b' is not K/N, two whole numbers"),
        (["smoke", "--shard", "1/0"], "smoke: --shard '1/0': there is at least one part"),
        ([*named, "--shard", "1/2"], "smoke: give --shard or names, not both"),
        (["smoke", "--durations", "x"], "smoke: --durations divides the notebooks for --shard K/N"),
        (["smoke", "--shard", "1/2", "--durations", "x"], "smoke: --durations x: no such file"),
        (["smoke", "--shard", "1/2", "--durations", "dodo.py"],
         "smoke: --durations dodo.py is not what nbship status --json prints"),
    ):  # fmt: skip
        refused = run(*words)
        assert (refused.code, refused.err.splitlines()[0]) == (2, message)
        assert not re.findall(r"^smoke ", refused.out, re.MULTILINE)


def test_a_task_of_ones_own_that_needs_a_rehearsal_does_not_bring_it_into_a_part(
    bare: Workspace,
) -> None:
    for name in "abc":
        bare.write(f"src_py/{name}.py", SKIPPED)
    with (bare.root / "dodo.py").open("a") as file:
        file.write('\ndef task_mine():\n    return {"actions": [], "task_dep": ["smoke:a"]}\n')
    part = bare.doit("smoke", "--shard", "2/2")
    assert passed(part) == ["b"]
    both = bare.doit("smoke", "--shard", "2/2", "mine")
    assert sorted(passed(both)) == ["a", "b"]


class Machine:
    """What GitHub does with a job of a workflow, in a clone: its own commands, and its actions."""

    def __init__(self, lab: Workspace, top: Path, job: dict[str, Any]) -> None:
        self.lab, self.top, self.job = lab, top, job

    def play(self, **values: str) -> list[str]:
        """Run the steps; return the commands that have failed, of which the first ends the job."""
        failed: list[str] = []
        for step in self.job["steps"]:
            if failed and "cancelled()" not in step.get("if", ""):
                continue
            line = step.get("run", "")
            if "uses" in step:
                self._act(step["uses"], step.get("with", {}), values)
            elif not re.match(r"pip|sudo", line):
                env = {name: values[name] for name in step.get("env", {})}
                env["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
                failed += [line] if self.lab.run("bash", "-c", line, **env).code else []
        return failed

    def _act(self, action: str, given: dict[str, Any], values: dict[str, str]) -> None:
        path = self.lab.root / given.get("path", "")
        name = re.sub(r"\$\{\{.*?\}\}", values.get("PART", ""), given.get("name", ""))
        if "upload-artifact" in action and path.exists():
            target = self.top / name
            shutil.rmtree(target, ignore_errors=True)
            if path.is_dir():
                shutil.copytree(path, target)
            else:
                target.mkdir()
                shutil.copy(path, target)
        elif "download-artifact" in action:
            for found in sorted(self.top.glob(given.get("pattern", name))):
                shutil.copytree(found, path, dirs_exist_ok=True)


def test_the_workflow_of_many_notebooks_rehearses_merges_and_decides(
    bare: Workspace, tmp_path: Path
) -> None:
    for number in range(16):
        bare.write(f"src_py/idle{number}.py", SKIPPED)
    bare.write("src_py/one.py", "# %%\nprint('one')\n")
    bare.write("src_py/two.py", "# %%\nprint('two')\n")
    add_chain(bare)
    assert bare.inside("init", "--ci", "github").code == 0
    bare.commit()
    jobs = yaml.safe_load((bare.root / ".github/workflows/notebooks.yml").read_text())["jobs"]
    top = tmp_path / "artifacts"
    top.mkdir()

    def machine(name: str, folder: str) -> Machine:
        return Machine(clone(bare, tmp_path / folder), top, jobs[name])

    assert machine("plan", "plan").play() == []
    parts = jobs["rehearse"]["strategy"]["matrix"]["part"]
    for part in parts:
        assert machine("rehearse", f"part{part}").play(PART=str(part)) == []
    decide = machine("decide", "decide")
    assert decide.play(RESULT="success") == []
    assert not (decide.lab.root / ".nbship/smoke").exists()  # it has rehearsed nothing itself
    status = json.loads((decide.lab.root / "rehearsal-durations.json").read_text())["notebooks"]
    assert len(status) == 20
    assert all(each["rehearsal"]["is_current"] for each in status)
    assert machine("decide", "late").play(RESULT="failure") == ['test "$RESULT" = success']
    for path in top.glob("verdicts-*"):  # no part has told anything
        shutil.rmtree(path)
    lost = machine("decide", "lost")
    assert lost.play(RESULT="success") == []
    assert (lost.lab.root / ".nbship/smoke/one").exists()
