"""The names of sources: one for each notebook, and a folder in build/ of its own."""

import pytest

from tests.support.checked import check, found


def test_two_sources_of_the_same_name_and_a_misspelt_extension_are_found() -> None:
    files = {f"src_py/{name}": "# %%\nx <- 1\n" for name in ("a.R", "b.r")}
    files |= {"src_py/a.py": "# %%\nx = 1\n", "src_py/functions.R": "f <- function( 1\n"}
    assert found(files) == ["src_py/a.py:1:1 duplicate-name", "src_py/b.r:1:1 file-name"]


@pytest.mark.parametrize("path", ["src_py/a (1).py", "src_py/x/con.py", "src_py/A.py"])
def test_a_name_that_is_not_the_same_everywhere_is_found_and_the_others_are_checked(
    path: str,
) -> None:
    files = {"src_py/b.py": "# %%\nprint((\n", path: "# %%\nx = 1\n"}
    if path == "src_py/A.py":
        files["src_py/a.py"] = "# %%\n"
        path = "src_py/a.py"
    assert found(files) == sorted([f"{path}:1:1 file-name", "src_py/b.py:2:7 not-python"])


def test_each_twin_is_reported_with_the_first_source_of_its_name() -> None:
    (finding,) = check({"src_py/a.R": "# %%\n", "src_py/a.py": "# %%\n"})
    assert finding.message == "src_py/a.R is a notebook of the same name"
    assert finding.hints == ("Rename one of them: each name is a folder in build/.",)


def test_a_misspelt_extension_is_reported_with_the_right_one() -> None:
    (finding,) = check({"src_py/x/b.r": "# %%\n"})
    assert finding.hints == ("Rename it: mv src_py/x/b.r src_py/x/b.R",)
    (finding,) = check({"src_py/my b.r": "# %%\n"})
    assert finding.hints == ("Rename it: mv 'src_py/my b.r' 'src_py/my b.R'",)


def test_a_source_with_the_name_of_a_folder_of_sources_is_found() -> None:
    files = {"src_py/a.py": "# %%\n", "src_py/a/b/c.py": "# %%\n", "src_py/ab.py": "# %%\n"}
    (finding,) = check(files)
    assert (finding.code, str(finding.place)) == ("folder-clash", "src_py/a.py:1:1")
    assert finding.message == (
        "its artifact's folder build/a/ would contain the one of src_py/a/b/c.py"
    )
    assert finding.hints == ("Rename one of them.",)


def test_the_folder_of_an_artifact_may_be_inside_that_of_a_module() -> None:
    assert check({"src_py/a.py": "x = 1\n", "src_py/a/b.py": "# %%\n"}) == ()
