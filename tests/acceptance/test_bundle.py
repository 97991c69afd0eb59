"""Tests of the bundle cell in its own process."""

import subprocess
import sys

import pytest

from nbship.model.notebook import Module
from tests.support.usual import bundle_cell

pytestmark = pytest.mark.unmeasured


def test_in_a_fresh_process_the_modules_are_imported_from_ordinary_files() -> None:
    modules = [Module("sahel/__init__.py", ""), Module("sahel/voice.py", "def f():\n    1 / 0\n")]
    code = bundle_cell(modules).text + "\nimport sahel.voice\nsahel.voice.f()\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert "ZeroDivisionError" in done.stderr
    assert '/src_py/sahel/voice.py", line 2, in f\n    1 / 0\n' in done.stderr
