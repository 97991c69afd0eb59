"""Collaborators of a kernel: what an editor and a viewer may do, and who pays for a run."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from nbship.local.protocol.validation import now
from nbship.local.storage.database import Database, Draft, Status
from nbship.local.storage.rights import read_collaborators
from nbship.local.storage.state_dir import StateDirError
from tests.support.local_kaggle import Json, Server

_SLEEP = "import os, time; print(os.environ['KAGGLE_CONTAINER_NAME'], flush=True); time.sleep(1000)"
_ROLES = {"alice/Shared": {"bob": "editor", "Carol": "viewer"}}
_SHARED = {"userName": "alice", "kernelSlug": "shared"}
_GPU = {"machineShape": "NvidiaTeslaT4"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Return a local Kaggle with a kernel of alice that bob may edit, and carol may read."""
    server = Server(tmp_path)
    server.state_dir.mkdir()
    (server.state_dir / "collaborators.json").write_text(json.dumps(_ROLES))
    server.start()
    server.call("SaveKernel", **_save("pass", kernelExecutionType="QUICK_SAVE"))
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


def _save(text: str, **more: object) -> Json:
    kernel = {"slug": "alice/shared", "newTitle": "Shared", "language": "python"}
    return {**kernel, "kernelType": "script", "text": text, "isPrivate": True, **more}


def test_an_editor_saves_and_a_viewer_reads(server: Server) -> None:
    assert server.call("SaveKernel", "bob", **_save("print(1)"))["versionNumber"] == 2
    server.ended("shared", "v2")
    for reader in ("alice", "bob", "carol"):
        found = server.call("GetKernel", reader, **_SHARED)["metadata"]
        assert (found["author"], found["currentVersionNumber"]) == ("alice", 2)
        assert "log" in server.call("ListKernelSessionOutput", reader, **_SHARED)
    for stranger in ("carol", "dave"):
        refused = server.call("SaveKernel", stranger, **_save("print(2)"))
        assert refused == {"error": "Notebook not found"}
    assert server.post("GetKernel", "dave", **_SHARED).status_code == 403
    for nobody in ("bob", "carol"):
        assert server.post("DeleteKernel", nobody, **_SHARED).status_code == 403
    begin = {"slug": "alice/shared"}
    assert server.post("CreateKernelSession", "carol", **begin).status_code == 403
    number = server.call("CreateKernelSession", "bob", **begin)["metadata"]["kernelSessionId"]
    assert server.post("CancelKernelSession", kernelSessionId=number).status_code == 403
    assert server.call("CancelKernelSession", "bob", kernelSessionId=number) == {}
    another = _save("pass", slug="alice/another", newTitle="Another")
    assert server.call("SaveKernel", "bob", **another) == {"error": "Notebook not found"}


def test_a_collaborator_finds_the_kernel_in_the_list(server: Server) -> None:
    def listed(user: str, group: str) -> list[str]:
        return [
            kernel["ref"] for kernel in server.call("ListKernels", user, group=group)["kernels"]
        ]

    assert listed("carol", "COLLABORATION") == ["alice/shared"]
    assert listed("carol", "PROFILE") == []
    assert listed("alice", "COLLABORATION") == []
    assert listed("alice", "PROFILE") == ["alice/shared"]
    assert listed("dave", "COLLABORATION") == []


def test_a_run_belongs_to_who_started_it(server: Server) -> None:
    """Its quota, its slot, its secrets and its end are those of the editor, not of the owner."""
    (server.state_dir / "secrets.json").write_text('{"bob": {"WORD": "of bob"}}')
    server.call("SaveKernel", "bob", **_save(_SLEEP, **_GPU))
    server.wait_for("shared", "RUNNING", "v2")
    quota = {
        user: server.call("GetAcceleratorQuotaStatistics", user)["gpuQuota"]["hasEverRun"]
        for user in ("alice", "bob")
    }
    assert quota == {"alice": False, "bob": True}
    with closing(Database(server.state_dir / "kaggle.sqlite")) as database:
        assert [database.count_active(user, "GPU") for user in ("alice", "bob")] == [0, 1]
        kernel = database.kernel("alice", "shared")
        assert kernel
        (version,) = database.active(kernel.id)
    number = {"kernelSessionId": version.session_id}
    for other in ("alice", "carol", "dave"):
        refused = server.post("CancelKernelSession", other, **number)
        assert refused.status_code == 403
    assert server.call("CancelKernelSession", "bob", **number) == {}
    assert server.ended("shared", "v2")["status"] == "CANCEL_ACKNOWLEDGED"
    unknown = server.post("CancelKernelSession", "bob", kernelSessionId=10**9)
    assert unknown.status_code == 404


def test_roles_change_while_the_server_runs(server: Server) -> None:
    path = server.state_dir / "collaborators.json"
    path.write_text('{"alice/shared": {"dave": "viewer"}}')
    assert server.call("GetKernel", "dave", **_SHARED)
    assert server.post("GetKernel", "bob", **_SHARED).status_code == 403
    path.write_text("{")
    assert server.call("GetKernel", "dave", **_SHARED)
    assert "is not JSON: " in server.stderr
    path.unlink()
    assert server.post("GetKernel", "dave", **_SHARED).status_code == 403


@pytest.mark.parametrize(
    "content", ["[]", '{"a/b": []}', '{"a/b": {"c": "owner"}}', '{"a/b": {"c": 1}}', "null"]
)
def test_a_wrong_file_is_reported(tmp_path: Path, content: str) -> None:
    path = tmp_path / "collaborators.json"
    path.write_text(content)
    with pytest.raises(StateDirError, match="must hold, for each kernel, its users"):
        read_collaborators(path)


def test_the_sessions_of_an_earlier_database_are_those_of_the_owners(tmp_path: Path) -> None:
    """A database that has no column for the starter of a session."""
    path = tmp_path / "kaggle.sqlite"
    settings: Json = {}
    with closing(Database(path)) as database:
        kernel = database.create_kernel("alice", "old", "Older", "script", is_private=True)
        database.add_version(kernel.id, Draft("", settings, "GPU", 1, "t", Status.QUEUED, "bob"))
        database.slots.take(kernel.id, "bob", "GPU", timedelta(hours=1))
    with closing(sqlite3.connect(path)) as connection:
        for table in ("versions", "interactive"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN starter")
        connection.commit()
    for _ in range(2):
        with closing(Database(path)) as database:
            (version,) = database.active(kernel.id)
            assert version.starter == "alice"
            assert database.count_active("alice", "GPU") == 2
            assert database.slots.time_used("alice", "GPU", now() - timedelta(hours=1))
