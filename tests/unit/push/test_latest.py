"""The latest version of a kernel, as a push without a stamp and an older record tell of it."""

from dataclasses import replace

import pytest

from nbship.core.push.latest import latest_of, of_older_record, stamp_of
from nbship.model.push import Latest, Record, Stamp
from nbship.model.run import RemoteKernel

RECORD = Record(
    id="r1", state="pushed", at="2026-11-26T18:00:00+00:00", name="tiny", target="main",
    server="kaggle", kernel="awa/tiny", digest="d", cells="", commit="c0ffee", base_version=0,
    overrides=(), line_map=(), version=3, person="Awa",
)  # fmt: skip


def test_a_record_tells_what_a_stamp_would() -> None:
    assert stamp_of(RECORD) == Stamp("c0ffee", "", "", "r1", "Awa", RECORD.at)
    assert stamp_of(replace(RECORD, commit=None), "seen") == Stamp(
        "", "seen", "", "r1", "Awa", RECORD.at
    )


def test_the_latest_version_says_when_its_run_began() -> None:
    found = RemoteKernel("awa/tiny", 3, "print(1)\n", {}, "2026-11-26 18:00 UTC")
    assert latest_of(found, ()).began == "2026-11-26 18:00 UTC"
    assert latest_of(replace(found, began=""), ()).began == ""


@pytest.mark.parametrize(
    ("pushes", "is_same"),
    [
        ([RECORD], True),
        ([replace(RECORD, id="r0"), RECORD], True),
        ([RECORD, replace(RECORD, id="r2", digest="e")], True),
        ([replace(RECORD, digest="e")], False),
        ([replace(RECORD, id="r2")], False),
        ([], False),
    ],
)
def test_an_older_record_has_the_digest_of_the_artifact_alone(
    pushes: list[Record], *, is_same: bool
) -> None:
    latest = Latest(3, "nbship", stamp_of(RECORD))
    found = of_older_record(latest, pushes, digest="d", sent="sent")
    assert found == replace(
        latest, stamp=replace(stamp_of(RECORD), digest="sent" if is_same else "")
    )
    for other in (Latest(3, "somebody"), found if is_same else Latest()):
        assert of_older_record(other, pushes, digest="d", sent="x") is other
