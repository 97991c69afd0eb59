"""The rungs of rehearsals, for tests of one of them."""

import tempfile
from functools import cache
from pathlib import Path

import pytest

from nbship.edges.rehearsal import isolation
from nbship.edges.rehearsal.isolation import Isolation
from nbship.model.target import Rung
from nbship.model.workspace import Workspace


def take(rung: Rung, monkeypatch: pytest.MonkeyPatch) -> Rung:
    """Let rehearsals take this rung; skip the test where this machine has no sandbox."""
    if rung == "shim":
        monkeypatch.setenv(isolation.SWITCH, "off")
    else:
        monkeypatch.delenv(isolation.SWITCH, raising=False)
        here()
    return rung


def here() -> Isolation:
    """Return the sandbox of this machine; skip the test where there is none, with the reason."""
    found = _found()
    if found.rung != "sandbox":
        pytest.skip(f"no sandbox: {found.reason}")
    return found


@cache
def _found() -> Isolation:
    with tempfile.TemporaryDirectory() as folder:
        return isolation.find(Workspace(Path(folder), Path(folder, "inputs")))
