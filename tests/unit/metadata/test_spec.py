"""A header is valid as a whole, or gives one error at the line of the mistake.

In the tables of wrong headers, ``# <-`` marks the line that the error must name.
"""

import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from slugify import slugify

from nbship.core.metadata.left_out import replaced
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.metadata.validate import spec_faults
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.spec import ColabSpec, KaggleSpec, SmokeSpec, Spec
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE as TABLE
from tests.support.checked import found, notebook

PATH = "src_py/a.py"
KAGGLE = '[tool.nbship.kaggle]\nid = "ous-sow/sahel-trainer"\ntitle = "Sahel Trainer"\n'
MARK = "# <-"


def source(toml: str) -> Source:
    block = "".join(f"# {line}".rstrip() + "\n" for line in toml.split("\n"))
    return Source(PATH, f"# %%\n# /// script\n{block}# ///\n\n# %%\nx = 1\n")


def parse(toml: str) -> Spec:
    return parse_spec(read_header(source(toml)))


def kaggle(toml: str = "") -> KaggleSpec:
    spec = parse(KAGGLE + toml).kaggle
    assert spec is not None
    return spec


def refused(toml: str) -> SourceError:
    """Return the error, which must name the marked line."""
    text = source(toml)
    (line,) = [n for n, line in enumerate(text.text.split("\n"), 1) if MARK in line]
    with pytest.raises(SourceError) as caught:
        parse_spec(read_header(text))
    assert caught.value.place == Place(PATH, line)
    assert "\n" not in caught.value.message
    return caught.value


# --- what is right ---


def test_no_block_is_a_local_helper() -> None:
    assert parse_spec(read_header(Source(PATH, "# %%\nx = 1\n"))) == Spec()
    assert parse("") == Spec()


def test_a_full_header_is_read_with_its_lines() -> None:
    spec = parse("""\
requires-python = ">=3.11"
dependencies = ["numpy", "torch>=2; sys_platform == 'linux'"]

[tool.uv]
anything = "goes"

[tool.nbship.kaggle]
id = "Ous-Sow/sahel-kaggle-master-trainer"
title = "Sahel Kaggle Master Trainer"
id_no = 17
language = "python"
kernel_type = "notebook"
is_private = false
enable_internet = true
machine_shape = "NvidiaTeslaT4"
dataset_sources = ["google/fleurs", "robotsmali/jeli-asr/2"]
competition_sources = ["titanic"]
kernel_sources = ["ous-sow/upstream"]
model_sources = ["google/gemma/transformers/2b/1"]
keywords = ["audio"]
docker_image = "gcr.io/kaggle-images/python@sha256:1"
docker_image_pinning_type = "latest"

[tool.nbship.smoke]
timeout = 60
parameters = { EPOCHS = 1, RATES = [0.5, 1e3], NAMES = { a = true } }
""")
    assert spec == Spec(
        requires_python=">=3.11",
        dependencies=("numpy", "torch>=2; sys_platform == 'linux'"),
        dependencies_line=4,
        kaggle=KaggleSpec(
            id="ous-sow/sahel-kaggle-master-trainer",
            title="Sahel Kaggle Master Trainer",
            id_no=17,
            is_private=False,
            enable_gpu=True,
            enable_internet=True,
            machine_shape="NvidiaTeslaT4",
            dataset_sources=("google/fleurs", "robotsmali/jeli-asr/2"),
            competition_sources=("titanic",),
            kernel_sources=("ous-sow/upstream",),
            model_sources=("google/gemma/transformers/2b/1",),
            keywords=("audio",),
            docker_image="gcr.io/kaggle-images/python@sha256:1",
            docker_image_pinning_type="latest",
        ),
        kaggle_line=9,
        smoke=SmokeSpec(
            parameters={"EPOCHS": 1, "RATES": [0.5, 1e3], "NAMES": {"a": True}}, timeout=60
        ),
        smoke_line=28,
    )


def test_a_kernel_needs_nothing_but_its_id_and_title() -> None:
    assert kaggle() == KaggleSpec("ous-sow/sahel-trainer", "Sahel Trainer")


def test_a_colab_notebook_has_its_accelerator() -> None:
    assert parse("[tool.nbship.colab]").colab == ColabSpec()
    spec = parse('[tool.nbship.colab]\naccelerator = "GPU"\ngpu_type = "T4"\n')
    assert (spec.colab, spec.kaggle, spec.kaggle_line) == (ColabSpec("GPU", "T4"), None, None)


