"""The committed inputs are what make_inputs.py writes, and what the notebooks expect."""

import csv
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.support.paths import TESTS

pytestmark = pytest.mark.unmeasured

INPUTS = TESTS / "inputs"
SOURCES = ("datasets/google/fleurs", "datasets/robotsmali/jeli-asr")


def make_inputs(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script in its own process, like a user."""
    command = [sys.executable, str(TESTS / "make_inputs.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_committed_inputs_are_what_the_script_writes() -> None:
    done = make_inputs("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_check_names_what_differs_is_missing_or_is_too_much(tmp_path: Path) -> None:
    assert make_inputs("--folder", str(tmp_path)).returncode == 0
    fleurs = tmp_path / SOURCES[0]
    (fleurs / "manifest.csv").write_text("file,language\n", encoding="utf-8")
    (fleurs / "clips/ful_00.wav").unlink()
    (fleurs / "clips/stray.wav").write_bytes(b"")

    done = make_inputs("--folder", str(tmp_path), "--check")

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "missing: datasets/google/fleurs/clips/ful_00.wav",
        "differs: datasets/google/fleurs/manifest.csv",
        "nobody makes: datasets/google/fleurs/clips/stray.wav",
        "make them again: python tests/make_inputs.py",
    ]


def test_the_inputs_stay_small_and_have_plain_names() -> None:
    files = [path for path in INPUTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 500_000
    assert all(path.as_posix().isascii() for path in (p.relative_to(INPUTS) for p in files))


@pytest.mark.parametrize("source", SOURCES)
def test_a_manifest_lists_every_clip_of_its_folder_once(source: str) -> None:
    folder = INPUTS / source
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = [row["file"] for row in rows]
    existing = [path.relative_to(folder).as_posix() for path in folder.rglob("*.wav")]
    assert sorted(listed) == sorted(existing)
    assert all(Path(row["file"]).name.startswith(row["language"]) for row in rows)


def test_every_clip_can_be_heard_and_is_not_clipped() -> None:
    clips = sorted(INPUTS.rglob("*.wav"))
    assert clips
    for path in clips:
        with wave.open(str(path), "rb") as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert len(samples) == 6400
        assert 5_000 < np.abs(samples.astype(int)).max() < 32_000
