"""No test reaches anything but this machine: proven by trying, here and in what tests start."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import NOWHERE

FAR = "192.0.2.1"  # an address for documentation: nobody has it
PORT = NOWHERE.rpartition(":")[2]


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection((FAR, 443), 1),
        lambda: socket.create_connection(("api.kaggle.com", 443), 1),
        lambda: socket.create_connection(("2001:db8::1", 443), 1),
        lambda: socket.getaddrinfo("api.kaggle.com", 443),
        lambda: socket.gethostbyname("localhost.example.org"),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", (FAR, 53)),
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed")
def test_a_test_reaches_nothing_else(reach: object) -> None:
    assert callable(reach)
    with pytest.raises(PermissionError, match="a test tried to reach"):
        reach()


def test_a_session_of_somebody_else_ends_at_the_proxy() -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://api.kaggle.com/", timeout=5)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import requests; requests.get('https://api.kaggle.com')"],
        [str(Path(sys.executable).with_name("kaggle")), "kernels", "status", "awa/tiny-kernel"],
        ["git", "ls-remote", "https://github.com/awa/lab.git"],
    ],
)
@pytest.mark.usefixtures("quick_imports")
def test_a_program_that_a_test_starts_ends_at_the_proxy(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "awa")
    monkeypatch.setenv("KAGGLE_KEY", "made-up")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "proxy" in (done.stdout + done.stderr).lower() or f"port {PORT}" in done.stderr
