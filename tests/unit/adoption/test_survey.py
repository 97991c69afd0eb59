"""The survey of a folder: what is a notebook to adopt, with which metadata, and what is left."""

import json

import pytest

from nbship.core.adoption.survey import Found, Survey, survey, unreachable, writes_code
from nbship.model.layout import Layout

CELLS = "# %%\nprint(1)\n"


def seen(files: dict[str, object], *given: str) -> Survey:
    texts = {
        path: value if isinstance(value, str) else json.dumps(value)
        for path, value in files.items()
    }
    return survey(
        texts, lambda path: texts[path].encode() if path in texts else None, Layout(), given
    )


def test_notebooks_are_found_with_their_metadata() -> None:
    meta = {"id": "a/bcdef", "code_file": "t.ipynb"}
    found = seen({"n/t/t.ipynb": "{}", "n/t/kernel-metadata.json": meta, "x.ipynb": "{}"})
    assert found.found == (
        Found("n/t/t.ipynb", "n/t/kernel-metadata.json", meta),
        Found("x.ipynb"),
    )
    assert not found.remarks


@pytest.mark.parametrize(
    "path",
    ["build/x/x.ipynb", "runs/x.ipynb", ".nbship/smoke/x.ipynb", ".ipynb_checkpoints/x.ipynb",
     "src_py/x.ipynb", "venv/lib/site-packages/x.ipynb", ".venv/x.ipynb"],
)  # fmt: skip
def test_what_programs_generate_is_left_out(path: str) -> None:
    assert seen({path: "{}"}).found == ()


def test_the_notebook_of_a_pair_is_left_out() -> None:
    assert seen({"notebooks/x.ipynb": "{}", "src_py/x.py": CELLS}).found == ()
    assert seen({"notebooks/x.ipynb": "{}"}).found == (Found("notebooks/x.ipynb"),)


def test_several_metadata_files_in_a_folder_each_have_their_notebook() -> None:
    train, infer = {"code_file": "train.ipynb"}, {"code_file": "./infer.ipynb"}
    found = seen({
        "k/train.ipynb": "{}", "k/infer.ipynb": "{}", "k/kernel-metadata.json": train,
        "k/kernel-metadata.infer.json": infer,
    })  # fmt: skip
    assert found.found == (
        Found("k/infer.ipynb", "k/kernel-metadata.infer.json", infer),
        Found("k/train.ipynb", "k/kernel-metadata.json", train),
    )


def test_metadata_lead_to_a_file_elsewhere_and_kaggles_own_name_wins() -> None:
    other, own = {"code_file": "../n/x.ipynb", "id": "a/b"}, {"code_file": "../n/x.ipynb"}
    found = seen({
        "n/x.ipynb": "{}", "k/x.kernel-metadata.json": other, "k/kernel-metadata.json": own,
    })  # fmt: skip
    assert found.found == (Found("n/x.ipynb", "k/kernel-metadata.json", own),)
    says = "k/x.kernel-metadata.json is for n/x.ipynb, which has k/kernel-metadata.json: left out"
    assert found.remarks == (says,)


def test_of_two_metadata_files_with_other_names_it_is_always_the_same_that_counts() -> None:
    meta = {f"k/kernel-metadata.{n}.json": {"code_file": "x.ipynb", "id": n} for n in "abcdefgh"}
    [found] = seen({"k/x.ipynb": "{}", **meta}).found
    assert found.metadata == "k/kernel-metadata.a.json"


def test_what_is_named_and_holds_no_notebook_is_said() -> None:
    files: dict[str, object] = {"README.md": "# Text", "n/x.ipynb": "{}", "empty/x.txt": ""}
    assert seen(files, "README.md", "empty", "n").useless == ("README.md", "empty")
    assert seen(files).useless == ()
    assert seen({"n/x.ipynb": "{}", "m/y.ipynb": "{}"}, "n", "m/y.ipynb").useless == ()


