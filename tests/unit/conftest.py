"""What holds for every unit test: the same examples each time, and nothing outside the process."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.outside import guard
from tests.support.sampling import IS_FULL

settings.register_profile("core", derandomize=True, database=None, deadline=None, max_examples=15)
settings.register_profile("full", deadline=None, max_examples=2000)
settings.load_profile("full" if IS_FULL else "core")

_is_unit_test = [False]


def _refuse_outside(*_: object, **__: object) -> None:
    if _is_unit_test[0]:
        raise PermissionError("a unit test starts a program or opens a connection")


guard(subprocess.Popen, "__init__", _refuse_outside)
guard(os, "fork posix_spawn posix_spawnp execv execve system", _refuse_outside)
guard(socket.socket, "connect connect_ex bind", _refuse_outside)


@pytest.fixture(autouse=True)
def clean_world() -> Iterator[None]:
    """Refuse programs and connections; the core needs neither a home nor an environment."""
    _is_unit_test[0] = True
    yield
    _is_unit_test[0] = False
