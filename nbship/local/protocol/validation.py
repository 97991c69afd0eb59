"""What goes over the wire: checked requests, Kaggle's error shape, its dates and durations. Pure.

Strict on purpose: a field that we do not know is refused, so that no client comes to rely on
something that was silently ignored.
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

# Not from the calendar module: that one speaks the language of this machine.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class ApiError(Exception):
    """A refusal that the client gets as an HTTP error."""

    def __init__(self, code: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def bad_request(message: str) -> ApiError:
    """Return the refusal of a request that is wrong in itself."""
    return ApiError(HTTPStatus.BAD_REQUEST, message)


def not_found(message: str) -> ApiError:
    """Return the refusal of a request for something that is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, message)


def error_body(code: int, message: str) -> Json:
    """Return an error in the nested shape that Kaggle really sends."""
    status = _STATUS_NAMES.get(HTTPStatus(code), "INTERNAL")
    return {"error": {"code": code, "message": message, "status": status}}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field of a request may hold, and how it is written in an address."""

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
    """Return the kind of an enumeration; an address may have it in small letters."""

    def read(text: str) -> str:
        return next((name for name in names if name.lower() == text.lower()), text)

    return FieldType(f"one of {', '.join(names)}", lambda value: value in names, read)


def object_of(fields: Mapping[str, FieldType]) -> FieldType:
    """Return the kind of an object with these fields, any of them absent."""

    def accepts(value: object) -> bool:
        return isinstance(value, dict) and all(
            name in fields and (part is None or fields[name].accepts(part))
            for name, part in value.items()
        )

    return FieldType(f"an object of {', '.join(fields)}", accepts)


def list_of(kind: FieldType) -> FieldType:
    """Return the kind of a list whose items are of one kind."""
    return FieldType(
        f"a list, each {kind.name}",
        lambda value: isinstance(value, list) and all(map(kind.accepts, value)),
    )


def checked(body: bytes, fields: Mapping[str, FieldType]) -> Json:
    """Return the request in a body, or refuse it, naming the field that is wrong."""
    return validated(_loaded(body), fields)


def from_texts(written: Mapping[str, str], fields: Mapping[str, FieldType]) -> Json:
    """Return what the texts in an address stand for; what is unknown is for ``validated``."""
    return {
        name: fields[name].read(text) if name in fields else text for name, text in written.items()
    }


def _loaded(body: bytes) -> Json:
    try:
        request = json.loads(body or b"{}")
        json.dumps(request, ensure_ascii=False).encode()
    except ValueError as error:  # also what is not UTF-8, and half a surrogate pair
        raise bad_request(f"Invalid JSON payload received. {error}") from error
    except RecursionError as error:
        raise bad_request("Invalid JSON payload received. Too deeply nested") from error
    if not isinstance(request, dict):
        raise bad_request("Invalid JSON payload received. Not an object")
    return request


def validated(request: Json, fields: Mapping[str, FieldType]) -> Json:
    """Return a request without its empty fields, or refuse it, naming the field that is wrong."""
    for name, value in request.items():
        if name not in fields:
            raise bad_request(f'Invalid JSON payload received. Unknown name "{name}"')
        if value is not None and not fields[name].accepts(value):
            raise bad_request(f"Invalid value at '{name}': {fields[name].name} is expected")
    # A null stands for an absent field, in JSON written from a protocol buffer.
    return {name: value for name, value in request.items() if value is not None}


def version_number(label: str | None) -> int | None:
    """Return the number in a label such as v2; without a label none, which means the latest."""
    if not label:
        return None
    match = _VERSION_LABEL.fullmatch(label)
    if match is None:
        raise not_found(f"Version '{label}' was not found")
    return int(match[1])


def now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return a date as Kaggle's server writes it, with seven digits of a second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def duration(length: timedelta) -> str:
    """Return a protocol buffer's duration, in whole seconds."""
    return f"{length // _SECOND}s"


def seconds(written: str) -> timedelta:
    """Return the length that a protocol buffer's duration stands for."""
    return timedelta(seconds=float(written.removesuffix("s")))


def spoken_date(moment: datetime) -> str:
    """Return a date in the form of the file listing: 4:41 pm, Wednesday 23 September 2026 UTC."""
    utc = moment.astimezone(UTC)
    hour, half = (utc.hour - 1) % 12 + 1, "am" if utc.hour < _NOON else "pm"
    day = f"{_DAYS[utc.weekday()]} {utc.day} {_MONTHS[utc.month - 1]} {utc.year}"
    return f"{hour}:{utc.minute:02} {half}, {day} UTC"


def quota_week(moment: datetime) -> tuple[datetime, datetime]:
    """Return when the quota's week began and when the next begins: Saturdays at midnight, UTC."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - timedelta(days=(midnight.weekday() - _SATURDAY) % 7)
    return start, start + timedelta(days=7)
