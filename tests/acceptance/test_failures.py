"""Tests of failures in real kernels: the reported line, its callers and the kept report."""

import pytest

from tests.support.workspace import HEADER, Workspace

pytestmark = pytest.mark.unmeasured

VOICE = """\
import functools


def checked(f):
    @functools.wraps(f)
    def wrapped(*a):
        return f(*a)

    return wrapped


def load(count):
    def nested():
        for n in range(count):
            print(1 / n)

    return nested()
"""
# A magic cell after the injected parameters, which calls an async and a decorated function.
FAILING = (
    HEADER
    + """
# %% tags=["parameters"]
COUNT = 3

# %% [markdown]
# # Words

# %%
import voice


@voice.checked
def decorated(count):
    return voice.load(count)


async def waited(count):
    return decorated(count)


# %%
await waited(0)
print("only nought is well")

# %%
# %%time
decorated(COUNT)
"""
)


def line_of(text: str, line: str) -> int:
    return text.split("\n").index(line) + 1


DIVIDES = line_of(VOICE, "            print(1 / n)")


def test_a_rehearsal_leads_through_magic_decorator_and_module(bare: Workspace) -> None:
    bare.write("src_py/tiny.py", FAILING)
    bare.write("src_py/voice.py", VOICE)
    result = bare.doit("smoke:tiny", GITHUB_ACTIONS="true")
    assert result.code == 1
    lines = result.err.splitlines()
    assert lines[0].startswith(f"src_py/voice.py:{DIVIDES} in load.<locals>.nested"), result.err
    assert lines[0].endswith(": ZeroDivisionError: division by zero (smoke of tiny)")
    assert lines[1] == "    print(1 / n)"
    called = [line.strip() for line in lines if "called from" in line]
    decorated = line_of(FAILING, "    return voice.load(count)")
    magic = line_of(FAILING, "decorated(COUNT)")
    assert f"called from src_py/voice.py:{line_of(VOICE, '    return nested()')} in load" in called
    assert f"called from src_py/tiny.py:{decorated} in decorated (In [4])" in called
    assert f"called from src_py/tiny.py:{magic} (In [6])" in called
    [note] = [line for line in result.out.splitlines() if line.startswith("::error ")]
    assert note.startswith(f"::error file=src_py/voice.py,line={DIVIDES},title=")
    kept = (bare.root / ".nbship/smoke/tiny/failure.md").read_text()
    assert "only nought is well" in kept
    assert lines[0].removesuffix(" (smoke of tiny)") in kept


def test_a_run_on_kaggle_leads_through_an_async_function(bare: Workspace) -> None:
    fails_only_here = (
        'import os\nhere = "rehearsal" in os.environ.get("KAGGLE_CONTAINER_NAME", "rehearsal")\n'
        "COUNT = 0 if here else 1\nawait waited("
    )
    text = FAILING.replace("await waited(0", f"{fails_only_here}COUNT")
    bare.write("src_py/tiny.py", text.replace("COUNT = 1 }", "COUNT = 0 }"))
    bare.write("src_py/voice.py", VOICE)
    bare.commit()
    result = bare.doit("ship:tiny", "-t", "local")
    assert result.code == 1
    assert result.err.startswith(f"src_py/voice.py:{DIVIDES} in load.<locals>.nested"), result.err
    waited, awaited = (line_of(text, line) for line in ("    return decorated(count)",
                                                        "await waited(COUNT)"))  # fmt: skip
    assert f"    called from src_py/tiny.py:{waited} in waited (In [3])\n" in result.err
    assert f"    called from src_py/tiny.py:{awaited} (In [4])\n" in result.err
    [kept] = (bare.root / "runs").glob("*/tiny-v1/_nbship/failure.md")
    assert "version 1 on the local Kaggle" in kept.read_text()
