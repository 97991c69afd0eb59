"""No command ends by its own output: it does its work, and its exit code says how that went."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.workspace import TIMEOUT, Workspace, program

pytestmark = pytest.mark.unmeasured

NAME = "Ɓalli日"  # no encoding but UTF-8 has all of these
CELL = "# %%\nprint('→ é 日本 \\U0001f600')\n"


@pytest.fixture
def named(bare: Workspace) -> Workspace:
    """Return a workspace whose only notebook has a name that few encodings have."""
    bare.write(f"src_py/{NAME}.py", CELL)
    bare.commit()
    return bare


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    "redirection", [">/dev/full 2>/dev/full", ">&- 2>&-", "| true", "2>&1 | head -c 1", ">out"]
)
@pytest.mark.parametrize("command", ["doit build", "nbship build", "nbship check", "nbship --help"])
def test_a_command_comes_to_its_end_whatever_its_output_meets(
    named: Workspace, command: str, redirection: str
) -> None:
    words = f"{program(command.split(maxsplit=1)[0])} {command.split()[1]}"
    done = subprocess.run(
        ["bash", "-c", f"{words} {redirection}; exit ${{PIPESTATUS[0]}}"],
        cwd=named.root, env=os.environ | {"PYTHONIOENCODING": "ascii"}, timeout=TIMEOUT,
        stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    if "build" in command:
        assert Path(named.root, "build", NAME, f"{NAME}.ipynb").is_file()


def test_a_character_that_the_encoding_lacks_is_escaped(named: Workspace) -> None:
    result = named.doit("smoke", PYTHONIOENCODING="ascii:strict")
    assert result.code == 0, result.all
    assert "| \\u2192 \\xe9 " in result.out
    assert "\\u65e5\\u672c \\U0001f600" in result.out
