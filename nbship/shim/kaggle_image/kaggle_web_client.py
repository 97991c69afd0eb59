"""The client with which a notebook asks Kaggle for what belongs to its session.

The names, the requests and the errors are those of ``patches/kaggle_web_client.py`` of
https://github.com/Kaggle/docker-python. The server is the one that ``KAGGLE_URL_BASE`` names: in a
rehearsal nbship, in a run of the local Kaggle that server.

Side effects: sends requests to that server.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

TIMEOUT_SECS = 40


class CredentialError(Exception):
    """The session has no token, or its token is refused."""


class BackendError(Exception):
    """The server answers that it cannot do what was asked."""


class KaggleWebClient:
    """A client with the token of the session."""

    def __init__(self) -> None:
        self.url_base = os.getenv("KAGGLE_URL_BASE") or "https://www.kaggle.com"
        token = os.getenv("KAGGLE_USER_SECRETS_TOKEN")
        if token is None:
            raise CredentialError(
                "A JWT Token is required to call Kaggle, but none found in environment variable "
                "KAGGLE_USER_SECRETS_TOKEN"
            )
        self.jwt_token = token
        self.headers = {
            "Content-type": "application/json",
            "X-Kaggle-Authorization": f"Bearer {token}",
        }

    def make_post_request(
        self, data: dict[str, Any], endpoint: str, timeout: float = TIMEOUT_SECS
    ) -> dict[str, Any]:
        """Return the result of a request.

        Raises:
            ConnectionError: the server cannot be reached, or it answers with an error of HTTP.
            BackendError: the server says that the request has failed.
        """
        import json
        from urllib.error import URLError
        from urllib.request import ProxyHandler, Request, build_opener, urlopen

        # Without a sandbox the server of the rehearsal can be reached, though the internet is off.
        if os.environ.get("NBSHIP_OFFLINE") == "1":
            raise ConnectionError("Connection error trying to communicate with service.")
        body = json.dumps(dict(data)).encode()
        request = Request(f"{self.url_base}{endpoint}", data=body, headers=self.headers)  # noqa: S310 - our own server
        is_near = self.url_base.startswith("http://127.")
        open_url = build_opener(ProxyHandler({})).open if is_near else urlopen
        try:
            with open_url(request, timeout=timeout) as response:
                answer = json.loads(response.read())
        except (URLError, TimeoutError) as error:
            is_late = isinstance(getattr(error, "reason", error), TimeoutError)
            raise ConnectionError(
                "Timeout error trying to communicate with service. Please ensure internet is on."
                if is_late
                else "Connection error trying to communicate with service."
            ) from error
        if not answer.get("wasSuccessful") or "result" not in answer:
            raise BackendError(f"Unexpected response from the service. Response: {answer}.")
        result: dict[str, Any] = answer["result"]
        return result
