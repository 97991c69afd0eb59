"""The spec of a header that is right."""

from dataclasses import replace

import pytest

from nbship.core.metadata.left_out import replaced
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.errors import SourceError
from nbship.model.spec import ColabSpec, KaggleSpec, SmokeSpec, Spec
from nbship.model.workspace import Source
from tests.support.headers import KAGGLE, PATH, in_r, kaggle, parse, source


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
    assert parse("tool.nbship.smoke.skip = 'a GPU'").smoke == SmokeSpec(skip="a GPU")
    secrets = "[tool.nbship.colab]\n[tool.nbship.smoke]\nuserdata = { HF_TOKEN = 'made-up' }\n"
    smoke = parse(secrets).smoke
    assert smoke == SmokeSpec(userdata={"HF_TOKEN": "made-up"})
    assert smoke.given == {"google.colab.userdata": {"HF_TOKEN": "made-up"}}
    assert SmokeSpec({"A": 1}).given == {"A": 1}
    assert SmokeSpec(secrets=("HF",)).given == {"kaggle_secrets": ["HF"]}


def test_with_an_environment_of_uv_another_package_is_another_rehearsal() -> None:
    spec = Spec(">=3.11", ("numpy",), smoke=SmokeSpec({"A": 1}))
    assert spec.given == {"A": 1}
    own = replace(spec, smoke=SmokeSpec({"A": 1}, environment="uv"))
    assert own.given == {"A": 1, "uv": [">=3.11", "numpy"]}


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


def test_a_colab_notebook_replaces_nothing() -> None:
    assert list(replaced(read_header(source("[tool.nbship.colab]")))) == []
