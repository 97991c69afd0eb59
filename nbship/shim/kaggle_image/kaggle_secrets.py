"""The secrets of a notebook's owner, as Kaggle's module of this name gives them.

The names and the errors are those of ``patches/kaggle_secrets.py`` of
https://github.com/Kaggle/docker-python.

Side effects: sends requests (see kaggle_web_client); ``set_gcloud_credentials`` and
``set_tensorflow_credential`` write a file in the home, and set variables.
"""

from __future__ import annotations

import os
from enum import Enum, unique

from kaggle_web_client import BackendError, CredentialError, KaggleWebClient

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = [
    "BackendError", "CredentialError", "GcpTarget", "NotFoundError", "UserSecretsClient",
    "ValidationError",
]  # fmt: skip
_GCLOUD = "__gcloud_sdk_auth__"


class ValidationError(Exception):
    """The label of a secret is empty."""


class NotFoundError(Exception):
    """The notebook has no credential for Google Cloud."""


@unique
class GcpTarget(Enum):
    """A service of Google: its number in requests, and its name."""

    BIGQUERY = (1, "BigQuery")
    GCS = (2, "Google Cloud Storage")
    AUTOML = (3, "Cloud AutoML")
    CLOUDAI = (3, "Google Cloud AI Platform")

    @property
    def target(self) -> int:
        """The number in a request."""
        return self.value[0]

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.value[1]


class UserSecretsClient:
    """A client for the secrets that are attached to the notebook."""

    GET_USER_SECRET_ENDPOINT = "/requests/GetUserSecretRequest"  # noqa: S105 - an address
    GET_USER_SECRET_BY_LABEL_ENDPOINT = "/requests/GetUserSecretByLabelRequest"  # noqa: S105 - an address

    def __init__(self) -> None:
        self.web_client = KaggleWebClient()

    def get_secret(self, label: str | None) -> str:
        """Return the value of a secret.

        Raises:
            ValidationError: the label is empty.
            BackendError: no secret of this label is attached to the notebook.
            ConnectionError: the notebook has no internet.
        """
        if not label:
            raise ValidationError("Label must be non-empty.")
        return str(self._asked({"Label": label}, self.GET_USER_SECRET_BY_LABEL_ENDPOINT)["secret"])

    def get_gcloud_credential(self) -> str:
        """Return the credential of the Google Cloud SDK.

        Raises:
            NotFoundError: none is attached to the notebook.
            BackendError: the server cannot answer.
        """
        try:
            return self.get_secret(_GCLOUD)
        except BackendError as error:
            if "No user secrets exist" not in str(error.args):
                raise
            raise NotFoundError("Google Cloud SDK credential not found.") from error

    def set_gcloud_credentials(
        self, project: str | None = None, account: str | None = None
    ) -> None:
        """Let the command ``gcloud`` use the credential, a project and an account."""
        path = self._write_credentials_file(self.get_gcloud_credential())
        self._configure("auth/credential_file_override", path)
        if project:
            os.environ["GOOGLE_CLOUD_PROJECT"] = project
            self._configure("project", project)
        if account:
            os.environ["GOOGLE_ACCOUNT"] = account
            self._configure("account", account)

    def set_tensorflow_credential(self, credential: str) -> None:
        """Let TensorFlow use a credential."""
        self._write_credentials_file(credential)

    def get_bigquery_access_token(self) -> tuple[str, datetime | None]:
        """Return the token for BigQuery, and when it ends.

        Raises:
            BackendError: none is attached to the notebook.
        """
        return self._get_access_token(GcpTarget.BIGQUERY)

    def _get_gcs_access_token(self) -> tuple[str, datetime | None]:
        return self._get_access_token(GcpTarget.GCS)

    def _get_cloudai_access_token(self) -> tuple[str, datetime | None]:
        return self._get_access_token(GcpTarget.CLOUDAI)

    def _get_access_token(self, target: GcpTarget) -> tuple[str, datetime | None]:
        from datetime import UTC, datetime, timedelta

        answer = self._asked({"Target": target.target}, self.GET_USER_SECRET_ENDPOINT)
        seconds = answer.get("expiresInSeconds")
        end = datetime.now(UTC).replace(tzinfo=None)  # Kaggle's has no zone
        return str(answer["secret"]), end + timedelta(seconds=seconds) if seconds else None

    def _asked(self, request: dict[str, Any], endpoint: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.web_client.make_post_request(request, endpoint)
        if "secret" not in answer:
            raise BackendError(f"Unexpected response from the service. Response: {answer}")
        return answer

    @staticmethod
    def _configure(name: str, value: str) -> None:
        import subprocess

        subprocess.run(["gcloud", "config", "set", name, value], check=False)  # noqa: S603, S607 - as on Kaggle

    @staticmethod
    def _write_credentials_file(credentials: str) -> str:
        path = os.path.join(os.environ.get("HOME", "/"), "gcloud_credential.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(credentials)
        os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = path
        return path
