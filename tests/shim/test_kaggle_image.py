"""Kaggle's own modules in a run: secrets, and the addresses of datasets."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from nbship import shim
from nbship.core.kaggle.user_secrets import UserSecrets
from nbship.edges.rehearsal.secret_service import serving

IMAGE = Path(shim.__file__).parent / "kaggle_image"
KNOWN = UserSecrets({"HF": "hf_0123456789"}, {"WANDB": "made-up-WANDB"}, 7)
NOBODY = {"KAGGLE_URL_BASE": "http://127.0.0.1:9", "KAGGLE_USER_SECRETS_TOKEN": "x"}
START = """
from kaggle_datasets import KaggleDatasets
from kaggle_secrets import *
def told(function, *arguments):
    try:
        print(function(*arguments))
    except Exception as error:
        print(type(error).__name__, error, sep=": ")
"""


def lines(code: str, service: Mapping[str, str]) -> list[str]:
    environment = {name: os.environ[name] for name in ("PATH",)}
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        env={**environment, "PYTHONPATH": str(IMAGE), **service},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_notebook_reads_its_secrets_and_no_others_as_on_kaggle() -> None:
    code = """
client = UserSecretsClient()
told(client.get_secret, "HF")
told(client.get_secret, "WANDB")
told(client.get_secret, "")
told(client.get_secret, "OTHER")
told(client.get_gcloud_credential)
told(client.get_bigquery_access_token)
told(KaggleDatasets().get_gcs_path, "words")
client.web_client.headers["X-Kaggle-Authorization"] = "Bearer of somebody"
told(client.get_secret, "HF")
client.web_client.url_base = "http://127.0.0.1:9"
told(client.get_secret, "HF")
"""
    missing = (
        "BackendError: Unexpected response from the service. Response: {'errors': ['No user secrets"
        " exist for kernel id 7%s.'], 'error': {'code': 5}, 'wasSuccessful': False}."
    )
    with serving(KNOWN) as service:
        assert lines(code, service) == [
            "hf_0123456789",
            "made-up-WANDB",
            "ValidationError: Label must be non-empty.",
            missing % " and label OTHER",
            "NotFoundError: Google Cloud SDK credential not found.",
            missing % "",
            missing % "",
            "ConnectionError: Connection error trying to communicate with service.",
            "ConnectionError: Connection error trying to communicate with service.",
        ]


def test_without_internet_or_a_token_no_secret_is_found() -> None:
    with serving(KNOWN) as service:
        offline = {**service, "NBSHIP_OFFLINE": "1"}
        (line,) = lines("told(UserSecretsClient().get_secret, 'HF')", offline)
    assert line == "ConnectionError: Connection error trying to communicate with service."
    (line,) = lines("told(UserSecretsClient)", {})
    assert line.startswith("CredentialError: A JWT Token is required to call Kaggle")


def test_credentials_of_google_are_written_as_on_kaggle(tmp_path: Path) -> None:
    code = """
import os
UserSecretsClient().set_tensorflow_credential("{}")
print(open(os.environ["GOOGLE_APPLICATION_CREDENTIALS"]).read())
print(GcpTarget.AUTOML.target, GcpTarget.CLOUDAI.service)
os.environ["ISTPUVM"] = "1"
told(KaggleDatasets().get_gcs_path, "words")
"""
    assert lines(code, {**NOBODY, "HOME": str(tmp_path)}) == [
        "{}", "3 Google Cloud AI Platform", "/kaggle/input/words",
    ]  # fmt: skip
