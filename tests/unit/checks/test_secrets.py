"""Tokens and keys: found by their form, never printed, and not found in ordinary lines."""

import random
import re
import string
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbship.core.checks.facts import ParsedFile
from nbship.core.checks.rules.secret_patterns import DETECTORS, detect
from nbship.core.checks.rules.secrets import may_hold, secrets
from nbship.model.workspace import Source
from tests.support.checked import TOKEN, code, found

PATTERNS = [pattern for detector in DETECTORS for pattern in detector.denylist]
_CHANCE = random.Random(7)  # noqa: S311 - made-up keys, the same in every run


def drawn(signs: str, count: int) -> str:
    return "".join(_CHANCE.choice(signs) for _ in range(count))


ANY = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
# Made of parts, so that no line of this file looks like a key.
KEYS = {
    "AWS Access Key": ["AKIA" + drawn(UPPER, 16), f"aws_secret_key = '{drawn(ANY, 40)}'"],
    "Azure Storage Account access key": ["AccountKey=" + drawn(ANY, 86) + "=="],
    "GitHub Token": [f"gh{kind}_" + drawn(ANY, 36) for kind in "pousr"],
    "GitLab Token": ["glpat-" + drawn(ANY, 20)],
    "Hugging Face token": ["hf_" + drawn(string.ascii_letters, 34)],
    "JSON Web Token": [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiI3In0." + drawn(ANY, 42) + "A"
    ],
    "Kaggle API token": [
        "KGAT_" + drawn(HEX, 32),
        f'KAGGLE_KEY"] = "{drawn(HEX, 32)}"',
        '{"username":"awa","key":"' + drawn(HEX, 32) + '"}',
        'json.dump({"username": "awa", "key": "' + drawn(HEX, 32) + '"}, file)',
    ],
    "NPM tokens": ["//registry.npmjs.org/:_authToken=npm_" + drawn(ANY, 20)],
    "OpenAI Token": ["sk-" + drawn(ANY, 20) + "T3BlbkFJ" + drawn(ANY, 20)],
    "Private Key": ["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----"],
    "PyPI Token": ["pypi-AgEIcHlwaS5vcmc" + drawn(ANY, 80)],
    "SendGrid API Key": ["SG." + drawn(ANY, 22) + "." + drawn(ANY, 43)],
    "Slack Token": ["xoxb-" + drawn("123456789", 12) + "-" + drawn(ANY, 24)],
    "Square OAuth Secret": ["sq0csp-" + drawn(ANY, 43)],
    "Stripe Access Key": ["sk_live_" + drawn(ANY, 24)],
    "Weights & Biases API key": [
        "wandb login " + drawn(HEX, 40),
        f'wandb.login(key="{drawn(HEX, 40)}")',
        f'os.environ["WANDB_API_KEY"] = "{drawn(HEX, 40)}"',
        "wandb_v1_" + drawn(ANY, 60),
    ],
    "access token": [
        "github_pat_" + drawn(ANY, 22) + "_" + drawn(ANY, 59),
        "npm_" + drawn(ANY, 36),
        "sk-ant-api03-" + drawn(ANY, 90),
        "sk-proj-" + drawn(ANY, 90),
        "AIza" + drawn(ANY, 35),
    ],
}


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, keys in KEYS.items() for key in keys]
)
def test_each_kind_is_found_and_not_printed(kind: str, key: str) -> None:
    lines = ["# %%", f"x = 1; {key}", ""]
    (finding,) = secrets(ParsedFile(Source("src_py/a.py", "\n".join(lines))))
    assert finding.place.line == 2
    assert finding.place.column is not None
    assert finding.place.column >= 8
    assert finding.message == f"this looks like a secret: {kind}"
    shown = finding.message + finding.hint
    assert not any(part in shown for part in re.findall(r"\w{12,}", key) if part != "PRIVATE")


def test_every_detector_has_a_case() -> None:
    assert {detector.secret_type for detector in DETECTORS} == KEYS.keys()


@pytest.mark.parametrize(
    "line",
    [
        f'commit = "{drawn(HEX, 40)}"',
        f'sha256 = "{drawn(HEX, 64)}"',
        f"!pip install git+https://github.com/wandb/wandb@{drawn(HEX, 40)}",
        f'run = wandb.use_artifact("awa/lab/model:{drawn(HEX, 32)}")',
        'os.environ["WANDB_API_KEY"] = secrets.get_secret("wandb")',
        'HF_TOKEN = "hf_' + "x" * 34 + '"',
        'HF_TOKEN = "hf_your_token_here_' + "a" * 30 + '"',
        'key = "AKIAIOSFODNN7EXAMPLE"',
        'user = {"username": "awa", "key": "value"}',
        "kaggle_key = get_key()",
        "risk-averse task-based sk-learn",
        'hf_hub_download("openai/whisper-large-v3-turbo-with-a-long-name")',
        "password = input()",
        '"-----BEGIN PUBLIC KEY-----"',
        "# ![image](data:image/png;base64," + drawn(ANY + "+/", 20_000) + ")",
        "# eyJ is how a token begins",
        "x = 'eyJub3QiOiA.not json'",
    ],
)
def test_ordinary_lines_have_no_secret(line: str) -> None:
    assert list(secrets(ParsedFile(Source("src_py/a.py", line)))) == []


