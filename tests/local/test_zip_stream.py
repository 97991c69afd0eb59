"""The output of a session as one zip file."""

import io
import os
import zipfile
from pathlib import Path

import pytest
import requests

from nbship.local.sessions.zip_stream import zip_parts
from tests.support.local_kaggle import DEADLINE, Json, Server
from tests.support.polling import until

_CODE = """
import os, random
os.makedirs("sub")
open("a b.txt", "w").write("one")
open("sub/\u0253.bin", "wb").write(random.Random(1).randbytes(600_000))
open("old.txt", "w").close()
os.utime("old.txt", (0, 0))
os.symlink("/etc/passwd", "passwd")
"""


@pytest.fixture(scope="module")
def session(server: Server) -> Json:
    """Run a script, and return the list of its output."""
    server.push("left-much", _CODE)
    assert server.ended("left-much")["status"] == "COMPLETE"
    return server.call("ListKernelSessionOutput", **server.named("left-much"))


def _number(listed: Json) -> int:
    return int(listed["files"][0]["url"].split("/kf/")[1].split("/")[0])


def _zip(server: Server, number: int, user: str = "alice") -> requests.Response:
    return server.post("DownloadKernelOutputZip", user, kernelSessionId=number)


def test_the_zip_holds_the_listed_files(server: Server, session: Json) -> None:
    answer = _zip(server, _number(session))
    assert answer.headers["Content-Type"] == "application/zip"
    assert 'filename="left-much-v1.zip"' in answer.headers["Content-Disposition"]
    assert "Content-Length" not in answer.headers  # the zip is compressed while it is sent
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [file["fileName"] for file in session["files"]]
        for file in session["files"]:
            alone = server.session.get(file["url"], timeout=DEADLINE).content
            assert archive.read(file["fileName"]) == alone
    assert {"a b.txt", "old.txt", "sub/\u0253.bin"} == set(archive.namelist())


def test_the_alias_gives_the_same_zip(server: Server, session: Json) -> None:
    url = f"{server.url}/api/v1/kernels/output/download_zip/{_number(session)}"
    answer = server.session.get(url, auth=("alice", server.key), timeout=DEADLINE)
    assert answer.content == _zip(server, _number(session)).content


def test_only_the_owner_gets_a_private_zip(server: Server, session: Json) -> None:
    number = _number(session)
    assert _zip(server, number, "bob").status_code == 404
    server.push("left-much", "pass", isPrivate=False, kernelExecutionType="QUICK_SAVE")
    assert _zip(server, number, "bob").status_code == 200
    assert _zip(server, 999_999).status_code == 404
    assert server.post("DownloadKernelOutputZip").status_code == 404


def test_there_is_no_zip_before_the_end_or_without_a_run(server: Server) -> None:
    server.push("goes-on", "import time; time.sleep(1000)")
    server.wait_for("goes-on", "RUNNING")
    path = server.working("goes-on").parents[1] / "request.json"
    name = until(lambda: path.exists() and path.read_text(), "the request")
    number = int(str(name).split("-webtier")[0].rsplit("-", 1)[1])
    early = _zip(server, number)
    assert early.status_code == 404
    assert "has not ended" in early.json()["error"]["message"]
    server.call("CancelKernelSession", kernelSessionId=number)
    server.ended("goes-on")
    assert zipfile.ZipFile(io.BytesIO(_zip(server, number).content)).namelist() == []
    server.push("goes-on", "pass", kernelExecutionType="QUICK_SAVE")
    assert _zip(server, number + 1).status_code == 404


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "world" / "working").mkdir(parents=True)
    return tmp_path


def test_the_zip_is_compressed_while_it_is_sent(folder: Path) -> None:
    content = os.urandom(1 << 20)
    (folder / "world" / "working" / "big.bin").write_bytes(content)
    parts = list(zip_parts(folder))
    assert max(map(len, parts)) < len(content)
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        assert archive.read("big.bin") == content
