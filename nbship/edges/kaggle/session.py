"""HTTP sessions for one server: every request has a timeout and carries our credentials only.

Side effects: sends requests; reads proxy settings from the environment.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import prepend_scheme_if_needed, resolve_proxies, select_proxy

from nbship.core.kaggle.redaction import forms_of, masked
from nbship.edges.kaggle.credentials import Credentials
from nbship.errors import KaggleError

# While this variable is set, sessions refuse every host but loopback: for the tests, and for users
# who want to be sure.
LOOPBACK_ONLY = "NBSHIP_LOOPBACK_ONLY"

_CHUNK = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Bounds on the answers of a server: times in seconds, sizes in bytes."""

    connect: float = 10.0
    read: float = 45.0  # without a byte
    size: int = 256 << 20  # of a whole answer, unpacked: JSON doubles a log of 64 MiB
    pages: int = 500  # of one list
    file_start: float = 60.0  # until a file begins
    file_grace: float = 60.0  # for each file, before the lowest accepted rate applies
    log_start: float = 90.0  # until a live log begins; Kaggle itself waits for up to 60 s
    log_silence: float = 60.0  # without a byte of a live log: Kaggle sends comments more often
    log_quiet: float = 300.0  # without a line of a live log; then the caller asks for the status
    log_longest: float = 600.0  # of one reading of a live log; then the same
    log_size: int = 64 << 20  # of one reading of a log


DEFAULT_LIMITS = AnswerLimits()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that speaks Kaggle's protocol, with our credentials for it.

    ``key`` names it in the journal: "kaggle", or "local" for a Kaggle on this machine. Without
    ``uses_proxy``, sessions ignore the proxy variables; the stock command line needs these to
    reach a local Kaggle.
    """

    key: str
    endpoint: str
    credentials: Credentials
    uses_proxy: bool = True
    limits: AnswerLimits = DEFAULT_LIMITS

    @property
    def is_kaggle(self) -> bool:
        """Whether this is Kaggle itself."""
        return self.key == "kaggle"

    @property
    def name(self) -> str:
        """The name of the server in messages."""
        return "Kaggle" if self.is_kaggle else "the local Kaggle"

    def hide(self, text: str) -> str:
        """Return a text of the server without our secret, in any form that the server sends."""
        forms = forms_of(self.credentials.user, self.credentials.secret)
        return masked(text.encode(errors="replace"), forms).decode(errors="replace")


def health(url: str, timeout: float = 2.0) -> Mapping[str, Any]:
    """Return the health report of a local Kaggle; empty if no server answers.

    ``timeout`` is in seconds without a byte.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, and no password of ~/.netrc
            data = session.get(f"{url}/healthz", timeout=timeout, allow_redirects=False).json()
    except (requests.RequestException, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


class _NoDelayAdapter(HTTPAdapter):
    """Connections that send at once, also through a proxy.

    Through a proxy, urllib3 leaves Nagle's algorithm on, so that the system delays a body until
    the headers are acknowledged, by 40 ms on most systems:
    https://urllib3.readthedocs.io/en/stable/reference/urllib3.connection.html
    """

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(
            proxy, socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)], **more
        )


class GuardedSession(requests.Session):
    """A session of requests for one server; ``anonymous`` sends no credentials."""

    def __init__(self, server: Server, *, anonymous: bool = False) -> None:
        super().__init__()
        self.trust_env = server.uses_proxy
        self._server = server
        self._limits = server.limits
        self._forms = forms_of(server.credentials.user, server.credentials.secret)
        self._https_only = server.is_kaggle
        self._loopback_only = not server.is_kaggle or bool(os.environ.get(LOOPBACK_ONLY))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _NoDelayAdapter())
        self.headers.update({"User-Agent": "nbship", "Content-Type": "application/json"})
        if anonymous:
            # Without this, requests reads a password from ~/.netrc.
            self.auth = lambda request: request
            del self.headers["Content-Type"]
        elif server.credentials.user is None:
            self.headers["Authorization"] = f"Bearer {server.credentials.secret}"
            self.auth = lambda request: request
        else:
            self.auth = (server.credentials.user, server.credentials.secret)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request, with the server's default timeouts if the caller gives none.

        Removes our secret from an answer that is not streamed, because a server may echo it, and
        limits the size of such an answer.

        Raises:
            KaggleError: only loopback is allowed and the host or the proxy is another machine, an
                address of Kaggle is not https, or the answer is too large.
        """
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (self._limits.connect, self._limits.read)
        if "proxies" not in kwargs:
            kwargs["proxies"] = resolve_proxies(request, dict(self.proxies), self.trust_env)
        if request.method == "POST":
            # After a redirect, we cannot tell what the first server did.
            kwargs["allow_redirects"] = False
        if self._loopback_only:
            _refuse_far(request.url or "", kwargs["proxies"])
        if self._https_only:
            _refuse_plain(request.url or "")
        is_stream = kwargs.pop("stream", False)
        answer = super().send(request, stream=True, **kwargs)
        answer.reason = self._server.hide(str(answer.reason or ""))
        if not is_stream:
            answer._content = masked(_read_bounded(answer, self._limits.size), self._forms)  # noqa: SLF001 - no setter
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return the address that an answer redirects to, without reading its body."""
        target = super().get_redirect_target(resp)
        if target is not None:
            resp._content = b""  # noqa: SLF001 - requests would read it, however long it is
            resp.close()
        return target

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Drop our credentials on a redirect to another host, and read none from ~/.netrc."""
        old, new = response.request.url or "", prepared_request.url or ""
        if self.should_strip_auth(old, new):  # type: ignore[no-untyped-call] # as requests ships it
            prepared_request.headers.pop("Authorization", None)


def _refuse_far(url: str, proxies: Mapping[str, str]) -> None:
    hosts = [urlsplit(url).hostname or ""]
    proxy = select_proxy(url, proxies)
    if proxy:
        whole = prepend_scheme_if_needed(proxy, "http")
        hosts.append(urlsplit(whole).hostname or "")
    for host in hosts:
        if not _is_loopback(host):
            raise KaggleError(
                f"refused: {host or url} is not on this machine, and only a local Kaggle is allowed"
            )


def _refuse_plain(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise KaggleError(f"refused: {url.split('?', maxsplit=1)[0]!r} is not an https address")


def _read_bounded(answer: requests.Response, most: int) -> bytes:
    """Read a whole answer, unpacked by requests, of up to ``most`` bytes."""
    chunks, size = [], 0
    for chunk in answer.iter_content(_CHUNK):
        size += len(chunk)
        if size > most:
            answer.close()
            raise KaggleError(f"refused an answer of more than {most >> 20} MiB")
        chunks.append(chunk)
    return b"".join(chunks)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
