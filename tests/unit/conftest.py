"""What holds for every unit test: the same examples each time, and nothing outside the process."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.support.sampling import IS_FULL

settings.register_profile("core", derandomize=True, database=None, deadline=None, max_examples=15)
settings.register_profile("full", deadline=None, max_examples=2000)
settings.load_profile("full" if IS_FULL else "core")

_OUTSIDE = frozenset({"subprocess.Popen", "os.posix_spawn", "os.exec", "os.fork", "os.system",
                      "socket.connect", "socket.bind"})  # fmt: skip
_is_unit_test = [False]


def _refuse_outside(event: str, _: tuple[Any, ...]) -> None:
    if event in _OUTSIDE and _is_unit_test[0]:
        raise PermissionError(f"a unit test starts a program or opens a connection: {event}")


sys.addaudithook(_refuse_outside)


@pytest.fixture(autouse=True)
def clean_world() -> Iterator[None]:
    """Refuse programs and connections; the core needs neither a home nor an environment."""
    _is_unit_test[0] = True
    yield
    _is_unit_test[0] = False
