"""The stock command line creates datasets, atomically, and kernels read them."""

import io
import json
import re
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from nbship.local.protocol.validation import ApiError
from nbship.local.storage import uploads
from nbship.local.storage.unpack import Budget, UnpackError, put
from tests.support.local_kaggle import DEADLINE, Json, Server
from tests.support.polling import until

_READ = """
import os
for folder, _, names in sorted(os.walk("/kaggle/input/datasets/alice/made-here", followlinks=True)):
    for name in sorted(names):
        print(os.path.relpath(os.path.join(folder, name), "/kaggle/input"))
"""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kaggle"), ("--faults",)).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


def _rpc(
    server: Server, method: str, user: str = "alice", /, **request: object
) -> requests.Response:
    service = "blobs.BlobApiService" if "Blob" in method else "datasets.DatasetApiService"
    url = f"{server.url}/api/v1/{service}/{method}"
    return server.session.post(url, json=request, auth=(user, server.key), timeout=DEADLINE)


def _start(server: Server, name: str, length: int) -> Json:
    answer = _rpc(
        server, "StartBlobUpload", type="DATASET", name=name, contentLength=length,
        lastModifiedEpochSeconds=1,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _put(server: Server, url: str, content: bytes = b"", range_: str = "") -> requests.Response:
    headers = {"Content-Range": range_} if range_ else {}
    return server.session.put(url, data=content, headers=headers, timeout=DEADLINE)


def _uploaded(server: Server, name: str, content: bytes) -> Json:
    """Upload a file, and return how a dataset names it."""
    started = _start(server, name, len(content))
    assert _put(server, started["createUrl"], content).status_code == 200
    return {"token": started["token"]}


def _create(server: Server, slug: str, /, *files: Json, **more: object) -> requests.Response:
    request = {
        "ownerSlug": "alice",
        "slug": slug,
        "title": slug.replace("-", " ").title(),
        "licenseName": "CC0-1.0",
        "isPrivate": True,
        "files": list(files),
        **more,
    }
    return _rpc(server, "CreateDataset", **request)


def _zip(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _content(server: Server, slug: str, number: int = 1) -> dict[str, str]:
    folder = server.state_dir / "datasets" / "alice" / slug / f"v{number}"
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


# --- with the stock command line ---


def test_the_stock_command_line_makes_versions_that_kernels_read(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--dataset-delay", "1000")).start()
    folder = tmp_path / "data"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "deep" / "a.txt").write_text("one")
    (folder / "b.csv").write_text("x,y\n")
    (folder / "empty").write_text("")
    metadata = {"title": "Made Here", "id": "alice/made-here", "licenses": [{"name": "CC0-1.0"}]}
    (folder / "dataset-metadata.json").write_text(json.dumps(metadata))
    output = server.kaggle("datasets", "create", "-p", str(folder), "-r", "zip")
    assert "Your private Dataset is being created" in output, output
    assert "https://www.kaggle.com/datasets/alice/made-here" in output
    # The version is not READY yet: a kernel that is pushed now runs without it.
    answer = server.push("reads-too-early", _READ, datasetDataSources=["alice/made-here"])
    assert answer["invalidDatasetSources"] == ["alice/made-here"]
    named = {"ownerSlug": "alice", "datasetSlug": "made-here"}
    assert _rpc(server, "GetDatasetStatus", **named).json() == {"status": "BLOBS_RECEIVED"}
    description = server.state_dir / "datasets" / "alice" / "made-here" / "dataset.json"
    # The delay is over.
    description.write_text(re.sub('"ready": "[^"]*"', '"ready": ""', description.read_text()))
    assert server.kaggle("datasets", "status", "alice/made-here").strip() == "ready"
    answer = server.push("reads-it", _READ, datasetDataSources=["alice/made-here"])
    assert answer["invalidDatasetSources"] == []
    server.ended("reads-it")
    assert server.log("reads-it").splitlines() == [
        "datasets/alice/made-here/b.csv",
        "datasets/alice/made-here/empty",
        "datasets/alice/made-here/src/deep/a.txt",
    ]
    (folder / "b.csv").unlink()
    output = server.kaggle("datasets", "version", "-p", str(folder), "-m", "two", "-r", "tar")
    assert "is being created" in output, output
    assert _content(server, "made-here", 2) == {"empty": "", "src/deep/a.txt": "one"}
    # Kernels read the first version until the second is READY.
    first = server.push("reads-it", _READ, datasetDataSources=["alice/made-here"])
    assert first["invalidDatasetSources"] == []
    again = server.kaggle("datasets", "create", "-p", str(folder), "-r", "zip")
    assert "already in use by a dataset" in again
    assert not list((server.state_dir / "uploads").iterdir())
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


# --- uploads ---


def test_an_upload_is_resumed_where_it_broke_off(hasty: Server) -> None:
    content = bytes(range(256)) * 4000
    started = _start(hasty, "big.bin", len(content))
    url = started["createUrl"]
    port = int(hasty.url.rpartition(":")[2])
    head = (
        f"PUT {url.removeprefix(hasty.url)} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall(head.encode() + content[:500_000])
        path = hasty.state_dir / "uploads" / started["token"]
        until(lambda: path.stat().st_size >= 500_000, "the first half")
        assert _put(hasty, url, content).status_code == 503  # another request is sending it

    def query() -> requests.Response | None:
        answer = _put(hasty, url, range_=f"bytes */{len(content)}")
        return answer if answer.status_code != 503 else None

    answer = until(query, "the end of the first half")
    assert (answer.status_code, answer.headers["Range"]) == (308, "bytes=0-499999")
    whole = len(content)
    for wrong in ("bytes 0-9/10", "bytes 7-8/1024000", "lines 1-2/3", f"bytes 500000-9/{whole}"):
        assert _put(hasty, url, b"x", wrong).status_code == 400, wrong
    assert _create(hasty, "half-uploaded", {"token": started["token"]}).status_code == 400
    rest = f"bytes 500000-{whole - 1}/{whole}"
    assert _put(hasty, url, content[500_000:], rest).status_code == 200
    assert _put(hasty, url, range_=f"bytes */{whole}").status_code == 200
    assert path.read_bytes() == content


def test_an_upload_may_not_grow(hasty: Server) -> None:
    started = _start(hasty, "small.bin", 3)
    url, path = started["createUrl"], hasty.state_dir / "uploads" / started["token"]
    for body in (b"1234", iter([b"12", b"34"])):
        try:
            answer = hasty.session.put(url, data=body, timeout=DEADLINE)
            assert answer.status_code == 400
        except requests.ConnectionError:
            pass  # the server refused it before the end
        until(lambda: _put(hasty, url, range_="bytes */3").status_code == 308, "its end")
        assert path.stat().st_size <= 3
    assert "Range" not in _put(hasty, url, range_="bytes */3").headers or path.stat().st_size
    assert _put(hasty, url, b"123").status_code == 200
    for unknown in ("x", "y" * 32, "..%2F..%2Fx"):
        assert _put(hasty, f"{hasty.url}/upload/{unknown}", b"1").status_code == 404
    assert hasty.session.post(url, timeout=DEADLINE).status_code == 404


def test_a_full_disk_is_reported(hasty: Server) -> None:
    started = _start(hasty, "too-big.bin", 4_000_000)
    limits = psutil.Process(hasty.process.pid).rlimit(psutil.RLIMIT_FSIZE)
    psutil.Process(hasty.process.pid).rlimit(psutil.RLIMIT_FSIZE, (3_000_000, limits[1]))
    answer = _put(hasty, started["createUrl"], b"x" * 4_000_000)
    psutil.Process(hasty.process.pid).rlimit(psutil.RLIMIT_FSIZE, limits)
    assert answer.status_code == 507
    assert "The upload was not saved: File too large" in answer.text
    assert _put(hasty, started["createUrl"], b"x" * 4_000_000).status_code == 200


def test_the_number_of_unfinished_uploads_is_limited(tmp_path: Path) -> None:
    ours = uploads.Uploads(tmp_path, "http://127.0.0.1", most_at_once=2)
    request = {"type": "DATASET", "name": "a.txt", "contentLength": 1}
    tokens = [ours.start("alice", request)["token"] for _ in range(2)]
    with pytest.raises(ApiError, match="2 uploads are unfinished"):
        ours.start("alice", request)
    assert ours.start("bob", request)["token"] not in tokens
    (tmp_path / f"{tokens[0]}.json").write_text("{")  # a partial file, after a crash
    assert ours.find(tokens[0]) is None
    assert ours.start("alice", request)


@pytest.mark.parametrize("budget", [Budget(files=1), Budget(size=8)])
def test_the_content_of_an_archive_is_limited(tmp_path: Path, budget: Budget) -> None:
    (tmp_path / "up").write_bytes(_zip(a="12345", b="12345"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnpackError, match="too large"):
        put(tmp_path / "up", "up.zip", tmp_path / "folder", budget)


def test_an_upload_goes_wrong_on_demand(hasty: Server) -> None:
    started = _start(hasty, "faulty.bin", 3)
    url, path = started["createUrl"], hasty.state_dir / "uploads" / started["token"]
    path.write_bytes(b"1")
    rule = {"call": "upload", "action": "status", "status": 503}
    hasty.control.set_faults(rule, {**rule, "phase": "after"})
    assert _put(hasty, url, b"123").status_code == 503
    assert path.read_bytes() == b"1"  # the call was not executed
    assert _put(hasty, url, b"123").status_code == 503
    assert path.read_bytes() == b"123"
    entries = hasty.control.entries()
    assert [entry["effect"] for entry in entries[-2:]] == ["", "uploaded faulty.bin"]
    _create(hasty, "from-faulty", {"token": started["token"]})
    entries = hasty.control.entries()
    assert entries[-1]["effect"] == "dataset alice/from-faulty"


@pytest.mark.parametrize(
    "request_",
    [
        {"name": "../x"}, {"name": ""}, {"name": "a/b"}, {"name": "a\\b"}, {"name": "a\0"},
        {"name": ".."}, {"name": "\x1b[0m"}, {"name": "x" * 300}, {"contentLength": -1},
        {"contentLength": 2**40}, {"type": "MODEL"}, {"type": None}, {"colour": "red"},
    ],
)  # fmt: skip
def test_invalid_uploads_are_refused(hasty: Server, request_: Json) -> None:
    request = {"type": "DATASET", "name": "a", "contentLength": 1, **request_}
    assert _rpc(hasty, "StartBlobUpload", **request).status_code == 400


# --- datasets ---


def test_archives_are_unpacked_into_a_folder_of_their_name(hasty: Server) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("./x", "./y/z"):
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"t"))
    files = [
        _uploaded(hasty, "src.zip", _zip(**{"mri/a.py": "a", "b.py": "b", "mri/": ""})),
        _uploaded(hasty, "more.tar.gz", buffer.getvalue()),
        _uploaded(hasty, "no-zip.zip", b"text"),
        _uploaded(hasty, ".zip", _zip(a="a")[:0] + b"hidden"),
    ]
    assert _create(hasty, "unpacked", *files).json()["status"] == "ok"
    assert _content(hasty, "unpacked") == {
        "src/mri/a.py": "a", "src/b.py": "b", "more/x": "t", "more/y/z": "t",
        "no-zip.zip": "text", ".zip": "hidden",
    }  # fmt: skip


def _tar(member: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(member)
    return buffer.getvalue()


def _special(kind: bytes) -> bytes:
    member = tarfile.TarInfo("special")
    member.type, member.linkname = kind, "/etc/passwd"
    return _tar(member)


def _linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.zip", _zip(**{"../../evil": "x"}), "not a valid file name"),
        ("a.zip", _zip(**{"/etc/evil": "x"}), "not a valid file name"),
        ("a.zip", _zip(**{"a\\b": "x"}), "not a valid file name"),
        ("a.zip", _zip(**{"a": "x", "a/b": "y"}), "twice"),
        ("a.zip", _zip(a="x" * 999).replace(b"x" * 99, b"y" * 99), "broken"),
        ("a.zip", _linked(), "neither a file nor a folder"),
        ("a.tar", _tar(tarfile.TarInfo("../evil")), "not a valid file name"),
        ("a.tar", _special(tarfile.SYMTYPE), "neither a file nor a folder"),
        ("a.tar", _special(tarfile.LNKTYPE), "neither a file nor a folder"),
        ("a.tar", _special(tarfile.FIFOTYPE), "neither a file nor a folder"),
        ("a.tar", _special(tarfile.CHRTYPE), "neither a file nor a folder"),
    ],
)
def test_a_hostile_archive_leaves_nothing(
    hasty: Server, name: str, content: bytes, message: str
) -> None:
    answer = _create(hasty, "hostile-one", _uploaded(hasty, name, content)).json()
    assert answer["status"] == "error"
    assert message in answer["error"]
    folder = hasty.state_dir / "datasets" / "alice" / "hostile-one"
    assert list(folder.iterdir()) == []
    status = _rpc(hasty, "GetDatasetStatus", ownerSlug="alice", datasetSlug="hostile-one")
    assert status.status_code == 404
    assert not list(hasty.folder.rglob("evil"))


def test_a_name_that_occurs_twice_is_refused(hasty: Server) -> None:
    files = [_uploaded(hasty, "a.txt", b"1"), _uploaded(hasty, "a.txt", b"2")]
    assert "occurs twice" in _create(hasty, "twice-named", *files).json()["error"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ownerSlug": "bob"}, 403),
        ({"slug": "short"}, 400),
        ({"slug": "x" * 51}, 400),
        ({"slug": "../../evil"}, 400),
        ({"title": "short"}, 400),
        ({"licenseName": None}, 400),
        ({"files": []}, 400),
        ({"files": [{"token": "x" * 32}]}, 400),
        ({"files": [{}]}, 400),
        ({"files": [{"path": "/etc/passwd"}]}, 400),
        ({"directories": []}, 400),
    ],
)
def test_invalid_datasets_are_refused(hasty: Server, more: Json, code: int) -> None:
    file = {} if "files" in more else _uploaded(hasty, "a.txt", b"1")
    assert _create(hasty, "never-made", file, **more).status_code == code
    assert not (hasty.state_dir / "datasets" / "alice" / "never-made").exists()