def test_two_in_a_line_are_both_found() -> None:
    first, second = "ghp_" + drawn(ANY, 36), "hf_" + drawn(string.ascii_letters, 34)
    found = list(secrets(ParsedFile(Source("src_py/a.py", f"{first} {second}"))))
    assert sorted(f.place.column or 0 for f in found) == [1, 42]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:40])
@given(data=st.data())
@settings(max_examples=settings().max_examples // 8)  # as many for each pattern
def test_the_quick_search_misses_no_match(pattern: re.Pattern[str], data: st.DataObject) -> None:
    """Each match has a sign: so no secret is missed by searching for the signs first."""
    line = st.characters(exclude_characters="\n", codec="ascii")
    match = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=line))
    assert may_hold(match)
    assert may_hold(f"a -{match}- b")


def test_letters_that_fold_to_those_of_a_sign_are_found() -> None:
    line = "AW\u017f_KEY = '" + drawn(ANY, 40) + "'"  # a long s, which the pattern takes for an s
    assert list(detect(line))
    assert may_hold(line)


@given(
    st.lists(st.sampled_from(["AWS", "asia", "kaggle", "wandb", "sk-", "hf_", "eyJ", " ", "key"]))
)
def test_the_detector_finds_nothing_in_what_the_quick_search_ignores(parts: Sequence[str]) -> None:
    line = "".join(parts)
    assert may_hold(line) or not list(detect(line))


@pytest.mark.parametrize(
    "text",
    [
        "", "x = 1", "a plain text of many words, such as arabia, fantasia, an asian accardo",
        "akia", "aws s3 cp", "eyjafjallajokull", "npm_config_x", "task-based risk-averse", "sg.x",
        "foxox", "hf_hub_download", "username and key", "import wandb", "aiza", "a3t", "abia",
        "acca", "asia",
    ],
)  # fmt: skip
def test_common_words_do_not_load_the_detector(text: str) -> None:
    assert not may_hold(text)
    assert not may_hold(f"{text} {text} {text}".upper())


@pytest.mark.parametrize(
    "text",
    [
        "A3T" + 17 * "A", "ABIA" + 16 * "A", "ACCA" + 16 * "A", "AKIA" + 16 * "A",
        "ASIA" + 16 * "A",
        "aws = " + 40 * "a", "AccountKey=", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
        "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-", "glimt-", "glptt-",
        "glagent-", "gloas-", "eyJhbGci.", "_authToken=", "npm_" + 36 * "a", "sk-" + 28 * "a",
        "PRIVATE KEY", "PuTTY-User-Key-File-2", "pypi-AgE", "SG." + 22 * "a" + ".", "xoxb-",
        "xoxa-", "xoxp-", "xoxo-", "xoxs-", "xoxr-", "hooks.slack.com/services/T", "sq0csp-",
        "k_live_", "hf_" + 30 * "a", "KGAT_", "KAGGLE_KEY", "username: " + 32 * "a",
        "wandb: " + 40 * "a", "wandb_v1_", "AIza" + 35 * "a",
    ],
)  # fmt: skip
def test_each_sign_loads_the_detector(text: str) -> None:
    assert may_hold(f"x = '{text}'")
    assert not may_hold(f"x = '{text[1:]}'")


def test_secrets_of_several_kinds_are_found_in_their_lines() -> None:
    keys = ["ghp_" + drawn(ANY, 36), "x = 1", "hf_" + drawn(string.ascii_letters, 34)]
    found = list(secrets(ParsedFile(Source("src_py/a.py", "\n".join(keys)))))
    assert [(f.place.line, f.place.column) for f in found] == [(1, 1), (3, 1)]
    assert {f.hints for f in found} == {
        ("Revoke it, and read it from Kaggle's secrets or an environment variable.",)
    }


def test_a_token_that_two_patterns_know_is_found_once() -> None:
    key = "sk-proj-" + drawn(ANY, 48) + "T3BlbkFJ" + drawn(ANY, 48)
    assert [column for column, _ in detect(f"x = '{key}'")] == [6]


@pytest.mark.parametrize("before", [0, 400, 449, 450, 470, 495, 499, 500, 501, 950, 1000, 4321])
def test_a_secret_in_a_long_line_is_found_once_at_its_column(before: int) -> None:
    line = f"s = '{'-' * before} {TOKEN} {'y ' * 600}'"
    assert found(code(line)) == [f"src_py/a.py:9:{before + 7} secret"]


def test_a_part_of_a_long_word_is_no_secret() -> None:
    assert found(code(f"x = '{'a' * 495}{TOKEN}{'b' * 600}'")) == []
    assert found(code(f"x = '{'a' * 440} {TOKEN}{'b' * 600}'")) == []
