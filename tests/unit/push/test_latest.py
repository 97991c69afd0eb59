"""The latest version of a kernel that an older record tells of."""

from dataclasses import replace

from nbship.core.push.latest import of_older_record, stamp_of
from nbship.model.push import Latest, Record
from tests.unit.push.test_record import RECORD


def test_the_artifact_of_an_older_record_counts_as_what_was_sent() -> None:
    older = replace(RECORD, sent="", digest="artifact")
    latest = Latest(2, "nbship", stamp_of(older))

    def digest(latest: Latest, *pushes: Record, of: str = "artifact") -> str:
        found = of_older_record(latest, pushes, digest=of, sent="all")
        return found.stamp.digest if found.stamp else "none"

    assert digest(latest, older) == "all"
    assert digest(latest, older, of="another") == ""
    assert digest(latest, replace(older, id="another")) == ""
    assert digest(Latest(2, "somebody"), older) == "none"
    told = replace(latest, stamp=replace(stamp_of(older), digest="told"))
    assert digest(told, older) == "told"
