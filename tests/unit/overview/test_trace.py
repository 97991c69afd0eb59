"""A stray file traced by its stamp."""

import json
from dataclasses import replace
from typing import Any, get_args

import pytest

from nbship.core.overview.trace import stamp_of, trace_json, trace_text, traced
from nbship.core.push.digests import seen_digest
from nbship.core.push.stamp import stamped
from nbship.core.source.nbjson import cells_digest
from nbship.errors import SourceError
from nbship.model.push import Order, Record, Stamp
from nbship.model.workspace import Origin
from tests.unit.push.test_record import RECORD
from tests.unit.push.test_stamp import COMMIT, NOTEBOOK, PATH

KEYS: dict[str, Any] = {"title": "Trainer", "is_private": True}
STAMP = Stamp(COMMIT, seen_digest(NOTEBOOK, KEYS), "b" * 64, "r1", "Awa", "2026-11-26T18:00:00Z")
TEXT = stamped(NOTEBOOK, (Origin(PATH, 1), None), STAMP, PATH, "")[0]
PUSHED = replace(RECORD, cells=cells_digest(TEXT), state="complete", version=4)
EDITED = TEXT.replace("x = 1", "x = 2")
UNKNOWN = "not known here: the record of the push is in another clone"
CHANGED = "not those of that push: edited since, or the stamp is copied from another version"


def told(text: str, records: list[Record], *metadata: dict[str, Any]) -> dict[str, str]:
    found = traced("a.ipynb", text, STAMP, "before", records, metadata)
    return dict(line.split(maxsplit=1) for line in trace_text(found))


def test_the_record_of_this_clone_tells_the_push() -> None:
    assert told(TEXT, [replace(RECORD, id="r0"), PUSHED]) == {
        "file": "a.ipynb",
        "source": PATH,
        "commit": f"{COMMIT} (an ancestor of HEAD)",
        "pushed": "2026-11-26 18:00 UTC by Awa",
        "push": "trainer-v4 (r1), complete",
        "kernel": "ous-sow/trainer version 4",
        "cells": "as they were pushed",
    }


@pytest.mark.parametrize(
    ("text", "records", "metadata", "cells"),
    [
        (EDITED, [PUSHED], [KEYS], CHANGED),
        (TEXT, [], [KEYS], "as they were pushed"),
        (TEXT, [], [{"title": "Other"}, KEYS], "as they were pushed"),
        (TEXT, [], [{"title": "Other"}], UNKNOWN),
        (TEXT, [], [], UNKNOWN),
        (EDITED, [], [KEYS], UNKNOWN),
    ],
)
def test_the_cells_are_compared_with_what_was_pushed(
    text: str, records: list[Record], metadata: list[dict[str, Any]], cells: str
) -> None:
    found = told(text, records, *metadata)
    assert found["cells"] == cells
    if not records:
        assert found["push"] == "r1 (not made from this clone)"
        assert "kernel" not in found


ORDERS: dict[Order, str] = {
    "same": "HEAD of this clone",
    "before": "an ancestor of HEAD",
    "after": "newer than HEAD",
    "apart": "on another branch than HEAD",
    "unknown": "this clone does not have it: git fetch may get it",
}


@pytest.mark.parametrize("order", get_args(Order))
def test_each_order_of_the_commit_is_told(order: Order) -> None:
    found = traced("a.ipynb", TEXT, STAMP, order, [], [])
    lines = list(trace_text(found))
    assert lines[2] == f"commit  {COMMIT} ({ORDERS[order]})"
    assert json.loads(trace_json(found))["commit_is"] == order


def test_what_a_stamp_does_not_say_is_said() -> None:
    stamp = replace(STAMP, commit="", by="")
    lines = [*trace_text(traced("a.ipynb", "x = 1\n", stamp, "unknown", [], []))]
    assert [line.split(maxsplit=1) for line in lines] == [
        ["file", "a.ipynb"],
        ["commit", "none"],
        ["pushed", "2026-11-26 18:00 UTC by nobody who is named"],
        ["push", "r1 (not made from this clone)"],
        ["cells", UNKNOWN],
    ]


def test_the_json_has_the_stamp_and_the_run() -> None:
    found = json.loads(trace_json(traced("a.ipynb", TEXT, STAMP, "same", [PUSHED], [])))
    assert found["stamp"]["record"] == "r1"
    assert {key: found[key] for key in ("format", "file", "source", "cells", "run", "version")} == {
        "format": 1, "file": "a.ipynb", "source": PATH, "cells": "as pushed",
        "run": "trainer-v4", "version": 4,
    }  # fmt: skip
    text = trace_json(traced("\u0181alli.ipynb", TEXT, STAMP, "same", [], []))
    assert text.startswith('{\n "format": 1,\n "file": "\u0181alli.ipynb",\n')
    found = json.loads(text)
    assert (found["run"], found["kernel"], found["version"]) == (None, None, None)


def test_a_file_with_a_stamp_is_read() -> None:
    assert stamp_of("a.ipynb", TEXT.encode()) == (TEXT, STAMP)
    script = stamped("x = 1\n", (), STAMP, PATH, "")[0]
    assert stamp_of("a.py", script.encode()) == (script, STAMP)


@pytest.mark.parametrize(
    ("file", "data", "message"),
    [
        ("a.ipynb", NOTEBOOK.encode(), "a.ipynb: no stamp: nbship has not pushed it"),
        ("a.py", b"x = 1\n", "a.py: no stamp"),
        ("a.ipynb", TEXT.encode()[:200], "a.ipynb: no notebook, or only a part of one"),
        ("a.IPYNB", b"\xff", "a.IPYNB: no notebook"),
        ("a.ipynb", b"", "a.ipynb: no notebook"),
        ("a.py", b"\x00\xff", "a.py: no stamp"),
    ],
)
def test_a_file_that_tells_nothing_is_refused(file: str, data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        stamp_of(file, data)
    assert str(caught.value).startswith(message)
    older = "Notebooks pushed by an older nbship have none." if "stamp" in message else ""
    assert caught.value.hint == older
