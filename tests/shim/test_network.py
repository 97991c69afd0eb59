"""Python code without a network: this machine is reached, and nothing else is."""

import errno
import socket as real_socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.shim_world import SHIM, shim_module

FAR = [("192.0.2.1", 80), ("2001:db8::1", 80), ("::ffff:192.0.2.1", 80), ("fe80::1%eth0", 80)]


@pytest.fixture
def socket() -> ModuleType:
    """Close a copy of the socket module, so that the one of this process stays as it is."""
    module = ModuleType("socket")
    kind = type("socket", (real_socket.socket,), {})
    vars(module).update(vars(real_socket) | {"socket": kind})
    shim_module("kaggle_world.network").close(module)
    return module


@pytest.mark.parametrize("name", ["example.com", "kaggle.com", b"example.com", "localhost.example"])
def test_no_name_is_found(socket: ModuleType, name: str) -> None:
    for look in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        with pytest.raises(real_socket.gaierror, match=r"\[Errno -3\] Temporary failure in name"):
            getattr(socket, look)(name)
    with pytest.raises(real_socket.gaierror, match=r"\[Errno -3\] Temporary failure in name"):
        socket.getaddrinfo(name, 80)
    with pytest.raises(real_socket.gaierror), socket.socket() as sender:
        sender.connect((name, 80))


@pytest.mark.parametrize("address", FAR)
def test_no_address_is_reached(socket: ModuleType, address: tuple[str, int]) -> None:
    family = real_socket.AF_INET6 if ":" in address[0] else real_socket.AF_INET
    with socket.socket(family, real_socket.SOCK_DGRAM) as sender:
        assert sender.connect_ex(address) == errno.ENETUNREACH
        for method, arguments in (
            ("connect", (address,)),
            ("sendto", (b"x", address)),
            ("sendto", (b"x", 0, address)),
            ("sendmsg", ([b"x"], [], 0, address)),
        ):
            with pytest.raises(OSError, match="Network is unreachable") as caught:
                getattr(sender, method)(*arguments)
            assert caught.value.errno == errno.ENETUNREACH


def test_this_machine_is_reached_as_before(socket: ModuleType, tmp_path: Path) -> None:
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.getaddrinfo(None, 80)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.socket() as client:
            client.connect(server.getsockname())
            accepted, _ = server.accept()
            with accepted:
                client.sendall(b"one")
                assert accepted.recv(3) == b"one"
        with socket.socket() as client:
            assert client.connect_ex(("localhost", server.getsockname()[1])) == 0
    with socket.socket(real_socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        with socket.socket(real_socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))
    with socket.socket() as client, pytest.raises(TypeError):
        client.connect()
    with (
        socket.socket(type=real_socket.SOCK_DGRAM) as receiver,
        socket.socket(type=real_socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        sender.sendto(b"two", receiver.getsockname())
        assert receiver.recv(3) == b"two"


def test_the_variable_closes_the_network_of_a_process_and_of_its_children(tmp_path: Path) -> None:
    inner = "import socket; socket.create_connection(('192.0.2.1', 80))"
    code = (
        "import subprocess, sys, urllib.request\n"
        "try: urllib.request.urlopen('http://example.com')\n"
        "except OSError as error: print(error, flush=True)\n"
        f"command = [sys.executable, '-c', {inner!r}]\n"
        "done = subprocess.run(command, capture_output=True, text=True)\n"
        "print(done.stderr.splitlines()[-1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False,
        cwd=tmp_path, env={"PYTHONPATH": str(SHIM), "NBSHIP_OFFLINE": "1"},
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "<urlopen error [Errno -3] Temporary failure in name resolution>",
        "OSError: [Errno 101] Network is unreachable",
    ]
