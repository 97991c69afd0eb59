"""The answers and errors of the server, tested with plain HTTP requests."""

import contextlib
import socket
import sqlite3
from http import HTTPStatus

import pytest
import requests

from tests.support.local_kaggle import DEADLINE, Json, Server, notebook
from tests.support.polling import until

_SERVICE = "/api/v1/kernels.KernelsApiService"


def _raw(server: Server, head: str, body: str = "") -> tuple[str, str]:
    """Send a request unchanged, and return the status line and the body of the answer."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        text = f"{head}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        connection.sendall(text.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    top, _, rest = answer.partition("\r\n\r\n")
    return top.split("\r\n")[0], rest


def _logged(server: Server, line: str) -> None:
    """Wait for a line in the log; the server writes it after the answer."""
    until(lambda: f" {line}\n" in server.stderr, line)


def _refused(response: requests.Response, code: int, message: str) -> None:
    assert response.status_code == code, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert message in error["message"]
    assert error["status"] == {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        405: "UNIMPLEMENTED",
        409: "ALREADY_EXISTS",
    }.get(code)


# --- authentication ---


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic YWxpY2U6d3Jvbmc=",
        "Basic /////w==",
        "Bearer wrong",
        "Bearer",
        "Digest x",
        "Bearer \u00e9",
    ],
)
def test_every_method_needs_a_credential(server: Server, header: str | None) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    for method in ("ListKernels", "NoSuchMethod"):
        response = server.session.post(
            f"{server.url}{_SERVICE}/{method}", data="{}", headers=headers, timeout=DEADLINE
        )
        _refused(response, 401, "Unauthorized")
    stream = f"{server.url}/api/v1/kernels/logs/stream/alice/x"
    response = server.session.get(stream, headers=headers, timeout=DEADLINE)
    _refused(response, 401, "Unauthorized")


@pytest.mark.parametrize("user", ["", "../alice", "a" * 60, "al/ice"])
def test_a_user_must_be_a_name(server: Server, user: str) -> None:
    _refused(server.post("ListKernels", user), 401, "Unauthorized")


def test_a_token_is_introspected(server: Server) -> None:
    def introspect(request: Json) -> requests.Response:
        url = f"{server.url}/api/v1/security.OAuthService/IntrospectToken"
        return server.session.post(url, json=request, timeout=DEADLINE)

    assert introspect({"token": server.key}).json() == {"active": True, "username": "local"}
    assert introspect({"token": "wrong"}).json() == {"active": False}
    _refused(introspect({"tokn": "x"}), 400, "tokn")
    bearer = {"Authorization": f"Bearer {server.key}"}
    url = f"{server.url}{_SERVICE}/ListKernels"
    response = server.session.post(url, data="{}", headers=bearer, timeout=DEADLINE)
    assert response.json() == {"kernels": [], "nextPageToken": ""}


def test_health_needs_no_key(server: Server) -> None:
    answer = server.session.get(f"{server.url}/healthz", timeout=DEADLINE).json()
    assert answer["ok"] is True
    assert answer["pid"] == server.process.pid
    assert len(answer["home"]) == 64


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("/healthz", "localhost", 200),
        ("/healthz", "LOCALHOST:80", 200),
        ("/healthz", "[::1]:99", 200),
        ("http://localhost/healthz", "localhost", 200),
        ("http://127.0.0.1:1/healthz", "localhost", 200),
        ("/healthz", "evil.example", 403),
        ("/healthz", "localhost.evil.example", 403),
        ("http://evil.example/healthz", "localhost", 403),
        ("http://localhost@evil.example/healthz", "localhost", 403),
        ("//evil.example/healthz", "localhost", 403),
        ("http://[/healthz", "localhost", 400),
    ],
)
def test_only_this_machine_is_served(server: Server, target: str, host: str, status: int) -> None:
    line, body = _raw(server, f"GET {target} HTTP/1.1\r\nHost: {host}")
    assert line.split()[1] == str(status), body


# --- requests ---


def test_unknown_routes_are_not_found_and_logged(server: Server) -> None:
    key = ("alice", server.key)
    for path in (
        f"{_SERVICE}/Nothing",
        "/api/v1/kernels.OtherService/GetKernel",
        "/api/v2/kernels.KernelsApiService/GetKernel",
        "/",
    ):
        response = server.session.post(server.url + path, auth=key, timeout=DEADLINE)
        _refused(response, 404, path)
    _refused(server.session.get(server.url + "/x", auth=key, timeout=DEADLINE), 404, "/x")
    _refused(server.session.put(server.url + "/x", auth=key, timeout=DEADLINE), 405, "")
    _logged(server, "POST /api/v1/kernels.KernelsApiService/Nothing 404")
    assert server.key not in server.stderr


def test_the_path_without_api_works_too(server: Server) -> None:
    url = f"{server.url}/v1/kernels.KernelsApiService/ListKernels"
    response = server.session.post(url, auth=("alice", server.key), timeout=DEADLINE)
    assert response.status_code == 200


def test_bad_fields_are_named(server: Server) -> None:
    _refused(server.post("GetKernel", username="x"), 400, '"username"')
    _refused(server.post("GetKernel", userName=5), 400, "'userName'")
    _refused(server.post("SaveKernel", kernelType="book"), 400, "notebook, script")
    _refused(server.post("ListKernels", pageSize=-1), 400, "page")
    _refused(server.post("ListKernels", page=-1), 400, "page")
    _refused(server.post("ListKernels", pageToken="x"), 400, "page")


def test_a_body_too_large_is_refused(server: Server) -> None:
    head = f"POST {_SERVICE}/SaveKernel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999"
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_log_cannot_be_forged(server: Server) -> None:
    server.post("GetKernel", userName="alice", kernelSlug="x\n00:00:00 POST forged")
    _logged(server, "GetKernel alice/x?00?00?00?POST?forged 404")


# --- SaveKernel ---


def _request(slug: str, **more: object) -> Json:
    return {
        "slug": f"alice/{slug}",
        "newTitle": slug.replace("-", " ").title(),
        "text": "pass",
        "language": "python",
        "kernelType": "script",
        "kernelExecutionType": "QUICK_SAVE",
        **more,
    }


def _save(server: Server, slug: str, **more: object) -> Json:
    return server.call("SaveKernel", **_request(slug, **more))


def test_a_version_is_saved_without_a_run(server: Server) -> None:
    answer = _save(server, "quick-save", text="one", machineShape="NvidiaTeslaT4")
    assert answer["ref"] == "/alice/quick-save"
    assert answer["url"] == "https://www.kaggle.com/code/alice/quick-save"
    assert answer["versionNumber"] == 1
    assert _save(server, "quick-save", newTitle=None, text="two")["versionNumber"] == 2
    _refused(server.post("GetKernelSessionStatus", **server.named("quick-save")), 404, "run")
    first = server.call("GetKernel", **server.named("quick-save", "v1"))
    assert first["blob"] == {
        "source": "one",
        "language": "python",
        "kernelType": "script",
        "slug": "quick-save",
    }
    metadata = first["metadata"]
    assert metadata["id"] == answer["kernelId"]
    assert metadata["ref"] == "alice/quick-save"
    assert metadata["currentVersionNumber"] == 2
    assert metadata["machineShape"] == "NvidiaTeslaT4"
    assert server.call("GetKernel", **server.named("quick-save"))["blob"]["source"] == "two"


def test_a_new_kernel_gets_the_slug_of_its_title(server: Server) -> None:
    answer = _save(server, "another-name", newTitle="It's 3.5 GB, Ünïcode")
    assert answer["ref"] == "/alice/it-s-3-5-gb-unicode"
    _refused(server.post("GetKernel", **server.named("another-name")), 404, "another-name")
    # The slug in the request is not the kernel's: a second push collides with the first.
    again = _request("another-name", newTitle="It's 3.5 GB, Ünïcode")
    _refused(server.post("SaveKernel", **again), 409, "already in use by a notebook")


def test_a_title_belongs_to_one_kernel(server: Server) -> None:
    _save(server, "first-title")
    _save(server, "second-title")
    stolen = _request("second-title", newTitle="FIRST title")
    _refused(server.post("SaveKernel", **stolen), 409, "choose another title")
    _save(server, "first-title", newTitle="Changed Title")
    changed = server.call("GetKernel", **server.named("first-title"))["metadata"]
    assert changed["title"] == "Changed Title"
    _save(server, "second-title", newTitle="First Title")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"newTitle": "x" * 51}, "cannot exceed 50"),
        ({"newTitle": "four"}, "at least 5"),
        ({"newTitle": "?!?!?!"}, "letters or digits"),
        ({"newTitle": None}, "needs a title"),
        ({"text": None}, "'text' is required"),
        ({"language": None}, "'language' is required"),
        ({"kernelType": None}, "'kernelType' is required"),
        ({"language": "r"}, "runs scripts in Python only"),
        ({"sessionTimeoutSeconds": 0}, "'sessionTimeoutSeconds'"),
        ({"kernelType": "notebook", "text": "no"}, "not a notebook"),
        ({"kernelType": "notebook", "text": "[1]"}, "not a notebook"),
        ({"kernelType": "notebook", "text": '{"cells": 1}'}, "not a notebook"),
        ({"kernelType": "notebook", "text": "[" * 100_000}, "not a notebook"),
        ({"text": "é" * 500_001}, "less than 1 megabytes"),
        ({"kernelExecutionType": "INTER_ACTIVE"}, "kernelExecutionType"),
    ],
)
def test_invalid_kernels_are_refused(server: Server, more: Json, message: str) -> None:
    _refused(server.post("SaveKernel", **_request("never-saved", **more)), 400, message)
    _refused(server.post("GetKernel", **server.named("never-saved")), 404, "never-saved")


def test_a_megabyte_is_just_allowed(server: Server) -> None:
    assert _save(server, "a-megabyte", text="é" * 500_000)["versionNumber"] == 1


def test_the_type_of_a_kernel_cannot_change(server: Server) -> None:
    _save(server, "of-one-type")
    other = _request("of-one-type", kernelType="notebook", text=notebook())
    _refused(server.post("SaveKernel", **other), 400, "cannot change")


@pytest.mark.parametrize("slug", ["bob/of-another", "no-owner", "", None])
def test_only_the_owner_saves(server: Server, slug: str | None) -> None:
    answer = server.call("SaveKernel", **{**_request("of-another"), "slug": slug})
    assert answer == {"error": "Notebook not found"}


def test_the_id_wins_over_the_slug(server: Server) -> None:
    number = _save(server, "by-number")["kernelId"]
    answer = _save(server, "some-other-name", id=number, newTitle=None)
    assert (answer["ref"], answer["versionNumber"]) == ("/alice/by-number", 2)
    assert _save(server, "by-number", id=10**9) == {"error": "Notebook not found"}
    foreign = server.call("SaveKernel", "bob", **_request("by-number", id=number))
    assert foreign == {"error": "Notebook not found"}


def test_missing_sources_are_dropped(server: Server) -> None:
    for folder in (
        "datasets/bob/words",
        "competitions/titanic",
        "notebooks/bob/other-work",
        "models/google/gemma/transformers/2b/2",
    ):
        (server.inputs / folder).mkdir(parents=True)
    asked = {
        "datasetDataSources": ["bob/words", "bob/words/3", "bob/none", "", "../../etc", "a/b/c/d"],
        "competitionDataSources": ["titanic", "c/titanic"],
        "kernelDataSources": ["bob/other-work", "alice/never-run", "bob"],
        "modelDataSources": ["google/gemma/transformers/2b/2", "google/gemma/transformers/2b"],
    }
    answer = _save(server, "with-sources", **asked)
    assert answer["invalidDatasetSources"] == ["bob/none", "", "../../etc", "a/b/c/d"]
    assert answer["invalidCompetitionSources"] == ["c/titanic"]
    assert answer["invalidKernelSources"] == ["alice/never-run", "bob"]
    assert answer["invalidModelSources"] == ["google/gemma/transformers/2b"]
    metadata = server.call("GetKernel", **server.named("with-sources"))["metadata"]
    assert metadata["datasetDataSources"] == ["bob/words", "bob/words/3"]
    assert metadata["kernelDataSources"] == ["bob/other-work"]
    for field, source, found in (
        ("dataset", "bob/words", True),
        ("competition", "digits", False),
        ("parentKernel", "bob/other-work", True),
    ):
        listed = server.call("ListKernels", group="PROFILE", **{field: source})["kernels"]
        assert bool(listed) is found, field


# --- reading ---


def test_version_labels(server: Server) -> None:
    _save(server, "many-versions")
    _save(server, "many-versions")
    number = server.call("GetKernel", **server.named("many-versions", "v2"))["metadata"]
    assert number["currentVersionNumber"] == 2
    for label in ("2", "v3", "latest"):
        named = server.named("many-versions", label)
        _refused(server.post("GetKernel", **named), 404, label)
    slashed = server.named("many-versions/2")
    _refused(server.post("GetKernel", **slashed), 403, "'kernels.get' was denied")
    for method in ("GetKernelSessionStatus", "ListKernelSessionOutput", "ListKernelFiles"):
        _refused(server.post(method, **slashed), 404, "many-versions/2")


def test_private_kernels_are_only_for_their_owner(server: Server) -> None:
    _save(server, "kept-private")
    _save(server, "made-public", isPrivate=False)
    private, public = server.named("kept-private"), server.named("made-public")
    _refused(server.post("GetKernel", "bob", **private), 403, "Permission 'kernels.get'")
    _refused(server.post("DeleteKernel", "bob", **private), 403, "Permission")
    # The answer does not reveal whether the kernel exists.
    _refused(server.post("GetKernel", "bob", **server.named("no-such")), 403, "Permission")
    assert server.call("GetKernel", "bob", **public)["metadata"]["isPrivate"] is False
    _refused(server.post("DeleteKernel", "bob", **public), 403, "'kernels.delete'")
    mine = server.call("ListKernels", "bob", group="PROFILE")["kernels"]
    everyone = server.call("ListKernels", "bob", group="EVERYONE")["kernels"]
    assert not mine
    assert [kernel["slug"] for kernel in everyone] == ["made-public"]


def test_kernels_are_listed_in_pages(server: Server) -> None:
    for number in range(3):
        _save(server, f"listed-{number}")
    _save(server, "listed-0")
    asked = {"group": "PROFILE", "search": "LISTED", "pageSize": 2, "user": "alice"}
    first = server.call("ListKernels", **asked)
    assert [kernel["slug"] for kernel in first["kernels"]] == ["listed-0", "listed-2"]
    rest = server.call("ListKernels", **asked, pageToken=first["nextPageToken"])
    assert [kernel["slug"] for kernel in rest["kernels"]] == ["listed-1"]
    assert rest["nextPageToken"] == ""
    assert server.call("ListKernels", **asked, page=2) == rest
    created = server.call("ListKernels", **asked, sortBy="DATE_CREATED")["kernels"]
    assert [kernel["slug"] for kernel in created] == ["listed-2", "listed-1"]
    assert not server.call("ListKernels", search="listed", kernelType="notebook")["kernels"]


def test_unknown_sessions_are_not_found(server: Server) -> None:
    _refused(server.post("CancelKernelSession", kernelSessionId=10**9), 404, "session")
    _refused(server.post("CancelKernelSession"), 404, "session")


@pytest.mark.parametrize("path", ["/kf/1/x/a.txt", "/kf/99999999/x/a.txt", "/kf/x/y/z"])
def test_files_need_their_token(server: Server, path: str) -> None:
    code = server.session.get(
        server.url + path, auth=("alice", server.key), timeout=DEADLINE
    ).status_code
    assert code == HTTPStatus.NOT_FOUND


def test_a_failing_database_is_a_server_error(own_server: Server) -> None:
    """A full disk makes the database fail: the answer is 500, and no partial version is saved."""
    with contextlib.closing(sqlite3.connect(own_server.state_dir / "kaggle.sqlite")) as database:
        database.execute("ALTER TABLE versions RENAME TO elsewhere")
        response = own_server.post("SaveKernel", **_request("half-saved"))
        assert response.status_code == 500
        error = {"code": 500, "message": "Internal Server Error", "status": "INTERNAL"}
        assert response.json() == {"error": error}
        database.execute("ALTER TABLE elsewhere RENAME TO versions")
        assert database.execute("SELECT * FROM kernels").fetchall() == []
    assert _save(own_server, "half-saved")["versionNumber"] == 1
    assert "SaveKernel alice/half-saved failed" in own_server.stderr
