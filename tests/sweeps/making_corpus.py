"""The notebooks of ../shared/corpus, and made-up inputs for them; the corpus is not committed.

Some need an older pandas than any for Python 3.11: they are there a second time, with the lines
that a newer pandas refuses changed, so that they run through.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.paths import ROOT
from tests.sweeps.making_notebooks import TITANIC, Case

CORPUS = ROOT.parent / "shared" / "corpus"
_ASSETS = ("ABBV", "ACN", "AEP", "AIZ", "ALLE", "AMAT", "AMP", "AMZN", "DRE", "META")
_OWNER = "notebooks/marcogorelli"
_NEWER = (
    ("'max_rows', None", "'display.max_rows', None"),
    ('fillna(method="ffill", axis=0)', "ffill()"),
)


def cases() -> Iterator[Case]:
    """Yield the cases of the corpus; none if it is not beside this repository."""
    for folder in sorted(CORPUS.glob("*-*/")):
        path = next(folder.glob("*.ipynb"))
        number = folder.name.split("-")[0]
        known = _INPUTS.get(number, {})
        yield Case(path.stem, path=path, files=known, **_MORE.get(number, {}))
        if number in {"04", "05", "06"}:
            yield Case(f"{path.stem}-newer", path=path, files=known, edits=_NEWER, **_MORE[number])


def _days(most: int) -> list[dt.date]:
    """Return the working days of the last ``most`` days: the notebooks take the last weeks."""
    today = dt.datetime.now(tz=dt.UTC).date()
    days = [today - dt.timedelta(days=ago) for ago in range(most, -1, -1)]
    return [day for day in days if day.weekday() < 5]


def _prices() -> str:
    lines = [",".join(("Date", *_ASSETS))]
    for number, day in enumerate(_days(200)):
        prices = (f"{50 + place + (number * (place + 3)) % 7:.2f}" for place in range(len(_ASSETS)))
        lines.append(f"{day},{','.join(prices)}")
    return "\n".join(lines) + "\n"


def _submission(shift: int = 0) -> str:
    rows = ["ID,Rank1,Rank2,Rank3,Rank4,Rank5,Decision"]
    for number, name in enumerate(_ASSETS):
        rows.append(f"{name},0.2,0.2,0.2,0.1,0.3,{0.01 * (number + 1 + shift):.2f}")
    return "\n".join(rows) + "\n"


def _two_submissions() -> Mapping[str, str]:
    fridays = [day for day in _days(90) if day.weekday() == 4]
    return {f"7_0_{day} 00:00:00.csv": _submission(shift) for shift, day in enumerate(fridays[3:5])}


_CACHE = {f"{_OWNER}/cache-yfinance-data/data_Adj Close.csv": _prices()}
_INPUTS: Mapping[str, Mapping[str, str]] = {
    "02": _CACHE | {"datasets/marcogorelli/precise-cache/README.md": "a cache\n"},
    "03": {
        f"{_OWNER}/check-cv-results/rps.csv": "f,port,scaling,mean,std,min,max\n"
        "7,0,1,0.15,0.01,0.14,0.155\n21,0,1,0.16,0.02,0.15,0.17\n8,0,1,0.15,,0.15,0.15\n",
        f"{_OWNER}/check-cv-results/ir.csv": "f,port,scaling,2026-09-04,2026-10-02,2026-10-30\n"
        "7,0,1,1.5,2.5,0.5\n21,0,1,1,2,3\n8,0,1,,,\n",
        f"{_OWNER}/check-naive-cv/ir_results.csv": "0\n1.0\n2.0\n0.1\n",
    },
    "04": _CACHE | {"datasets/marcogorelli/m6data/template.csv": _submission()},
    "05": _CACHE
    | {f"{_OWNER}/f-999-port-1-0/{name}": text for name, text in _two_submissions().items()},
    "06": _CACHE | {f"{_OWNER}/precise-submit/submission.csv": _submission()},
    "07": {
        f"{_OWNER}/find-best-from-cv/final_candidates.csv": "f,port,scaling\n7,0,1\n",
        "datasets/marcogorelli/precise-cache/README.md": "a cache\n",
    },
    "08": {
        f"{_OWNER}/precise-combine/rps_7_0_1_2026-11-20 00:00:00.csv": _submission(),
        f"{_OWNER}/precise-combine/rps_8_0_1_2026-11-20 00:00:00.csv": _submission(4),
    },
    "09": {
        "datasets/isaacflath/models-titanic/model.pkl": "x",
        "datasets/isaacflath/libraries-titanic/library.whl": "x",
        **TITANIC,
    },
    "10": {
        "datasets/joelhanson/testdataset/a.csv": "a\n1\n",
        "notebooks/joelhanson/learn-machine-learning/submission.csv": "a\n1\n",
        **TITANIC,
    },
}
_FLAT: dict[str, Any] = {"is_flat": True}
_MORE: Mapping[str, dict[str, Any]] = {
    "01": {"installs": True, "network": True},
    "02": {"is_flat": True, "installs": True, "network": True, "secrets": ("github",)},
    "03": _FLAT,
    "04": _FLAT,
    "05": _FLAT,
    "06": _FLAT,
    "07": {"is_flat": True, "installs": True, "network": True, "secrets": ("github",)},
    "08": _FLAT,
    "16": {"installs": True, "network": True},
    "17": {"varies": ("full_dataset.parquet",), "is_random": True},
}
