"""Tests of sources in R: the built notebook is R, and is rehearsed if R is installed."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from nbship.core.artifact.session import session_code
from nbship.edges.workspace import sources
from nbship.edges.workspace.smoke_results import is_rehearsed
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context
from nbship.verbs.smoke import SmokeOptions, smoke
from tests.support.workspace import Workspace, executed

pytestmark = pytest.mark.unmeasured

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")


def has_kernel() -> bool:
    from jupyter_client.kernelspec import find_kernel_specs

    return "ir" in find_kernel_specs()


needs_kernel = pytest.mark.skipif(not has_kernel(), reason="Jupyter has no kernel 'ir'")

HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/tiny-in-r"
# title = "Tiny in R"
# ///
"""
SMOKE = HEADER.removesuffix("# ///\n") + (
    "#\n# [tool.nbship.smoke]\n# parameters = { COUNT = 2 }\n# ///\n"
)
BODY = """
# %% [markdown]
# # Tiny

# %% tags=["parameters"]
COUNT <- 3

# %%
greet <- function(count) {
  if (count > 4) stop("too many: ", count)
  paste(rep("hello", count), collapse = " ")
}

# %%
cat(greet(COUNT), 7 %% 4, "\\n")
writeLines(greet(COUNT), "greeting.txt")
"""

PYTHONS = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---
"""


def script(text: str) -> str:
    return text.replace("# title", '# kernel_type = "script"\n# title', 1)


def line_of(text: str, line: str) -> int:
    return text.split("\n").index(line) + 1


# --- build and check ---


def test_an_r_source_is_built_to_a_notebook_in_r(bare: Workspace) -> None:
    bare.write("src_py/fula/tiny.R", HEADER + BODY)
    bare.write("src_py/functions.R", "f <- function() 1\n")  # without a cell, no notebook
    result = bare.doit("check", "build")
    assert result.code == 0, result.all
    assert "1 notebook is valid" in result.out
    folder = bare.root / "build/fula/tiny"
    notebook = json.loads((folder / "tiny.ipynb").read_text())
    nbformat.validate(notebook)
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "R", "language": "R", "name": "ir"},
        "language_info": {"name": "R"},
    }
    assert [cell["source"].split("\n")[0] for cell in notebook["cells"]] == [
        "# Tiny", session_code("a.R").split("\n")[0], "COUNT <- 3", "greet <- function(count) {",
        'cat(greet(COUNT), 7 %% 4, "\\n")',
    ]  # fmt: skip
    metadata = json.loads((folder / "kernel-metadata.json").read_text())
    assert (metadata["language"], metadata["kernel_type"]) == ("r", "notebook")
    assert metadata["code_file"] == "tiny.ipynb"
    assert executed(bare.doit("build")) == set()
    assert "build:fula/tiny" in bare.doit("list", "--all").out


def test_an_r_script_ships_as_it_stands(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", script(HEADER + BODY))
    assert bare.doit("build").code == 0
    built = bare.artifact("tiny")
    assert built["tiny.R"].decode() == script(HEADER + BODY)
    metadata = json.loads(built["kernel-metadata.json"])
    assert (metadata["language"], metadata["kernel_type"]) == ("r", "script")


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("path", "text", "error"),
    [
        ("tiny.R", HEADER.replace("# title", '# language = "python"\n# title') + BODY,
         "src_py/tiny.R:5: language 'python', but a .R is R"),
        ("tiny.py", HEADER.replace("# title", '# language = "r"\n# title') + "\n# %%\n1\n",
         "src_py/tiny.py:5: language 'r', but a .py is Python"),
        ("tiny.R", HEADER.replace("# [tool", '# dependencies = ["numpy"]\n# [tool') + BODY,
         "src_py/tiny.R:3: dependencies applies to Python, and this source is R"),
        ("tiny.R", HEADER + "\n# %%\nx <- 1\n# %s and more\n",
         "src_py/tiny.R:10: jupytext reads this comment as the magic '%s and more'"),
        ("tiny.R", PYTHONS + BODY, "src_py/tiny.R:1: the YAML header has a kernelspec for"),
        ("tiny.r", HEADER + BODY, "src_py/tiny.r: an R source ends in '.R'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_way_out(
    bare: Workspace, path: str, text: str, error: str
) -> None:
    bare.write(f"src_py/{path}", text)
    built, checked = bare.doit("build"), bare.doit("check")
    assert (built.code, checked.code) == (1, 1)
    assert built.err.startswith(error), built.err
    assert built.err.splitlines()[1].startswith("  → ")
    place, _, message = error.partition(": ")
    [finding] = [line for line in checked.out.splitlines() if line.startswith("src_py/")]
    assert finding.startswith(f"{place}:"), finding
    assert finding.endswith(built.err.splitlines()[0].partition(": ")[2]), (finding, message)
    assert not (bare.root / "build").exists()


def test_one_name_has_one_source(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", HEADER + BODY)
    bare.write("src_py/tiny.py", "# %%\nprint(1)\n")
    for task in ("build", "smoke"):
        result = bare.doit(task)
        assert result.code == 1
        assert result.err.startswith(
            "src_py/tiny.R: src_py/tiny.py is a notebook of the same name\n"
        )
    result = bare.doit("check")
    assert result.code == 1
    assert "src_py/tiny.py:1:1: duplicate-name src_py/tiny.R is a notebook" in result.out


def test_an_unknown_parameter_is_refused_before_r_is_asked_for(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", SMOKE.replace("COUNT", "COUNTS") + BODY)
    result = bare.doit("smoke")
    assert result.code == 1
    assert "unknown parameter 'COUNTS'; did you mean 'COUNT'?" in result.err


# --- without R ---


def test_without_r_a_scripts_smoke_says_so_and_does_not_pass(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", script(HEADER + BODY))
    result = bare.doit("smoke", PATH="/nowhere")
    assert result.code == 2
    assert (
        result.err.splitlines()[0]
        == "src_py/tiny.R: R is not installed: Rscript is not on the PATH"
    )
    assert "apt install r-base-core" in result.err
    assert not (bare.root / ".nbship/smoked").exists()


def test_without_a_kernel_a_notebooks_smoke_says_so_and_does_not_pass(
    bare: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test hides an installed R kernel from Jupyter."""
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [])
    bare.write("src_py/tiny.R", HEADER + BODY)
    workspace = sources.open_workspace(bare.root)
    context = Context(workspace, sources.read_catalogue(workspace), Console())
    with pytest.raises(WorkspaceError) as caught:
        smoke(context, "tiny", SmokeOptions())
    assert str(caught.value) == (
        "src_py/tiny.R: no R kernel is installed: Jupyter finds no kernel 'ir'"
    )
    assert not is_rehearsed(workspace, "tiny")


