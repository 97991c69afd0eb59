"""The stock kaggle command line works against the server, unmodified."""

import json
from pathlib import Path

import pytest

from tests.local.server import Server, notebook

_SHELL = "os.system('echo from the shell')"
_READ = """
import os, sys
print("read", open("/kaggle/input/datasets/bob/words/word.txt").read())
print("old place", open("/kaggle/input/words/word.txt").read())
print("no newline", end="")
"""
_WRITE = """
print("to <stderr> é", file=sys.stderr)
os.makedirs("sub")
open("/kaggle/working/sub/b c.txt", "w").write("deep")
open("a.txt", "w").write("x" * 100_000)
print(sorted(name for name in os.environ if name.startswith("KAGGLE_")))
"""


def _folder(server: Server, name: str, **metadata: object) -> Path:
    folder = server.folder / name
    folder.mkdir()
    content = {
        "id": f"alice/{name}",
        "title": name.replace("-", " ").title(),
        "code_file": "code.ipynb",
        "language": "python",
        "kernel_type": "notebook",
        "enable_internet": False,
        **metadata,
    }
    (folder / "kernel-metadata.json").write_text(json.dumps(content))
    (folder / "code.ipynb").write_text(notebook(_READ, _WRITE, _SHELL))
    return folder


@pytest.fixture(scope="module")
def pushed(server: Server) -> Server:
    """Push a notebook and follow its log to the end."""
    words = server.inputs / "datasets" / "bob" / "words"
    words.mkdir(parents=True)
    (words / "word.txt").write_text("wolof")
    folder = _folder(
        server, "my-kernel", dataset_sources=["bob/words", "bob/none"], keywords=["nlp"]
    )
    said = server.kaggle("kernels", "push", "-p", str(folder))
    assert "not valid dataset sources and could not be added to the kernel: ['bob/none']" in said
    assert (
        "Kernel version 1 successfully pushed.  Please check progress at"
        " https://www.kaggle.com/code/alice/my-kernel\n"
    ) in said
    server.wait_for("my-kernel", "RUNNING")
    (server.folder / "followed").write_text(
        server.kaggle("kernels", "logs", "-f", "alice/my-kernel")
    )
    server.ended("my-kernel")
    return server


def test_logs_follow_until_the_end(pushed: Server) -> None:
    lines = (pushed.folder / "followed").read_text().splitlines()
    # Within a cell, the order of its streams is ipykernel's.
    assert lines[:3] == ["read wolof", "old place wolof", "no newline"]
    names = "KAGGLE_CONTAINER_NAME KAGGLE_KERNEL_RUN_TYPE KAGGLE_URL_BASE KAGGLE_WORLD"
    assert sorted(lines[3:-4]) == [str(names.split()), "from the shell", "to <stderr> é"]
    assert lines[-4] == "[NbConvertApp] Converting notebook __notebook__.ipynb to notebook"


def test_logs_when_finished(pushed: Server) -> None:
    text = pushed.kaggle("kernels", "logs", "alice/my-kernel")
    assert text.startswith('[{"stream_name":"stdout","time":')
    assert r'"data":"to \u003cstderr\u003e é\n"}' in text
    run = pushed.working("my-kernel").parents[1]
    for name in ("__notebook__.ipynb", "__results__.html"):
        assert f"[NbConvertApp] Writing {(run / name).stat().st_size} bytes to {name}" in text
    events = json.loads(text)
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    again = pushed.kaggle("kernels", "logs", "-f", "alice/my-kernel")
    assert again == (pushed.folder / "followed").read_text()


def test_status(pushed: Server) -> None:
    said = pushed.kaggle("kernels", "status", "alice/my-kernel")
    assert said == 'alice/my-kernel has status "KernelWorkerStatus.COMPLETE"\n'


def test_files(pushed: Server) -> None:
    said = pushed.kaggle("kernels", "files", "alice/my-kernel", "--format", "json")
    files = json.loads(said)
    assert [(file["name"], file["size"]) for file in files] == [
        ("a.txt", 100_000),
        ("sub/b c.txt", 4),
    ]
    assert files[0]["creationDate"].endswith(" UTC")


def test_output(pushed: Server) -> None:
    target = pushed.folder / "output"
    pushed.kaggle("kernels", "output", "alice/my-kernel", "-p", str(target))
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert found == {"a.txt", "sub/b c.txt", "my-kernel.log"}
    assert (target / "a.txt").read_text() == "x" * 100_000
    again = pushed.kaggle("kernels", "output", "alice/my-kernel", "-p", str(target))
    assert "a.txt: Skipping" in again


def test_output_in_pages(pushed: Server) -> None:
    target = pushed.folder / "pages"
    arguments = ("-p", str(target), "--page-size", "1")
    pushed.kaggle("kernels", "output", "alice/my-kernel", *arguments)
    assert (target / "sub" / "b c.txt").read_text() == "deep"


def test_pull(pushed: Server) -> None:
    target = pushed.folder / "pulled"
    pushed.kaggle("kernels", "pull", "alice/my-kernel", "-p", str(target), "-m")
    metadata = json.loads((target / "kernel-metadata.json").read_text())
    assert metadata["id"] == "alice/my-kernel"
    assert metadata["title"] == "My Kernel"
    assert metadata["dataset_sources"] == ["bob/words"]
    assert metadata["keywords"] == ["nlp"]
    assert metadata["is_private"] is True
    assert metadata["enable_internet"] is False
    pulled = json.loads((target / "my-kernel.ipynb").read_text())
    assert [cell["source"] for cell in pulled["cells"]] == [_READ, _WRITE, _SHELL]


def test_list(pushed: Server) -> None:
    assert "alice/my-kernel  My Kernel  alice" in pushed.kaggle("kernels", "list", "-m")
    assert "alice/my-kernel" in pushed.kaggle("kernels", "list", "-m", "-s", "my ker")
    assert "Not found" in pushed.kaggle("kernels", "list", "-m", "-s", "nothing")


def test_quota(pushed: Server) -> None:
    rows = json.loads(pushed.kaggle("quota", "--format", "json"))
    assert [(row["resource"], row["total"]) for row in rows] == [
        ("GPU", "30.00h"),
        ("TPU", "20.00h"),
    ]


def test_delete(pushed: Server) -> None:
    _folder(pushed, "short-lived")
    pushed.kaggle("kernels", "push", "-p", str(pushed.folder / "short-lived"))
    said = pushed.kaggle("kernels", "delete", "-y", "alice/short-lived")
    assert said == "Kernel alice/short-lived deleted successfully\n"
    assert "404" in pushed.kaggle("kernels", "status", "alice/short-lived")
    assert not pushed.working("short-lived").exists()


def test_a_token_works_like_a_key(pushed: Server) -> None:
    said = pushed.kaggle("kernels", "list", "-m", KAGGLE_API_TOKEN=pushed.key)
    assert "Not found" in said  # it is "local" who asks, and has no kernels


@pytest.mark.parametrize("wrong", ["KAGGLE_KEY", "KAGGLE_API_TOKEN"])
def test_a_wrong_credential_is_refused(pushed: Server, wrong: str) -> None:
    said = pushed.kaggle("quota", **{wrong: "wrong"})
    assert said.startswith("Authentication required")
