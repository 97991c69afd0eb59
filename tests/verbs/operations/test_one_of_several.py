"""The report of one of several notebooks: each line has its name, and none comes after the end."""

import pytest

from nbship.errors import Interrupted
from nbship.verbs.operations.several.report import OneOfSeveral, Turn
from tests.support.report import RecordedReport


def test_each_line_has_the_name_and_none_comes_after_the_end() -> None:
    whole, turn = RecordedReport("| "), Turn()
    report = OneOfSeveral(whole, "trainer", turn)

    def tell() -> None:
        with report.working("watch", "trainer", "runs"):
            report.step("run", "trainer", "running")
            report.more("more")
            report.notice("late")
            report.log("text", 1.0)
            report.progress("half")
            report.cell(1, 2)

    tell()
    before = ["run trainer running", "trainer more", "trainer: late", "trainer | text", "half"]
    assert whole.lines == before
    turn.end()
    for call in (tell, lambda: report.log("x"), lambda: report.cell(1, 2), lambda: report.more("")):
        with pytest.raises(Interrupted):
            call()
    assert whole.lines == before