def test_a_notebook_that_cannot_be_reached_is_named() -> None:
    paths = ["a.ipynb", "caf\ufffd.ipynb", "caf\udce9.ipynb", "b.py", "build/x/x.ipynb"]
    errors = list(unreachable(paths, Layout()))
    assert [error.hint for error in errors] == [
        "Let git write it, for example with git sparse-checkout, and adopt again.",
        *["Rename it, and adopt again."] * 2,
    ]
    assert [str(error) for error in errors] == [
        "a.ipynb: git has it, and it is not here",
        "caf\ufffd.ipynb: its name is not UTF-8",
        "caf\\udce9.ipynb: its name is not UTF-8",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON (Expecting"),
        ("[]", "is no JSON object, and is left out"),
        ('{"code_file": "gone.py"}', "names gone.py as its code, which is not there: left out"),
        ("{}", "names no file as its code, which is not there: left out"),
    ],
)
def test_metadata_without_a_notebook_are_named(text: str, says: str) -> None:
    found = seen({"k/kernel-metadata.json": text, "k/a.ipynb": "{}", "k/b.ipynb": "{}"})
    assert [each.metadata for each in found.found] == ["", ""]
    (remark,) = found.remarks
    assert remark.startswith(f"k/kernel-metadata.json {says}")
    assert remark.endswith("left out")


def test_metadata_without_a_code_file_belong_to_the_only_notebook() -> None:
    found = seen({"k/kernel-metadata.json": {}, "k/a.ipynb": "{}"})
    assert found.found == (Found("k/a.ipynb", "k/kernel-metadata.json", {}),)


def test_a_percent_source_counts_with_metadata_a_twin_or_if_it_is_named() -> None:
    meta = {"code_file": "a.py"}
    files: dict[str, object] = {
        "k/a.py": CELLS, "k/kernel-metadata.json": meta, "p/b.py": CELLS, "p/b.ipynb": "{}",
        "q/c.py": CELLS, "r/d.py": "x = 1\n", "q/e.R": CELLS, "p/n/f.ipynb": "{}", "p/f.py": CELLS,
    }  # fmt: skip
    found = seen(files)
    assert found.found == (
        Found("k/a.py", "k/kernel-metadata.json", meta),
        Found("p/b.py", outputs="p/b.ipynb"),
        Found("p/f.py", outputs="p/n/f.ipynb"),
    )
    says = "{0} has cells: to adopt it, name it: nbship adopt {0}"
    assert found.remarks == (says.format("q/c.py"), says.format("q/e.R"))
    assert seen(files, "q").found == ()
    assert seen(files, "q/c.py").found == (Found("q/c.py"),)
    assert [each.path for each in seen(files, "p").found] == ["p/b.py", "p/f.py"]


def test_of_several_twins_the_one_beside_counts_or_none() -> None:
    files: dict[str, object] = {"a/x.py": CELLS, "a/x.ipynb": "{}", "b/x.ipynb": "{}"}
    assert seen(files).found == (Found("a/x.py", outputs="a/x.ipynb"), Found("b/x.ipynb"))
    files = {"c/x.py": CELLS, "a/x.ipynb": "{}", "b/x.ipynb": "{}"}
    assert seen(files).found == (Found("a/x.ipynb"), Found("b/x.ipynb"), Found("c/x.py"))


def test_metadata_of_the_notebook_belong_to_its_source() -> None:
    meta = {"code_file": "x.ipynb"}
    found = seen({"a/x.py": CELLS, "a/x.ipynb": "{}", "a/kernel-metadata.json": meta})
    assert found.found == (Found("a/x.py", "a/kernel-metadata.json", meta, "a/x.ipynb"),)


def test_a_program_that_writes_notebooks_is_explained() -> None:
    builder = "nb = nbf.v4.new_notebook()\nnbf.write(nb, 'out.ipynb')\n"
    files: dict[str, object] = {
        "tools/build.py": builder, "tools/build.R": builder, "other.py": "new_notebook = 1\n",
        "adopted.py": f"{CELLS}{builder}", "adopted.ipynb": "{}",
    }  # fmt: skip
    [remark] = seen(files).remarks
    assert remark == (
        "tools/build.py writes notebooks: run it once, then adopt what it writes with "
        "'nbship adopt --from FILE.ipynb'; from then on the source replaces it"
    )


def test_cells_that_write_code_are_found() -> None:
    cells = [
        {"cell_type": "code", "source": "%%writefile utils.py\nx = 1"},
        {"cell_type": "markdown", "source": "Path('x').write_text(y)"},
        {"cell_type": "code", "source": "Path('train.py').write_text(text)"},
        {"cell_type": "code", "source": "print(1)"},
    ]
    assert list(writes_code(cells)) == [1, 3]
