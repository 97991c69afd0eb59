"""HTTP sessions: which hosts they reach, what they send, and what they remove from answers."""

import os
import socket
from pathlib import Path

import pytest
import requests

from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import (
    DEFAULT_LIMITS,
    LOOPBACK_ONLY,
    AnswerLimits,
    GuardedSession,
    Server,
    health,
)
from nbship.errors import KaggleError
from tests.support.scripted_server import (
    CUT,
    Answer,
    Seen,
    dead_url,
    refusal,
    reply,
    serving_script,
)

SECRET = "a-made-up-secret"  # noqa: S105
FAR = "http://192.0.2.1:9"


def server(
    url: str,
    *,
    user: str | None = "awa",
    key: str = "local",
    proxy: bool = False,
    limits: AnswerLimits = DEFAULT_LIMITS,
) -> Server:
    return Server(key, url, Credentials(user, SECRET), uses_proxy=proxy, limits=limits)


@pytest.fixture
def password_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out a ~/.netrc with a password for this machine."""
    file = Path.home() / ".netrc"
    lines = (f"machine {host} login n password p\n" for host in ("127.0.0.1", "localhost"))
    file.write_text("".join(lines))
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


# --- hosts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/",
        "https://api.kaggle.com/v1/x",
        "http://localhost.example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@192.0.2.1/",
        "http://[2001:db8::1]/",
        "http://0.0.0.0/",
        "http://3232235777/",
        "https://192.0.2.1:443/",
    ],
)
def test_a_far_host_is_refused(url: str) -> None:
    with GuardedSession(server("http://127.0.0.1")) as session, pytest.raises(KaggleError) as error:
        session.get(url)
    assert "is not on this machine" in error.value.message


@pytest.mark.parametrize(
    ("host", "spelling"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", "LOCALHOST"),
        ("127.0.0.1", "user:word@127.0.0.1"),
        ("::1", "[::1]"),
        ("127.9.8.7", "127.9.8.7"),
    ],
)
def test_this_machine_is_reached_in_every_spelling(host: str, spelling: str) -> None:
    with (
        serving_script(lambda _: reply({}), host) as scripted,
        GuardedSession(server(scripted.url)) as session,
    ):
        port = scripted.url.rpartition(":")[2]
        assert session.get(f"http://{spelling}:{port}/").status_code == 200


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("proxy", [FAR, "192.0.2.1:9", "far.example:3128", "http://u:p@192.0.2.1"])
@pytest.mark.parametrize("way", ["get", "send"])
def test_a_far_proxy_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, proxy: str, way: str
) -> None:
    monkeypatch.setenv(name, proxy)
    with GuardedSession(server("http://localhost", proxy=True)) as session:
        request = requests.Request("GET", "http://localhost/").prepare()
        with pytest.raises(KaggleError, match="is not on this machine") as error:
            session.send(request) if way == "send" else session.get("http://localhost/")
    assert "u:p" not in error.value.message


@pytest.mark.parametrize("proxy", [False, True])
def test_nothing_is_held_back_until_a_confirmation_comes(
    monkeypatch: pytest.MonkeyPatch, *, proxy: bool
) -> None:
    with serving_script() as scripted:
        monkeypatch.setenv("http_proxy", scripted.url)
        with GuardedSession(server(scripted.url, proxy=proxy)) as session:
            answer = session.get(scripted.url, stream=True)
            with socket.socket(fileno=os.dup(answer.raw.fileno())) as way:
                assert way.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            answer.close()


def test_a_near_proxy_is_the_way_of_the_stock_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_script() as scripted:
        monkeypatch.setenv("http_proxy", scripted.url)
        with GuardedSession(server("http://localhost", proxy=True)) as session:
            session.get("http://localhost/api")
        assert [seen.path for seen in scripted.seen] == ["http://localhost/api"]


def test_a_target_of_our_own_uses_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", FAR)
    with serving_script() as scripted, GuardedSession(server(scripted.url)) as session:
        assert session.get(scripted.url).ok


def test_kaggle_is_reached_only_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """While only loopback is allowed, Kaggle is refused too; otherwise the session connects."""
    kaggle = server("https://api.kaggle.com", key="kaggle", proxy=True)
    with GuardedSession(kaggle) as session, pytest.raises(KaggleError, match="not on this machine"):
        session.get("https://api.kaggle.com/")
    monkeypatch.delenv(LOOPBACK_ONLY)
    # The proxy of the tests refuses the connection: the session tried to connect.
    with GuardedSession(kaggle) as session, pytest.raises(requests.exceptions.ProxyError):
        session.get("https://api.kaggle.com/")


def test_every_request_has_a_timeout() -> None:
    with (
        serving_script() as scripted,
        GuardedSession(server(scripted.url, limits=AnswerLimits(read=0.1))) as session,
    ):
        scripted.script = scripted.hang
        with pytest.raises(requests.exceptions.ReadTimeout):
            session.get(scripted.url)
        with pytest.raises(requests.exceptions.ReadTimeout):
            session.get(scripted.url, timeout=0.05)


# --- credentials -------------------------------------------------------------------------------


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize("proxy", [False, True])
@pytest.mark.parametrize(
    ("user", "anonymous", "expected"),
    [
        ("awa", False, "Basic YXdhOmEtbWFkZS11cC1zZWNyZXQ="),
        (None, False, f"Bearer {SECRET}"),
        ("awa", True, None),
        (None, True, None),
    ],
)
def test_the_credentials_are_ours_or_none(
    user: str | None, expected: str | None, *, anonymous: bool, proxy: bool
) -> None:
    with (
        serving_script() as scripted,
        GuardedSession(
            server(scripted.url, user=user, proxy=proxy), anonymous=anonymous
        ) as session,
    ):
        session.get(scripted.url)
        headers = scripted.seen[0].headers
    assert headers.get("authorization") == expected
    assert headers.get("content-type") == (None if anonymous else "application/json")
    assert headers["user-agent"] == "nbship"


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize("proxy", [False, True])
@pytest.mark.parametrize("user", ["awa", None])
@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("spelling", ["127.0.0.1", "localhost"])
def test_no_credential_follows_to_another_host_or_port(
    user: str | None, spelling: str, *, anonymous: bool, proxy: bool
) -> None:
    with serving_script() as other, serving_script() as scripted:
        to = other.url.replace("127.0.0.1", spelling)
        scripted.script = lambda _: reply(b"", 302, Location=f"{to}/there")
        ours = server(scripted.url, user=user, proxy=proxy)
        with GuardedSession(ours, anonymous=anonymous) as session:
            assert session.get(scripted.url).ok
        [seen] = other.seen
        assert "authorization" not in seen.headers
        assert SECRET not in str(seen)


def test_the_credentials_stay_on_the_way_to_the_same_host() -> None:
    with serving_script() as scripted, GuardedSession(server(scripted.url)) as session:
        scripted.script = lambda seen: (
            reply({}) if seen.path == "/b" else reply(b"", 302, Location="/b")
        )
        assert session.get(f"{scripted.url}/a").ok
        assert "authorization" in scripted.seen[1].headers


def test_a_redirect_to_a_far_host_is_refused() -> None:
    with serving_script(lambda _: reply(b"", 302, Location=FAR)) as scripted:
        session = GuardedSession(server(scripted.url))
        with session, pytest.raises(KaggleError, match=r"192\.0\.2\.1 is not on this machine"):
            session.get(scripted.url)


# --- health ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply({"home": "x"}), {"home": "x"}),
        (reply(b"<html>", kind="text/html"), {}),
        (reply([1]), {}),
        (reply(b"null"), {}),
        (reply(b"[" * 100_000), {}),
        (refusal(404, "what?"), {"error": {"code": 404, "message": "what?"}}),
        (b"", {}),
        (CUT, {}),
        (b"SSH-2.0-OpenSSH\r\n", {}),
    ],
)
def test_health_is_what_a_server_says_of_itself(answer: Answer, expected: object) -> None:
    with serving_script(lambda _: answer) as scripted:
        assert health(scripted.url) == expected
        assert scripted.seen[0].path == "/healthz"


def test_health_waits_for_nobody() -> None:
    with serving_script() as scripted:
        scripted.script = scripted.hang
        assert health(scripted.url, timeout=0.1) == {}
    assert health(dead_url()) == {}
    assert health("no address") == {}
    assert health("http://[") == {}


def test_health_goes_by_no_proxy_and_follows_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", dead_url())
    with serving_script(lambda _: reply({"home": "there"})) as other:
        with serving_script(lambda _: reply(b"", 302, Location=f"{other.url}/healthz")) as scripted:
            assert health(scripted.url) == {}
        assert other.seen == []
        assert health(other.url) == {"home": "there"}


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["awa", None])
def test_our_secret_is_taken_out_of_what_a_server_says(user: str | None) -> None:
    """A server that echoes the secret does not bring it into a message or a file."""
    with serving_script() as scripted, GuardedSession(server(scripted.url, user=user)) as session:
        scripted.script = lambda seen: reply({"you": seen.headers["authorization"], "key": SECRET})
        answer = session.get(scripted.url)
    assert SECRET not in answer.text
    assert "YXdhOmEtbWFkZS11cC1zZWNyZXQ" not in answer.text
    assert answer.json()["key"] == "[secret]"


def test_a_stream_comes_as_it_is() -> None:
    with (
        serving_script(lambda _: reply(b"data")) as scripted,
        GuardedSession(server(scripted.url)) as session,
    ):
        assert session.get(scripted.url, stream=True).raw.read() == b"data"


def test_what_is_not_encrypted_is_not_kaggle() -> None:
    """Addresses of Kaggle must be https, also those that it redirects to."""
    session = GuardedSession(Server("kaggle", "https://api.kaggle.com", Credentials(None, SECRET)))
    with (
        session,
        pytest.raises(KaggleError, match=r"'http://127\.0\.0\.1/x' is not an https address"),
    ):
        session.get("http://127.0.0.1/x?signature=abc")


def test_an_answer_without_end_is_refused() -> None:
    with (
        serving_script(lambda _: reply(bytes(2 << 20))) as scripted,
        GuardedSession(server(scripted.url, limits=AnswerLimits(size=1 << 20))) as session,
    ):
        with pytest.raises(KaggleError, match="refused an answer of more than 1 MiB"):
            session.get(scripted.url)
        scripted.script = lambda _: reply(bytes(1 << 20))
        assert session.get(scripted.url).content == bytes(1 << 20)


def test_the_body_of_a_redirect_is_not_read() -> None:
    """Such a body may be endless."""
    with serving_script() as scripted:

        def script(seen: Seen) -> Answer:
            if seen.path == "/there":
                return reply(b"there")
            return [reply(b"x", 302, Location="/there", Content_Length=str(1 << 40))]

        scripted.script = script
        with GuardedSession(server(scripted.url)) as session:
            assert session.get(f"{scripted.url}/here").content == b"there"
