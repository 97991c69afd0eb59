"""Tests of how much a command prints."""

import pytest

from nbship.core.terminal.volume import volume_of
from nbship.errors import WorkspaceError


@pytest.mark.parametrize("volume", ["quiet", "normal", "verbose"])
def test_the_environment_says_how_much(volume: str) -> None:
    assert volume_of({"NBSHIP_OUTPUT": volume}) == volume
    assert volume_of({"NBSHIP_OUTPUT": ""}) == volume_of({}) == "normal"


def test_another_word_is_refused() -> None:
    with pytest.raises(WorkspaceError, match=r"^NBSHIP_OUTPUT is 'silent'; known: normal, quiet"):
        volume_of({"NBSHIP_OUTPUT": "silent"})
