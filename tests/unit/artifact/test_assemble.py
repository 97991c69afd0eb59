"""An artifact: its files, one digest over them, and the map to the source's lines."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.assemble import artifact_digest, rehearsal_digest, with_keys
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Built, Cell, Module, Notebook
from nbship.model.spec import ColabSpec, KaggleSpec, SessionSpec, Spec, keys_of
from nbship.model.workspace import KAGGLE_BYTES, Origin
from tests.support.usual import make_artifact

KAGGLE = Spec(kaggle=KaggleSpec("ous-sow/trainer", "Trainer"))
MODULES = (Module("sahel.py", "x = 1\n"),)
TEXT = Cell("markdown", "# T", {}, 4)
CODE = Cell("code", "import sahel", {}, 7)
MORE = Cell("code", "sahel.x", {}, 10)


def notebook(*cells: Cell, name: str = "trainer") -> Notebook:
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return Notebook(name, f"src_py/{name}.py", cells, kernelspec)


def origin(line: int) -> Origin:
    return Origin("src_py/trainer.py", line)


def test_a_kaggle_kernel_is_a_notebook_and_its_metadata() -> None:
    artifact = make_artifact(notebook(CODE), (), KAGGLE)
    assert list(artifact.files) == ["trainer.ipynb", "kernel-metadata.json"]
    assert json.loads(artifact.files["kernel-metadata.json"])["code_file"] == "trainer.ipynb"
    assert (artifact.name, artifact.digest) == ("trainer", artifact_digest(artifact.files))


@pytest.mark.parametrize("spec", [Spec(), Spec(colab=ColabSpec())], ids=["local", "Colab"])
def test_any_other_notebook_has_no_kernel_metadata(spec: Spec) -> None:
    assert list(make_artifact(notebook(CODE), (), spec).files) == ["trainer.ipynb"]


def test_a_notebook_in_a_folder_is_shipped_under_its_last_name() -> None:
    artifact = make_artifact(notebook(CODE, name="fula/tts"), (), KAGGLE)
    assert (artifact.name, artifact.code_file) == ("fula/tts", "tts.ipynb")


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        ((CODE, MORE), [None, 7, 10]),
        ((TEXT, CODE, MORE), [4, None, 7, 10]),
        ((TEXT, TEXT, CODE), [4, 4, None, 7]),
    ],
)
def test_the_bundle_stands_before_the_first_code_cell(
    cells: tuple[Cell, ...], lines: list[int | None]
) -> None:
    artifact = make_artifact(notebook(*cells), MODULES, KAGGLE)
    assert artifact.line_map == tuple(None if line is None else origin(line) for line in lines)
    written = json.loads(artifact.text)["cells"]
    bundle = lines.index(None)
    assert [n for n, cell in enumerate(written) if "def _bundle" in cell["source"]] == [bundle]


def test_without_modules_there_is_no_bundle() -> None:
    for spec in (replace(KAGGLE, session=SessionSpec(line=False)), Spec(), Spec(colab=ColabSpec())):
        artifact = make_artifact(notebook(TEXT, CODE), (), spec)
        assert artifact.line_map == (origin(4), origin(7))
        assert len(json.loads(artifact.text)["cells"]) == 2


def test_every_entry_of_the_line_map_points_at_the_cells_own_line() -> None:
    text = "# %%\n\n# %% [markdown]\n# T\n\n# %%\nimport sahel\n\n# %%\nsahel.x\n"
    source = text.split("\n")
    artifact = make_artifact(notebook(TEXT, CODE, MORE), MODULES, KAGGLE)
    for cell, where in zip(json.loads(artifact.text)["cells"], artifact.line_map, strict=True):
        if where is not None:
            assert source[where.line - 1].removeprefix("# ") == cell["source"].removeprefix("# ")


# --- the digest ---

FILES = st.dictionaries(st.text(max_size=3), st.binary(max_size=4), max_size=4)


@given(FILES, FILES)
def test_the_digest_is_one_for_the_same_files_and_another_for_others(
    one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    assert (artifact_digest(one) == artifact_digest(other)) == (one == other)


@given(FILES.filter(bool))
def test_the_digest_depends_on_every_byte_and_name_but_not_on_the_order(
    files: dict[str, bytes],
) -> None:
    digest = artifact_digest(files)
    assert artifact_digest(dict(reversed(files.items()))) == digest
    for name, data in files.items():
        others = {key: value for key, value in files.items() if key != name}
        assert artifact_digest(others) != digest
        assert artifact_digest({**others, f"{name}x": data}) != digest
        assert artifact_digest({**files, name: data + b"\0"}) != digest


def test_names_and_bytes_do_not_run_into_each_other() -> None:
    assert artifact_digest({"a": b"bc"}) != artifact_digest({"ab": b"c"})
    assert artifact_digest({"a": b"", "b": b""}) != artifact_digest({"a": b"b\n0\n"})


def test_a_digest_is_64_hex_digits() -> None:
    assert len(artifact_digest({})) == 64
    assert int(artifact_digest({}), 16)


OTHER: dict[str, Any] = {  # another value for each key of the header
    "flag": True, "text": "other", "kernel id": "ous-sow/other", "kernel number": 7,
    "list": ("ous-sow/other",),
}  # fmt: skip
RUN_KEYS = {
    "language", "kernel_type", "enable_internet", "dataset_sources", "competition_sources",
    "kernel_sources", "model_sources",
}  # fmt: skip


@pytest.mark.parametrize("name", keys_of(KaggleSpec))
def test_a_rehearsal_depends_on_the_code_and_on_the_keys_that_change_a_run(name: str) -> None:
    assert KAGGLE.kaggle
    key = keys_of(KaggleSpec)[name]
    other: dict[str, Any] = {name: key.values[1] if key.values else OTHER[key.type]}
    changed = replace(KAGGLE.kaggle, **other)
    digest = rehearsal_digest("x.ipynb", b"1", KAGGLE.kaggle)
    assert (rehearsal_digest("x.ipynb", b"1", changed) != digest) == (name in RUN_KEYS)
    assert rehearsal_digest("x.ipynb", b"2", KAGGLE.kaggle) != digest
    assert rehearsal_digest("x.ipynb", b"1", None) != digest


def test_a_target_has_the_same_build_with_other_keys() -> None:
    assert KAGGLE.kaggle
    artifact = make_artifact(notebook(CODE), (), KAGGLE)
    built = Built(artifact, KAGGLE, ("src_py/trainer.py",), is_fresh=True)
    other = replace(KAGGLE.kaggle, id="awa/trainer-dev", enable_internet=True)
    found = with_keys(built, other)
    assert found.spec.kaggle == other
    assert json.loads(found.artifact.files["kernel-metadata.json"])["id"] == "awa/trainer-dev"
    assert (found.artifact.text, found.artifact.digest) == (artifact.text, artifact.digest)
    assert found.artifact.rehearsal != artifact.rehearsal
    named = with_keys(built, replace(KAGGLE.kaggle, id="awa/trainer-dev", title="Mine"))
    assert named.artifact.rehearsal == artifact.rehearsal


# --- the size ---


def test_a_notebook_that_kaggle_does_not_take_is_refused_with_what_is_large() -> None:
    cells = (Cell("code", "import a", {}, 7), Cell("markdown", "x" * 300_000, {}, 9))
    modules = (
        *(Module(f"m{n}.py", "x" * n * 1_000) for n in range(1, 6)),
        Module("large.py", "é" * 400_000),
    )
    with pytest.raises(SourceError) as caught:
        make_artifact(notebook(*cells), modules, KAGGLE)
    assert caught.value.place == Place("src_py/trainer.py")
    assert caught.value.message.endswith(
        "bytes; Kaggle accepts 1,000,000 (largest: src_py/large.py 800,000, src_py/trainer.py:9 "
        "300,000, src_py/m5.py 5,000, src_py/m4.py 4,000, src_py/m3.py 3,000)"
    )
    assert caught.value.hint.startswith("Move data into a dataset")


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_the_limit_is_on_the_bytes_that_are_sent(more: int, *, fits: bool) -> None:
    empty = len(make_artifact(notebook(Cell("code", "x", {}, 1)), (), KAGGLE).text.encode()) - 1
    large = notebook(Cell("code", "x" * (KAGGLE_BYTES - empty + more), {}, 1))
    if fits:
        assert len(make_artifact(large, (), KAGGLE).text.encode()) == KAGGLE_BYTES
    else:
        with pytest.raises(SourceError, match=r"py: the artifact has 1,000,001 bytes; "):
            make_artifact(large, (), KAGGLE)


def test_only_kaggle_has_that_limit() -> None:
    large = notebook(Cell("code", "x" * (KAGGLE_BYTES + 1), {}, 1))
    assert make_artifact(large, (), Spec()).files.keys() == {"trainer.ipynb"}
