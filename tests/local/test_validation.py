"""Requests are validated strictly; dates and durations have Kaggle's formats."""

from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus

import pytest

from nbship.local.protocol import validation

_FIELDS = {
    "name": validation.STRING,
    "count": validation.INTEGER,
    "flag": validation.BOOLEAN,
    "list": validation.STRINGS,
    "kind": validation.one_of("A", "B"),
}


def test_a_good_request_passes() -> None:
    body = b'{"name": "x", "count": 1, "flag": true, "list": ["a"], "kind": "B"}'
    assert validation.checked(body, _FIELDS)["kind"] == "B"
    assert validation.checked(b"", _FIELDS) == {}


def test_null_stands_for_absent() -> None:
    assert validation.checked(b'{"name": null}', _FIELDS) == {}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"nam": 1}', '"nam"'),
        (b'{"nam": null}', '"nam"'),
        (b'{"name": 1}', "'name': a string"),
        (b'{"count": true}', "'count': an integer"),
        (b'{"count": 9999999999999999999999}', "'count'"),
        (b'{"flag": 1}', "'flag': a boolean"),
        (b'{"list": "a"}', "'list': a list of strings"),
        (b'{"list": [1]}', "'list'"),
        (b'{"kind": "C"}', "one of A, B"),
        (b'{"kind": []}', "one of A, B"),
        (b"[]", "Not an object"),
        (b"{", "Invalid JSON"),
        (b'{"name": "\xff"}', "Invalid JSON"),
        (b'{"name": "\\ud800"}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(body: bytes, message: str) -> None:
    with pytest.raises(validation.ApiError) as refusal:
        validation.checked(body, _FIELDS)
    assert refusal.value.code == HTTPStatus.BAD_REQUEST
    assert message in refusal.value.message


def test_errors_are_nested() -> None:
    assert validation.error_body(409, "taken") == {
        "error": {"code": 409, "message": "taken", "status": "ALREADY_EXISTS"}
    }
    assert validation.error_body(500, "oh")["error"]["status"] == "INTERNAL"


@pytest.mark.parametrize(("label", "number"), [("v1", 1), ("v12", 12), ("", None), (None, None)])
def test_version_labels(label: str | None, number: int | None) -> None:
    assert validation.version_number(label) == number


@pytest.mark.parametrize("label", ["2", "v0", "v-1", "V2", "v2 ", "latest", "v" + "9" * 30])
def test_other_version_labels_are_not_found(label: str) -> None:
    with pytest.raises(validation.ApiError) as refusal:
        validation.version_number(label)
    assert refusal.value.code == HTTPStatus.NOT_FOUND


def test_dates_and_durations() -> None:
    moment = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert validation.timestamp(moment) == "2026-11-22T10:00:00.1234560Z"
    assert validation.duration(timedelta(days=1, hours=6, milliseconds=900)) == "108000s"
    assert validation.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("hour", "spoken"), [(16, "4:41 pm"), (0, "12:41 am"), (12, "12:41 pm"), (9, "9:41 am")]
)
def test_spoken_dates(hour: int, spoken: str) -> None:
    east = timezone(timedelta(hours=2))
    moment = datetime(2026, 9, 23, hour, 41, tzinfo=UTC).astimezone(east)
    assert validation.spoken_date(moment) == f"{spoken}, Wednesday 23 September 2026 UTC"


def test_the_quota_begins_anew_on_saturday() -> None:
    saturday = datetime(2026, 11, 21, tzinfo=UTC)
    week = (saturday, saturday + timedelta(days=7))
    assert validation.quota_week(saturday) == week
    assert validation.quota_week(saturday + timedelta(days=6, hours=23)) == week
