"""Make the small inputs that the workspace's notebooks are rehearsed on.

``python tests/make_inputs.py`` writes them below ``tests/inputs/``, laid out as Kaggle mounts
them. ``--check`` writes nothing and says whether they are what would be written (else exit 1).

Every sample is computed in whole numbers, with the standard library alone, so that the same bytes
come out on every machine. The voices are synthetic: harmonics of a pitch, shaped by formants, as
many syllables as fit, some noise. A language is its formants and its rhythm.
"""

import argparse
import io
import json
import math
import struct
import sys
import wave
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

INPUTS = Path(__file__).parent / "inputs"
RATE = 8000  # Hz
SAMPLES = 6400  # 0.8 seconds
CLIPS = 6  # for each language

# What src_py/sahel/features.py measures; the weights below are made for it.
MELS, LOWEST_HZ, HIGHEST_HZ = 24, 80, 3800

FLEURS = "datasets/google/fleurs"
JELI_ASR = "datasets/robotsmali/jeli-asr"
TRAINER = "notebooks/ous-sow/sahel-kaggle-master-trainer"


@dataclass(frozen=True)
class Language:
    """A synthetic language: where it is found, and how it sounds."""

    code: str
    folder: str
    pitch_hz: int
    syllable: int  # in samples
    vowels: tuple[tuple[int, int, int], ...]  # three formants each, in Hz


# Fula and Wolof are close to each other, as they are in life.
LANGUAGES = (
    Language("bam", JELI_ASR, 138, 1600, ((310, 870, 2250), (480, 1000, 2400))),
    Language("ful", FLEURS, 165, 1280, ((650, 1500, 2500), (420, 1750, 2550))),
    Language("hau", FLEURS, 120, 1070, ((730, 1100, 2900), (560, 1250, 3100))),
    Language("wol", FLEURS, 150, 1280, ((620, 1620, 2600), (400, 1900, 2750))),
)
FORMANT_GAINS = (4000, 2200, 1100)
FORMANT_WIDTH_HZ = 130
LANGUAGE_CODES = tuple(language.code for language in LANGUAGES)

# Sines in whole numbers: Bhaskara's approximation, right to one part in six hundred.
HALF_TURN = 2048
SINE_PEAK = 4096


def _half_sine(step: int) -> int:
    product = step * (HALF_TURN - step)
    return SINE_PEAK * 16 * product // (5 * HALF_TURN * HALF_TURN - 4 * product)


SINE = [_half_sine(step) for step in range(HALF_TURN)]
SINE += [-value for value in SINE]
TURN = len(SINE)
PHASE_SCALE = 1 << 20  # the phase counts in this many parts of a step of the table


class Noise:
    """A linear congruential generator: the same whole numbers everywhere."""

    def __init__(self, seed: int) -> None:
        """Start from a seed; neighbouring seeds must not begin alike, so the first are skipped."""
        self._state = seed
        for _ in range(8):
            self.below(1)

    def below(self, limit: int) -> int:
        """Return the next number from 0 to limit - 1."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self._state >> 33) % limit


def _response(hz: int, vowel: Sequence[int]) -> int:
    """Return how strongly a vowel's formants let a frequency pass."""
    width = FORMANT_WIDTH_HZ * FORMANT_WIDTH_HZ
    return 20 + sum(
        gain * width // (width + (hz - formant) ** 2)
        for gain, formant in zip(FORMANT_GAINS, vowel, strict=True)
    )


