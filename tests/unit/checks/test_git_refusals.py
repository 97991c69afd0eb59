"""A git that refuses to answer: one warning, whatever files are asked for."""

import pytest

from nbship.core.checks.workspace import review
from nbship.model.git import GitFacts
from tests.support.usual import LAYOUT


@pytest.mark.parametrize("only", [None, {"src_py/a.py"}])
@pytest.mark.parametrize("way_out", ["git config x", ""])
def test_a_refusal_is_one_warning_with_gits_way_out(only: set[str] | None, way_out: str) -> None:
    git = GitFacts(refusal="dubious ownership", way_out=way_out)
    [finding] = review({}, {"src_py/a.py": b"x = 1\n"}, git, only, layout=LAYOUT).findings
    assert str(finding) == (
        "src_py: git could not be asked, and its checks are left out: dubious ownership"
    )
    assert finding.hints == ((way_out,) if way_out else ())
    assert finding.code == "git-not-asked"
