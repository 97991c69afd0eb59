"""What notebooks do with the world around them: in a rehearsal, and on the local Kaggle.

``tests/support/idioms.py`` has the idioms and their values on Kaggle.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from nbship.model.target import RUNGS, Rung
from tests.shim.test_launcher import write_wheel
from tests.support.idioms import (
    DEPENDS,
    FILES,
    IDIOMS,
    IN_SANDBOX,
    MACHINE,
    OF_MACHINE,
    PROBE,
    START,
    Idiom,
    table,
)  # fmt: skip
from tests.support.local_kaggle import Sandboxed, notebook
from tests.support.paths import ROOT
from tests.support.rungs import here, take
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured

_SOURCES = ("awa/probe", "awa/idioms")
_HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/probe-kernel"
# title = "Probe Kernel"
# enable_internet = false
# dataset_sources = ["awa/probe", "awa/idioms"]
# ///
"""


def test_the_table_has_one_row_for_each_idiom_and_each_limit_is_in_the_docs() -> None:
    assert len({idiom.name for idiom in IDIOMS}) == len(IDIOMS) >= 120
    limits = (ROOT / "docs/explanation/limits.md").read_text()
    rows = {idiom.limit for idiom in IDIOMS} - {"", MACHINE}
    assert {row for row in rows if f"\n| {row}" not in limits} == set()


@pytest.mark.parametrize("rung", RUNGS)
def test_in_a_rehearsal(bare: Workspace, rung: Rung, monkeypatch: pytest.MonkeyPatch) -> None:
    take(rung, monkeypatch)
    _write_inputs(bare.root / "tests/inputs", _tried(rung))
    cells = "".join(f"\n# %%\n{code}\n" for code in (START, PROBE))
    bare.write("src_py/probe.py", _HEADER + cells)
    result = bare.inside("smoke", "probe")
    assert result.code == 0, result.all
    _compare(bare.root / ".nbship/smoke/probe/kaggle/working", rung)


def test_in_a_run_of_the_local_kaggle(tmp_path: Path) -> None:
    here()
    server = Sandboxed(tmp_path).start()
    _write_inputs(server.inputs, _tried("sandbox"))
    server.push(
        "probe", notebook(START, PROBE), kernelType="notebook", enableInternet=False,
        datasetDataSources=list(_SOURCES),
    )  # fmt: skip
    assert server.ended("probe") == {"status": "COMPLETE"}, server.log("probe")
    _compare(server.working("probe"), "sandbox")
    assert server.stop() == 0


def _tried(rung: Rung) -> tuple[Idiom, ...]:
    """Return what can be tried on this machine, and leaves it as it is."""
    left_out = OF_MACHINE if rung == "shim" else ()
    return tuple(
        idiom
        for idiom in IDIOMS
        if idiom.limit not in left_out and (not idiom.needs or shutil.which(idiom.needs))
    )


def _write_inputs(inputs: Path, tried: tuple[Idiom, ...]) -> None:
    for name, text in FILES.items():
        path = inputs / "datasets/awa/probe" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    idioms = inputs / "datasets/awa/idioms"
    idioms.mkdir()
    (idioms / "table.json").write_text(table(tried))
    write_wheel(idioms / "mine-1-py3-none-any.whl", "mine", "1", "ONE = 1")


def _compare(working: Path, rung: Rung) -> None:
    found: dict[str, Any] = json.loads((working / "found.json").read_text())
    tried = _tried(rung)
    other = {i.name: (i.value, found[i.name]) for i in tried if found[i.name] != i.value}
    known = {i.name for i in tried if i.limit and (rung == "shim" or i.limit in IN_SANDBOX)}
    assert {name: values for name, values in other.items() if name not in known} == {}
    steady = {idiom.name for idiom in tried if idiom.name in known and idiom.limit not in DEPENDS}
    assert steady <= other.keys(), "the table has a limit that is no more"
