"""Tests of the local Kaggle of a workspace: it is found, or started and ended with the command."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.edges.process import runner
from nbship.errors import WorkspaceError
from nbship.frontends import local_server
from nbship.frontends.console import Console
from nbship.model.workspace import Entry, Workspace
from tests.support.client import METADATA
from tests.support.paths import ROOT
from tests.support.programs import is_alive
from tests.support.scripted_server import ScriptedServer, dead_url, reply, serving_script

Write = Callable[[str, str | bytes], Path]


def identity(workspace: Workspace) -> str:
    return hashlib.sha256(str(local_server.home(workspace).resolve()).encode()).hexdigest()


def pid_of(workspace: Workspace) -> int:
    return int(json.loads((local_server.home(workspace) / "server.json").read_text())["pid"])


def notebook(*sources: str) -> str:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": source,
         "execution_count": None, "outputs": []}
        for number, source in enumerate(sources)
    ]  # fmt: skip
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": spec}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


DEEP = "[" * 100_000
PLAIN = METADATA | {
    "id_no": None, "dataset_sources": [], "competition_sources": [], "kernel_sources": [],
    "model_sources": [], "docker_image": None, "docker_image_pinning_type": None,
    "machine_shape": "", "enable_gpu": False, "keywords": [],
}  # fmt: skip


# --- whether one is up -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "not JSON",
        "[]",
        "null",
        "3",
        "{}",
        '{"url": null}',
        '{"url": "no address"}',
        '{"url": "http://["}',
        '{"url": "http://192.0.2.1:9"}',
        b"\xff\xfe",
        DEEP,
    ],
)
def test_a_stale_or_odd_announcement_is_no_server(
    workspace: Workspace, write: Write, text: str | bytes | None
) -> None:
    if text is not None:
        write(".nbship/local/server.json", text)
    assert local_server.running(workspace) is None


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(workspace: Workspace) -> None:
    folder = workspace.root / ".nbship/local"
    folder.mkdir(parents=True)
    for name in ("server.json", "team.json"):
        os.mkfifo(folder / name)
    assert local_server.running(workspace) is None
    local_server.write_team(workspace, ["Awa"])
    assert json.loads((folder / "team.json").read_text()) == ["awa"]


def test_the_announcement_of_one_that_was_killed_is_no_server(
    workspace: Workspace, write: Write
) -> None:
    write(".nbship/local/server.json", json.dumps({"url": dead_url()}))
    assert local_server.running(workspace) is None


@pytest.fixture
def scripted(write: Write) -> Iterator[ScriptedServer]:
    with serving_script() as scripted:
        write(".nbship/local/server.json", json.dumps({"url": scripted.url}))
        yield scripted


def test_another_server_may_have_the_port_by_now(
    workspace: Workspace, scripted: ScriptedServer
) -> None:
    for answer in (reply({}), reply({"home": "another"}), reply(b"<html>", kind="text/html")):
        scripted.script = lambda _, answer=answer: answer  # type: ignore[misc]
        assert local_server.running(workspace) is None
    scripted.script = lambda _: reply({"home": identity(workspace)})
    assert local_server.running(workspace) == scripted.url


# --- what leads to it --------------------------------------------------------------------------


def test_the_environment_leads_the_stock_client_to_it(workspace: Workspace, write: Write) -> None:
    write(".nbship/local/credentials.json", '{"key": "made-up"}')
    url = "http://127.0.0.1:1234"
    assert local_server.environment(workspace, url, "awa") == {
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "KAGGLE_API_TOKEN": "",
        "KAGGLE_USERNAME": "awa",
        "KAGGLE_KEY": "made-up",
        "http_proxy": url,
        "HTTP_PROXY": url,
        "no_proxy": "",
        "NO_PROXY": "",
    }


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        (None, ("awa", "made-up")),
        ({}, ("awa", "made-up")),
        ({"bob": {"key": "his"}}, ("awa", "made-up")),
        ({"awa": {"key": "mine", "tokens": ["KGAT_x"]}}, ("awa", "mine")),
        ({"awa": {"tokens": ["KGAT_x"]}}, (None, "KGAT_x")),
        ({"awa": {}}, ("awa", "made-up")),
        ({"awa": []}, ("awa", "made-up")),
        ({"awa": {"tokens": 3}}, ("awa", "made-up")),
        ([], ("awa", "made-up")),
    ],
)
def test_a_listed_user_has_the_credentials_of_users_json(
    workspace: Workspace, write: Write, users: object, expected: tuple[str | None, str]
) -> None:
    write(".nbship/local/credentials.json", '{"key": "made-up"}')
    if users is not None:
        write(".nbship/local/users.json", json.dumps(users))
    found = local_server.credentials(workspace, "awa")
    assert (found.user, found.secret) == expected
    env = local_server.environment(workspace, "http://127.0.0.1:1", "awa")
    is_token = expected[0] is None
    assert env["KAGGLE_API_TOKEN"] == (expected[1] if is_token else "")
    assert (env["KAGGLE_USERNAME"], env["KAGGLE_KEY"]) == (("", "") if is_token else expected)


@pytest.mark.parametrize("entry", [{"key": "mine"}, {"tokens": ["KGAT_mine"]}])
def test_a_listed_owner_can_connect(
    workspace: Workspace, write: Write, entry: dict[str, object]
) -> None:
    write(".nbship/local/users.json", json.dumps({"awa": entry}))
    with local_server.local_server(workspace, "awa", Console()) as server:
        assert Kaggle(server).mine() == ()


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", b"\xff", DEEP])
def test_without_a_key_it_says_what_to_do(
    workspace: Workspace, write: Write, text: str | bytes | None
) -> None:
    if text is not None:
        write(".nbship/local/credentials.json", text)
    with pytest.raises(WorkspaceError, match="cannot read the key of the local Kaggle") as error:
        local_server.key(workspace)
    assert "credentials.json" in error.value.hint


@pytest.mark.parametrize(
    ("kernels", "owner"),
    [
        ([], "local-user"),
        ([None], "local-user"),
        (["awa/a"], "awa"),
        (["bob/a", "awa/b", "awa/c", None], "awa"),
        (["bob/a", "awa/b"], "awa"),  # as many of each: the first by name
    ],
)
def test_the_owner_is_that_of_most_kernels(kernels: list[str | None], owner: str) -> None:
    catalogue = {kernel or "": Entry(kernel or "", "src_py/x.py", kernel) for kernel in kernels}
    assert local_server.owner_of(catalogue) == owner


# --- for the length of a block -----------------------------------------------------------------


def test_one_is_started_used_and_ended(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_server.local_server(workspace, "awa", Console()) as server:
        assert (server.key, server.uses_proxy, server.credentials.user) == ("local", False, "awa")
        pid = pid_of(workspace)
        assert is_alive(pid)
        assert local_server.running(workspace) == server.endpoint
        assert Kaggle(server).status("awa/nothing") is None
    assert not is_alive(pid)
    assert local_server.running(workspace) is None
    output = capsys.readouterr().out
    assert output.count("starts for this command") == 1
    assert "waiting" not in output


@pytest.mark.parametrize("error", [KeyError("oh"), KeyboardInterrupt(), SystemExit(3)])
def test_an_error_inside_the_block_ends_it(workspace: Workspace, error: BaseException) -> None:
    pids = []

    def push() -> None:
        with local_server.local_server(workspace, "awa", Console()):
            pids.append(pid_of(workspace))
            raise error

    with pytest.raises(type(error)):
        push()
    assert not is_alive(pids[0])


def test_it_waits_for_the_run_that_was_pushed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_server.local_server(workspace, "awa", Console(), shutdown=0.1) as server:
        pid = pid_of(workspace)
        assert Kaggle(server).save(PLAIN, notebook("print('ran')")).version == 1
    assert "waiting for the run to end" in capsys.readouterr().out
    assert not is_alive(pid)
    with local_server.local_server(workspace, "awa", Console()) as server:
        status = Kaggle(server).status("awa/tiny-kernel", 1)
        assert status
        assert status.state == "complete"


COMMAND = """
    import sys
    from pathlib import Path
    from nbship.frontends import local_server
    from nbship.frontends.console import Console
    from nbship.edges.kaggle.client import Kaggle
    from nbship.model.workspace import Workspace
    from tests.frontends.test_local_server import PLAIN, notebook, pid_of

    workspace = Workspace(Path(sys.argv[1]), Path(sys.argv[1]) / "inputs")
    with local_server.local_server(workspace, "awa", Console(), shutdown=0.1) as server:
        Kaggle(server).save(PLAIN, notebook("import time; time.sleep(600)"))
        print("pid", pid_of(workspace), flush=True)
