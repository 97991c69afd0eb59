"""What a rehearsal has of the workspace's notebooks upstream, and which of them comes first."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from nbship.edges.workspace import journal, sources
from nbship.errors import SmokeError, SourceError
from nbship.model.push import Record
from nbship.model.target import RUNGS, Rung
from nbship.model.workspace import Context
from nbship.verbs.operations.rehearse import rehearse
from tests.support.report import RecordedReport
from tests.support.rungs import take
from tests.support.workspace import Workspace

READ = "print('read', open('/kaggle/input/notebooks/awa/one-kernel/a.txt').read())"
MOUNT = "tests/inputs/notebooks/awa/one-kernel"


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def script(lab: Workspace, name: str, code: str, **keys: list[str]) -> None:
    lines = [f"# {key} = {json.dumps(value)}" for key, value in keys.items()]
    lines = [
        "# %%", "# /// script", "# [tool.nbship.kaggle]", f'# id = "awa/{name}-kernel"',
        f'# title = "{name.title()} Kernel"', '# kernel_type = "script"', *lines, "# ///", "",
        "# %%", code,
    ]  # fmt: skip
    lab.write(f"src_py/{name}.py", "\n".join(lines) + "\n")


def smoke(lab: Workspace, name: str) -> list[str]:
    workspace = sources.open_workspace(lab.root)
    report = RecordedReport("| ")
    rehearse(Context(workspace, sources.read_catalogue(workspace), report), name)
    return report.lines


def fetched(lab: Workspace, text: str, **facts: bool) -> None:
    """Keep the outputs of a run, as a watch does, with more facts in the record of the folder."""
    record = Record("r1", "complete", "2026-11-23", "one", "main", "https://www.kaggle.com",
                    "awa/one-kernel", "d", "c", None, 1, (), (), 2,
                    folder="runs/2026-11-23/one-v2")  # fmt: skip
    lab.write("runs/2026-11-23/one-v2/a.txt", text)
    lab.write("runs/2026-11-23/one-v2/_nbship/record.json", json.dumps(asdict(record) | facts))
    journal.write(sources.open_workspace(lab.root), record)


def test_a_sample_comes_first_then_the_rehearsal_that_passed_then_the_fetched_run(
    lab: Workspace,
) -> None:
    script(lab, "one", "open('a.txt', 'w').write('rehearsed')")
    script(lab, "two", f"import os\n{READ}\nprint(os.listdir('/kaggle/input/one-kernel'))",
           kernel_sources=["awa/one-kernel/3"])  # fmt: skip
    with pytest.raises(SourceError, match="no inputs for 'awa/one-kernel/3'") as error:
        smoke(lab, "two")
    assert error.value.hint.endswith("\nOr: nbship smoke one  (then its outputs are the inputs)")
    fetched(lab, "fetched")
    assert smoke(lab, "two") == [
        "inputs of awa/one-kernel: version 2, in runs/2026-11-23/one-v2/",
        "| read fetched",
        "| ['a.txt']",
    ]
    smoke(lab, "one")
    told = ["inputs of awa/one-kernel: the rehearsal of one", "| read rehearsed", "| ['a.txt']"]
    assert smoke(lab, "two") == told
    working = lab.root / ".nbship/smoke/one/kaggle/working"
    moved = working.rename(lab.root / "moved")  # as by somebody who makes room on the disk
    assert smoke(lab, "two")[1] == "| read fetched"
    moved.rename(working)
    script(lab, "one", "open('a.txt', 'w').write('half')\nraise ValueError")
    with pytest.raises(SmokeError):
        smoke(lab, "one")
    assert smoke(lab, "two")[1] == "| read fetched"
    lab.write(f"{MOUNT}/a.txt", "sample")
    assert smoke(lab, "two")[:1] == ["| read sample"]


def test_a_run_whose_outputs_are_not_all_here_is_told(lab: Workspace) -> None:
    script(lab, "one", "")
    script(lab, "two", READ, kernel_sources=["awa/one-kernel"])
    fetched(lab, "fetched", whole=False)
    rest = "doit watch:one --version 2 fetches the rest"
    told = smoke(lab, "two")
    assert told[1:] == [f"not all outputs of this run are here; {rest}", "| read fetched"]
    lab.write("runs/2026-11-23/one-v2/_nbship/record.json", "[")
    assert smoke(lab, "two") == told
    fetched(lab, "fetched", whole=True)
    assert smoke(lab, "two") == [told[0], told[2]]


def test_two_that_would_wait_for_each_other_are_refused(lab: Workspace) -> None:
    script(lab, "one", "", kernel_sources=["awa/two-kernel"])
    script(lab, "two", "", kernel_sources=["awa/one-kernel"])
    with pytest.raises(SourceError, match="kernel_sources form a circle"):
        smoke(lab, "one")


@pytest.mark.parametrize("rung", RUNGS)
def test_a_utility_script_is_a_module(
    lab: Workspace, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(rung, monkeypatch)
    script(lab, "my-tools", "def double(n): return 2 * n", keywords=["util-script"])
    where = "usr/lib/notebooks/awa/my_tools_kernel/my_tools_kernel.py"
    script(
        lab,
        "two",
        "import my_tools_kernel as tools, os\nprint(tools.double(4), tools.__file__)\n"
        "print(os.path.exists('/kaggle/usr/lib/my_tools_kernel/my_tools_kernel.py'))",
        kernel_sources=["awa/my-tools-kernel"],
    )
    assert smoke(lab, "two") == [f"| 8 /kaggle/{where}", "| True"]
