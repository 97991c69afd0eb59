"""An artifact from a text and a dict of modules: no disk, no workspace, no other program."""

import json

import pytest

from nbship.core.artifact.assemble import artifact_digest
from nbship.core.artifact.collected import Collected
from nbship.core.artifact.compile import Compiled
from nbship.core.artifact.declared import fits
from nbship.core.artifact.imports import LocalModule
from nbship.core.artifact.session import session_code
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.workspace import Origin, Source
from tests.support.usual import compile_notebook

HEADER = """\
# %%
# /// script
# dependencies = ["numpy"]
#
# [tool.nbship.kaggle]
# id = "awa/trainer-kernel"
# title = "Trainer Kernel"
# ///

"""
SCRIPT = HEADER.replace("# ///\n\n", '# kernel_type = "script"\n# ///\n\n')
R_HEADER = HEADER.replace('# dependencies = ["numpy"]\n#\n', "")
CELLS = """\
# %% [markdown]
# A title

# %%
import numpy
from sahel import audio

# %%
audio.read()
"""
MODULES = {
    "sahel": LocalModule("sahel/__init__.py", "", is_package=True),
    "sahel.audio": LocalModule("sahel/audio.py", "import sahel.wave\n"),
    "sahel.wave": LocalModule("sahel/wave.py", "RATE = 16000\n"),
}


def compiled(text: str, path: str = "src_py/trainer.py") -> Compiled:
    return compile_notebook("trainer", Source(path, text), MODULES.get)


def sources(made: Compiled) -> list[str]:
    """Return the text of each cell of a notebook."""
    return [cell["source"] for cell in json.loads(made.artifact.text)["cells"]]


def test_a_notebook_loses_its_header_and_gets_its_modules() -> None:
    made = compiled(HEADER + CELLS)
    title, bundle, *code = sources(made)
    assert title == "A title"
    assert "\"sahel/wave.py\": r'''\nRATE = 16000\n" in bundle
    assert code == ["import numpy\nfrom sahel import audio", "audio.read()"]
    assert made.artifact.line_map == (
        Origin("src_py/trainer.py", 11), None, Origin("src_py/trainer.py", 14),
        Origin("src_py/trainer.py", 18),
    )  # fmt: skip


def test_the_inputs_are_the_source_and_each_module_that_it_reaches() -> None:
    made = compiled(HEADER + CELLS)
    assert made.inputs == {
        "src_py/trainer.py": sha256((HEADER + CELLS).encode()),
        "src_py/sahel/__init__.py": sha256(b""),
        "src_py/sahel/audio.py": sha256(b"import sahel.wave\n"),
        "src_py/sahel/wave.py": sha256(b"RATE = 16000\n"),
    }
    assert next(iter(made.inputs)) == "src_py/trainer.py"
    assert made.absent == ("numpy",)


def test_the_artifact_is_what_its_spec_asks_for() -> None:
    made = compiled(HEADER + CELLS)
    assert made.spec.kaggle is not None
    assert made.spec.dependencies == ("numpy",)
    assert list(made.artifact.files) == ["trainer.ipynb", "kernel-metadata.json"]
    assert made.artifact.digest == artifact_digest(made.artifact.files)
    assert compiled(HEADER + CELLS).artifact == made.artifact


def test_a_source_without_a_header_is_a_notebook_without_metadata() -> None:
    made = compiled("# %%\nx = 1\n")
    assert list(made.artifact.files) == ["trainer.ipynb"]
    assert sources(made) == ["x = 1"]
    assert (made.spec.kaggle, made.absent) == (None, ())


def test_a_script_keeps_every_line_of_its_source() -> None:
    made = compiled(SCRIPT + "# %%\nimport sahel.wave\n")
    text = made.artifact.text
    assert made.artifact.code_file == "trainer.py"
    assert text.startswith(SCRIPT.rstrip())
    assert text.endswith("\n# %%\nimport sahel.wave\n")
    assert "RATE = 16000" in text