def test_only_its_owner_reads_a_private_dataset(hasty: Server) -> None:
    _create(hasty, "private-data", _uploaded(hasty, "a.txt", b"1"))
    _create(hasty, "public-data", _uploaded(hasty, "a.txt", b"1"), isPrivate=False)
    private = {"ownerSlug": "alice", "datasetSlug": "private-data"}
    public = {"ownerSlug": "alice", "datasetSlug": "public-data"}
    for method in ("GetDatasetStatus", "GetDataset", "CreateDatasetVersion"):
        assert _rpc(hasty, method, "bob", **private).status_code == 403
        unknown = {**private, "datasetSlug": "no-such-data"}
        assert _rpc(hasty, method, "bob", **unknown).status_code == 403
    assert _rpc(hasty, "GetDatasetStatus", "bob", **public).json() == {"status": "READY"}
    assert _rpc(hasty, "CreateDatasetVersion", "bob", **public).status_code == 403
    got = _rpc(hasty, "GetDataset", "bob", **public).json()
    assert (got["ref"], got["currentVersionNumber"]) == ("alice/public-data", 1)
    request = {
        "slug": "bob/reads-others",
        "newTitle": "Reads Others",
        "text": "pass",
        "language": "python",
        "kernelType": "script",
        "kernelExecutionType": "QUICK_SAVE",
        "datasetDataSources": ["alice/private-data", "alice/public-data", "alice/public-data/2"],
    }
    answer = hasty.call("SaveKernel", "bob", **request)
    assert answer["invalidDatasetSources"] == ["alice/private-data", "alice/public-data/2"]
    foreign = _start(hasty, "of-alice", 0)
    mine = {"ownerSlug": "bob", "slug": "of-bob-now", "title": "Of Bob Now", "licenseName": "x"}
    stolen = _rpc(hasty, "CreateDataset", "bob", **mine, files=[{"token": foreign["token"]}])
    assert stolen.status_code == 400


