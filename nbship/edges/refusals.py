"""What a server's refusal, silence or nonsense means, as one line for a person. Only translates."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from nbship.core.log import readable
from nbship.edges.network import Server
from nbship.errors import KaggleError, NbshipError, OutcomeUnknown

_MOST_WORDS = 500  # characters of what a server says that a person is shown
_LATER = "Try again in a while."
_REFUSED, _SERVER_ERROR = 400, 500


class ServerUnreachable(KaggleError):
    """Nobody answers at the server's address; nothing was sent."""

    def __init__(self, server: Server) -> None:
        hint = "Check the network." if server.is_kaggle else "Keep one up with 'nbship local'."
        super().__init__(f"{server.name} cannot be reached at {server.endpoint}", hint=hint)


@contextlib.contextmanager
def translated(server: Server) -> Iterator[None]:
    """Turn whatever goes wrong with a question into one line for a person."""
    try:
        yield
    except NbshipError:
        raise
    except requests.HTTPError as error:
        raise refusal(error) from None
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        if was_not_sent(error):
            raise ServerUnreachable(server) from None
        raise KaggleError(f"{server.name} broke off the connection", hint=_LATER) from None
    except (requests.Timeout, TimeoutError):
        raise KaggleError(f"{server.name} gave no answer in time", hint=_LATER) from None
    except Exception as error:  # noqa: BLE001 - the package raises anything on an odd answer
        raise KaggleError(
            f"{server.name} answered with something that makes no sense: {plain(error)}",
            hint=_LATER,
        ) from None


def refusal(error: requests.HTTPError) -> KaggleError:
    """Return a server's no in its own words, with what to do for each known one."""
    code = _code(error)
    hints = {
        401: "Your credentials are not valid (any more): make a new API token.",
        403: "You may not do this with that kernel: check its id and your account.",
        409: "Another notebook of yours has this title: choose another one.",
        429: "Kaggle asks to slow down: wait a few minutes.",
    }
    return KaggleError(f"Kaggle says ({code}): {_words(error)}", hint=hints.get(code, _LATER))


def _code(error: requests.HTTPError) -> int:
    """Return the status of a refusal, which the package also finds inside the body of a 200."""
    status = error.response.status_code if error.response is not None else _SERVER_ERROR
    code = _body(error).get("code") if status < _REFUSED else status
    return code if isinstance(code, int) else _SERVER_ERROR


def _words(error: requests.HTTPError) -> str:
    """Return Kaggle's own words, which stand inside the body and not in the status line."""
    body = _body(error)
    nested = body.get("error")
    told = nested.get("message") if isinstance(nested, dict) else body.get("message")
    return plain(told or getattr(error.response, "reason", None) or "no reason given")


def _body(error: requests.HTTPError) -> Mapping[str, Any]:
    with contextlib.suppress(ValueError, RecursionError, AttributeError):
        body = error.response.json()
        return body if isinstance(body, dict) else {}
    return {}


def was_refused(error: requests.HTTPError) -> bool:
    """Whether the server understood the push and declined it; a 5xx leaves that open."""
    return _code(error) < _SERVER_ERROR


def was_not_sent(error: requests.RequestException) -> bool:
    """Whether no connection came about, so that the request cannot have been heard."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # A proxy's error tells nothing by itself: it is also raised for a connection cut later on.
    reason = getattr(reason, "original_error", reason)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def lost(what: object) -> OutcomeUnknown:
    """Return that a push may or may not have happened."""
    words = _words(what) if isinstance(what, requests.HTTPError) else plain(what)
    words = words or type(what).__name__
    return OutcomeUnknown(f"no usable answer to the push: {words}")


def plain(said: object) -> str:
    """Return what a server said as one line that a terminal may have."""
    return readable(" ".join(str(said).split()))[:_MOST_WORDS]