"""


def test_ctrl_c_while_it_waits_ends_it(workspace: Workspace) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(COMMAND), str(workspace.root)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ),
    )  # fmt: skip
    assert command.stdout
    pid = next(int(line.split()[1]) for line in command.stdout if line.startswith("pid"))
    assert any("waiting for the run" in line for line in command.stdout)
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=60)
    assert not is_alive(pid)


def test_one_that_does_not_start_says_why(workspace: Workspace, write: Write) -> None:
    write(".nbship/local", "in the way of its folder")
    with pytest.raises(WorkspaceError, match="did not start: Local Kaggle: ") as error:
        local_server.local_server(workspace, "awa", Console()).__enter__()
    assert "\n" not in error.value.message
    assert "--lifeline did" not in error.value.message


def test_one_that_starts_and_does_not_answer_is_ended(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file server.json is removed before nbship reads it."""
    pids: list[int] = []
    start = runner.start_child

    def started(*args: object, **options: object) -> runner.ChildProcess:
        lifeline = start(*args, **options)  # type: ignore[arg-type]
        pids.append(lifeline.child.pid)
        (local_server.home(workspace) / "server.json").unlink()
        return lifeline

    monkeypatch.setattr(runner, "start_child", started)
    with pytest.raises(WorkspaceError, match="started but does not answer"):
        local_server.local_server(workspace, "awa", Console()).__enter__()
    assert not is_alive(pids[0])
