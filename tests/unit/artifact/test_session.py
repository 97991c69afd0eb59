"""The session line: the code that prints it, the cell that has it, and its way out of a text."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from nbship.core.artifact.bundle import BUNDLE_TAG, modules_in
from nbship.core.artifact.cells import is_importer
from nbship.core.artifact.session import (
    HIDDEN,
    SESSION_TAG,
    has_session_line,
    session_cell,
    session_code,
    with_session,
    without_session,
)
from nbship.core.run.session_line import SessionFacts, session_in
from nbship.model.notebook import Cell, Module, Notebook
from nbship.model.run import LogEvent
from nbship.model.spec import BundleSpec, KaggleSpec, SessionSpec, Spec
from tests.support.usual import bundle_cell, make_artifact

PATH = "src_py/a.py"
NAME = "KAGGLE_CONTAINER_NAME"
GPUS = "/proc/driver/nvidia/gpus"
VERSION = "{}.{}.{}".format(*sys.version_info[:3])
KAGGLE = KaggleSpec("awa/tiny-kernel", "Tiny Kernel")
MODULES = (Module("words.py", "x = 1\n"),)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have none of the variables of a session."""
    for name in (NAME, "KAGGLE_DOCKER_IMAGE", "TPU_ACCELERATOR_TYPE", "ISTPUVM"):
        monkeypatch.delenv(name, raising=False)


def run(code: str, name: str = "__main__") -> dict[str, Any]:
    """Run code as a notebook does, and return the names that it leaves."""
    names: dict[str, Any] = {"__name__": name}
    exec(compile(code, "cell", "exec"), names)  # noqa: S102 - our own code
    del names["__builtins__"], names["__name__"]
    return names


def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: str, **more: str
) -> str:
    """Return the output of the code in a session on Kaggle."""
    for name, value in {NAME: "kaggle_QLKaLNVAIohcv9mw-352993764-webtier", **more}.items():
        monkeypatch.setenv(name, value)
    assert run(code) == {}
    return capsys.readouterr().out


def test_a_session_on_kaggle_tells_its_number_image_python_and_accelerator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for number in ("0", "1"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "information").write_text("Model: \t\t Tesla T4\nIRQ:   \t\t 41\n")
    code = session_code(PATH).replace(GPUS, str(tmp_path))
    image = "gcr.io/kaggle-images/python@sha256:abc"
    out = printed(monkeypatch, capsys, code, KAGGLE_DOCKER_IMAGE=f" {image}\n")
    assert out == (
        f"nbship: session 352993764, image {image}, Python {VERSION}, accelerator 2 x Tesla T4\n"
    )
    facts = session_in([LogEvent("stdout", 1.0, out)])
    assert facts == SessionFacts(352993764, image, f"Python {VERSION}", "2 x Tesla T4")


@pytest.mark.parametrize(
    ("variables", "accelerator"),
    [
        ({}, "none"),
        ({"ISTPUVM": "1"}, "TPU"),
        ({"TPU_ACCELERATOR_TYPE": "v5litepod-8"}, "TPU v5litepod-8"),
    ],
)
def test_without_a_gpu_there_may_be_a_tpu(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    accelerator: str,
) -> None:
    code = session_code(PATH).replace(GPUS, "/no").replace("/dev/nvidia[", "/no[")
    out = printed(monkeypatch, capsys, code, **variables)
    facts = session_in([LogEvent("stdout", 1.0, out)])
    assert facts == SessionFacts(352993764, "", f"Python {VERSION}", accelerator)


@pytest.mark.parametrize(
    "value", ["", "kaggle_rehearsal00000000-0-webtier", "jupyter", "a-b-c", "1", "x-12"]
)
def test_nothing_is_printed_where_the_session_has_no_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert printed(monkeypatch, capsys, session_code(PATH), **{NAME: value}) == ""


def test_an_imported_script_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(NAME, "kaggle_x-12-webtier")
    assert run(session_code(PATH), "utility") == {}
    assert capsys.readouterr().out == ""


def test_no_trouble_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = session_code(PATH)
    assert printed(monkeypatch, capsys, code.replace("    import sys\n", "    import gone\n")) == ""
    broken = code.replace("import glob", "glob = None")
    assert "accelerator unknown\n" in printed(monkeypatch, capsys, broken)


def test_the_code_is_the_whole_of_a_folded_cell_or_the_beginning_of_the_bundles() -> None:
    code = Cell("code", "x = 1", {}, 7)
    notebook = Notebook("a", PATH, (code,), {"name": "python3", "display_name": "Python 3"})
    bundle = bundle_cell(MODULES).text
    for modules, spec, tags, text in (
        ((), Spec(kaggle=KAGGLE), [SESSION_TAG], session_code(PATH)),
        (MODULES, Spec(kaggle=KAGGLE), [BUNDLE_TAG], f"{session_code(PATH)}\n\n\n{bundle}"),
    ):
        artifact = make_artifact(notebook, modules, spec)
        made, own = json.loads(artifact.text)["cells"]
        assert (made["source"], own["source"]) == (text, "x = 1")
        assert made["metadata"] == {HIDDEN: True, "tags": tags}
        assert artifact.line_map[0] is None
        assert has_session_line(artifact.text)
    off = Spec(kaggle=KAGGLE, session=SessionSpec(line=False))
    artifact = make_artifact(notebook, MODULES, off)
    assert json.loads(artifact.text)["cells"][0]["metadata"] == {"tags": [BUNDLE_TAG]}
    assert not has_session_line(artifact.text)


def test_of_modules_in_cells_the_first_generated_one_has_it() -> None:
    notebook = Notebook(
        "a", PATH, (Cell("code", "x = 1", {}, 7),), {"name": "python3", "display_name": "Python 3"}
    )
    spec = Spec(kaggle=KAGGLE, bundle=BundleSpec(style="cells"))
    cells = json.loads(make_artifact(notebook, MODULES, spec, ()).text)["cells"]
    assert [has_session_line(cell["source"]) for cell in cells] == [True, False, False]
    assert is_importer(cells[0]["source"])


def test_the_modules_of_the_bundle_are_read_as_before() -> None:
    made = with_session(bundle_cell(MODULES), PATH)
    assert modules_in(made.text) == {"words.py": "x = 1\n"}


def test_the_code_leaves_a_text_as_it_came() -> None:
    bundle = bundle_cell(MODULES)
    assert without_session(with_session(bundle, PATH).text) == bundle.text
    assert without_session(session_cell(PATH).text) == session_code(PATH)  # no line end below
    code = f'# %% tags=["{SESSION_TAG}"]\n{session_code(PATH)}\n\n'
    assert without_session(f"import os\n{code}\nx = 1\n") == "import os\n\nx = 1\n"
    for other in ("x = 1\n", "# %%\ndel _session\n", session_code("src_py/a.R")):
        assert without_session(other) == other
    torn = session_code(PATH).replace("del _session", "# %%\ndel _session") + "\n"
    assert without_session(torn) == torn


def test_the_code_says_what_it_is_for_in_both_languages() -> None:
    title = "# Prints the first line of the log on Kaggle. nbship stop takes the session from it.\n"
    for path, begins, ends in (
        (PATH, "def _session():\n", "\ndel _session"),
        ("src_py/a.R", "local(invisible(tryCatch(", "error = function(e) NULL)))"),
    ):
        code = session_code(path)
        assert code.startswith(f"{title}{begins}")
        assert code.endswith(ends)
        assert has_session_line(code)
    assert session_cell(PATH).metadata == {"_kg_hide-input": True, "tags": ["nbship-session"]}
