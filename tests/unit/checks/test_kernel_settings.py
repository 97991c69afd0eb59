"""Header values that Kaggle accepts and does not follow: accelerators, internet in competitions."""

import pytest

from nbship.core.metadata.accelerators import KNOWN, RETIRED
from tests.support.checked import KAGGLE, PATH, check, notebook

# The names of keys and values occur above their keys as well.
OTHERS = f"Choose another one: {', '.join(KNOWN)}."
KEYWORDS = f'{KAGGLE}\nkeywords = ["enable_internet", "machine_shape", "TpuV38", "NvidiaTeslaT5"]'


def with_shape(shape: str) -> str:
    """Return a notebook with this ``machine_shape`` in line 7."""
    return notebook(toml=f'{KEYWORDS}\nmachine_shape = "{shape}"')


@pytest.mark.parametrize("shape", ["", "None", *KNOWN])
def test_a_known_accelerator_is_no_finding(shape: str) -> None:
    assert check(with_shape(shape)) == ()


@pytest.mark.parametrize("shape", [*RETIRED, *(name.lower() for name in RETIRED)])
def test_a_retired_accelerator_in_any_case_is_found_at_its_value(shape: str) -> None:
    (finding,) = check(with_shape(shape))
    assert (str(finding.place), finding.code) == (f"{PATH}:7:20", "accelerator-retired")


@pytest.mark.parametrize(
    ("shape", "runs", "hint"),
    [
        ("NvidiaTeslaP100", "NvidiaTeslaT4", 'Write "NvidiaTeslaT4".'),
        ("Tpu1VmV38", "TpuV5E8", 'Write "TpuV5E8".'),
        ("tpuv38", "TpuV5E8", 'Write "TpuV5E8".'),
        ("TpuV232", "a machine without an accelerator", OTHERS),
        ("TpuV2256", "a machine without an accelerator", OTHERS),
    ],
)
def test_a_retired_accelerator_is_reported_with_what_runs_instead(
    shape: str, runs: str, hint: str
) -> None:
    (finding,) = check(with_shape(shape))
    assert finding.message == f"the accelerator {shape!r} is retired: Kaggle runs {runs} instead"
    assert finding.hints == (hint,)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("NvidaTeslaT4", "unknown accelerator 'NvidaTeslaT4'; did you mean 'NvidiaTeslaT4'?"),
        (
            "NvidiaTeslaT5",
            f"unknown accelerator 'NvidiaTeslaT5'; known: {', '.join(sorted(KNOWN))}",
        ),
        ("nvidiaTeslaT4", "unknown accelerator 'nvidiaTeslaT4'; did you mean 'NvidiaTeslaT4'?"),
        ("Gpu", f"unknown accelerator 'Gpu'; known: {', '.join(sorted(KNOWN))}"),
    ],
)
def test_an_unknown_accelerator_is_reported_with_the_nearest(shape: str, message: str) -> None:
    (finding,) = check(with_shape(shape))
    assert (str(finding.place), finding.code) == (f"{PATH}:7:20", "accelerator-unknown")
    assert finding.message == message
    assert finding.hints == (
        "Kaggle accepts it without an error, and chooses another accelerator.",
    )


def test_internet_in_a_competition_is_found_where_it_is_switched_on() -> None:
    toml = f'{KEYWORDS}\ncompetition_sources = ["titanic"]\nenable_internet = true'
    (finding,) = check(notebook(toml=toml))
    assert (str(finding.place), finding.code) == (f"{PATH}:8:3", "internet-in-competition")
    assert finding.message == (
        "internet is on: a code competition does not accept submissions from this notebook"
    )
    assert finding.hints == (
        "Set enable_internet = false; or allow it if you do not submit this notebook.",
    )


def test_a_key_of_an_inline_table_is_found_by_its_column() -> None:
    keys = 'id = "awa/tiny-kernel", title = "Tiny Kernel", competition_sources = ["titanic"]'
    line = f"kaggle = {{ {keys}, enable_internet = true }}"
    (finding,) = check(notebook(toml=f"[tool.nbship]\n{line}"))
    assert str(finding.place) == f"{PATH}:4:{len('# ') + line.index('enable_internet') + 1}"


@pytest.mark.parametrize(
    "keys",
    [
        'competition_sources = ["titanic"]\nenable_internet = false',
        "competition_sources = []\nenable_internet = true",
        'dataset_sources = ["a/b"]\nenable_internet = true',
    ],
)
def test_internet_is_a_finding_only_in_a_competition(keys: str) -> None:
    assert check(notebook(toml=f"{KAGGLE}\n{keys}")) == ()
