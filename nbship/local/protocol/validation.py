"""Validation of requests, and Kaggle's formats of errors, dates and durations. Pure.

An unknown field is refused on purpose: a client must not rely on a field that this server would
silently ignore.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

_STATUS_NAMES = {
    HTTPStatus.BAD_REQUEST: "INVALID_ARGUMENT",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "UNIMPLEMENTED",
    HTTPStatus.CONFLICT: "ALREADY_EXISTS",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
}
_VERSION_LABEL = re.compile(r"v([1-9][0-9]{0,8})")
_DURATION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?s")
_INT64 = 2**63
_SECOND = timedelta(seconds=1)
_SATURDAY = 5
_NOON = 12

# Not from the calendar module, whose names depend on the locale.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class ApiError(Exception):
    """A refused request; the client receives an HTTP error."""

    def __init__(self, code: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def bad_request(message: str) -> ApiError:
    """Return the error for an invalid request."""
    return ApiError(HTTPStatus.BAD_REQUEST, message)


def not_found(message: str) -> ApiError:
    """Return the error for a request that names something missing."""
    return ApiError(HTTPStatus.NOT_FOUND, message)


def error_body(code: int, message: str) -> Json:
    """Return an error as Kaggle nests it: ``{"error": {"code", "message", "status"}}``."""
    status = _STATUS_NAMES.get(HTTPStatus(code), "INTERNAL")
    return {"error": {"code": code, "message": message, "status": status}}


@dataclass(frozen=True, slots=True)
class FieldType:
    """The type of a request's field: which values it accepts, and how to read it from a URL."""

    name: str
    accepts: Callable[[object], bool]
    read: Callable[[str], object] = str


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_duration(value: object) -> bool:
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


STRING = FieldType("a string", lambda value: isinstance(value, str))
INTEGER = FieldType("an integer", _is_integer, lambda text: int(text) if _is_digits(text) else text)
BOOLEAN = FieldType(
    "a boolean",
    lambda value: isinstance(value, bool),
    lambda text: {"true": True, "false": False}.get(text.lower(), text),
)
STRINGS = FieldType("a list of strings", _is_strings, lambda text: text.split(",") if text else [])
DURATION = FieldType("a duration such as 30s", _is_duration)


def _is_digits(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()


def one_of(*names: str) -> FieldType:
    """Return the type of an enumeration; a URL may spell its names in any case."""

    def read(text: str) -> str:
        return next((name for name in names if name.lower() == text.lower()), text)

    return FieldType(f"one of {', '.join(names)}", lambda value: value in names, read)


def object_of(fields: Mapping[str, FieldType]) -> FieldType:
    """Return the type of an object with these fields, all of them optional."""

    def accepts(value: object) -> bool:
        return isinstance(value, dict) and all(
            name in fields and (part is None or fields[name].accepts(part))
            for name, part in value.items()
        )

    return FieldType(f"an object of {', '.join(fields)}", accepts)


def list_of(item_type: FieldType) -> FieldType:
    """Return the type of a list with items of one type."""
    return FieldType(
        f"a list, each {item_type.name}",
        lambda value: isinstance(value, list) and all(map(item_type.accepts, value)),
    )


def checked(body: bytes, fields: Mapping[str, FieldType]) -> Json:
    """Parse and validate a request's body.

    Raises:
        ApiError: the body is not a JSON object, or a field is invalid; the message names it.
    """
    return validated(_loaded(body), fields)


def from_texts(texts: Mapping[str, str], fields: Mapping[str, FieldType]) -> Json:
    """Convert the texts in a URL to values; leave unknown fields to ``validated``."""
    return {
        name: fields[name].read(text) if name in fields else text for name, text in texts.items()
    }


def _loaded(body: bytes) -> Json:
    try:
        request = json.loads(body or b"{}")
        json.dumps(request, ensure_ascii=False).encode()
    except ValueError as error:  # includes invalid UTF-8 and lone surrogates
        raise bad_request(f"Invalid JSON payload received. {error}") from error
    except RecursionError as error:
        raise bad_request("Invalid JSON payload received. Too deeply nested") from error
    if not isinstance(request, dict):
        raise bad_request("Invalid JSON payload received. Not an object")
    return request


def validated(request: Json, fields: Mapping[str, FieldType]) -> Json:
    """Return a request without its null fields.

    Raises:
        ApiError: a field is unknown or has a wrong type; the message names it.
    """
    for name, value in request.items():
        if name not in fields:
            raise bad_request(f'Invalid JSON payload received. Unknown name "{name}"')
        if value is not None and not fields[name].accepts(value):
            raise bad_request(f"Invalid value at '{name}': {fields[name].name} is expected")
    # In JSON that is written from a protocol buffer, null means that the field is absent.
    return {name: value for name, value in request.items() if value is not None}


def version_number(label: str | None) -> int | None:
    """Return the number in a label such as v2; None without a label, which means the latest.

    Raises:
        ApiError: the label has another form; Kaggle answers 404 to these.
    """
    if not label:
        return None
    match = _VERSION_LABEL.fullmatch(label)
    if match is None:
        raise not_found(f"Version '{label}' was not found")
    return int(match[1])


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return a moment as Kaggle's server writes it: UTC, with seven digits after the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def duration(length: timedelta) -> str:
    """Return a protocol buffer's duration in whole seconds, for example 30s."""
    return f"{length // _SECOND}s"


def seconds(text: str) -> timedelta:
    """Parse a protocol buffer's duration such as 30s or 1.5s."""
    return timedelta(seconds=float(text.removesuffix("s")))


def spoken_date(moment: datetime) -> str:
    """Return a moment as Kaggle's file list writes it: 4:41 pm, Wednesday 23 September 2026 UTC."""
    utc = moment.astimezone(UTC)
    hour, half = (utc.hour - 1) % 12 + 1, "am" if utc.hour < _NOON else "pm"
    day = f"{_DAYS[utc.weekday()]} {utc.day} {_MONTHS[utc.month - 1]} {utc.year}"
    return f"{hour}:{utc.minute:02} {half}, {day} UTC"


def quota_week(moment: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the quota's week, which starts on Saturday at 00:00 UTC."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=(midnight.weekday() - _SATURDAY) % 7)
    return start, start + timedelta(days=7)
