"""The digests of a push: what is sent, and what the service shows of it later."""

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from nbship.core.push.digests import normalised, push_digest, seen_digest
from nbship.core.push.latest import latest_of
from nbship.core.push.stamp import stamped
from nbship.core.source.nbjson import cells_digest
from nbship.model.push import Latest, Record, Stamp
from nbship.model.run import RemoteKernel
from nbship.model.spec import KaggleSpec, keys_of

CELLS = [{"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1"}]
TEXT = json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
SPEC = KaggleSpec("awa/x", "Title", dataset_sources=("awa/b/3", "AWA/a"))
METADATA = asdict(SPEC)
SEEN_KEYS = {
    "title", "is_private", "enable_internet", "dataset_sources", "competition_sources",
    "kernel_sources", "model_sources",
}  # fmt: skip
OTHER: dict[str, Any] = {
    "flag": True, "text": "other", "kernel id": "awa/other", "kernel number": 7,
    "list": ["awa/other"],
}  # fmt: skip


@pytest.mark.parametrize("name", keys_of(KaggleSpec))
def test_every_key_is_sent_and_some_are_seen(name: str) -> None:
    key = keys_of(KaggleSpec)[name]
    changed = METADATA | {name: key.values[1] if key.values else OTHER[key.type]}
    if key.type == "flag":
        changed[name] = not METADATA[name]
    assert push_digest(TEXT, changed) != push_digest(TEXT, METADATA)
    is_seen = seen_digest(TEXT, changed) != seen_digest(TEXT, METADATA)
    assert is_seen == (name in SEEN_KEYS)


def test_the_service_may_tell_sources_in_another_order_and_form() -> None:
    told = METADATA | {"dataset_sources": ["awa/A", "awa/b"], "kernel_sources": None}
    assert seen_digest(TEXT, told) == seen_digest(TEXT, METADATA)
    assert seen_digest(TEXT, {**told, "id_no": 3, "more": 1}) == seen_digest(TEXT, METADATA)
    less = METADATA | {"dataset_sources": ["awa/A"]}
    assert seen_digest(TEXT, less) != seen_digest(TEXT, METADATA)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("dataset_sources", ["awa/B/3", "AWA/a", "awa/b"], ["awa/a", "awa/b"]),
        (
            "dataset_sources",
            ("z/z", "y/y", "x/x", "w/w", "v/v"),
            ["v/v", "w/w", "x/x", "y/y", "z/z"],
        ),
        ("dataset_sources", None, []),
        ("competition_sources", ["titanic"], ["titanic"]),
        ("is_private", None, False),
        ("is_private", 1, True),
        ("title", "", None),
        ("title", None, None),
        ("title", "T", "T"),
    ],
)
def test_a_value_that_was_sent_and_one_that_is_told_have_one_form(
    name: str, value: Any, expected: Any
) -> None:
    found = normalised(keys_of(KaggleSpec)[name], value)
    assert found == expected
    assert type(found) is type(expected)


def test_a_digest_is_that_of_sorted_json() -> None:
    """Stamps of earlier versions have digests, which another way to make them would not know."""

    def sha256(content: object) -> str:
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    keys = {name: METADATA[name] for name in reversed(keys_of(KaggleSpec))}
    assert push_digest(TEXT, METADATA) == sha256([cells_digest(TEXT), keys])
    told = {name: normalised(keys_of(KaggleSpec)[name], METADATA[name]) for name in SEEN_KEYS}
    assert seen_digest(TEXT, METADATA) == sha256([cells_digest(TEXT), told])


# --- the latest version ---

SEEN = seen_digest(TEXT, METADATA)
STAMP = Stamp("c0ffee", SEEN, push_digest(TEXT, METADATA), "r1", "awa", "2026")
STAMPED = stamped(TEXT, (), STAMP, "src_py/x.py", "")[0]
RECORD = Record(
    id="r1", state="pushed", at="2026", name="x", target="main", server="kaggle", kernel="awa/x",
    digest="", cells=cells_digest(TEXT), commit="c0ffee", base_version=0, overrides=(), line_map=(),
    version=3, person="awa",
)  # fmt: skip


def kernel(source: str, latest: int = 3, **changes: Any) -> RemoteKernel:
    return RemoteKernel("awa/x", latest, source, METADATA | changes)


def test_a_version_is_ours_if_its_stamp_fits_what_is_below_it() -> None:
    assert latest_of(kernel(STAMPED), ()) == Latest(3, "nbship", STAMP, "unknown", SEEN)


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        (STAMPED.replace("x = 1", "x = 2"), {}),  # a cell edited on the web keeps the stamp
        (STAMPED, {"dataset_sources": ["awa/b", "awa/a", "awa/c"]}),  # a dataset added
        (TEXT, {}),  # the stamp deleted
        (TEXT.replace("x = 1", "x = 2"), {}),
        ("{}", {}),
    ],
)
def test_any_other_version_is_of_somebody(source: str, changes: dict[str, Any]) -> None:
    found = latest_of(kernel(source, **changes), ())
    assert (found.version, found.made_by, found.stamp) == (3, "somebody", None)


def test_a_version_without_a_stamp_is_known_by_the_journal() -> None:
    found = latest_of(kernel(TEXT), (RECORD,))
    assert (found.made_by, found.stamp) == ("nbship", replace(STAMP, digest=""))
    for changes in ({"version": 2}, {"cells": "other"}, {"seen": "a digest"}):
        other: dict[str, Any] = changes
        assert latest_of(kernel(TEXT), (replace(RECORD, **other),)).made_by == "somebody"


def test_a_kernel_without_a_version_is_of_nobody() -> None:
    assert latest_of(None, (RECORD,)) == latest_of(kernel("", 0), (RECORD,)) == Latest()
