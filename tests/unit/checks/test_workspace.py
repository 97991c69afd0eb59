"""Modules and notebooks together: what imports lead to, and which files are checked."""

from nbship.core.checks.workspace import review
from nbship.core.workspace.catalogue import catalogue_of, glance
from nbship.model.git import GitFacts
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, check, code, found
from tests.support.usual import LAYOUT


def test_an_unused_comment_in_a_module_is_reported_only_if_all_notebooks_were_read() -> None:
    files = {
        "src_py/a.py": code("import lab"),
        "src_py/lab.py": "x = 1  # nbship: allow undeclared-input\n",
    }
    assert found(files) == ["src_py/lab.py:1:24 unused-allow"]
    assert found(files, None, {"src_py/lab.py"}) == []
    assert found(files | {"src_py/b.py": "# %%\nprint(("}) == ["src_py/b.py:2:7 not-python"]


def test_an_unused_comment_in_a_notebook_is_reported_whatever_else_was_read() -> None:
    files = {"src_py/a.py": code("x = 1  # nbship: allow undeclared-input"), "src_py/lab.py": ""}
    assert found(files) == found(files, None, {"src_py/a.py"})
    assert found(files) == ["src_py/a.py:9:24 unused-allow"]


def test_of_the_notebooks_those_that_were_asked_for_are_read() -> None:
    class Files(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            read.add(path)
            return super().__getitem__(path)

    read: set[str] = set()
    files = Files({f"src_py/{name}.py": b"# %%\nimport lab\n" for name in "ab"})
    files["src_py/lab.py"] = b""
    catalogue = catalogue_of(glance(name, Source(f"src_py/{name}.py", "# %%\n")) for name in "ab")
    for only, paths in (("a", "a lab"), ("b", "b lab"), ("lab", "a b lab"), ("gone", "")):
        read.clear()
        review(catalogue, files, GitFacts(), {f"src_py/{only}.py"}, layout=LAYOUT)
        assert read == {f"src_py/{path}.py" for path in paths.split()}


def test_a_module_that_is_not_python_is_found_if_a_notebook_imports_it() -> None:
    files = {"src_py/a.py": code("x = 1"), "src_py/lab/__init__.py": "", "src_py/lab/m.py": "x = ("}
    assert check(files) == ()
    files["src_py/a.py"] = code("from lab import m")
    assert found(files) == ["src_py/lab/m.py:1:5 not-python"]
    files["src_py/lab/__init__.py"], files["src_py/a.py"] = "from . import m", code("import lab")
    assert found(files) == ["src_py/lab/m.py:1:5 not-python"]


def test_an_imported_notebook_and_a_shadowed_module_are_found_once() -> None:
    files = {
        "src_py/a.py": code("import b, random"),
        "src_py/b.py": code("import c\nimport random", KAGGLE.replace("awa/", "ami/")),
        "src_py/c.py": "# %%\nimport b\n",
        "src_py/random.py": "",
    }
    assert found(files) == [
        "src_py/a.py:9:8 imported-notebook",
        "src_py/b.py:9:8 imported-notebook",
        "src_py/c.py:2:8 imported-notebook",
        "src_py/random.py:1:1 shadowed-module",
    ]


def test_a_folder_with_the_name_of_a_module_of_python_is_found() -> None:
    files = {"src_py/a.py": code("import random.x"), "src_py/random/x.py": ""}
    assert found(files) == ["src_py/random:1:1 shadowed-module"]


def test_a_notebook_and_a_folder_may_have_the_name_of_a_module_of_python() -> None:
    files = {
        "src_py/a.py": code(
            "import calendar, email, statistics\nimport email.train\nfrom xml import etree"
        ),
        "src_py/statistics.py": "# %%\n",
        "src_py/email/train.py": "# %%\n",
        "src_py/calendar/words.txt": "",
        "src_py/xml/etree.py": "# %%\n",
    }
    assert found(files) == []


def test_modules_that_no_notebook_imports_are_searched_for_secrets_and_conflicts() -> None:
    files = {
        "src_py/x/a.py": 'T = "hf_' + 'QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"\n',
        "src_py/x/b.py": "<<<<<<< HEAD\n=======\n>>>>>>> other\n",
    }
    assert found(files) == ["src_py/x/a.py:1:6 secret", "src_py/x/b.py:1:1 conflict-marker"]


def test_only_the_findings_of_the_given_files_and_folders_are_reported() -> None:
    wrong = code('x = "/kaggle/input/x"')
    files = {
        "src_py/a.py": wrong.replace("x = ", "import lab\nx = "),
        "src_py/deep/b.py": wrong.replace("awa/", "ami/"),
        "src_py/lab.py": 'X = "/kaggle/input/x"\n',
    }
    assert found(files, None, {"src_py/deep/b.py"}) == ["src_py/deep/b.py:9:6 unknown-input"]
    assert found(files, None, {"src_py/deep"}) == ["src_py/deep/b.py:9:6 unknown-input"]
    assert found(files, None, {"src_py/lab.py"}) == ["src_py/lab.py:1:6 unknown-input"]
    assert found(files, None, {"README.md", "src_py/gone.py"}) == []
    assert len(found(files, None, {"."})) == 3


def test_an_imported_notebook_is_reported_with_the_way_out() -> None:
    (finding,) = check({"src_py/a.py": code("import b"), "src_py/b.py": "# %%\n"})
    assert finding.message == "src_py/b.py is a notebook, and only modules can be imported"
    assert finding.hints == (
        "Move the shared code into a .py without '# %%' lines, and import that.",
    )


def test_a_package_is_found_before_a_module_of_the_same_name() -> None:
    files = {
        "src_py/a.py": code("import lab"),
        "src_py/lab/__init__.py": "x = (\n",
        "src_py/lab.py": "y = [\n",
    }
    assert found(files) == ["src_py/lab/__init__.py:1:5 not-python"]


def test_an_import_inside_a_package_is_relative_to_it() -> None:
    files = {
        "src_py/a.py": code("import lab.deep.one"),
        "src_py/lab/deep/one.py": "from . import two\nfrom .. import three\n",
        "src_py/lab/deep/two.py": "x = (\n",
        "src_py/lab/three.py": "x = (\n",
        "src_py/lab/two.py": "x = (\n",
        "src_py/three.py": "x = (\n",
    }
    assert found(files) == [
        "src_py/lab/deep/two.py:1:5 not-python",
        "src_py/lab/three.py:1:5 not-python",
    ]


def test_a_notebook_that_is_imported_does_not_lead_to_its_modules() -> None:
    files = {
        "src_py/a.py": code("import b.lab"),
        "src_py/b.py": "# %%\n",
        "src_py/b/lab.py": "x = (\n",
    }
    assert found(files) == ["src_py/a.py:9:8 imported-notebook"]


def test_a_file_in_r_that_is_no_notebook_is_not_read_as_python() -> None:
    files = {"src_py/f.R": "f <- function( 1\n<<<<<<< a\n=======\n>>>>>>> b\n"}
    assert found(files) == ["src_py/f.R:2:1 conflict-marker"]


def test_findings_at_the_same_place_are_sorted_by_their_messages() -> None:
    names = ["d", "b", "c", "a"]
    files = {
        f"src_py/{name}.py": code("import lab", KAGGLE.replace("awa/", f"{name * 3}/"))
        for name in names
    }
    files["src_py/lab.py"] = 'X = "/kaggle/input/x"\n'
    assert [finding.message for finding in check(files)] == [
        f"no declared source of src_py/{name}.py provides /kaggle/input/x" for name in sorted(names)
    ]


def test_a_notebook_is_compared_with_those_that_were_not_asked_for() -> None:
    files = {"src_py/a.py": code("x = 1"), "src_py/b.py": code("x = 1")}
    assert found(files, None, {"src_py/b.py"}) == ["src_py/b.py:4:3 duplicate-id"]
    assert found(files, None, {"src_py/a.py"}) == []
    git = GitFacts(known=frozenset({"src_py/b.py"}))
    assert found(files, git, {"src_py/a.py"}) == ["src_py/a.py:4:3 duplicate-id"]
