"""Tests of the verbs, called directly: their messages and limits."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.core.run.watch_policy import Limits
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.session import AnswerLimits
from nbship.edges.workspace import sources
from nbship.errors import (
    KaggleError,
    NbshipError,
    RunCancelled,
    RunFailed,
    SourceError,
    WorkspaceError,
)
from nbship.frontends.connect import connected
from nbship.frontends.console import Console
from nbship.model.push import PushOptions, Record
from nbship.model.run import FetchOptions
from nbship.model.workspace import Context
from nbship.verbs.build import build
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.push import push
from nbship.verbs.ship import ship
from nbship.verbs.watch import watch
from tests.support.report import RecordedReport
from tests.support.screen import Terminal
from tests.support.workspace import HEADER, Workspace

SAVE_ONLY = PushOptions(("--allow-unsmoked",))


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.write("src_py/one.py", notebook("one", "open('a.txt', 'w').write('a')"))
    workspace.write("src_py/helper.py", "# %%\nprint(1)\n")
    workspace.write("src_py/colab.py", "# %%\n# /// script\n# [tool.nbship.colab]\n# ///\n")
    return workspace


@pytest.fixture
def kaggle(lab: Workspace) -> Iterator[Connection]:
    with connected("local", context(lab), Console()) as kaggle:
        yield kaggle
        stop_server(lab)  # else the runs that were pushed would be waited for


def notebook(name: str, code: str) -> str:
    header = HEADER.replace("tiny-kernel", f"{name}-kernel")
    header = header.replace("Tiny Kernel", f"{name.title()} Kernel")
    return header.replace("# parameters = { COUNT = 1 }\n", "") + f"\n# %%\n{code}\n"


def stop_server(lab: Workspace) -> None:
    """End the local Kaggle and its runs, like Ctrl-C in its terminal."""
    announcement = json.loads((lab.root / ".nbship/local/server.json").read_text())
    os.kill(announcement["pid"], signal.SIGTERM)


def context(lab: Workspace) -> Context:
    workspace = sources.open_workspace(lab.root)
    return Context(workspace, sources.read_catalogue(workspace), RecordedReport("| ", "~ "))


def report_lines(context: Context) -> list[str]:
    assert isinstance(context.report, RecordedReport)
    return context.report.lines


def pushed(lab: Workspace, kaggle: Connection, code: str) -> Record:
    lab.write("src_py/one.py", notebook("one", code))
    return push(context(lab), "one", kaggle, SAVE_ONLY).record


def shipped(context: Context, name: str, kaggle: Connection) -> None:
    results: dict[str, Run | NbshipError] = {}
    ship(context, [name], kaggle, SAVE_ONLY, results.__setitem__)
    result = results[name]
    if isinstance(result, NbshipError):
        raise result


VERBS: list[Callable[[Context, str, Connection], object]] = [
    lambda context, name, _: build(context, name),
    lambda context, name, kaggle: push(context, name, kaggle, SAVE_ONLY),
    watch,
    shipped,
]


@pytest.mark.parametrize("kind", ["pipe", "nowhere", "loop", "folder"])
def test_what_is_in_the_place_of_a_built_file_is_replaced_if_it_holds_nothing(
    lab: Workspace, kind: str
) -> None:
    built = build(context(lab), "one").artifact
    file = lab.root / "build/one/kernel-metadata.json"
    file.unlink()
    if kind == "folder":
        lab.write("build/one/kernel-metadata.json/mine.txt", "a person's")
        with pytest.raises(WorkspaceError, match="was not made by nbship"):
            build(context(lab), "one")
        assert (file / "mine.txt").read_text() == "a person's"
        return
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to({"loop": file.name}.get(kind, kind))
    build(context(lab), "one")
    assert file.read_bytes() == built.files[file.name]
    assert not file.is_symlink()


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_notebook_is_refused_with_the_nearest(
    lab: Workspace, kaggle: Connection, verb: Callable[[Context, str, Connection], object]
) -> None:
    with pytest.raises(SourceError, match="no notebook 'onne'; did you mean 'one'"):
        verb(context(lab), "onne", kaggle)


@pytest.mark.parametrize(
    ("name", "kind"), [("helper", "a local helper"), ("colab", "a Colab notebook")]
)
def test_what_is_no_kernel_is_never_pushed(
    lab: Workspace, kaggle: Connection, name: str, kind: str
) -> None:
    with pytest.raises(SourceError, match=f"{name} is {kind}, which cannot be pushed"):
        push(context(lab), name, kaggle, SAVE_ONLY)
    with pytest.raises(SourceError, match=f"{name} is not a Kaggle kernel"):
        watch(context(lab), name, kaggle)


def test_kaggles_no_is_recorded_as_refused(lab: Workspace, kaggle: Connection) -> None:
    """Kaggle allows two GPU sessions at a time."""
    shape = '# machine_shape = "NvidiaTeslaT4"\n# title'
    for name in ("one", "two", "three"):
        text = notebook(name, "import time\ntime.sleep(600)").replace("# title", shape)
        lab.write(f"src_py/{name}.py", text.replace("three-kernel", "three-kernel"))
    ready = context(lab)
    for name in ("one", "two"):
        push(ready, name, kaggle, SAVE_ONLY)
    with pytest.raises(KaggleError, match="Maximum batch GPU session count of 2 reached"):
        push(ready, "three", kaggle, SAVE_ONLY)
    assert [entry["state"] for entry in lab.journal()[-2:]] == ["intended", "refused"]


def test_what_cannot_be_fetched_does_not_hide_the_verdict_or_the_rest(
    lab: Workspace, kaggle: Connection
) -> None:
    """The watch names each output with a reserved or unsafe name, and fetches the others."""
    code = """
