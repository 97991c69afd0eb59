"""HTTP sessions: timeouts always, our credentials only, and loopback only where that is promised.

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

# While it is set, everything but loopback is refused: for tests, and for whoever wants to be sure.
LOOPBACK_ONLY = "NBSHIP_LOOPBACK_ONLY"

_CONNECT_TIMEOUT = 10.0  # seconds
_HEALTH_TIMEOUT = 2.0  # seconds
_LARGEST_ANSWER = 256 << 20  # bytes, unpacked: a log of 64 MiB is twice as long in JSON
_PIECE = 1 << 16
_READ_TIMEOUT = 45.0  # seconds without a byte; the log stream sends a comment more often


@dataclass(frozen=True, slots=True)
class Server:
    """Where a target's kernels live, and with what credentials.

    ``key`` names it in the journal: "kaggle", or "local" for a Kaggle on this machine.
    ``uses_proxy`` is the way of the stock command line, which reaches a local Kaggle through the
    proxy variables.
    """

    key: str
    endpoint: str
    credentials: Credentials
    uses_proxy: bool = True

    @property
    def is_kaggle(self) -> bool:
        """Whether this is the real one."""
        return self.key == "kaggle"

    @property
    def name(self) -> str:
        """What a person reads."""
        return "Kaggle" if self.is_kaggle else "the local Kaggle"

    def hide(self, text: str) -> str:
        """Return what a server said without our secret, in whatever form it comes back."""
        forms = forms_of(self.credentials.user, self.credentials.secret)
        return masked(text.encode(errors="replace"), forms).decode(errors="replace")


def health(url: str) -> Mapping[str, Any]:
    """Return what a local Kaggle says of itself, an empty mapping where none answers."""
    try:
        with requests.Session() as session:
            session.trust_env = False  # never by way of a proxy
            told = session.get(
                f"{url}/healthz", timeout=_HEALTH_TIMEOUT, allow_redirects=False
            ).json()
    except (requests.RequestException, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


class _Prompt(HTTPAdapter):
    """Connections that send at once, also by way of a proxy.

    There urllib3 would hold the body back until what went before is confirmed, for 40 ms with most
    systems (Nagle's algorithm): https://urllib3.readthedocs.io/en/stable/reference/urllib3.connection.html
    """

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(
            proxy, socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)], **more
        )


class GuardedSession(requests.Session):
    """A session of requests for one server."""

    def __init__(self, server: Server, *, anonymous: bool = False) -> None:
        super().__init__()
        self.trust_env = server.uses_proxy
        self._server = server
        self._forms = forms_of(server.credentials.user, server.credentials.secret)
        self._https_only = server.is_kaggle
        self._loopback_only = not server.is_kaggle or bool(os.environ.get(LOOPBACK_ONLY))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Prompt())
        self.headers.update({"User-Agent": "nbship", "Content-Type": "application/json"})
        if anonymous:
            # Without this, requests would look for a password in ~/.netrc.
            self.auth = lambda request: request
            del self.headers["Content-Type"]
        elif server.credentials.user is None:
            self.headers["Authorization"] = f"Bearer {server.credentials.secret}"
            self.auth = lambda request: request
        else:
            self.auth = (server.credentials.user, server.credentials.secret)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request, with timeouts where none were given.

        Of an answer that comes whole, our own secret is taken out: what a server echoes gets
        neither onto a screen nor into a file. It is bounded.

        Raises:
            KaggleError: the address is not on this machine while only that is allowed, it is not
                encrypted, or the answer is too large.
        """
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (_CONNECT_TIMEOUT, _READ_TIMEOUT)
        if "proxies" not in kwargs:
            kwargs["proxies"] = resolve_proxies(request, dict(self.proxies), self.trust_env)
        if request.method == "POST":
            # Who is sent elsewhere cannot know what the first server did.
            kwargs["allow_redirects"] = False
        if self._loopback_only:
            _refuse_far(request.url or "", kwargs["proxies"])
        if self._https_only:
            _refuse_plain(request.url or "")
        is_stream = kwargs.pop("stream", False)
        answer = super().send(request, stream=True, **kwargs)
        answer.reason = self._server.hide(str(answer.reason or ""))
        if not is_stream:
            answer._content = masked(_read_bounded(answer), self._forms)  # noqa: SLF001 - no setter
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where an answer leads, and leave its body unread: it may be without end."""
        target = super().get_redirect_target(resp)
        if target is not None:
            resp._content = b""  # noqa: SLF001 - requests would read all of it
            resp.close()
        return target

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Leave our credentials behind on the way to another host, and take none of ~/.netrc."""
        if self.should_strip_auth(  # type: ignore[no-untyped-call] # as requests ships it
            response.request.url or "", prepared_request.url or ""
        ):
            prepared_request.headers.pop("Authorization", None)


def _refuse_far(url: str, proxies: Mapping[str, str]) -> None:
    hosts = [urlsplit(url).hostname or ""]
    proxy = select_proxy(url, proxies)
    if proxy:
        whole = prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]
        hosts.append(urlsplit(whole).hostname or "")
    for host in hosts:
        if not _is_loopback(host):
            raise KaggleError(
                f"refused: {host or url} is not on this machine, and only a local Kaggle is allowed"
            )


def _refuse_plain(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise KaggleError(f"refused: {url.split('?', maxsplit=1)[0]!r} is no https address")


def _read_bounded(answer: requests.Response) -> bytes:
    """Read a whole answer, as requests does it, up to a size that no honest one has."""
    read, size = [], 0
    for chunk in answer.iter_content(_PIECE):
        size += len(chunk)
        if size > _LARGEST_ANSWER:
            answer.close()
            raise KaggleError(f"an answer of more than {_LARGEST_ANSWER >> 20} MiB was refused")
        read.append(chunk)
    return b"".join(read)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
