"""Ids: one for each notebook, and the same as in the last commit."""

import pytest

from nbship.model.git import GitFacts
from tests.support.checked import KAGGLE, PATH, check, found, notebook


@pytest.mark.parametrize("path", [PATH, "src_py/new_name.py"])
def test_an_id_that_differs_from_the_last_commit_is_found(path: str) -> None:
    before = notebook(toml=KAGGLE.replace("tiny", "teeny").replace("Tiny", "Teeny"))
    git = GitFacts(before={path: before.encode()})
    assert found({path: notebook()}, git) == [f"{path}:4:3 id-changed"]
    allowed = KAGGLE.replace('kernel"', 'kernel"  # nbship: allow id-changed', 1)
    assert check({path: notebook(toml=allowed)}, git) == ()


@pytest.mark.parametrize(
    "before", [notebook().encode(), b"# %%\nx = 1\n", b"\xff", notebook(toml="x =").encode()]
)
def test_the_same_id_and_a_first_id_are_no_findings(before: bytes) -> None:
    assert check(notebook("# %%\nx = 2"), GitFacts(before={PATH: before})) == ()


def test_of_two_notebooks_with_the_same_id_the_newer_one_is_found() -> None:
    other = notebook(toml=KAGGLE.replace("awa/", "Awa/"))
    files = {"src_py/a.py": notebook(), "src_py/b.py": other}
    assert found(files) == ["src_py/b.py:4:3 duplicate-id"]
    assert found(files, GitFacts(known=frozenset({"src_py/b.py"}))) == [
        "src_py/a.py:4:3 duplicate-id"
    ]


def test_a_changed_id_is_reported_with_the_old_one() -> None:
    before = notebook(toml=KAGGLE.replace("tiny", "teeny").replace("Tiny", "Teeny"))
    (finding,) = check(notebook(), GitFacts(before={PATH: before.encode()}))
    assert finding.message == (
        "the id 'awa/tiny-kernel' was 'awa/teeny-kernel' in the last commit, and an id is permanent"
    )
    assert finding.hints == (
        "Restore the old id. Kaggle would create another kernel for the new one.",
    )


@pytest.mark.parametrize("toml", ["", KAGGLE + "\nx = 1"])
def test_the_id_of_an_invalid_header_is_not_compared(toml: str) -> None:
    before = notebook(toml=KAGGLE.replace("tiny", "teeny").replace("Tiny", "Teeny"))
    findings = check(notebook(toml=toml), GitFacts(before={PATH: before.encode()}))
    assert "id-changed" not in {finding.code for finding in findings}


def test_a_duplicate_id_is_reported_with_the_older_notebook() -> None:
    files = {f"src_py/{name}.py": notebook() for name in "cab"}
    known = GitFacts(known=frozenset({"src_py/b.py"}))
    for finding in check(files, known):
        assert finding.code == "duplicate-id"
        assert finding.message == "id 'awa/tiny-kernel' is also the id of src_py/b.py"
        assert finding.hints == ("Give the newer one another id and title.",)
    assert found(files, known) == ["src_py/a.py:4:3 duplicate-id", "src_py/c.py:4:3 duplicate-id"]


def test_a_duplicate_id_is_found_in_an_invalid_header_as_well() -> None:
    files = {"src_py/a.py": notebook(), "src_py/b.py": notebook(toml=KAGGLE + "\nx = 1")}
    assert found(files) == [
        "src_py/b.py:4:3 duplicate-id",
        "src_py/b.py:6:3 header-unknown-key",
    ]


def test_notebooks_without_an_id_are_no_duplicates() -> None:
    tomls = ("", "[tool.nbship.colab]", '[tool.nbship.kaggle]\ntitle = "Tiny Kernel"')
    files = {f"src_py/{n}{m}.py": notebook(toml=tomls[n]) for n in range(3) for m in range(2)}
    assert {finding.code for finding in check(files)} == {"header-missing-key"}