def test_a_rehearsal_has_parameters_and_a_timeout() -> None:
    spec = parse("[tool.nbship.smoke]\ntimeout = 0.5\n")
    assert (spec.smoke, spec.smoke_line) == (SmokeSpec(timeout=0.5), 3)
    assert parse("tool.nbship.smoke.parameters = { A = 1 }").smoke == SmokeSpec({"A": 1})


@pytest.mark.parametrize(
    "toml",
    [
        '[tool]\nnbship.kaggle.id = "ous-sow/sahel-trainer"\nnbship.kaggle.title = "Sahel Trainer"',
        '[tool.nbship]\nkaggle = { id = "ous-sow/sahel-trainer", title = "Sahel Trainer" }',
        '["tool"."nbship"."kaggle"]\n"id" = "ous-sow/sahel-trainer"\n\'title\' = "Sahel Trainer"',
    ],
    ids=["dotted", "inline", "quoted"],
)
def test_toml_may_be_written_in_all_its_forms(toml: str) -> None:
    assert parse(toml).kaggle == KaggleSpec("ous-sow/sahel-trainer", "Sahel Trainer")


@pytest.mark.parametrize(
    ("toml", "gpu", "tpu"),
    [
        ("", False, False),
        ("enable_gpu = true", True, False),
        ("enable_tpu = true", False, True),
        ('machine_shape = ""\nenable_gpu = true', True, False),
        ('machine_shape = "NvidiaTeslaT4"', True, False),
        ('machine_shape = "NvidiaTeslaT4"\nenable_gpu = true', True, False),
        ('machine_shape = "TpuV5E8"', False, True),
        ('machine_shape = "TpuV5E8"\nenable_gpu = false', False, True),
        ('machine_shape = "None"', False, False),
    ],
)
def test_the_machine_shape_decides_the_switches_of_old(toml: str, *, gpu: bool, tpu: bool) -> None:
    spec = kaggle(toml)
    assert (spec.enable_gpu, spec.enable_tpu) == (gpu, tpu)


@pytest.mark.parametrize(
    ("slug", "title"), [("a" * 5, "A" * 5), ("a" * 50, "A" * 50), ("it-s-3-5-gb", "It's 3.5 GB")]
)
def test_a_title_may_have_5_to_50_characters_and_slugifies_to_the_slug(
    slug: str, title: str
) -> None:
    spec = parse(f'[tool.nbship.kaggle]\nid = "ous-sow/{slug}"\ntitle = "{title}"').kaggle
    assert spec == KaggleSpec(f"ous-sow/{slug}", title)


# --- what is wrong ---


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("require-python = 1 # <-", "unknown key 'require-python' in the script block; did you me"),
        ("[kaggle] # <-", "unknown key 'kaggle' in the script block; known: dependencies, requi"),
        (
            "x = 1\n[tool.nbship]\n".replace("x = 1", "zz = 1 # <-"),
            "unknown key 'zz' in the script",
        ),
        (
            "[tool.nbship.kagle] # <-",
            "unknown key 'kagle' in [tool.nbship]; did you mean 'kaggle'?",
        ),
        ("[tool.nbship]\nkagle.id = 1 # <-", "unknown key 'kagle' in [tool.nbship]; did you mean"),
        ("[tool.nbship]\nzzz = 1 # <-", "unknown key 'zzz' in [tool.nbship]; known: bundle, colab"),
        (
            f"{KAGGLE}titel = 1 # <-",
            "unknown key 'titel' in [tool.nbship.kaggle]; did you mean 'ti",
        ),
        (f"{KAGGLE}'titel' = 1 # <-", "unknown key 'titel' in [tool.nbship.kaggle]; did you mean"),
        (f"{KAGGLE}'' = 1 # <-", "unknown key '' in [tool.nbship.kaggle]; known: competition_sour"),
        (f"{KAGGLE}gpu_type = 1 # <-", "unknown key 'gpu_type' in [tool.nbship.kaggle]; "),
        (
            "[tool.nbship]\nkaggle = { titel = 1 } # <-",
            "unknown key 'titel' in [tool.nbship.kaggle",
        ),
        (
            "[tool.nbship.colab]\naccelerato = 1 # <-",
            "unknown key 'accelerato' in [tool.nbship.col",
        ),
        ("[tool.nbship.smoke]\ntime_out = 1 # <-", "unknown key 'time_out' in [tool.nbship.smoke]"),
        (
            "[tool.x]\nid = 1\n[tool.nbship.smoke]\nid = 1 # <-",
            "unknown key 'id' in [tool.nbship.s",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known(toml: str, message: str) -> None:
    assert refused(toml).message.startswith(message)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("tool = 1 # <-", "tool must be a table"),
        ("[[tool]] # <-", "tool must be a table"),
        ("[tool]\nnbship = 1 # <-", "tool.nbship must be a table"),
        ("tool.nbship = [] # <-", "tool.nbship must be a table"),
        ("[tool.nbship]\nkaggle = true # <-", "tool.nbship.kaggle must be a table"),
        ("[[tool.nbship.kaggle]] # <-", "tool.nbship.kaggle must be a table"),
        ("[tool.nbship]\ncolab = 'GPU' # <-", "tool.nbship.colab must be a table"),
        ("[tool.nbship]\nsmoke = 1 # <-", "tool.nbship.smoke must be a table"),
    ],
)
def test_what_must_be_a_table_is_one(toml: str, message: str) -> None:
    assert refused(toml).message == message


