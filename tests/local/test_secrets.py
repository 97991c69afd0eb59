"""A running notebook can request its owner's secrets only."""

import json
from pathlib import Path

import pytest
import requests

from tests.support.local_kaggle import DEADLINE, Json, Server

# The request of Kaggle's kaggle_web_client.
_ASK = """
import json, os, urllib.request

def ask(label):
    request = urllib.request.Request(
        os.environ["KAGGLE_URL_BASE"] + "/requests/GetUserSecretByLabelRequest",
        data=json.dumps({"Label": label}).encode(),
        headers={
            "Content-type": "application/json",
            "X-Kaggle-Authorization": "Bearer " + os.environ["KAGGLE_USER_SECRETS_TOKEN"],
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

print(json.dumps([ask("HF"), ask("of bob"), ask("number")]))
open("token", "w").write(os.environ["KAGGLE_USER_SECRETS_TOKEN"])
"""


def _secrets(server: Server, content: str) -> Path:
    path = server.state_dir / "secrets.json"
    path.write_text(content)
    return path


def _ask(server: Server, token: str, label: str = "HF") -> requests.Response:
    return server.session.post(
        f"{server.url}/requests/GetUserSecretByLabelRequest",
        json={"Label": label},
        headers={"X-Kaggle-Authorization": f"Bearer {token}"},
        timeout=DEADLINE,
    )


def _missing(kernel: int, label: str) -> Json:
    message = f"No user secrets exist for kernel id {kernel} and label {label}."
    return {"errors": [message], "error": {"code": 5}, "wasSuccessful": False}


def test_a_session_gets_the_secrets_of_its_owner(server: Server) -> None:
    kept = {"alice": {"HF": "canary-1", "number": 5}, "bob": {"of bob": "canary-2"}}
    path = _secrets(server, json.dumps(kept))
    kernel = server.push("asks-for-secrets", _ASK)["kernelId"]
    assert server.ended("asks-for-secrets")["status"] == "COMPLETE"
    assert json.loads(server.log("asks-for-secrets")) == [
        {"result": {"secret": "canary-1"}, "wasSuccessful": True},
        _missing(kernel, "of bob"),
        _missing(kernel, "number"),
    ]
    assert "canary" not in server.stderr
    # The session has ended, so its token is invalid.
    token = (server.working("asks-for-secrets") / "token").read_text()
    assert _ask(server, token).status_code == 401
    path.unlink()


def test_a_session_that_runs_may_ask(server: Server) -> None:
    sleep = "import os, time\n" + _ASK.partition("print(")[0]
    write = "open('partial', 'w').write(os.environ['KAGGLE_USER_SECRETS_TOKEN'])"
    code = f"{sleep}\n{write}\nos.rename('partial', 'token')\ntime.sleep(1000)"
    kernel = server.push("still-asks", code)["kernelId"]
    path = server.working("still-asks") / "token"
    server.wait_for("still-asks", "RUNNING")
    while not path.exists():
        server.status("still-asks")
    token = path.read_text()
    assert _ask(server, token).json() == _missing(kernel, "HF")  # the file does not exist
    for broken in ("{", "[]", '{"alice": "x"}'):
        _secrets(server, broken)
        answer = _ask(server, token).json()
        assert answer["error"] == {"code": 13}
        assert "secrets.json" in answer["errors"][0]
    number, _, proof = token.partition(".")
    for wrong in ("", "x", token[:-1], f"{number}.{'0' * 64}", f"{int(number) + 9}.{proof}", "é"):
        assert _ask(server, wrong.encode().decode("latin-1")).status_code == 401
    (server.state_dir / "secrets.json").unlink()
    server.call("DeleteKernel", **server.named("still-asks"))


@pytest.mark.parametrize("body", ["{", '{"label": "HF"}', '{"Label": 5}'])
def test_an_invalid_request_is_refused(server: Server, body: str) -> None:
    url = f"{server.url}/requests/GetUserSecretByLabelRequest"
    assert server.session.post(url, data=body, timeout=DEADLINE).status_code == 400