def test_an_r_notebook_bundles_nothing() -> None:
    cell = "library(sahel)\n# cat is an animal"  # a command in a comment of Python only
    made = compiled(R_HEADER + f"# %%\n{cell}\n", "src_py/trainer.R")
    assert sources(made) == [session_code("src_py/trainer.R"), cell]
    assert list(made.inputs) == ["src_py/trainer.R"]
    assert made.absent == ()


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        ("# %%\n# /// script\n# x = 1\n# ///\n", "src_py/a.py", 3, "unknown key 'x'"),
        ("# %%\nx = (\n", "src_py/a.py", 2, "not Python: "),
        ("# %%\nx <- 1\n# %matplotlib inline\n", "src_py/a.R", 3, "%matplotlib inline"),
        ("# %%\nx = 1\n# cat notes.txt\n", "src_py/a.py", 3, "cat notes.txt"),
        (SCRIPT + "# %%\n%matplotlib inline\n", "src_py/a.py", 12, "IPython syntax in a script"),
    ],
)
def test_a_mistake_is_named_at_its_line(text: str, path: str, line: int, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        compile_notebook("a", Source(path, text), MODULES.get)
    assert caught.value.place is not None
    assert (caught.value.place.path, caught.value.place.line) == (path, line)
    assert message in caught.value.message


def test_a_mistake_in_a_module_is_named_in_the_module() -> None:
    broken = {"sahel": LocalModule("sahel.py", "x = 1\ny = (\n")}
    with pytest.raises(SourceError) as caught:
        compile_notebook("a", Source("src_py/a.py", "# %%\nimport sahel\n"), broken.get)
    assert caught.value.place == Place("src_py/sahel.py", 2, 5)


# --- pictures ---

SHOWS = """\
# %% [markdown]
# ![a](attachment:a.png) ![gone](attachment:gone.png)

# %%
x = "![a](attachment:a.png)"

# %% [markdown]
# ![a](attachment:a.png) ![b](attachment:b%20b.jpg)
"""
ASSETS = {
    "src_py/trainer.assets/a.png": b"1",
    "src_py/trainer.assets/b b.jpg": b"2",
    "src_py/trainer.assets/unused.png": b"3",
    "src_py/trainer.assets/deep/a.png": b"4",
}


def illustrated(text: str, files: dict[str, bytes] = ASSETS) -> Compiled:
    return compile_notebook(
        "trainer",
        Source("src_py/trainer.py", text),
        MODULES.get,
        lambda pattern: Collected({p: d for p, d in files.items() if fits(p, pattern)}),
    )


def test_the_pictures_that_markdown_shows_are_attached_to_its_cell() -> None:
    made = illustrated(HEADER + SHOWS)
    cells = json.loads(made.artifact.text)["cells"]
    assert [cell.get("attachments") for cell in cells] == [
        {"a.png": {"image/png": "MQ=="}},
        None,
        None,
        {"a.png": {"image/png": "MQ=="}, "b b.jpg": {"image/jpeg": "Mg=="}},
    ]
    assert cells[0]["source"] == "![a](attachment:a.png) ![gone](attachment:gone.png)"
    assert made.data == {
        "src_py/trainer.assets/a.png": sha256(b"1"),
        "src_py/trainer.assets/b b.jpg": sha256(b"2"),
    }
    assert made.patterns == {"src_py/trainer.assets": tuple(sorted(ASSETS))}


def test_a_notebook_without_pictures_looks_for_none() -> None:
    made = illustrated(HEADER + CELLS)
    assert (made.data, made.patterns) == ({}, {})
    assert illustrated(HEADER + SHOWS, {}).patterns == {"src_py/trainer.assets": ()}


def test_the_text_of_a_code_cell_shows_no_picture() -> None:
    code = HEADER + '# %%\nx = "![a](attachment:a.png)"\n'
    assert illustrated(code).patterns == {}
    other = Source("src_py/trainer.py", f"{code}\n# %% [markdown]\n# ![b](attachment:b.png)\n")
    refused = Collected({}, {"src_py/trainer.assets/a.png": "it is a link"})
    assert compile_notebook("trainer", other, MODULES.get, lambda _: refused).data == {}


def test_pictures_that_are_too_large_are_named() -> None:
    files = {**ASSETS, "src_py/trainer.assets/a.png": b"1" * 900_000}
    with pytest.raises(SourceError) as caught:
        illustrated(HEADER + SHOWS, files)
    assert "(largest: src_py/trainer.assets/a.png 1,200,0" in caught.value.message


@pytest.mark.parametrize(
    ("collected", "message", "code", "hint"),
    [
        (
            Collected({}, {"src_py/trainer.assets/a.png": "why"}),
            "src_py/trainer.assets/a.png: a picture cannot be attached: why",
            "bundle",
            "",
        ),
        (
            Collected(sizes={"src_py/x": 30, "src_py/y": 1}),
            "src_py/trainer.assets: the pictures have 31 bytes (largest: src_py/x 30, src_py/y 1)",
            "too-large",
            "Kaggle accepts 1,000,000. Make the pictures smaller.",
        ),
    ],
)
def test_a_picture_whose_content_is_not_taken_is_named(
    collected: Collected, message: str, code: str, hint: str
) -> None:
    source = Source("src_py/trainer.py", HEADER + SHOWS)
    with pytest.raises(SourceError) as caught:
        compile_notebook("trainer", source, MODULES.get, lambda _: collected)
    assert str(caught.value) == message
    assert (caught.value.diagnostic.code, caught.value.hint) == (code, hint)


def test_a_picture_that_can_be_executed_has_another_digest() -> None:
    path = "src_py/trainer.assets/a.png"
    source = Source("src_py/trainer.py", HEADER + SHOWS)
    collected = Collected(ASSETS, programs=frozenset({path}))
    made = compile_notebook("trainer", source, MODULES.get, lambda _: collected)
    assert made.data[path] == f"{sha256(b'1')}, executable"


def test_a_file_that_no_text_shows_hinders_no_picture() -> None:
    folder, source = "src_py/trainer.assets", Source("src_py/trainer.py", HEADER + SHOWS)
    other = Collected({}, {f"{folder}/other.png": "it is a link"})
    assert compile_notebook("trainer", source, MODULES.get, lambda _: other).data == {}
    whole = Collected({}, {folder: "it is a link"})
    with pytest.raises(SourceError, match="a picture cannot be attached: it is a link"):
        compile_notebook("trainer", source, MODULES.get, lambda _: whole)


def test_without_a_disk_there_is_no_file() -> None:
    text = HEADER.replace("# ///\n\n", '#\n# [tool.nbship.bundle]\n# files = ["x"]\n# ///\n\n')
    with pytest.raises(SourceError, match="and there is no file src_py/x"):
        compiled(text + "# %%\nx = 1\n")