WRONG = {  # values that are never right for a key of this kind
    "text": ("1", "true", "[]", "{}", "1.5", "2026-11-23"),
    "bool": ("1", "0", "'yes'", "''", "[]", "1.5"),
    "number": ("true", "'1'", "1.5", "[]"),
    "list": ("'a/b'", "1", "true", "{}", "[1]", "['a/b', 1]", "[['a/b']]"),
}
KINDS = {
    "text": ("machine_shape", "docker_image"),
    "bool": ("is_private", "enable_gpu", "enable_tpu", "enable_internet"),
    "number": ("id_no",),
    "list": (
        "dataset_sources", "competition_sources", "kernel_sources", "model_sources", "keywords",
    ),
}  # fmt: skip
WORDS = {
    "text": "must be a string in quotes, not",
    "bool": "must be true or false, not",
    "number": "must be a whole number, not",
    "list": "must be a list of strings, not",
}


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [(kind, key, value) for kind in KINDS for key in KINDS[kind] for value in WRONG[kind]],
)
def test_a_kaggle_key_of_the_wrong_type_is_refused(kind: str, key: str, value: str) -> None:
    assert refused(f"{KAGGLE}{key} = {value} {MARK}").message.startswith(f"{key} {WORDS[kind]} ")


@pytest.mark.parametrize("value", WRONG["text"])
def test_an_id_and_a_title_are_texts(value: str) -> None:
    table = "[tool.nbship.kaggle]"
    assert refused(f"{table}\nid = {value} {MARK}\ntitle = 'Sahel'").message.startswith(
        "id must be"
    )
    assert refused(f"{table}\nid = 'a/sahel'\ntitle = {value} {MARK}").message.startswith("title m")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (f"{KAGGLE}language = 'r' # <-", "language 'r', but a .py is Python"),
        (f"{KAGGLE}language = 1 # <-", "language must be one of 'python', 'r', not 1"),
        (f"{KAGGLE}kernel_type = 'lib' # <-", "kernel_type must be one of 'notebook', 'script', n"),
        (
            f"{KAGGLE}kernel_type = 'script'\n[tool.nbship.smoke]\nparameters = {{ A = 1 }} # <-",
            "a script has no cell with parameters",
        ),
        (
            f"{KAGGLE}docker_image_pinning_type = [] # <-",
            "docker_image_pinning_type must be one of",
        ),
        (f"{KAGGLE}id_no = 0 # <-", "id_no must be the number that Kaggle gave the kernel"),
        (f"{KAGGLE}id_no = -1 # <-", "id_no must be the number that Kaggle gave the kernel"),
        (f"{KAGGLE}id_no = 9223372036854775808 # <-", "id_no must be the number that Kaggle gave"),
        (f"{KAGGLE}id_no = 0x{'f' * 5000} # <-", "id_no must be the number that Kaggle gave"),
        (
            f"{KAGGLE}is_private = 0x{'f' * 5000} # <-",
            "is_private must be true or false, not a num",
        ),
        (
            "[tool.nbship.colab]\naccelerator = 'T4' # <-",
            "accelerator must be one of 'None', 'GPU'",
        ),
        (
            "[tool.nbship.colab]\naccelerator = true # <-",
            "accelerator must be one of 'None', 'GPU'",
        ),
        ("[tool.nbship.colab]\ngpu_type = 4 # <-", "gpu_type must be a string in quotes, not 4"),
        ("[tool.nbship.smoke]\nparameters = 1 # <-", "parameters must be a table such as { EPOCHS"),
        (
            "[tool.nbship.smoke]\nparameters = [] # <-",
            "parameters must be a table such as { EPOCHS",
        ),
        (
            "[[tool.nbship.smoke.parameters]] # <-",
            "parameters must be a table such as { EPOCHS = 1",
        ),
        (
            "[tool.nbship.smoke]\nparameters = { DAY = 2026-11-23 } # <-",
            "parameters must be text, n",
        ),
        (
            f"[tool.nbship.smoke]\nparameters = {{ N = 0x{'f' * 5000} }} # <-",
            "parameters must be te",
        ),
        (
            "[tool.nbship.smoke]\ntimeout = '60' # <-",
            'timeout must be a number of seconds, not "60"',
        ),
        (
            "[tool.nbship.smoke]\ntimeout = true # <-",
            "timeout must be a number of seconds, not true",
        ),
        (
            "[tool.nbship.smoke]\ntimeout = 0 # <-",
            "timeout must be more than 0 seconds and at most",
        ),
        (
            "[tool.nbship.smoke]\ntimeout = -1.5 # <-",
            "timeout must be more than 0 seconds and at m",
        ),
        (
            "[tool.nbship.smoke]\ntimeout = inf # <-",
            "timeout must be more than 0 seconds and at mo",
        ),
        (
            "[tool.nbship.smoke]\ntimeout = nan # <-",
            "timeout must be more than 0 seconds and at mo",
        ),
        (
            "requires-python = '>=nonsense' # <-",
            'requires-python ">=nonsense" is not a version range',
        ),
        (
            "requires-python = 3.11 # <-",
            "requires-python 3.11 is not a version range such as '>=3.11'",
        ),
        ("requires-python = [] # <-", "requires-python [] is not a version range such as '>=3.11'"),
        (
            "requires-python = ['>=3'] # <-",
            "requires-python [\">=3\"] is not a version range such as '>=3.11'",
        ),
        (
            "requires-python = false # <-",
            "requires-python false is not a version range such as '>=3.11'",
        ),
        ("dependencies = 'numpy' # <-", "dependencies must be a list of strings"),
        ("dependencies = { numpy = '1' } # <-", "dependencies must be a list of strings"),
        ("dependencies = ['numpy', 1] # <-", "dependencies must be a list of strings"),
        (
            "dependencies = ['no such; thing'] # <-",
            "'no such; thing' is not a requirement that pip und",
        ),
        (
            "dependencies = [ # <-\n 'numpy',\n '',\n]",
            "'' is not a requirement that pip understands",
        ),
        (
            f"{KAGGLE}[tool.nbship.colab] # <-",
            "a notebook has a table kaggle or a table colab, not both",
        ),
        ("[tool.nbship.kaggle] # <-\ntitle = 'Sahel'", "id is missing"),
        ("[tool.nbship.kaggle] # <-\nid = 'a/sahel'", "title is missing"),
        ("[tool.nbship.kaggle] # <-", "id is missing"),
        ("[tool.nbship]\nkaggle = {} # <-", "id is missing"),
        ("[tool.nbship.bundle]\nfiles = 'a.json' # <-", "files must be a list of strings, not"),
        ("[tool.nbship.bundle]\npackages = [1] # <-", "packages must be a list of strings, not"),
    ],
)
def test_an_odd_value_is_refused_at_its_line(toml: str, message: str) -> None:
    assert refused(toml).message.startswith(message)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ("sahel-trainer", "id 'sahel-trainer' is not 'owner/slug'"),
        ("ous-sow/sahel-trainer/2", "id 'ous-sow/sahel-trainer/2' is not 'owner/slug'"),
        ("ous-sow/sahel\u212aernel", "id 'ous-sow/sahel\u212aernel' is not 'owner/slug'"),
        ("ous-sow/sahel_trainer", "id 'ous-sow/sahel_trainer' is not 'owner/slug'"),
        ("ous-sow/sahel--trainer", "id 'ous-sow/sahel--trainer' is not 'owner/slug'"),
        ("ous-sow/-sahel-trainer", "id 'ous-sow/-sahel-trainer' is not 'owner/slug'"),
        ("ous-sow/sahel-trainer-", "id 'ous-sow/sahel-trainer-' is not 'owner/slug'"),
        ("ous sow/sahel-trainer", "id 'ous sow/sahel-trainer' is not 'owner/slug'"),
        ("/sahel-trainer", "id '/sahel-trainer' is not 'owner/slug'"),
        ("ous-sow/", "id 'ous-sow/' is not 'owner/slug'"),
        ("", "id '' is not 'owner/slug'"),
        ("../sahel-trainer", "id '../sahel-trainer' is not 'owner/slug'"),
        ("ous-sow/..", "id 'ous-sow/..' is not 'owner/slug'"),
        ("ous-sow/sahé-trainer", "id 'ous-sow/sahé-trainer' is not 'owner/slug'"),
        ("ous-sow/sahe", "the slug 'sahe' is shorter than 5 characters"),
    ],
)
def test_an_id_is_an_owner_and_a_slug(kernel: str, message: str) -> None:
    toml = f'[tool.nbship.kaggle]\nid = "{kernel}" # <-\ntitle = "Sahel Trainer"'
    assert refused(toml).message == message