def _voice(language: Language, clip: int) -> list[int]:
    """Return the samples of one clip, from -32768 to 32767."""
    noise = Noise(1000 * LANGUAGE_CODES.index(language.code) + clip)
    pitch_hz = language.pitch_hz * (92 + noise.below(17)) // 100  # a speaker of their own
    stretch = 90 + noise.below(21)  # and a vocal tract of their own, in per cent
    vowels = [tuple(hz * stretch // 100 for hz in vowel) for vowel in language.vowels]
    tones = range(1, 3600 // pitch_hz + 1)
    sizes = [[_response(n * pitch_hz, vowel) for n in tones] for vowel in vowels]
    starts = [noise.below(TURN) for _ in tones]
    breath = 60 + noise.below(120)

    samples, phase = [], 0
    for at in range(SAMPLES):
        syllable, inside = divmod(at, language.syllable)
        loudness = SINE[inside * HALF_TURN // language.syllable]
        vibrato = SINE[at * 5 * TURN // RATE % TURN]  # five times a second, by three per cent
        swaying = pitch_hz * (100 * SINE_PEAK + 3 * vibrato)
        phase += swaying * PHASE_SCALE * TURN // (RATE * 100 * SINE_PEAK)
        step = phase // PHASE_SCALE
        sound = sum(
            size * SINE[(n * step + start) % TURN]
            for n, size, start in zip(tones, sizes[syllable % len(vowels)], starts, strict=True)
        )
        hiss = noise.below(2 * breath + 1) - breath
        samples.append(max(-32768, min(32767, sound * loudness // (SINE_PEAK * SINE_PEAK) + hiss)))
    return samples


def _wav(samples: Sequence[int]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def _npy(kind: str, shape: tuple[int, ...], data: bytes) -> bytes:
    """Return an array as numpy's .npy format, version 1.0."""
    words = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    words += " " * (-(len(words) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words.encode("ascii") + data


def _npz(arrays: dict[str, bytes]) -> bytes:
    """Return a zip of .npy files: not compressed, and always with the same date."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(2026, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return file.getvalue()


def _mel_centres() -> list[int]:
    """Return the peaks of the mel filters in Hz, rounded."""
    low, high = (2595 * math.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    steps = ((low + (high - low) * n / (MELS + 1)) / 2595 for n in range(1, MELS + 1))
    return [round(700 * (10**step - 1)) for step in steps]


def _weights() -> list[list[float]]:
    """Return weights, shape (mels, languages): what is strong in one language and not in others.

    No training run made them: the languages' own formants did.
    """
    rows = []
    for hz in _mel_centres():
        strong = [
            round(100 * math.log(sum(_response(hz, vowel) for vowel in language.vowels)))
            for language in LANGUAGES
        ]
        mean = sum(strong) // len(strong)
        rows.append([(value - mean) / 100 for value in strong])
    return rows


def _trained() -> dict[str, bytes]:
    """Return what src_py/trainer.py leaves behind, as far as other notebooks read it."""
    weights = _weights()
    flat = [value for row in weights for value in row]
    size = len(LANGUAGE_CODES)
    names = "".join(code.ljust(3, "\0") for code in LANGUAGE_CODES).encode("utf-32-le")
    arrays = {
        "weights": _npy("<f8", (MELS, size), struct.pack(f"<{len(flat)}d", *flat)),
        "bias": _npy("<f8", (size,), struct.pack(f"<{size}d", *[0.0] * size)),
        "languages": _npy("<U3", (size,), names),
    }
    metrics = {
        "made_by": "tests/make_inputs.py",
        "languages": LANGUAGE_CODES,
        "parameters": {"EPOCHS": 2, "LEARNING_RATE": 0.1, "SEED": 7},
        "clips": {"training": 16, "held_out": 8},
        "loss": {"training": [1.386, 1.052, 0.853], "held_out": [1.386, 1.113, 0.922]},
        "held_out_accuracy": 0.875,
    }
    return {
        "weights.npz": _npz(arrays),
        "metrics.json": (json.dumps(metrics, indent=2) + "\n").encode("ascii"),
    }


def inputs() -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give every file: its path below tests/inputs/, and its bytes."""
    manifests: dict[str, str] = {}
    for language in LANGUAGES:
        for clip in range(CLIPS):
            name = f"clips/{language.code}_{clip:02d}.wav"
            yield PurePosixPath(language.folder, name), _wav(_voice(language, clip))
            so_far = manifests.get(language.folder, "file,language\n")
            manifests[language.folder] = f"{so_far}{name},{language.code}\n"
    for folder, text in manifests.items():
        yield PurePosixPath(folder, "manifest.csv"), text.encode("ascii")
    for name, data in _trained().items():
        yield PurePosixPath(TRAINER, name), data


def write(folder: Path) -> None:
    """Write all inputs below a folder, over what is there."""
    for path, data in inputs():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def differences(folder: Path) -> list[str]:
    """Say what is missing below a folder, what differs, and what nobody makes."""
    found = []
    expected = set()
    for path, data in inputs():
        expected.add(path.as_posix())
        target = folder / path
        if not target.is_file():
            found.append(f"missing: {path}")
        elif target.read_bytes() != data:
            found.append(f"differs: {path}")
    for top in (FLEURS, JELI_ASR, TRAINER):
        existing = (
            p.relative_to(folder).as_posix() for p in (folder / top).rglob("*") if p.is_file()
        )
        found.extend(f"nobody makes: {path}" for path in sorted(set(existing) - expected))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the inputs, or check them."""
    parser = argparse.ArgumentParser(description="Make the inputs of the workspace's notebooks.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if they differ")
    parser.add_argument("--folder", type=Path, default=INPUTS, help="instead of tests/inputs")
    options = parser.parse_args(arguments)
    if not options.check:
        write(options.folder)
        return 0
    found = differences(options.folder)
    for line in found:
        sys.stdout.write(f"{line}\n")
    if found:
        sys.stdout.write("make them again: python tests/make_inputs.py\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
