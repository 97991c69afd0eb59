"""Tests of user errors: one line with file and line, a hint, and a non-zero exit code."""

import pytest

from tests.support.workspace import TINY, Workspace

pytestmark = pytest.mark.unmeasured

WRONG = {
    '# id = "awa -> # id = awa': "6:8: the script block is not TOML:",
    "# title = -> # tilte =": (
        "7: unknown key 'tilte' in [tool.nbship.kaggle]; did you mean 'title'?"
    ),
    "[tool.nbship.smoke] -> [tool.nbship.smok]": (
        "9: unknown key 'smok' in [tool.nbship]; did you mean 'smoke'?"
    ),
    '"Tiny Kernel" -> 7': "7: title must be a string in quotes, not 7",
    '# title -> # is_private = "yes"\n# title': '7: is_private must be true or false, not "yes"',
    "Tiny Kernel -> Tinny Kernel": (
        "7: the title 'Tinny Kernel' slugifies to 'tinny-kernel', not to the id's 'tiny-kernel'"
    ),
    '# id = "awa/tiny-kernel"\n -> ': "5: id is missing",
    "# ///\n\n -> \n\n": "2: the script block is not closed",
    "# ///\n\n -> # ///\nimport os\n\n": "13: code in the header cell",
    "print(words -> print((words": "23",
}


def test_a_wrong_source_is_one_line_and_the_artifact_stays(lab: Workspace) -> None:
    lab.inside("build")
    before = lab.artifact("tiny")
    for change, message in WRONG.items():
        old, _, new = change.partition(" -> ")
        lab.write("src_py/tiny.py", TINY)
        lab.replace("src_py/tiny.py", old, new)
        result = lab.inside("build")
        assert result.code == 1, change
        assert result.err.startswith(f"src_py/tiny.py:{message}"), result.err
        assert len(result.err.splitlines()) <= 2, change
        assert lab.artifact("tiny") == before, change


def test_check_names_every_wrong_notebook_and_touches_nothing(lab: Workspace) -> None:
    lab.write("src_py/one.py", "# %%\n# /// script\n# x = \n# ///\n")
    lab.write("src_py/two.py", "# %%\n# /// script\n# dependencies = 3\n# ///\n")
    result = lab.inside("check")
    assert result.code == 1
    lines = [line for line in result.out.splitlines() if line.startswith("src_py/")]
    assert lines[0].startswith("src_py/one.py:3:")
    assert lines[1].startswith("src_py/two.py:3:3: header-value dependencies must be a list of ")
    assert result.err.startswith("check: 2 errors in 2 files (3 notebooks): ")
    assert not (lab.root / "build").exists()


@pytest.mark.parametrize("task", ["check", "build", "push:tiny"])
def test_two_notebooks_with_one_id_are_refused(lab: Workspace, task: str) -> None:
    lab.write("src_py/twin.py", TINY)
    result = lab.doit(task, "-t", "local") if ":" in task else lab.doit(task)
    assert result.code == 1
    assert "id 'awa/tiny-kernel' is also the id of src_py/" in result.all
    assert "Give the newer one another id and title." in result.all


@pytest.mark.parametrize("path", ["src_py/tiny.py", "src_py/words.py"])
def test_a_source_that_is_not_utf_8_names_the_line(lab: Workspace, path: str) -> None:
    data = (lab.root / path).read_bytes()
    (lab.root / path).write_bytes(data + b"\n# caf\xe9\n")
    line = data.count(b"\n") + 2
    result = lab.inside("build")
    assert result.code == 1
    assert result.err.splitlines() == [
        f"{path}:{line}: not UTF-8: byte 0xe9",
        "  → Save the file as UTF-8.",
    ]


def test_a_notebook_that_is_imported_is_refused(lab: Workspace) -> None:
    lab.write("src_py/words.py", "# %%\ndef greet(n): return n\n")
    result = lab.doit("build:tiny")
    assert result.code == 1
    assert result.err.startswith(
        "src_py/tiny.py:21:8: src_py/words.py is a notebook, and only modules can be imported"
    )


def test_an_unknown_target_names_the_known_ones(lab: Workspace) -> None:
    result = lab.doit("push:tiny", "-t", "locl")
    assert (result.code, result.err) == (2, "unknown target 'locl'; did you mean 'local'?\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.nbship]\ninputs = 3\n", "pyproject.toml: tool.nbship.inputs must be a folder"),
        ('[tool.nbship]\ninputs = "../x"\n', "pyproject.toml: tool.nbship.inputs must be a folder"),
        (
            "[tool.nbship]\ninput = 1\n",
            "pyproject.toml: unknown key 'input' in [tool.nbship]; did ",
        ),
        ("[tool]\nnbship = 1\n", "pyproject.toml: tool.nbship must be a table"),
    ],
)
def test_a_wrong_workspace_is_one_line(lab: Workspace, text: str, message: str) -> None:
    lab.write("pyproject.toml", text)
    result = lab.inside("build")
    assert result.code == 2
    assert result.err.startswith(message), result.err
    assert len(result.err.splitlines()) == 1


def test_no_workspace_at_all_is_one_line(bare: Workspace) -> None:
    (bare.root / "src_py/.keep").unlink()
    (bare.root / "src_py").rmdir()
    result = bare.inside("build")
    assert (result.code, result.err.count("\n")) == (2, 2)
    assert result.err.startswith("pyproject.toml: no folder src_py/, in which the sources")
    (bare.root / "pyproject.toml").unlink()
    for result in (bare.inside("build"), bare.nbship("local", "env")):
        assert result.code == 2
        assert result.err.startswith("no workspace here: neither")


def test_circles_of_kernels_are_named(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# title", '# kernel_sources = ["awa/twin-kernel"]\n# title')
    text = TINY.replace("tiny-kernel", "twin-kernel").replace("Tiny Kernel", "Twin Kernel")
    lab.write(
        "src_py/twin.py", text.replace("# title", '# kernel_sources = ["awa/tiny-kernel"]\n# title')
    )
    result = lab.doit("ship:tiny", "-t", "local")
    assert result.code == 1
    assert "kernel_sources form a circle: tiny → twin → tiny" in result.err


def test_a_read_only_build_folder_is_one_line(lab: Workspace) -> None:
    lab.write("build", "a file where the folder should be")
    result = lab.inside("build")
    assert result.code == 2
    assert result.err.startswith("cannot write ")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("data", ["# %%\nx = 1\n".encode("utf-16"), b"\xff# %%\nx = 1\n"])
def test_a_notebook_in_another_encoding_is_refused_and_not_overlooked(
    lab: Workspace, data: bytes
) -> None:
    (lab.root / "src_py/other.py").write_bytes(data)
    result = lab.inside("check")
    assert result.code == 1
    assert "src_py/other.py:1:1: encoding not UTF-8: byte 0xff" in result.out


def test_a_byte_order_mark_hides_no_notebook(lab: Workspace) -> None:
    (lab.root / "src_py/other.py").write_bytes(b"\xef\xbb\xbf# %%\nx = 1\n")
    assert lab.doit("build:other").code == 0