@pytest.mark.parametrize(
    ("slug", "title", "message"),
    [
        ("sahel", "Sahe", "the title has 4 characters; Kaggle accepts 5 to 50"),
        ("a" * 51, "a" * 51, "the title has 51 characters; Kaggle accepts 5 to 50"),
        ("sahel", "", "the title has 0 characters; Kaggle accepts 5 to 50"),
        (
            "sahel-trainer",
            "Sahel Trainer 2",
            "the title 'Sahel Trainer 2' slugifies to 'sahel-trainer-2', not to the id's 'sahel",
        ),
    ],
)
def test_a_title_that_kaggle_would_make_another_kernel_of_is_refused(
    slug: str, title: str, message: str
) -> None:
    toml = f'[tool.nbship.kaggle]\nid = "ous-sow/{slug}"\ntitle = "{title}" # <-'
    assert refused(toml).message.startswith(message)


@pytest.mark.parametrize(
    ("key", "items"),
    [
        (
            "dataset_sources",
            ["a", "a/b/c/d", "a/", "/b", "a/..", "../b", "a/.", "a\\b/c", "a/b\t"],
        ),
        ("competition_sources", ["titanic/x", ".."]),
        ("kernel_sources", ["b", "x/a/b/3", "a//b", "a/.."]),
        ("model_sources", ["a/b", "a/b/c/d", "x/a/b/c/d/1", "a/b/../d/1"]),
        ("keywords", [" a", "a\t", " "]),
    ],
)
def test_a_list_of_sources_has_only_names_of_the_right_form(key: str, items: list[str]) -> None:
    good = {
        "dataset_sources": "a/b", "competition_sources": "titanic", "kernel_sources": "a/upstream",
        "model_sources": "a/b/c/d/1", "keywords": "audio",
    }[key]  # fmt: skip
    for item in items:
        error = refused(f"{KAGGLE}{key} = {json.dumps([good, item])} {MARK}")
        assert error.message.startswith(f"{key} has {item!r}, which is not ")


