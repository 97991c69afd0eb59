"""Translation of failed requests into errors of one line. It changes nothing."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from nbship.core.kaggle.messages import about_dropped, classify
from nbship.core.kaggle.retry_policy import retry_after
from nbship.edges.kaggle.failed_requests import in_words
from nbship.edges.kaggle.session import Server
from nbship.errors import (
    KaggleError,
    NbshipError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerUnreachable,
    SourcesDropped,
)
from nbship.model.push import Saved
from nbship.sanitize import readable

_MOST_WORDS = 500  # characters of a server's message in an error
_LATER = "Try again in a while."
_REFUSED, _SERVER_ERROR = 400, 500
_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _UNAVAILABLE = 408, 429, 503


def unreachable(server: Server) -> ServerUnreachable:
    """Return the error that no server answers at the address."""
    hint = "Check the network." if server.is_kaggle else "Start it with 'nbship local'."
    return ServerUnreachable(f"{server.name} cannot be reached at {server.endpoint}", hint=hint)


def sources_dropped(saved: Saved, dropped: Mapping[str, tuple[str, ...]]) -> SourcesDropped:
    """Return the error that a version runs without some sources; ``dropped`` names them by kind."""
    listed = (f"{kind} {', '.join(map(repr, names))}" for kind, names in dropped.items())
    return SourcesDropped(
        f"Kaggle dropped {plain(' and '.join(listed))}: version {saved.version} runs without them",
        hint=about_dropped(dropped),
        saved=saved,
    )


@contextlib.contextmanager
def translate_errors(server: Server) -> Iterator[None]:
    """Turn any error of a block into an error of one line.

    Raises:
        RequestRejected: the server refuses the request, and would refuse it again.
        ServerUnreachable: no connection was made.
        KaggleError: the request failed for another reason, which may be transient.
    """
    try:
        yield
    except NbshipError:
        raise
    except requests.HTTPError as error:
        rejected = refusal(error)
        words = server.hide(rejected.message)
        if is_transient(error):
            raise KaggleError(words, hint=rejected.hint) from None
        raise RequestRejected(words, hint=rejected.hint, kind=rejected.kind) from None
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        if was_not_sent(error):
            raise unreachable(server) from None
        raise KaggleError(f"{server.name} broke off the connection", hint=_LATER) from None
    except (requests.Timeout, TimeoutError):
        raise KaggleError(f"{server.name} did not answer in time", hint=_LATER) from None
    except Exception as error:  # noqa: BLE001 - kagglesdk raises anything on an odd answer
        raise KaggleError(
            f"{server.name} answered with something that makes no sense: {in_words(error)}",
            hint=_LATER,
        ) from None


@contextlib.contextmanager
def translate_save_errors(server: Server) -> Iterator[None]:
    """Turn any error of a save into one that states whether the version can exist.

    Raises:
        RequestRejected, ServerUnreachable: nothing happened.
        OutcomeUnknown: the answer was lost or makes no sense.
    """
    try:
        yield
    except NbshipError:
        raise
    except requests.HTTPError as error:
        raise (refusal(error) if _was_refused(error) else outcome_unknown(error)) from None
    except Exception as error:  # noqa: BLE001 - after any other error the outcome is unknown
        if isinstance(error, requests.ConnectionError) and was_not_sent(error):
            raise unreachable(server) from None
        raise outcome_unknown(in_words(error)) from None


def refusal(error: requests.HTTPError) -> RequestRejected:
    """Return an HTTP error as a refusal in the server's own words, with a hint for known ones."""
    code, words = _code(error), _words(error)
    advice = classify(words, code)
    return RequestRejected(
        f"Kaggle says ({code}): {words}",
        hint=advice.hint,
        kind=advice.kind,
        retry_after=requested_wait(error),
    )


def refused_in_words(message: object) -> RequestRejected:
    """Return a refusal that Kaggle sends with status 200."""
    words = plain(message)
    advice = classify(words)
    hint = "Nothing was pushed." if advice.kind == "other" else advice.hint
    return RequestRejected(f"Kaggle says: {words}", hint=hint, kind=advice.kind)


def outcome_unknown(reason: requests.HTTPError | str) -> OutcomeUnknown:
    """Return the error for a push that may have happened."""
    if isinstance(reason, str):
        return OutcomeUnknown(f"no usable answer to the push: {reason}")
    message = f"no usable answer to the push: {_words(reason)}"
    if _code(reason) != _UNAVAILABLE:
        return OutcomeUnknown(message)
    return Overloaded(message, retry_after=requested_wait(reason))


def is_transient(error: BaseException) -> bool:
    """Return whether a request that failed with this error may succeed if it is sent again."""
    if isinstance(error, requests.HTTPError):
        code = _code(error)
        return code in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or code >= _SERVER_ERROR
    if isinstance(error, requests.ConnectionError) and was_not_sent(error):
        return False
    return isinstance(error, Exception) and not isinstance(error, NbshipError)


def requested_wait(error: BaseException) -> float | None:
    """Return the number of seconds that the server asks to wait (``Retry-After``), or None."""
    answer = error.response if isinstance(error, requests.HTTPError) else None
    if answer is None:
        return None
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))


def was_not_sent(error: requests.RequestException) -> bool:
    """Return whether no connection was made: then the server has not received the request."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # A proxy error is also raised for a connection that broke later: its cause decides.
    reason = getattr(reason, "original_error", reason)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def plain(message: object) -> str:
    """Return a server's message as one printable line of at most 500 characters."""
    return readable(" ".join(str(message).split()))[:_MOST_WORDS]


def _was_refused(error: requests.HTTPError) -> bool:
    """Return whether the server certainly declined the push; after a 5xx or a 408 that is open."""
    return _code(error) < _SERVER_ERROR and _code(error) != _REQUEST_TIMEOUT


def _code(error: requests.HTTPError) -> int:
    """Return the status of a refusal; kagglesdk also raises for a code in the body of a 200."""
    status = error.response.status_code if error.response is not None else _SERVER_ERROR
    code = _body(error).get("code") if status < _REFUSED else status
    return code if isinstance(code, int) else _SERVER_ERROR


def _words(error: requests.HTTPError) -> str:
    """Return Kaggle's message, which is in the body and not in the status line."""
    body = _body(error)
    nested = body.get("error")
    message = nested.get("message") if isinstance(nested, dict) else body.get("message")
    return plain(message or getattr(error.response, "reason", None) or "no reason given")


def _body(error: requests.HTTPError) -> Mapping[str, Any]:
    with contextlib.suppress(ValueError, RecursionError, AttributeError):
        body = error.response.json()
        return body if isinstance(body, dict) else {}
    return {}
