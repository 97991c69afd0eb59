"""The chain of eight kernels of the corpus as a workspace: a ship of the last runs all it needs.

Its code needs the internet, and packages that are not installed here. So the cells are replaced by
one that reads the files which the kernel reads, at the same paths, and writes those that it writes.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.sampling import takes_long
from tests.support.shipping import versions
from tests.support.workspace import Workspace, serving

pytestmark = pytest.mark.unmeasured

CORPUS = ROOT.parent / "shared" / "corpus"
FOLDERS = sorted(CORPUS.glob("0[1-8]-*"))
PRICES = "/kaggle/input/cache-yfinance-data/data_Adj Close.csv"
# By notebook the files that it reads and writes; "*" is what a loop of its code fills in.
FILES: dict[str, tuple[list[str], list[str]]] = {
    "cache-yfinance-data": ([], ["data_*.csv"]),
    "random-f-and-port-with-cv": (["/kaggle/input/precise-cache/"], ["*.csv"]),
    "check-naive-cv": ([PRICES, "../input/m6data/template.csv"], ["ir_results.csv"]),
    "precise-cv-results": ([PRICES], ["rps.csv", "ir.csv"]),
    "find-best-from-cv": (
        [
            "/kaggle/input/check-cv-results/rps.csv",
            "/kaggle/input/check-cv-results/ir.csv",
            "/kaggle/input/check-naive-cv/ir_results.csv",
        ],
        ["final_candidates.csv"],
    ),
    "precise-combine": (["/kaggle/input/precise-cache/"], ["rps_*.csv"]),
    "precise-submit": (["/kaggle/input/precise-combine/rps*.csv"], ["submission.csv"]),
    "precise-final-check": ([PRICES, "/kaggle/input/precise-submit/submission.csv"], []),
}
LAST = "precise-final-check"
STAND_IN = """

# %%
from glob import glob
from pathlib import Path

for each in {reads}:
    assert glob(each), each
for each in {writes}:
    Path(each).write_text(each)
"""
SAMPLES = (
    "datasets/marcogorelli/precise-cache/a.csv",
    "datasets/marcogorelli/m6data/template.csv",
    "notebooks/marcogorelli/f-999-port-1-0/a.csv",
)
SHIP = ("-t", "local", "--allow-unsmoked")


def adopted(lab: Workspace) -> None:
    """Take the eight kernels over, as they are, and put one cell into the place of their cells."""
    for folder in FOLDERS:
        shutil.copytree(folder, lab.root / folder.name)
        (lab.root / folder.name / "SOURCE.json").unlink()
    lab.commit()
    taken = lab.inside("adopt")
    assert taken.code == 0, taken.all
    assert "8 of 8 adopted notebooks build to the cells and metadata that they had" in taken.out
    for name, (reads, writes) in FILES.items():
        path = f"src_py/{name}.py"
        text = (lab.root / path).read_text(encoding="utf-8")
        assert _missing(text, [*reads, *writes]) == []
        head, end, _ = text.partition("\n# ///\n")
        made = [each.replace("*", "Adj Close") for each in writes]
        lab.write(path, head + end + STAND_IN.format(reads=reads, writes=made))
        (lab.root / f"notebooks/{name}.ipynb").unlink(missing_ok=True)
    for sample in SAMPLES:
        lab.write(f"tests/inputs/{sample}", "a")
    lab.commit()


def _missing(text: str, names: list[str]) -> list[str]:
    """Return the parts of file names that the code of a kernel does not have."""
    return [part for name in names for part in name.split("*") if part not in text]


def reads_of() -> dict[str, list[str]]:
    """Return by notebook the notebooks of the chain that its metadata name as its sources."""
    metadata = [json.loads((each / "kernel-metadata.json").read_text()) for each in FOLDERS]
    names = {each["id"]: Path(each["code_file"]).stem for each in metadata}
    return {
        names[each["id"]]: [names[id_] for id_ in each["kernel_sources"] if id_ in names]
        for each in metadata
    }


@takes_long
@pytest.mark.skipif(not FOLDERS, reason="the corpus is not part of this repo")
def test_a_ship_of_the_last_kernel_runs_the_chain_in_order_and_then_nothing(
    bare: Workspace,
) -> None:
    adopted(bare)
    reads = reads_of()
    assert set(reads) == set(FILES)
    chain = {LAST}
    while more := {above for name in chain for above in reads[name]} - chain:
        chain |= more
    assert len(chain) == 7  # nobody reads the outputs of 02
    with serving(bare):
        shipped = bare.nbship("ship", LAST, *SHIP)
        assert shipped.code == 0, shipped.all
        assert sorted(versions(bare)) == sorted((name, 1) for name in chain)
        steps = [(each["name"], each["state"]) for each in bare.journal()]
        for name in chain:
            begun = steps.index((name, "intended"))
            assert all(steps.index((above, "complete")) < begun for above in reads[name]), steps

        again = bare.nbship("ship", LAST, *SHIP)
        assert again.code == 0, again.all
        assert again.out.count("nothing to push: version 1") == len(chain)
        assert len(versions(bare, "pushed")) == len(chain)

        rest = bare.nbship("ship", *SHIP)
        assert rest.code == 0, rest.all
        assert versions(bare, "pushed")[len(chain) :] == [("random-f-and-port-with-cv", 1)]
