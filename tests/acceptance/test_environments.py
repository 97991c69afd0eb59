"""Tests of builds in several environments: the bytes are equal. The full sweep is a command."""

import sys

import pytest

from tests.sweeps.environments import sweep

pytestmark = pytest.mark.unmeasured


def test_builds_in_other_environments_give_the_same_bytes() -> None:
    built = sweep(4, 1, [sys.executable])
    digests = {one.digest for one in built}
    assert "failed" not in digests, [one.output for one in built if one.digest == "failed"]
    assert len(digests) == 1
    assert len({one.environment for one in built}) == 4