# --- with R ---


@needs_kernel
def test_an_r_notebook_is_rehearsed_with_its_parameters(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", SMOKE + BODY)
    result = bare.doit("smoke")
    assert result.code == 0, result.all
    assert "| hello hello 3" in result.out
    greeting = bare.root / ".nbship/smoke/tiny/kaggle/working/greeting.txt"
    assert greeting.read_text() == "hello hello\n"
    assert executed(bare.doit("smoke")) == set()


@needs_kernel
@pytest.mark.parametrize(
    ("old", "new", "line", "error"),
    [
        ("COUNT = 2", "COUNT = 5", 'cat(greet(COUNT), 7 %% 4, "\\n")',
         "Error in greet(COUNT): too many: 5"),
        ("# %%\ncat", "# %%\ny <- 1\nx <- = 2\ncat", "x <- = 2", "Error in parse(text = x"),
    ],
)  # fmt: skip
def test_a_failing_r_notebook_names_its_cell(
    bare: Workspace, old: str, new: str, line: str, error: str
) -> None:
    text = (SMOKE + BODY).replace(old, new)
    bare.write("src_py/tiny.R", text)
    result = bare.doit("smoke")
    assert result.code == 1
    assert result.err.startswith(f"src_py/tiny.R:{line_of(text, line)}: {error}"), result.err


@needs_kernel
def test_an_r_notebook_makes_the_trip(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", HEADER + BODY)
    bare.commit()
    result = bare.doit("ship:tiny", "-t", "local")
    assert result.code == 0, result.all
    [folder] = (bare.root / "runs").glob("*/tiny-v1")
    assert (folder / "greeting.txt").read_text() == "hello hello hello\n"


@needs_r
def test_an_r_script_is_rehearsed(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", script(HEADER + BODY))
    result = bare.doit("smoke")
    assert result.code == 0, result.all
    assert "| hello hello hello 3" in result.out
    world = bare.root / ".nbship/smoke/tiny/kaggle"
    assert (world / "src/script.R").read_bytes() == bare.artifact("tiny")["tiny.R"]
    assert Path(world, "working/greeting.txt").read_text() == "hello hello hello\n"


@needs_r
def test_a_failing_r_script_says_r_s_own_words(bare: Workspace) -> None:
    bare.write("src_py/tiny.R", script(HEADER + BODY.replace("COUNT <- 3", "COUNT <- 5")))
    result = bare.doit("smoke")
    assert result.code == 1
    assert result.err.startswith(
        "src_py/tiny.R: Error in greet(COUNT) : too many: 5 (smoke of tiny)"
    )
