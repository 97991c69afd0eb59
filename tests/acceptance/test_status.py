"""status and runs through the front door: one kernel from its first build to its second run."""

import json
import os
import re
import shutil

import pytest

from tests.support.workspace import KERNEL, SCRIPT, Workspace, serving

MEASURED = f"""{SCRIPT}
import json

json.dump({{"loss": 0.5, "eval": {{"wer": 0.31}}}}, open("metrics.json", "w"))
"""


@pytest.fixture
def tiny() -> str:
    """Return a script: these tests are about what is told of a run, not about its kernel."""
    return MEASURED


def row(lab: Workspace) -> str:
    """Return the row of the kernel in the table."""
    head, line = lab.inside("status").out.splitlines()
    assert head.split() == [
        "notebook", "kind", "artifact", "rehearsal", "push", "run", "time"
    ]  # fmt: skip
    return line


def reasons(lab: Workspace) -> list[list[str]]:
    [entry] = json.loads(lab.inside("status", "--json").out)["notebooks"]
    return [[reason["kind"], reason["what"]] for reason in entry["artifact"]["reasons"]]


def each_edit_has_its_own_reason(lab: Workspace) -> None:
    (lab.root / "src_py/words.py").unlink()
    os.mkfifo(lab.root / "src_py/words.py")
    pipe = "cannot read src_py/words.py: it is a pipe, a socket or a device"
    assert reasons(lab) == [["refused", pipe]]
    (lab.root / "src_py/words.py").unlink()

    lab.git("checkout", "-q", "src_py/words.py")
    lab.write("src_py/words.py", (lab.root / "src_py/words.py").read_text() + "# changed\n")
    lab.replace("src_py/tiny.py", "# title =", "# enable_gpu = true\n# title =")
    assert reasons(lab) == [["metadata", "enable_gpu"], ["module", "src_py/words.py"]]
    assert "outdated: metadata enable_gpu, module src_py/words.py" in row(lab)
    assert ", since changed" in row(lab)


def runs_are_told(lab: Workspace, commit: str) -> None:
    listed = lab.inside("runs").out.splitlines()
    assert [line.split()[0] for line in listed] == ["run", "tiny-v2", "tiny-v1"]
    shown = lab.inside("runs", "show", "tiny-v1").out
    values = dict(line.split(maxsplit=1) for line in shown.splitlines())
    assert (values["commit"], values["metrics.eval.wer"]) == (commit, "0.31")
    different = lab.inside("runs", "diff", "tiny-v1", "tiny-v2").out.splitlines()
    told = {line.split()[0]: line.split()[1:] for line in different[1:]}
    assert told["metrics.eval.wer"] == ["0.31", "0.25", "-0.06"]
    assert told["metadata.enable_gpu"] == ["false", "true"]
    assert "metadata.title" not in told

    for folder in (lab.root / "runs").glob("*/tiny-v2"):
        shutil.rmtree(folder)
    assert "/tiny-v2/ is gone" in lab.inside("runs", "show", "tiny-v2").out
    torn = len(lab.journal()) + 1
    with (lab.root / "runs/journal.jsonl").open("a") as journal:
        journal.write('{"id": "torn')
    result = lab.inside("runs")
    assert result.err.startswith(f"warning  runs/journal.jsonl:{torn}: no record; it is torn")
    assert lab.inside("status").err == result.err
    assert len(result.out.splitlines()) == 3


