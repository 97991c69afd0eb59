"""A voice in two numbers and a curve: its pitch, how much that moves, and its spectrum.

Far from speech: it hums. It is what a larger model has to beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sahel.features import bin_frequencies, frames, power_spectrogram

FloatArray = npt.NDArray[np.float64]

LOWEST_PITCH_HZ = 70.0
HIGHEST_PITCH_HZ = 350.0
PITCH_FRAME_SECONDS = 0.064  # holds four periods of the lowest pitch
VOICED = 0.6  # a frame that resembles itself one period later at least so much has a pitch
SWAY_HZ = 2.5  # how often the synthesised pitch rises and falls in a second
FADE_SECONDS = 0.03


@dataclass(frozen=True)
class Voice:
    """Pitch in Hz, its relative spread, and magnitudes, shape (bins,), at bin_hz; largest is 1."""

    pitch_hz: float
    pitch_spread: float
    bin_hz: FloatArray
    envelope: FloatArray


def pitch_of(frame: FloatArray, rate: int) -> float | None:
    """Estimate the pitch of one frame, shape (width,), in Hz; None when there is none.

    The sound is compared with itself, shifted: the best shift (autocorrelation) is one period.
    """
    shortest, longest = int(rate / HIGHEST_PITCH_HZ), int(rate / LOWEST_PITCH_HZ)
    centred = frame - frame.mean()
    width = len(centred)
    energy = float(centred @ centred) / width
    if energy < 1e-6:
        return None
    likeness = np.array(
        [centred[: width - lag] @ centred[lag:] / (width - lag) for lag in range(longest + 2)]
    )
    likeness /= energy
    inside = likeness[shortest : longest + 1]
    is_peak = (inside >= likeness[shortest - 1 : longest]) & (
        inside >= likeness[shortest + 1 : longest + 2]
    )
    # Two and three periods fit as well as one: take the first peak that is nearly the best.
    good = np.flatnonzero(is_peak & (inside >= max(VOICED, 0.9 * inside.max())))
    if len(good) == 0:
        return None
    lag = shortest + int(good[0])
    before, here, after = likeness[lag - 1 : lag + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend else 0.0
    return rate / (lag + float(shift))


def pitch_track(samples: FloatArray, rate: int) -> FloatArray:
    """Return the pitch of each frame that has one, in Hz, shape (voiced frames,)."""
    found = [pitch_of(frame, rate) for frame in frames(samples, rate, PITCH_FRAME_SECONDS)]
    return np.array([pitch for pitch in found if pitch is not None])


def fit_voice(clips: Sequence[FloatArray], rate: int) -> Voice:
    """Fit a voice to clips, each of shape (samples,), all at rate Hz."""
    pitches = np.concatenate([pitch_track(samples, rate) for samples in clips])
    if len(pitches) == 0:
        raise ValueError("no voiced frame in these clips: nothing to fit a pitch to")
    pitch = float(np.median(pitches))
    low, high = np.percentile(pitches, [25, 75])
    power = np.concatenate([power_spectrogram(samples, rate) for samples in clips]).mean(axis=0)
    bin_hz = bin_frequencies(rate)
    envelope = _smooth(np.sqrt(power), bins=round(1.5 * pitch / bin_hz[1]))
    return Voice(pitch, float(high - low) / (2 * pitch), bin_hz, envelope / envelope.max())


def _smooth(values: FloatArray, bins: int) -> FloatArray:
    """Average over neighbours, so that the single harmonics disappear in the curve."""
    window = np.hanning(bins + 2)
    around = len(window) // 2
    padded = np.pad(values, (around, len(window) - 1 - around), mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def harmonics(voice: Voice, rate: int) -> tuple[FloatArray, FloatArray]:
    """Return the frequencies in Hz and the magnitudes of the tones it is built from."""
    highest = 0.9 * min(rate / 2, float(voice.bin_hz[-1]))
    hz = voice.pitch_hz * np.arange(1, int(highest / voice.pitch_hz) + 1)
    return hz, np.interp(hz, voice.bin_hz, voice.envelope)


def synthesise(voice: Voice, seconds: float, rate: int) -> FloatArray:
    """Return so many seconds of the voice, shape (samples,), from -0.8 to 0.8, at rate Hz."""
    time = np.arange(round(seconds * rate)) / rate
    sway = 1.0 + voice.pitch_spread * np.sin(2 * np.pi * SWAY_HZ * time)
    phase = 2 * np.pi * np.cumsum(voice.pitch_hz * sway) / rate
    _, magnitudes = harmonics(voice, rate)
    tones = [size * np.sin(n * phase) for n, size in enumerate(magnitudes, start=1)]
    sound = np.sum(tones, axis=0)
    fade = np.clip(np.minimum(time, time[::-1]) / FADE_SECONDS, 0.0, 1.0)
    return 0.8 * fade * sound / np.abs(sound).max()
