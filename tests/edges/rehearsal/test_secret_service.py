"""The server of secrets: it answers who has the token, and outlives who speaks no HTTP."""

import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nbship.core.kaggle.user_secrets import UserSecrets
from nbship.edges.rehearsal.secret_service import secrets_for, serving
from nbship.errors import NbshipError
from nbship.model.spec import KaggleSpec, SmokeSpec, Spec
from nbship.model.workspace import Workspace

SPEC = Spec(kaggle=KaggleSpec("Awa/tiny", "Tiny", id_no=7), smoke=SmokeSpec(secrets=("HF",)))
SECRETS = ".nbship/local/secrets.json"


def asked(service: Mapping[str, str], token: str, body: bytes) -> object:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{service['KAGGLE_URL_BASE']}/requests/GetUserSecretByLabelRequest",
        data=body, headers={"X-Kaggle-Authorization": token},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def test_a_client_without_the_token_or_without_http_gets_nothing() -> None:
    with serving(UserSecrets({"HF": "hf_0123"})) as service:
        place = urlsplit(service["KAGGLE_URL_BASE"])
        with socket.create_connection((str(place.hostname), place.port or 0)) as client:
            client.sendall(b"\0\n\n")
        for token in ("", "Bearer x", "Bearer \xe9"):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                asked(service, token, b'{"Label": "HF"}')
        token = f"Bearer {service['KAGGLE_USER_SECRETS_TOKEN']}"
        for body in (b"{", b"[" * 60_000):
            with pytest.raises(OSError, match=r"closed|reset"):
                asked(service, token, body)
        found = {"result": {"secret": "hf_0123"}, "wasSuccessful": True}
        assert asked(service, token, b'{"Label": "HF"}') == found
    with pytest.raises(urllib.error.URLError):
        asked(service, token, b"{}")


def test_the_values_are_those_of_the_owner(
    workspace: Workspace, write: Callable[[str, str], Path]
) -> None:
    assert secrets_for(workspace, SPEC) == UserSecrets({}, {"HF": "made-up-HF"}, 7)
    write(SECRETS, '{"awa": {"HF": "hf_0123"}}')
    assert secrets_for(workspace, SPEC) == UserSecrets({"HF": "hf_0123"}, {}, 7)
    assert secrets_for(workspace, Spec()) == UserSecrets()


def test_a_file_that_cannot_be_used_is_named(
    workspace: Workspace, write: Callable[[str, str], Path]
) -> None:
    write(SECRETS, "{")
    with pytest.raises(NbshipError, match=r"secrets\.json: it is not an object from") as error:
        secrets_for(workspace, SPEC)
    assert error.value.hint == 'Write {"OWNER": {"LABEL": "value"}}.'
    (workspace.root / SECRETS).unlink()
    os.mkfifo(workspace.root / SECRETS)
    with pytest.raises(NbshipError, match="it is a pipe"):
        secrets_for(workspace, SPEC)
