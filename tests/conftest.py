"""What holds for every test: nothing but loopback is reached, and no credential of anybody's."""

import gc
import ipaddress
import os
import signal
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.outside import guard
from tests.support.paths import TESTS
from tests.support.sampling import IS_FULL

# JupyterLab installs it: optional to jsonschema, and three seconds at the import in each process.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
_GIT_CONFIG = """\
[user]
    name = Awa
    email = awa@example.org
[maintenance]
    auto = false
[receive]
    autogc = false
"""
NOWHERE = "http://127.0.0.1:9"  # the discard port: what goes there is refused at once
_FAMILIES = 2  # a socket address for IPv4 or IPv6 has a host and a port at least


def _refuse_far(host: object = None, *_: object, **__: object) -> None:
    """Stop this process from asking for another machine: a look-up goes to a far server, too."""
    if not _is_near(host):
        message = f"a test tried to reach {host}"
        raise PermissionError(message)


def _refuse_to_send(_: socket.socket, *arguments: Any) -> None:
    """Stop this process from reaching anything that is not on this machine."""
    for address in arguments[-1:]:
        if isinstance(address, tuple) and len(address) >= _FAMILIES:  # no socket in a file system
            _refuse_far(address[0])


def _is_near(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {"localhost", "", None}:
        return True
    try:
        address = ipaddress.ip_address(str(name))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


guard(socket.socket, "connect connect_ex sendto", _refuse_to_send)
guard(socket, "getaddrinfo gethostbyname gethostbyname_ex", _refuse_far)

# A shell that starts pytest in the background lets it ignore Ctrl-C; programs that a test starts
# must not inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Each of their tests starts programs, such as doit, a kernel or the local Kaggle.
_SLOW = ("acceptance", "sweeps", "local", "test_readme.py")
# They do what others do while measured, many times, or they read the code of nbship.
_UNMEASURED = (
    "growth",
    "sweeps",
    "test_imports.py",
    "test_names_in_one_place.py",
    "test_readme.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample, and mark the tests of some folders."""
    left_out = set() if IS_FULL else _not_in_the_sample(items)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        top = item.path.relative_to(TESTS).parts[0]
        if top in _SLOW:
            item.add_marker("slow")
        if top in _UNMEASURED:
            item.add_marker("unmeasured")


def _not_in_the_sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the cases that the mark ``sample`` leaves out, the same ones each time."""
    cases: Counter[str] = Counter()
    left_out = set()
    for item in items:
        if mark := item.get_closest_marker("sample"):
            name = item.nodeid.partition("[")[0]
            if cases[name] % mark.args[0]:
                left_out.add(item)
            cases[name] += 1
    return left_out


def pytest_collection_finish() -> None:
    """Let a collection of garbage come seldom, and not look at the tests: a tenth of the time.

    The usual 700 objects would also bring one, and other tests' finalizers, into the recursion of a
    deeply nested text.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run single files in this process: they end sooner than workers start, and can be debugged."""
    return 0 if all(".py" in argument for argument in config.args) else None


@pytest.fixture(autouse=True)
def clean_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Give each test an empty home and an environment without Kaggle in it."""
    before = dict(os.environ)
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("KAGGLE_", "NBSHIP_", "GIT_"))]:
        del os.environ[name]
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
    measuring = _measuring() if request.node.get_closest_marker("unmeasured") else None
    if measuring:
        measuring.stop()
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    # Bytecode is kept from one program to the next, as everywhere but in some containers.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= {
        "HOME": str(home),
        "TMPDIR": str(home),
        # The doctor writes a kernelspec where Jupyter looks first: below the home of the test.
        "JUPYTER_PREFER_ENV_PATH": "0",
        "NBSHIP_LOOPBACK_ONLY": "1",
        # The programs that a test starts are not refused: their way out ends here.
        "https_proxy": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    Path(home, "gitconfig").write_text(_GIT_CONFIG)
    tempfile.tempdir = str(home)
    yield
    tempfile.tempdir = None
    os.environ.clear()
    os.environ.update(before)
    if measuring:
        measuring.start()


def _measuring() -> Any:
    """Return what measures this process, None if nothing does."""
    coverage = sys.modules.get("coverage")
    return coverage.Coverage.current() if coverage else None


@pytest.fixture
def quick_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare other people's programs, too, the seconds that rfc3987_syntax takes at each start."""
    folder = tmp_path / "quick"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['rfc3987_syntax'] = None\n")
    folders = filter(None, [str(folder), os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