@pytest.mark.parametrize(
    ("key", "item", "right"),
    [
        ("dataset_sources", "datasets/google/fleurs", "google/fleurs"),
        ("dataset_sources", "https://www.kaggle.com/datasets/google/fleurs", "google/fleurs"),
        ("dataset_sources", "kaggle.com/datasets/google/fleurs/data", "google/fleurs"),
        ("competition_sources", "c/titanic", "titanic"),
        ("competition_sources", "competitions/titanic", "titanic"),
        ("competition_sources", "https://www.kaggle.com/competitions/titanic/data", "titanic"),
        ("kernel_sources", "code/awa/upstream", "awa/upstream"),
        ("kernel_sources", "notebooks/awa/upstream", "awa/upstream"),
        ("kernel_sources", "kernels/awa/upstream", "awa/upstream"),
        (
            "model_sources",
            "models/google/gemma/transformers/2b/2",
            "google/gemma/transformers/2b/2",
        ),
    ],
)
def test_a_prefix_too_many_is_explained_with_the_right_form(
    key: str, item: str, right: str
) -> None:
    error = refused(f'{KAGGLE}{key} = ["{item}"] {MARK}')
    assert (error.diagnostic.code, error.hint, error.diagnostic.near) == (
        "source-prefix",
        f'Write "{right}".',
        item,
    )
    assert getattr(kaggle(f'{key} = ["{right}"]'), key) == (right,)


