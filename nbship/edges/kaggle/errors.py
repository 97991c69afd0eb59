"""What a server's refusal, silence or nonsense means, as one line for a person. Only translates."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from nbship.core.kaggle.messages import about_dropped, classify
from nbship.core.kaggle.retry_policy import retry_after
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

_MOST_WORDS = 500  # characters of what a server says that a person is shown
_LATER = "Try again in a while."
_REFUSED, _SERVER_ERROR = 400, 500
_OUT_OF_TIME, _TOO_MANY, _OVERLOADED = 408, 429, 503


def unreachable(server: Server) -> ServerUnreachable:
    """Return that no server answers at the address."""
    hint = "Check the network." if server.is_kaggle else "Keep one up with 'nbship local'."
    return ServerUnreachable(f"{server.name} cannot be reached at {server.endpoint}", hint=hint)


def sources_dropped(saved: Saved, dropped: Mapping[str, tuple[str, ...]]) -> SourcesDropped:
    """Return that a version runs without some of its sources, by their kinds."""
    listed = (f"{kind} {', '.join(map(repr, names))}" for kind, names in dropped.items())
    return SourcesDropped(
        f"Kaggle dropped {plain(' and '.join(listed))}: version {saved.version} runs without",
        hint=about_dropped(dropped),
        saved=saved,
    )


@contextlib.contextmanager
def translate_errors(server: Server) -> Iterator[None]:
    """Turn whatever goes wrong with a question into one line for a person.

    Raises:
        Refused: the answer is no, and will be the next time.
        KaggleError: all the rest, which may pass.
    """
    try:
        yield
    except NbshipError:
        raise
    except requests.HTTPError as error:
        said = refusal(error)
        kind = KaggleError if is_transient(error) else RequestRejected
        raise kind(server.hide(said.message), hint=said.hint) from None
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        if was_not_sent(error):
            raise unreachable(server) from None
        raise KaggleError(f"{server.name} broke off the connection", hint=_LATER) from None
    except (requests.Timeout, TimeoutError):
        raise KaggleError(f"{server.name} gave no answer in time", hint=_LATER) from None
    except Exception as error:  # noqa: BLE001 - the package raises anything on an odd answer
        words = server.hide(plain(error))
        raise KaggleError(
            f"{server.name} answered with something that makes no sense: {words}", hint=_LATER
        ) from None


@contextlib.contextmanager
def translate_save_errors(server: Server) -> Iterator[None]:
    """Tell apart what goes wrong with a save: refused, not sent, or nobody knows.

    Raises:
        Refused, ServerUnreachable: nothing happened.
        OutcomeUnknown: the answer was lost or made no sense.
    """
    try:
        yield
    except NbshipError:
        raise
    except requests.HTTPError as error:
        raise (refusal(error) if _was_refused(error) else outcome_unknown(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever the answer was, it was no answer
        if isinstance(error, requests.ConnectionError) and was_not_sent(error):
            raise unreachable(server) from None
        raise outcome_unknown(server.hide(plain(error)) or type(error).__name__) from None


def refusal(error: requests.HTTPError) -> RequestRejected:
    """Return a server's no in its own words, with what to do for each known one."""
    code, words = _code(error), _words(error)
    told = classify(words, code)
    return RequestRejected(
        f"Kaggle says ({code}): {words}",
        hint=told.hint,
        kind=told.kind,
        retry_after=pause_of(error),
    )


def refused_in_words(said: object) -> RequestRejected:
    """Return the no that Kaggle says inside an answer which is none by its status."""
    words = plain(said)
    told = classify(words)
    hint = "Nothing was pushed." if told.kind == "other" else told.hint
    return RequestRejected(f"Kaggle says: {words}", hint=hint, kind=told.kind)


def outcome_unknown(what: requests.HTTPError | str) -> OutcomeUnknown:
    """Return that a push may or may not have happened."""
    if isinstance(what, str):
        return OutcomeUnknown(f"no usable answer to the push: {what}")
    message = f"no usable answer to the push: {_words(what)}"
    if _code(what) != _OVERLOADED:
        return OutcomeUnknown(message)
    return Overloaded(message, retry_after=pause_of(what))


def is_transient(error: BaseException) -> bool:
    """Whether a question that went wrong so may go well the next time."""
    if isinstance(error, requests.HTTPError):
        code = _code(error)
        return code in {_OUT_OF_TIME, _TOO_MANY} or code >= _SERVER_ERROR
    if isinstance(error, requests.ConnectionError) and was_not_sent(error):
        return False
    return isinstance(error, Exception) and not isinstance(error, NbshipError)


def pause_of(error: BaseException) -> float | None:
    """Return how many seconds the server asks to wait, None where it does not."""
    answer = error.response if isinstance(error, requests.HTTPError) else None
    if answer is None:
        return None
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))


def was_not_sent(error: requests.RequestException) -> bool:
    """Whether no connection came about, so that the request cannot have been heard."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # A proxy's error tells nothing by itself: it is also raised for a connection cut later on.
    reason = getattr(reason, "original_error", reason)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def plain(said: object) -> str:
    """Return what a server said as one line that a terminal may have."""
    return readable(" ".join(str(said).split()))[:_MOST_WORDS]


def _was_refused(error: requests.HTTPError) -> bool:
    """Whether the server understood the push and declined it; a 5xx leaves that open."""
    return _code(error) < _SERVER_ERROR and _code(error) != _OUT_OF_TIME


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
