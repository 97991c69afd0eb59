"""The stock command line prints the recorded transcript here and, on request, on Kaggle."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.conformance import (
    CREDENTIALS,
    REAL,
    Client,
    local_client,
    played,
    prepare,
    real_client,
    recorded,
)
from tests.support.local_kaggle import Server

pytestmark = pytest.mark.unmeasured

# Read before the tests clean the environment, and only on request.
_REQUESTED = os.environ.get(REAL) == "1"
_VARIABLES = {
    name: os.environ[name] for name in (REAL, *CREDENTIALS) if _REQUESTED and name in os.environ
}


def _conforms(client: Client, expected: Mapping[str, str]) -> None:
    prepare(client)
    assert played(client, expected) == expected


def test_it_prints_what_is_recorded(server: Server, tmp_path: Path) -> None:
    _conforms(local_client(server, tmp_path), recorded())
    assert (tmp_path / "out" / "sub" / "b c.txt").read_text() == "deep"


def _on_kaggle(variables: Mapping[str, str], folder: Path) -> None:
    client = real_client(variables, folder)
    if client is None:
        pytest.skip(f"runs against kaggle.com only with {REAL}=1 and a token")
    commands = recorded()
    _conforms(client, {name: answer for name, answer in commands.items() if name[:4] != "cat "})


def test_it_prints_the_same_on_kaggle(tmp_path: Path) -> None:
    _on_kaggle(_VARIABLES, tmp_path)


@pytest.mark.parametrize("value", [None, "", "0", "true"])
def test_without_the_variable_no_request_reaches_kaggle(tmp_path: Path, value: str | None) -> None:
    token = {"KAGGLE_USERNAME": "alice", "KAGGLE_KEY": "k", "KAGGLE_API_TOKEN": "KGAT_k"}
    with pytest.raises(pytest.skip.Exception, match=f"{REAL}=1"):
        _on_kaggle(token if value is None else {**token, REAL: value}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_token_no_request_reaches_kaggle(tmp_path: Path) -> None:
    for lacking in ({}, {"KAGGLE_USERNAME": "alice"}, {"KAGGLE_KEY": "k"}):
        assert real_client({REAL: "1", **lacking}, tmp_path) is None
    given = {"KAGGLE_USERNAME": "alice", "KAGGLE_API_TOKEN": "KGAT_canary"}
    client = real_client({REAL: "1", **given}, tmp_path)
    assert client is not None
    assert "canary" not in repr(client)
    assert "KAGGLE_API_ENVIRONMENT" not in client.settings
