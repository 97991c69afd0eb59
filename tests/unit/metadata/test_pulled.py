"""A kernel-metadata.json as Kaggle's pull and templates write it is taken as Kaggle takes it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slugify import slugify

from nbship.core.metadata.data_sources import kernel_id, named
from nbship.core.metadata.left_out import replaced
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.model.spec import KaggleSpec, keys_of
from nbship.model.workspace import Source
from tests.support.checked import check
from tests.support.paths import SHARED

CORPUS = SHARED / "corpus"
UNCERTAIN = {"accelerator-unknown", "header-replaced", "internet-in-competition"}  # warnings


def toml_of(metadata: dict[str, Any]) -> str:
    """Return a kernel-metadata.json as the table of a header: every key, under its own name."""
    rows = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in metadata.items()
        if value is not None
    ]
    return "\n".join(["[tool.nbship.kaggle]", *rows])


def source_of(metadata: dict[str, Any], suffix: str = ".py") -> Source:
    block = "".join(f"# {line}\n" for line in toml_of(metadata).split("\n"))
    return Source(f"src_py/a{suffix}", f"# %%\n# /// script\n{block}# ///\n\n# %%\nx = 1\n")


def taken(metadata: dict[str, Any], suffix: str = ".py") -> KaggleSpec:
    spec = parse_spec(read_header(source_of(metadata, suffix))).kaggle
    assert spec is not None
    return spec


BASE = {"id": "awa/tiny-kernel", "title": "Tiny Kernel"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"keywords": ["data cleaning", "gpu"]}, {"keywords": ("data cleaning", "gpu")}),
        ({"keywords": ["a > b"]}, {"keywords": ("a > b",)}),
        ({"kernel_sources": ["awa/up-stream/3"]}, {"kernel_sources": ("awa/up-stream/3",)}),
        ({"kernel_sources": ["Awa/Up-Stream"]}, {"kernel_sources": ("Awa/Up-Stream",)}),
        ({"dataset_sources": ["", "awa/data"]}, {"dataset_sources": ("awa/data",)}),
        ({"id": "Awa/Tiny-Kernel"}, {"id": "awa/tiny-kernel"}),
        ({"is_private": "false", "enable_internet": "True"},
         {"is_private": False, "enable_internet": True}),
        ({"enable_gpu": True, "machine_shape": "None"},
         {"enable_gpu": True, "machine_shape": "None"}),
        ({"enable_tpu": True, "machine_shape": ""}, {"enable_tpu": True}),
        ({"enable_gpu": True, "machine_shape": "Gpu"},
         {"enable_gpu": True, "machine_shape": "Gpu"}),
        ({"enable_gpu": False, "machine_shape": "NvidiaTeslaT4"},
         {"enable_gpu": True, "machine_shape": "NvidiaTeslaT4"}),
        ({"enable_gpu": True, "enable_tpu": "false", "machine_shape": "Tpu1VmV38"},
         {"enable_tpu": True, "machine_shape": "Tpu1VmV38"}),
        ({"code_file": "tiny.ipynb"}, {}),
        ({"docker_image": "", "id_no": 7}, {"docker_image": "", "id_no": 7}),
    ],
)  # fmt: skip
def test_a_value_of_kaggles_own_file_has_the_meaning_that_kaggle_gives_it(
    written: dict[str, Any], meant: dict[str, Any]
) -> None:
    assert taken(BASE | written) == KaggleSpec(**(BASE | meant))


@pytest.mark.parametrize(
    ("suffix", "language", "kernel_type", "is_right"),
    [
        (".R", "rmarkdown", "notebook", True),
        (".R", "r", "notebook", True),
        (".R", "rmarkdown", "script", False),
        (".R", "python", "notebook", False),
        (".py", "python", "script", True),
        (".py", "rmarkdown", "notebook", False),
    ],
)
def test_rmarkdown_is_the_r_of_a_notebook(
    suffix: str, language: str, kernel_type: str, *, is_right: bool
) -> None:
    source = source_of(BASE | {"language": language, "kernel_type": kernel_type}, suffix)
    codes = {finding.code for finding in check({source.path: source.text})}
    assert codes == (set() if is_right else {"header-value"})


NAMES = st.from_regex(r"[A-Za-z0-9]{5,9}(?:-[A-Za-z0-9]{1,4}){0,2}", fullmatch=True).filter(
    str.isascii
)
FLAGS = st.booleans() | st.sampled_from(["true", "false", "True", "FALSE"])
SHAPES = st.sampled_from([
    "", "None", None, "NvidiaTeslaT4", "NvidiaTeslaP100", "Tpu1VmV38", "TpuV5E8", "Gpu",
])  # fmt: skip


def listed(*forms: str) -> st.SearchStrategy[list[str]]:
    """Return lists of names of these forms, each ``N`` of a form being a name; or of nothing."""
    items = st.sampled_from(["", *forms]).flatmap(
        lambda form: st.tuples(*[NAMES] * form.count("N")).map(
            lambda names: form.replace("N", "%s") % names
        )
    )
    return st.lists(items, max_size=3)


@st.composite
def pulled(draw: st.DrawFn) -> dict[str, Any]:
    """Return a kernel-metadata.json with the keys that ``kaggle kernels pull -m`` writes."""
    slug = draw(NAMES)
    return {
        "id": f"{draw(NAMES)}/{draw(st.sampled_from([slug, slug.lower()]))}",
        "id_no": draw(st.none() | st.integers(1, 2**40)),
        "title": slug.replace("-", " "),
        "code_file": f"{slug}.ipynb",
        "language": "python",
        "kernel_type": draw(st.sampled_from(["notebook", "script"])),
        **{
            key: draw(FLAGS)
            for key in ("is_private", "enable_gpu", "enable_tpu", "enable_internet")
        },
        "keywords": draw(
            st.lists(st.sampled_from(["gpu", "data cleaning", "nlp", ""]), max_size=2)
        ),
        "dataset_sources": draw(listed("N/N", "N/N/7")),
        "kernel_sources": draw(listed("N/N", "N/N/3")),
        "competition_sources": draw(listed("N")),
        "model_sources": draw(listed("N/N/transformers/N/1", "N/N/PyTorch/N/2")),
        "docker_image": draw(st.sampled_from([None, "", "gcr.io/kaggle-images/python@sha256:1"])),
        "machine_shape": draw(SHAPES),
    }


@given(pulled())
def test_whatever_a_pull_writes_is_taken_and_nothing_of_it_is_an_error(
    metadata: dict[str, Any],
) -> None:
    source = source_of(metadata)
    spec = taken(metadata)
    assert spec.id == kernel_id(metadata["id"])
    assert slugify(spec.title) == spec.id.partition("/")[2]
    for key in ("keywords", "dataset_sources", "kernel_sources", "model_sources"):
        assert list(getattr(spec, key)) == [item for item in metadata[key] if item]
    codes = {finding.code for finding in check({source.path: source.text})}
    assert codes <= {"accelerator-retired", *UNCERTAIN}


@given(pulled())
def test_what_the_build_replaces_is_named_at_its_line(metadata: dict[str, Any]) -> None:
    source = source_of(metadata)
    spec, lines = taken(metadata), source.text.split("\n")
    named = {
        lines[(finding.place.line or 0) - 1].removeprefix("# ").split(" = ")[0]
        for finding in replaced(read_header(source))
    }
    given_flags = {key: str(metadata[key]).lower() for key in ("enable_gpu", "enable_tpu")}
    assert named == {
        "code_file",
        *(key for key, value in metadata.items() if isinstance(value, list) and "" in value),
        *(key for key, flag in given_flags.items() if flag != str(getattr(spec, key)).lower()),
    }


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of this repo")
def test_the_metadata_of_the_corpus_raises_no_false_alarm() -> None:
    """What is left is wrong on Kaggle too: titles of other slugs, a prefix, keys it ignores."""
    expected = {
        "09-isaac-flath-ez-kaggle": {"source-prefix"},
        "16-allieubisse-train": {"header-unknown-key"},
        "17-allieubisse-preprocessing": {"id-form"},
    }
    for file in sorted(CORPUS.glob("*/kernel-metadata.json")):
        source = source_of(json.loads(file.read_text(encoding="utf-8")))
        codes = {finding.code for finding in check({source.path: source.text})} - UNCERTAIN
        assert codes == expected.get(file.parent.name, set()), file


@pytest.mark.parametrize(
    ("key", "source", "parts"),
    [
        ("dataset_sources", "a/b/3", ("a", "b")),
        ("kernel_sources", "a/b/3", ("a", "b")),
        ("kernel_sources", "a/b", ("a", "b")),
        ("competition_sources", "titanic", ("titanic",)),
        ("model_sources", "a/b/c/d/1", ("a", "b", "c", "d", "1")),
    ],
)
def test_a_version_is_no_part_of_a_mount(key: str, source: str, parts: tuple[str, ...]) -> None:
    assert named(keys_of(KaggleSpec)[key], source) == parts
    assert kernel_id("Awa/Up/3") == "awa/up"
