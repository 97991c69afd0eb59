"""Tests of the version from which an edit on the service started."""

import json
from dataclasses import asdict, replace

import pytest

from nbship.core.drift.base import KnownVersion, base_of, parse_known, render_known
from nbship.model.push import Record

KNOWN = KnownVersion("awa/k", "local", 4, "digest")
RECORD = Record(
    "id", "pushed", "", "k", "local", "local", "awa/k", "", "cells", "c0ffee", 0, (), (), version=3
)


def test_the_newest_version_that_was_pushed_or_merged_is_the_base() -> None:
    records = (replace(RECORD, version=2), RECORD, replace(RECORD, version=None))
    pushed = KnownVersion("awa/k", "local", 3, "cells", "c0ffee")
    given = {"kernel": "awa/k", "server": "local"}
    assert base_of(records, None, **given, latest=9) == pushed
    assert base_of(records, KNOWN, **given, latest=4) == KNOWN
    assert base_of(records, replace(KNOWN, kernel="awa/other"), **given, latest=4) == pushed
    assert base_of(records, KNOWN, **given, latest=2) is None
    assert base_of(records, KNOWN, **given, latest=1) is None
    assert base_of(records, None, **given, latest=0) == pushed
    assert base_of(records, None, **given, latest=3) == pushed
    assert base_of((), None, **given, latest=2) is None
    assert base_of(records, None, kernel="awa/k", server="kaggle", latest=9) is None


def test_the_note_reads_back() -> None:
    for known in (KNOWN, replace(KNOWN, commit="c0ffee")):
        assert parse_known(render_known(known)) == known
    assert render_known(KNOWN).startswith(b'{\n "kernel": "awa/k",\n')


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps(asdict(KNOWN) | {"version": "4"}).encode(),
        json.dumps(asdict(KNOWN) | {"cells": None}).encode(),
        json.dumps(asdict(KNOWN) | {"commit": 1}).encode(),
    ],
)
def test_a_damaged_note_is_none(data: bytes) -> None:
    assert parse_known(data) is None