def test_a_prefix_before_nothing_whole_has_no_right_form() -> None:
    error = refused(f'{KAGGLE}kernel_sources = ["code/awa"] {MARK}')
    assert (error.diagnostic.code, error.hint) == ("source-prefix", "")


# --- every mistake, for check ---


def test_every_mistake_is_yielded_but_not_what_follows_from_another() -> None:
    toml = """\
requires-python = 3
dependencies = ["a b", "c d"]
[tool.nbship.kaggle]
id = "ous-sow/sahel-trainer"
tilte = "Sahel Trainer"
is_private = "no"
[tool.nbship.smoke]
timeout = -1
"""
    faults = list(spec_faults(read_header(source(toml))))
    assert [(fault.diagnostic.code, fault.place and fault.place.line) for fault in faults] == [
        ("header-unknown-key", 7),
        ("header-value", 8),
        ("requirement", 4),
        ("requirement", 4),
        ("header-value", 3),
    ]


@given(st.from_regex(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*", fullmatch=True))
def test_a_plain_title_slugifies_as_kaggles_client_does_it(title: str) -> None:
    assume(title.isascii())
    name = f"Ab Cd {title}"[:40].strip()
    kernel = f"ous-sow/{slugify(name)}"
    toml = f"[tool.nbship.kaggle]\nid = {json.dumps(kernel)}\ntitle = {json.dumps(name)}\n"
    assert parse(toml).kaggle == KaggleSpec(kernel, name)


@given(st.from_regex(r"(?:>=|<=|>|<)[0-9]{1,5}(?:\.[0-9]{1,5}){0,4}", fullmatch=True))
def test_a_plain_version_is_what_packaging_makes_of_it(versions: str) -> None:
    assume(versions.isascii())
    assert parse(f'requires-python = "{versions}"').requires_python == str(SpecifierSet(versions))


@given(st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", fullmatch=True))
def test_a_plain_name_is_a_requirement_to_packaging(name: str) -> None:
    assume(name.isascii())
    assert Requirement(name).name == parse(f'dependencies = ["{name}"]').dependencies[0]


@pytest.mark.parametrize(
    ("toml", "hint"),
    [
        (
            "[tool.nbship.kaggle] # <-",
            'Add id = "owner/slug" and a title that slugifies to the slug.',
        ),
        (
            "[tool.nbship.kaggle]\nid = 'ous-sow/sahel_1' # <-\ntitle = 'Sahel'",
            "A slug has letters, digits and single dashes.",
        ),
        (
            "[tool.nbship.kaggle]\nid = 'ous-sow/sahel'\ntitle = 'Other' # <-",
            "Change the title: the id is permanent. Kaggle would make another kernel.",
        ),
    ],
)
def test_what_to_do_about_it_is_said(toml: str, hint: str) -> None:
    assert refused(toml).hint == hint


# --- nothing but a SourceError comes out, whatever the header says ---

KNOWN = st.sampled_from([
    "id", "title", "id_no", "is_private", "machine_shape", "enable_gpu", "enable_tpu", "language",
    "dataset_sources", "model_sources", "keywords", "docker_image", "accelerator", "gpu_type",
    "parameters", "timeout", "requires-python", "dependencies", "code_file",
])  # fmt: skip
NAMES = KNOWN | st.text(max_size=3)
SCALARS = (
    st.sampled_from(["ous-sow/sahel-trainer", "Sahel Trainer", "NvidiaTeslaT4", ">=3.11", "GPU"])
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
TABLES = st.dictionaries(NAMES, VALUES, max_size=4)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "requires-python": VALUES,
        "dependencies": VALUES,
        "other": VALUES,
        "tool": VALUES
        | st.fixed_dictionaries(
            {
                "nbship": VALUES
                | st.dictionaries(
                    st.sampled_from(["kaggle", "colab", "bundle", "smoke", "x"]),
                    VALUES | TABLES,
                    max_size=2,
                )
            }
        ),
    },
)


def _written(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, dict):
        inside = (f"{_written(key)} = {_written(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else f"{value:+}"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _rows(document: dict[str, Any], depth: int, prefix: str = "") -> list[str]:
    """Write a document with dotted keys down to the depth given, and inline tables below it."""
    rows: list[str] = []
    for key, value in document.items():
        name = prefix + _written(key)
        if depth and value and isinstance(value, dict):
            rows += _rows(value, depth - 1, f"{name}.")
        else:
            rows.append(f"{name} = {_written(value)}")
    return rows


@given(DOCUMENTS, st.integers(0, 3))
def test_any_toml_is_a_spec_or_one_error_inside_the_file(
    document: dict[str, Any], depth: int
) -> None:
    _parse_or_refuse(source("\n".join(_rows(document, depth))))


LINES = st.sampled_from([
    "[tool.nbship.kaggle]", "[tool.nbship]", "[[tool.nbship.smoke]]", "[tool]", "id = 'a/sahel'",
    "title = 'Sahel'", "kaggle.id = 1", "x = [", "]", "x = '''", "'''", "x = {", "}", "timeout = 1",
    "keywords = ['a']", "", "# note", "= 1", "dependencies = ['a']", "parameters.A = 1", "\r", "\t",
])  # fmt: skip


@given(st.lists(LINES | st.text(max_size=5), max_size=8))
def test_any_text_is_a_spec_or_one_error_inside_the_file(lines: list[str]) -> None:
    _parse_or_refuse(source("\n".join(lines)))


def _parse_or_refuse(text: Source) -> None:
    found = _spec_or_refusal(text)
    if isinstance(found, SourceError):
        assert found.place is not None
        assert found.place.line is not None
        assert 2 <= found.place.line <= text.text.count("\n") + 1
        assert "\n" not in found.message
    else:
        assert found.kaggle is None or found.colab is None
        json.dumps(dict(found.smoke.parameters))


def _spec_or_refusal(text: Source) -> Spec | SourceError:
    try:
        return parse_spec(read_header(text))
    except SourceError as error:
        return error


# --- scripts and R ---


def in_r(toml: str) -> Source:
    return Source("src_py/a.R", source(toml).text)


@pytest.mark.parametrize("value", ["", "language = 'r'\n"])
def test_the_language_follows_from_the_extension(value: str) -> None:
    spec = parse_spec(read_header(in_r(KAGGLE + value))).kaggle
    assert spec is not None
    assert (spec.language, spec.kernel_type) == ("r", "notebook")
    assert kaggle().language == "python"


def test_a_script_may_be_a_utility_script() -> None:
    spec = kaggle("kernel_type = 'script'\nkeywords = ['util-script']\n")
    assert (spec.kernel_type, spec.keywords) == ("script", ("util-script",))


@pytest.mark.parametrize(
    ("toml", "line", "message"),
    [
        (f"{KAGGLE}language = 'python'", 6, "language 'python', but a .R is R"),
        ("dependencies = []", 3, "dependencies applies to Python, and this source is R"),
        (
            "requires-python = '>=3.11'",
            3,
            "requires-python applies to Python, and this source is R",
        ),
    ],
)
def test_what_is_pythons_is_refused_in_r(toml: str, line: int, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_spec(read_header(in_r(toml)))
    assert str(caught.value) == f"src_py/a.R:{line}: {message}"
    assert caught.value.hint


def test_a_title_with_a_hidden_character_is_found() -> None:
    toml = TABLE.replace("Tiny Kernel", r"\u202eTiny Kernel")
    assert [line.split()[1] for line in found(notebook(toml=toml))] == ["header-value"]


def test_the_bundle_of_an_r_notebook_is_refused() -> None:
    with pytest.raises(SourceError, match="the bundle is Python, and this source is R"):
        parse_spec(read_header(in_r("[tool.nbship.bundle]\nfiles = ['a']\n")))


def test_a_colab_notebook_replaces_nothing() -> None:
    assert list(replaced(read_header(source("[tool.nbship.colab]")))) == []
