"""The outputs and the live log of a session: served, contained, and replayed from the start."""

import pytest

from tests.support.local_kaggle import DEADLINE, Server
from tests.support.polling import until
from tests.support.sessions import SLEEP, log_stream

pytestmark = pytest.mark.usefixtures("no_leftovers")

# --- output ---


def test_output_files_are_served_and_contained(server: Server) -> None:
    (server.folder / "secret.txt").write_text("secret")
    code = f"""
import os
open("a b.txt", "w").write("spaced")
open("__notebook__.ipynb", "w").write("hidden")
os.symlink({str(server.folder / "secret.txt")!r}, "leak.txt")
os.symlink("a b.txt", "inside.txt")
os.symlink("loop", "loop")
open(b"bytes-\\xff", "w").close()
os.mkdir("folder")
"""
    server.push("with-files", code)
    assert server.ended("with-files")["status"] == "COMPLETE"
    files = server.call("ListKernelSessionOutput", **server.named("with-files"))["files"]
    assert [file["fileName"] for file in files] == ["a b.txt", "inside.txt"]
    url = files[0]["url"]
    assert url.endswith("/a%20b.txt")
    response = server.session.get(url, timeout=DEADLINE)
    assert response.text == "spaced"
    assert response.headers["Content-Length"] == "6"
    assert response.headers["Last-Modified"].endswith(" GMT")
    base = url.removesuffix("a%20b.txt")
    for path in (
        "leak.txt",
        "..%2f..%2frequest.json",
        "%2e%2e/%2e%2e/request.json",
        "%2fetc%2fpasswd",
        "__notebook__.ipynb",
        "folder",
        "loop",
        "no%00thing",
        "x" * 300,
    ):
        assert server.session.get(base + path, timeout=DEADLINE).status_code == 404, path
    until(lambda: server.stderr.count("GET file of session") > 9, "the lines in the log")
    assert base.split("/")[-2] not in server.stderr


def test_while_it_runs_there_is_no_output(server: Server) -> None:
    server.push("no-output-yet", "open('x', 'w')\n" + SLEEP)
    server.wait_for("no-output-yet", "RUNNING")
    named = server.named("no-output-yet")
    assert server.call("ListKernelSessionOutput", **named) == {
        "files": [],
        "log": "",
        "nextPageToken": "",
    }
    assert server.call("ListKernelFiles", **named)["files"] == []


# --- the log stream ---


def test_a_stream_replays_from_the_start_until_the_end(server: Server) -> None:
    code = """
import os, time
print("one", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
print("two")
"""
    server.push("streamed-run", code)
    server.wait_for("streamed-run", "RUNNING")
    streams = []
    for _ in range(2):  # the second stream starts after the first line
        stream = log_stream(server, "alice/streamed-run?versionLabel=v1")
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        lines = stream.iter_lines(decode_unicode=True)
        assert '"data":"one\\n"' in next(lines)
        streams.append(lines)
    (server.working("streamed-run") / "go").touch()
    for lines in streams:
        rest = [line for line in lines if line]
        assert '"data":"two\\n"' in rest[0]
        assert rest[1:] == ["data: END_OF_LOG"]
    server.ended("streamed-run")
    finished = log_stream(server, "alice/streamed-run")
    assert finished.headers["Content-Type"] == "application/json"
    assert [event["data"] for event in finished.json()] == ["one\n", "two\n"]


def test_closing_a_stream_does_not_harm_the_run(server: Server) -> None:
    server.push("left-alone", "import time\nwhile True: print('x' * 99, flush=True)")
    server.wait_for("left-alone", "RUNNING")
    stream = log_stream(server, "alice/left-alone")
    assert next(stream.iter_lines())
    stream.close()
    server.wait_for("left-alone", "RUNNING")


def test_missing_streams_are_not_found(server: Server) -> None:
    server.push("no-stream", "pass", kernelExecutionType="QUICK_SAVE")
    server.push("empty-log", "pass")
    server.ended("empty-log")
    assert log_stream(server, "alice/no-stream").status_code == 404
    assert log_stream(server, "alice/never-pushed").status_code == 404
    assert log_stream(server, "alice/empty-log?versionLabel=1").status_code == 404
    assert log_stream(server, "alice/empty-log?version=v1").status_code == 400
    assert log_stream(server, "alice/empty-log%2F1").status_code == 404
    assert log_stream(server, "alice/empty-log").json() == []
