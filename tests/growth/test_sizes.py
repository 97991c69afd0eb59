"""Large input: the limit of a notebook's size, and a log of many megabytes."""

import random

import pytest

from nbship.core.failure.locate import UNSAID, locate_in_log
from nbship.model.run import LogEvent
from tests.support.checked import KAGGLE, code, disk, found, notebook
from tests.support.failures import events, ran
from tests.support.sampling import IS_FULL
from tests.unit.failure.test_excerpt import SCRIPT
from tests.unit.failure.test_traceback import IPYTHON_7, TRAIN, reported

LARGE = "# %%\nx = '''" + ("a b c d " * 20 + "\n") * 6_500 + "'''"


@pytest.mark.parametrize(
    ("files", "is_found"),
    [
        ({"src_py/a.py": notebook(LARGE)}, True),
        ({"src_py/a.py": notebook(LARGE, toml="")}, False),
        ({"src_py/a.py": notebook(LARGE[: len(LARGE) // 2] + "'''")}, False),
        ({"src_py/a.py": code("import m"), "src_py/m.py": LARGE[5:] + "\n"}, True),
        ({"src_py/a.py": code("import p.m"), "src_py/p/m.py": LARGE[5:] + "\n"}, True),
        ({"src_py/a.py": code("import m"), "src_py/m.py": LARGE[5:][:300_000] + "'''"}, False),
        ({"src_py/a.py": notebook(LARGE + "\n\n# %%\n# copy the weights")}, False),
    ],
)
def test_a_notebook_is_too_large_where_the_build_says_so(
    files: dict[str, str], *, is_found: bool
) -> None:
    places = [place for place in found(files) if place.endswith("too-large")]
    assert places == (["src_py/a.py:1:3 too-large"] if is_found else [])


def test_files_and_pictures_count() -> None:
    noise = random.Random(1).randbytes(900_000)  # noqa: S311 - nothing secret
    bundling = notebook("# %%\nx = 1", toml=f"{KAGGLE}\n[tool.nbship.bundle]\nfiles = ['x.bin']")
    for files, name in (
        ({"src_py/a.py": bundling}, "src_py/x.bin"),
        ({"src_py/a.py": notebook("# %% [markdown]\n# ![x](attachment:x.png)")},
         "src_py/a.assets/x.png"),
    ):  # fmt: skip
        assert found(files, disk=disk(**{name: noise})) == ["src_py/a.py:1:3 too-large"]
        assert found(files, disk=disk(**{name: b"1"})) == []


def test_a_long_log_is_read() -> None:
    mebibytes = 64 if IS_FULL else 4
    log = [LogEvent("stderr", 0.0, "epoch 1, loss 0.5\n" * 60)] * (1_000 * mebibytes)
    failure = locate_in_log([*log, *events(reported(2, IPYTHON_7))], ran(*TRAIN))
    assert failure.last
    assert failure.last.line == 101
    assert locate_in_log(log, SCRIPT).error == UNSAID
