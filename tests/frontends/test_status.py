"""status and runs on the command line: what is known is printed, then what is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from nbship.core.artifact.outdated import Reason, ReasonKind
from nbship.core.overview.metrics import Metrics
from nbship.core.overview.run_text import diff_json, show_json
from nbship.core.overview.status import Rehearsed, Seen, Standing
from nbship.core.overview.status_text import as_json
from nbship.core.push.record import record_line
from nbship.errors import SourceError
from nbship.model.run import Allowance, Quota
from nbship.model.workspace import Entry
from tests.support.paths import ROOT
from tests.support.workspace import KERNEL, TINY, Workspace, new_workspace
from tests.unit.push.test_record import RECORD

PUSHED = replace(RECORD, name="tiny", kernel=KERNEL, state="complete", version=3, server="kaggle")
NOBODY = {  # the environment of a local Kaggle that has ended
    "KAGGLE_API_ENVIRONMENT": "LOCALHOST", "KAGGLE_USERNAME": "awa", "KAGGLE_KEY": "0" * 32,
    "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "NO_PROXY": "",
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    lab = new_workspace(tmp_path / "lab")
    lab.write("src_py/tiny.py", TINY)
    lab.write("src_py/plots.py", "# %%\nx = 1\n")
    return lab


def test_a_workspace_without_notebooks_says_how_to_make_one(tmp_path: Path) -> None:
    lab = new_workspace(tmp_path / "lab")
    result = lab.inside("status")
    assert result.out == "note     there is no notebook in src_py/ so far: nbship new NAME\n"
    assert json.loads(lab.inside("status", "--json").out)["notebooks"] == []


def test_a_source_that_cannot_be_looked_at_hides_no_other(lab: Workspace) -> None:
    lab.write("src_py/con.py", "# %%\n")
    lab.write("src_py/no good .py", "# %%\n")
    result = lab.inside("status")
    assert [line.split()[0] for line in result.out.splitlines()] == ["notebook", "plots", "tiny"]
    assert (result.code, result.err.count("this name")) == (1, 2)
    assert lab.inside("status", "plots").code == 0
    told = json.loads(lab.inside("status", "--json").out)
    assert [each["file"] for each in told["refused"]] == ["src_py/con.py", "src_py/no good .py"]
    assert "did you mean 'tiny'?" in lab.inside("status", "tinny").err


def test_without_an_answer_the_table_is_that_of_this_machine(lab: Workspace) -> None:
    lab.write("runs/journal.jsonl", record_line(replace(PUSHED, server="local")))
    result = lab.inside("status", "--remote", **NOBODY)
    assert result.code == 4
    assert "v3 main" in result.out
    assert len(result.err.splitlines()) <= 2
    # Of a push to another service, the state is not asked for.
    lab.write("runs/journal.jsonl", record_line(PUSHED))
    result = lab.inside("status", "--remote", "--json", **NOBODY)
    assert result.code == 0, result.err
    assert [each["remote"] for each in json.loads(result.out)["notebooks"]] == [None, None]


def test_a_target_that_is_gone_is_no_obstacle(lab: Workspace) -> None:
    lab.write("runs/journal.jsonl", record_line(replace(PUSHED, target="old", server="local")))
    result = lab.inside("status", "tiny", "--remote", **NOBODY)
    assert (result.code, "v3 old" in result.out) == (4, True)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("runs", "tinny"), "runs: nothing was pushed from here as 'tinny'; did you mean 'tiny'?"),
        (("runs", "show"), "show: give one RUN; there is none"),
        (("runs", "show", "tiny-v4"), "runs: no run 'tiny-v4'"),
        (("runs", "diff", "tiny-v3"), "runs diff: give two runs; there is tiny-v3"),
        (("runs", "diff", "tiny-v3", "x"), "runs: no run 'x'"),
        (("runs", "--jsn"), "runs: no option --jsn; did you mean '--json'?"),
        (("runs", "show", "--jsn"), "show: no option --jsn; did you mean '--json'?"),
    ],
)
def test_a_word_that_names_no_run_is_one_line(
    lab: Workspace, words: tuple[str, ...], error: str
) -> None:
    lab.write("runs/journal.jsonl", record_line(PUSHED))
    result = lab.inside(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0].startswith(error)


def test_the_json_of_the_three_commands_is_valid(lab: Workspace) -> None:
    lab.write("runs/journal.jsonl", record_line(PUSHED) + record_line(replace(PUSHED, id="r2")))
    listed = json.loads(lab.inside("runs", "tiny", "--json").out)
    assert [run["id"] for run in listed["runs"]] == ["r2", "r1"]
    shown = json.loads(lab.inside("runs", "show", "r1", "--json").out)
    assert shown["run"] == listed["runs"][1]
    compared = json.loads(lab.inside("runs", "diff", "r1", "r2", "--json").out)
    assert (compared["differences"], compared["metrics"]) == ([], [])
    assert lab.inside("runs", "diff", "r1", "r2").out == (
        "tiny-v3 (r1) and tiny-v3 (r2) do not differ\n"
    )


def keys_in(value: object) -> set[str]:
    """Return all keys of a JSON text, at any depth."""
    if isinstance(value, list):
        return {key for each in value for key in keys_in(each)}
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys_in(each))}
    return set()


def test_the_reference_names_each_key_of_the_json() -> None:
    page = (ROOT / "docs/reference/runs.md").read_text(encoding="utf-8")
    rehearsal = Rehearsed("passed", is_current=True, at=0.0)
    entry = Entry("a", "src_py/a.py", "awa/a", kind="kernel")
    full = Standing(entry, (Reason("source"),), rehearsal, PUSHED, ("content",), Seen(1), (PUSHED,))
    quota = Quota("", Allowance(0, 0, 1), Allowance(0, 0, 1))
    status = json.loads(as_json([full], {"src_py/b.py": SourceError("why")}, quota))
    metrics = Metrics({"wer": 0.5})
    run = replace(PUSHED, metadata={}, parameters={}, inputs={})
    other = replace(run, state="error")
    shown = json.loads(show_json(run, replace(metrics, numbers={})))
    compared = json.loads(diff_json((run, other), (metrics, metrics)))
    keys = keys_in(status) | keys_in(shown) | keys_in(compared)
    words = {*keys, *get_args(ReasonKind)}
    assert sorted(word for word in words if f"`{word}`" not in page) == []