import os
os.mkdir('_nbship')
for name in ('_nbship/x', 'a.txt', 'back\\\\slash.txt', 'c.txt', 'd.txt'):
    open(name, 'w').write(name)
"""
    pushed(lab, kaggle, code)
    ready = context(lab)
    with pytest.raises(KaggleError, match="complete, but 3 of its outputs were not fetched"):
        watch(ready, "one", kaggle, options=FetchOptions(most_files=4))
    [folder] = (lab.root / "runs").glob("*/one-v1")
    found = {path.name for path in folder.iterdir()}
    assert found == {"_nbship", "a.txt", "c.txt"}
    assert lab.journal()[-1]["state"] == "complete"
    lines = [line for line in report_lines(ready) if line.startswith("not fetched: ")]
    assert "'_nbship/x' is reserved for nbship's own files" in lines[0]
    assert "slash.txt" in lines[1]
    assert lines[2] == "not fetched: more than 4 files: zip them in the notebook"


def test_a_failed_run_is_told_by_its_line_whatever_its_outputs_are(
    lab: Workspace, kaggle: Connection
) -> None:
    pushed(lab, kaggle, "open('back\\\\slash.txt', 'w').write('n')\n1 / 0")
    with pytest.raises(RunFailed, match="ZeroDivisionError") as caught:
        watch(context(lab), "one", kaggle)
    assert caught.value.place
    assert caught.value.diagnostic.quote.splitlines()[0] == "1 / 0"
    assert lab.journal()[-1]["state"] == "error"


def test_a_version_that_the_server_has_no_more_is_said_at_once(
    lab: Workspace, kaggle: Connection
) -> None:
    pushed(lab, kaggle, "print(1)")
    watch(context(lab), "one", kaggle)
    text = json.dumps({**lab.journal()[-1], "id": "x"})
    lab.write("runs/journal.jsonl", text.replace('"version": 1', '"version": 8') + "\n")
    with pytest.raises(KaggleError, match=r"has no version 8 of awa/one-kernel, or has deleted it"):
        watch(context(lab), "one", kaggle)


def test_a_terminal_gets_the_ends_of_a_flood_and_the_log_has_all_of_it(
    lab: Workspace, kaggle: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(lab, kaggle, "for n in range(3000):\n    print('line', n)")
    ready, shown = context(lab), Terminal()
    with monkeypatch.context() as patched:
        patched.setenv("TERM", "xterm")
        patched.setattr(sys, "stdout", shown)
        watch(replace(ready, report=Console()), "one", kaggle)
    [log] = lab.root.glob("runs/*/one-v1/_nbship/log.txt")
    assert [line for line in log.read_text().splitlines() if line.startswith("line")] == [
        f"line {number}" for number in range(3000)
    ]
    text = shown.getvalue()
    assert 40 <= text.count("| nbship: session") + text.count("| line") < 3000
    assert f"lines more in {log.relative_to(lab.root)}" in text


def test_a_run_without_end_is_left_alone_and_says_how_to_come_back(
    lab: Workspace, kaggle: Connection
) -> None:
    pushed(lab, kaggle, "import time\nprint('here', flush=True)\ntime.sleep(600)")
    assert isinstance(kaggle.remote, Kaggle)
    impatient = Kaggle(
        replace(kaggle.remote.server, limits=AnswerLimits(log_longest=0.0)),
        limits=Limits(poll=0.2, offline=1.0, endless=0.0),
    )
    with pytest.raises(KaggleError, match=r"version 1 is still (queued|running) after") as caught:
        watch(context(lab), "one", replace(kaggle, remote=impatient))
    assert caught.value.hint == "Continue with: doit watch:one -t local"


def test_a_third_run_of_one_name_gets_a_folder_of_its_own(
    lab: Workspace, kaggle: Connection
) -> None:
    record = pushed(lab, kaggle, "open('a.txt', 'w').write('mine')")
    for taken in ("one-v1", "one-v1-local"):
        lab.write(f"runs/{record.at[:10]}/{taken}/_nbship/record.json", '{"id": "another"}')
    done = watch(context(lab), "one", kaggle).record
    assert done.folder == f"runs/{record.at[:10]}/one-v1-{record.id}"
    assert (lab.root / done.folder / "a.txt").read_text() == "mine"


def test_a_module_that_disappears_makes_the_artifact_stale(lab: Workspace) -> None:
    module = lab.write("src_py/mod.py", "X = 1\n")
    lab.write("src_py/helper.py", "# %%\nimport mod\n")
    assert len(build(context(lab), "helper").inputs) == 2
    module.unlink()
    assert build(context(lab), "helper").inputs == ("src_py/helper.py",)


def test_a_module_that_is_imported_and_named_is_one_input(lab: Workspace) -> None:
    lab.write("src_py/pack/a.py", "X = 1\n")
    text = notebook("one", "import pack.a")
    end = text.index("# ///\n", text.index("# /// script") + 5)
    bundle = '# [tool.nbship.bundle]\n# packages = ["pack"]\n'
    lab.write("src_py/one.py", text[:end] + bundle + text[end:])
    for is_fresh in (True, False):
        built = build(context(lab), "one")
        assert (built.inputs, built.is_fresh) == (("src_py/one.py", "src_py/pack/a.py"), is_fresh)


def test_a_cancelled_run_fails_the_watch(lab: Workspace) -> None:
    with connected("local", context(lab), Console()) as kaggle:
        pushed(lab, kaggle, "import time\ntime.sleep(600)")
        stop_server(lab)
    with (
        connected("local", context(lab), Console()) as kaggle,
        pytest.raises(
            RunFailed, match=r"was cancelled, or took too long \(version 1 on the local"
        ) as caught,
    ):
        watch(context(lab), "one", kaggle)
    assert caught.value.exit_code == RunCancelled.exit_code
    assert lab.journal()[-1]["state"] == "cancelled"


def test_every_error_of_ours_is_one_line() -> None:
    assert str(NbshipError("what")) == "what"