def test_datasets_in_the_inputs_folder_are_ready(hasty: Server) -> None:
    (hasty.inputs / "datasets" / "eve" / "given").mkdir(parents=True)
    given = _rpc(hasty, "GetDatasetStatus", ownerSlug="eve", datasetSlug="given")
    assert given.json() == {"status": "READY"}
    for owner, slug in (("alice", "none-such"), ("alice", "../x"), ("", "")):
        status = _rpc(hasty, "GetDatasetStatus", ownerSlug=owner, datasetSlug=slug).status_code
        assert status in (403, 404)


def test_old_versions_are_deleted_and_partial_ones_ignored(hasty: Server) -> None:
    named = {"ownerSlug": "alice", "datasetSlug": "many-versions"}
    _create(hasty, "many-versions", _uploaded(hasty, "a.txt", b"1"))
    again = _create(hasty, "another-slug", _uploaded(hasty, "a.txt", b"1"), title="MANY versions")
    assert "already in use by a dataset" in again.json()["error"]
    folder = hasty.state_dir / "datasets" / "alice" / "many-versions"
    (folder / "v2").mkdir()  # left over from a server that was killed before it listed the version
    (folder / "v2" / "left").write_text("over")
    (folder / "half").mkdir()
    (folder / "half" / "left").write_text("over")
    body: Json = {"versionNotes": "second", "files": [_uploaded(hasty, "b.txt", b"2")]}
    assert _rpc(hasty, "CreateDatasetVersion", **named, body=body).json()["status"] == "ok"
    assert _content(hasty, "many-versions", 2) == {"b.txt": "2"}
    body = {"deleteOldVersions": True, "files": [_uploaded(hasty, "c.txt", b"3")]}
    assert _rpc(hasty, "CreateDatasetVersion", **named, body=body).json()["status"] == "ok"
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.json", "v3"]
    body = {"files": [_uploaded(hasty, "a.zip", _zip(**{"../x": "x"}))]}
    assert _rpc(hasty, "CreateDatasetVersion", **named, body=body).json()["status"] == "error"
    assert _rpc(hasty, "GetDataset", **named).json()["currentVersionNumber"] == 3
    assert re.search(r'"number": 3', (folder / "dataset.json").read_text())
