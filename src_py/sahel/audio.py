"""WAV files as arrays of floats. 16-bit PCM, which is what our recorders and datasets hold."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

FULL_SCALE = 32768


def read_wav(path: Path) -> tuple[npt.NDArray[np.float64], int]:
    """Return the samples, shape (samples,), from -1 to 1, and the sampling rate in Hz.

    Several channels are averaged into one.
    """
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: {8 * file.getsampwidth()}-bit samples, expected 16-bit")
        channels, rate = file.getnchannels(), file.getframerate()
        data = file.readframes(file.getnframes())
    samples = np.frombuffer(data, dtype="<i2").reshape(-1, channels)
    return samples.mean(axis=1) / FULL_SCALE, rate


def write_wav(path: Path, samples: npt.NDArray[np.float64], rate: int) -> None:
    """Write samples, shape (samples,), from -1 to 1; what is beyond is clipped. Rate in Hz."""
    whole = np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.astype("<i2").tobytes())
