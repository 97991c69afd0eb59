"""What Kaggle would take and then do something else: accelerators, and internet in competitions."""

from typing import Any

import pytest

from nbship.core.checks.kernel_settings import kernel_faults
from nbship.core.metadata.accelerators import KNOWN
from nbship.core.metadata.script_block import read_header
from nbship.diagnostics import Diagnostic
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import Source

TEXT = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/tiny"
# title = "Tiny"
# keywords = ["SHAPE", "enable_internet", "machine_shape"]
# enable_internet = true
# competition_sources = ["titanic"]
# machine_shape = "SHAPE"
# ///
"""


def faults(**keys: Any) -> list[Diagnostic]:
    text = TEXT.replace("SHAPE", keys.get("machine_shape", ""))
    header = read_header(Source("src_py/a.py", text))
    assert header is not None
    keys = {"enable_internet": False, **keys}
    return list(kernel_faults(header, KaggleSpec("awa/tiny", "Tiny", **keys), text))


@pytest.mark.parametrize("shape", ["", "None", *KNOWN])
def test_a_known_accelerator_is_no_fault(shape: str) -> None:
    assert faults(machine_shape=shape) == []


@pytest.mark.parametrize(
    ("shape", "runs", "hint"),
    [
        ("NvidiaTeslaP100", "NvidiaTeslaT4", 'Write "NvidiaTeslaT4".'),
        ("nvidiateslap100", "NvidiaTeslaT4", 'Write "NvidiaTeslaT4".'),
        ("Tpu1VmV38", "TpuV5E8", 'Write "TpuV5E8".'),
        ("TpuV38", "TpuV5E8", 'Write "TpuV5E8".'),
        ("tpuv38", "TpuV5E8", 'Write "TpuV5E8".'),
        ("TpuV232", "a machine without any", 'Write "NvidiaTeslaT4".'),
        ("TpuV2256", "a machine without any", 'Write "NvidiaTeslaT4".'),
    ],
)
def test_a_retired_accelerator_is_told_with_what_runs_instead(
    shape: str, runs: str, hint: str
) -> None:
    (finding,) = faults(machine_shape=shape)
    assert finding.message == f"the accelerator {shape!r} is retired: Kaggle runs {runs} instead"
    assert (finding.code, finding.hint) == ("accelerator-retired", hint)
    assert str(finding.place) == "src_py/a.py:9:20"


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("NvidiaTeslaT5", "unknown accelerator 'NvidiaTeslaT5'; did you mean 'NvidiaTeslaT4'?"),
        ("nvidiaTeslaT4", "unknown accelerator 'nvidiaTeslaT4'; did you mean 'NvidiaTeslaT4'?"),
        ("Gpu", f"unknown accelerator 'Gpu'; known: {', '.join(sorted(KNOWN))}"),
    ],
)
def test_an_unknown_accelerator_is_told_with_the_nearest(shape: str, message: str) -> None:
    (finding,) = faults(machine_shape=shape)
    assert (finding.code, finding.message) == ("accelerator-unknown", message)
    assert finding.hint == "Kaggle would choose one in silence."
    assert str(finding.place) == "src_py/a.py:9:20"


def test_internet_in_a_competition_is_told_where_it_is_switched_on() -> None:
    (finding,) = faults(competition_sources=("titanic",), enable_internet=True)
    assert finding.code == "internet-in-competition"
    assert finding.message == (
        "internet is on, and a code competition takes no submission from such a notebook"
    )
    assert finding.hint == "Set enable_internet = false, or allow it where none is submitted."
    assert str(finding.place) == "src_py/a.py:7:3"


def test_a_key_in_a_table_on_one_line_is_pointed_at() -> None:
    line = '# kaggle = { competition_sources = ["titanic"], enable_internet = true }'
    text = f"# %%\n# /// script\n# [tool.nbship]\n{line}\n# ///\n"
    spec = KaggleSpec("awa/tiny", "Tiny", competition_sources=("t",), enable_internet=True)
    (finding,) = kernel_faults(read_header(Source("src_py/a.py", text)), spec, text)
    assert str(finding.place) == f"src_py/a.py:4:{line.index('enable_internet') + 1}"


@pytest.mark.parametrize(
    "keys",
    [
        {"competition_sources": ("titanic",), "enable_internet": False},
        {"competition_sources": (), "enable_internet": True},
        {"dataset_sources": ("a/b",), "enable_internet": True},
    ],
)
def test_internet_without_a_competition_is_no_fault(keys: dict[str, Any]) -> None:
    assert faults(**keys) == []
