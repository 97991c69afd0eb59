"""What is wrong in a header: each mistake is refused at its line, with what to do.

``# <-`` marks the line that the error must name.
"""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from slugify import slugify

from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.metadata.validate import spec_faults
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec
from tests.support.checked import KAGGLE as TABLE
from tests.support.checked import found, notebook
from tests.support.headers import KAGGLE, MARK, in_r, parse, refused, source


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
        ("[tool.nbship.smoke]\nuserdata = { A = 1 } # <-", "userdata must be a table such as { NA"),
        ("[tool.nbship.smoke]\nuserdata = 'x' # <-", "userdata must be a table such as { NA"),
        (
            "[tool.nbship.smoke]\nsecrets = ['HF'] # <-",
            "secrets are Kaggle's, and this is no Kaggle notebook",
        ),
        (
            f"{KAGGLE}[tool.nbship.smoke]\nuserdata = {{ A = 'x' }} # <-",
            "userdata is Colab's, and this is no Colab notebook",
        ),
        ("[tool.nbship.bundle]\nstyle = 'zip' # <-", "style must be one of 'files', 'cells', not"),
        (
            f"{KAGGLE}kernel_type = 'script'\n[tool.nbship.bundle]\nstyle = 'cells' # <-",
            "a script has no cells",
        ),
        ("[tool.nbship.smoke]\nskip = true # <-", "skip must say why, in one line of text, not t"),
        ("[tool.nbship.smoke]\nskip = '' # <-", "skip must say why, in one line of text, not"),
        ("[tool.nbship.smoke]\nskip = ' ' # <-", "skip must say why, in one line of text, not"),
        ('[tool.nbship.smoke]\nskip = "a\\nb" # <-', "skip must say why, in one line of text, not"),
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


def test_a_title_with_a_hidden_character_is_found() -> None:
    toml = TABLE.replace("Tiny Kernel", r"\u202eTiny Kernel")
    assert [line.split()[1] for line in found(notebook(toml=toml))] == ["header-value"]


def test_an_environment_of_uv_is_refused_for_r() -> None:
    with pytest.raises(SourceError, match="environment applies to Python, and this source is R"):
        parse_spec(read_header(in_r('[tool.nbship.smoke]\nenvironment = "uv"\n')))


def test_the_bundle_of_an_r_notebook_is_refused() -> None:
    with pytest.raises(SourceError, match="the bundle is Python, and this source is R"):
        parse_spec(read_header(in_r("[tool.nbship.bundle]\nfiles = ['a']\n")))