def test_a_kernel_is_followed_from_its_first_build_to_its_second_run(lab: Workspace) -> None:
    assert row(lab).split() == ["tiny", "script", "not", "built", "never", "never"]
    assert lab.inside("runs").out == "note     nothing was pushed from this clone so far\n"
    with serving(lab) as up:
        result = lab.inside("ship", "tiny", **up.env)
        assert result.code == 0, result.all

        [entry] = json.loads(lab.inside("status", "--json").out)["notebooks"]
        commit = lab.git("rev-parse", "HEAD").out.strip()
        assert entry["artifact"] == {"is_current": True, "reasons": []}
        assert (entry["rehearsal"]["state"], entry["rehearsal"]["is_current"]) == ("passed", True)
        push = entry["push"]
        assert (push["version"], push["target"], push["commit"]) == (1, "main", commit)
        assert (push["is_current"], push["kernel"]) == (True, KERNEL)
        assert entry["run"]["state"] == "complete"
        assert entry["run"]["seconds"] > 0
        assert entry["remote"] is None

        seen = lab.inside("status", "tiny", "--remote", "--json", **up.env)
        assert seen.code == 0, seen.all
        assert json.loads(seen.out)["notebooks"][0]["remote"] == {
            "version": 1, "state": "complete", "by": "Awa",
        }  # fmt: skip
        assert json.loads(seen.out)["week"]["gpu"]["allowed"] > 0

        each_edit_has_its_own_reason(lab)

        lab.replace("src_py/tiny.py", "COUNT = 1\n", "COUNT = 1\n    raise ValueError('no')\n")
        assert lab.inside("smoke", "tiny").code == 1
        assert re.search(r"  failed \d+ s ago \(\w+\): src_py/tiny\.py:\d+", row(lab))
        lab.replace("src_py/tiny.py", "    raise ValueError('no')\n", "")
        lab.replace("src_py/tiny.py", "0.31", "0.25")
        lab.commit()
        assert lab.inside("ship", "tiny", **up.env).code == 0
        assert "failed" not in row(lab)

    runs_are_told(lab, commit)


def test_a_row_tells_what_is_on_the_shared_kernel_and_what_is_newer_elsewhere(
    lab: Workspace,
) -> None:
    quick = ("--allow-unsmoked", "--no-run")
    with serving(lab) as up:
        assert lab.inside("push", "tiny", *quick, **up.env).code == 0
        assert lab.inside("push", "tiny", "-t", "dev", *quick, **up.env).code == 0
        assert re.search(r"v1 main by Awa .*; v1 dev by Awa \d+ s ago \(not run\)", row(lab))
        [entry] = json.loads(lab.inside("status", "--json").out)["notebooks"]
        assert (entry["push"]["target"], entry["others"][0]["target"]) == ("main", "dev")

        dropped = lab.inside("drop", "tiny", "-t", "dev", "--yes", **up.env)
        assert dropped.code == 0, dropped.all
        assert "dev" not in row(lab)
        assert "not run, dropped" in lab.inside("runs").out.splitlines()[1]

        # Version 1 of the new copy is no version of the old one.
        assert lab.inside("push", "tiny", "-t", "dev", *quick, **up.env).code == 0
        assert "; v1 dev by Awa " in row(lab)


def test_a_kill_between_a_drop_and_its_records_is_mended_by_the_next_drop(lab: Workspace) -> None:
    with serving(lab) as up:
        push = lab.inside("push", "tiny", "-t", "dev", "--allow-unsmoked", "--no-run", **up.env)
        assert push.code == 0, push.all
        kernel = lab.journal()[-1]["kernel"]
        assert lab.kaggle("kernels", "delete", "-y", kernel, **up.env).code == 0  # and no record
        assert "v1 dev" in row(lab)
        again = lab.inside("drop", "tiny", "-t", "dev", "--yes", **up.env)
        assert "there is no copy" in again.out, again.all
        assert "never" in row(lab)


def test_remote_tells_a_kernel_that_is_gone_and_a_run_of_somebody_else(lab: Workspace) -> None:
    def seen(**env: str) -> str:
        result = lab.inside("status", "--remote", **env)
        assert result.code == 0, result.all
        return next(line for line in result.out.splitlines() if line.startswith("tiny"))

    with serving(lab) as up:
        assert "  not on the server" in seen(**up.env)
        push = lab.inside("push", "tiny", "--allow-unsmoked", "--no-run", **up.env)
        assert push.code == 0, push.all
        assert "  not run" in seen(**up.env)
        lab.git("clone", "-q", ".", "../other")
        other = Workspace(lab.root.parent / "other")
        other.replace(
            "src_py/tiny.py", "import words", "import time\nimport words\ntime.sleep(600)"
        )
        other.commit()
        flags = ("--allow-unsmoked", "--allow-unpublished")
        pushed = other.inside("push", "tiny", *flags, NBSHIP_PERSON="Ousmane", **up.env)
        assert pushed.code == 0, pushed.all
        assert re.search(r"v2 by Ousmane (queued|running)", seen(**up.env))
        assert lab.kaggle("kernels", "delete", "-y", KERNEL, **up.env).code == 0
        assert "  not on the server" in seen(**up.env)
