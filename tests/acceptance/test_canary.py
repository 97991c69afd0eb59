"""Tests with canary keys: no command prints, stores or passes them on, even when it fails."""

import base64
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.support.scripted_server import Seen, refusal, serving_script
from tests.support.workspace import CommandResult, Local, Workspace

pytestmark = pytest.mark.unmeasured

USER = "awa"
TOKEN, KEY, REFRESH = (f"canary-{word}-0123456789/abc+def" for word in ("token", "key", "refresh"))
VERBOSE = {"VERBOSE": "1"}


def plant() -> None:
    """Write a canary to each credentials file of the kaggle package."""
    home = Path.home() / ".kaggle"
    home.mkdir()
    files = {
        "kaggle.json": {"username": USER, "key": KEY},
        "credentials.json": {"refresh_token": REFRESH, "access_token": TOKEN},
    }
    for name, entries in files.items():
        (home / name).write_text(json.dumps(entries))
        (home / name).chmod(0o600)


def forms(*secrets: str) -> list[bytes]:
    """Return each secret as plain text, and encoded as in HTTP Basic and JSON."""
    found = []
    for secret in secrets:
        pair = base64.b64encode(f"{USER}:{secret}".encode()).rstrip(b"=")
        found += [secret.encode(), secret.replace("/", "\\/").encode(), pair]
    return found


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Collect the command lines of all processes, a hundred times a second."""
    seen: set[bytes] = set()
    over = threading.Event()
    before = set(Path("/proc").iterdir())

    def look() -> None:
        while not over.wait(0.01):
            for process in set(Path("/proc").iterdir()) - before:
                with suppress(OSError):
                    seen.add((process / "cmdline").read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def echo(seen: Seen) -> bytes:
    """Refuse every request, and echo the credentials in several forms."""
    header = seen.headers.get("authorization", "")
    secret = header.removeprefix("Bearer ")
    if header.startswith("Basic "):
        secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[2]
    return refusal(400, f"who is {header}? {secret} is no key of ours")


def test_no_secret_is_told_to_anybody(lab: Workspace, up: Local) -> None:
    plant()
    local = up.env["KAGGLE_KEY"]
    doit = partial(lab.run, "env", sys.executable, "-m", "doit")  # not forked: with its own name
    results: list[CommandResult] = []
    with command_lines() as commands, serving_script(echo) as scripted:
        # All goes well: pushed, run, watched, fetched.
        results.append(doit("-v", "2", "ship:tiny", **VERBOSE, **up.env))
        # The server says our key back.
        through = up.env | {"http_proxy": scripted.url, "HTTP_PROXY": scripted.url}
        results.append(doit("-v", "2", "--continue", "push:tiny", "watch:tiny", **through))
        # Kaggle itself, which no test reaches: by a token of the environment, by a file's key.
        results.append(doit("-v", "2", "push:tiny", KAGGLE_API_TOKEN=TOKEN, **VERBOSE))
        results.append(doit("-v", "2", "push:tiny", "--allow-dirty", **VERBOSE))
    assert [one.code for one in results] == [0, 4, 4, 4], results
    assert "[secret]" in results[1].err
    assert all("api.kaggle.com is not on this machine" in one.err for one in results[2:])
    assert any(b"doit" in command for command in commands)

    haystacks = {"commands": b"\n".join(commands), "said": "".join(s.all for s in results).encode()}
    planted = {Path.home() / ".kaggle", lab.root / ".nbship" / "local" / "credentials.json"}
    for root in (lab.root, Path.home()):
        for file in root.rglob("*"):
            if file.is_file() and not planted & {file, file.parent}:
                haystacks[str(file)] = file.read_bytes()
    assert len(haystacks) > 20
    for where, hay in haystacks.items():
        for form in forms(TOKEN, KEY, REFRESH, local):
            assert form not in hay, where
