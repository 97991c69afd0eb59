"""From sound to numbers: frames, log-mel spectrogram, and one vector for a whole clip."""

import numpy as np
import numpy.typing as npt

from sahel.melscale import mel_filterbank

FloatArray = npt.NDArray[np.float64]

FRAME_SECONDS = 0.032
HOP_SECONDS = 0.016
MELS = 24
LOWEST_HZ = 80.0
HIGHEST_HZ = 3800.0  # below half of 8000 Hz, so that telephone recordings count too
FLOOR = 1e-6  # the power that counts as silence


def frames(samples: FloatArray, rate: int, seconds: float = FRAME_SECONDS) -> FloatArray:
    """Cut samples, shape (samples,), at rate Hz into overlapping frames, (frames, width).

    A clip shorter than one frame is filled up with silence.
    """
    width, hop = round(seconds * rate), round(HOP_SECONDS * rate)
    filled = np.pad(samples, (0, max(0, width - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(filled, width)[::hop]


def power_spectrogram(samples: FloatArray, rate: int) -> FloatArray:
    """Return the short-time power spectrum, shape (frames, bins); bins run from 0 to rate/2 Hz."""
    cut = frames(samples, rate)
    return np.abs(np.fft.rfft(cut * np.hanning(cut.shape[1]), axis=1)) ** 2


def bin_frequencies(rate: int) -> FloatArray:
    """Return the frequency of each bin of ``power_spectrogram`` in Hz, shape (bins,)."""
    return np.fft.rfftfreq(round(FRAME_SECONDS * rate), d=1.0 / rate)


def log_mel(samples: FloatArray, rate: int) -> FloatArray:
    """Return the log-mel spectrogram, shape (frames, mels), in nepers of power."""
    bank = mel_filterbank(bin_frequencies(rate), MELS, LOWEST_HZ, HIGHEST_HZ)
    return np.log(power_spectrogram(samples, rate) @ bank.T + FLOOR)


def clip_features(samples: FloatArray, rate: int) -> FloatArray:
    """Return the average shape of a clip's spectrum, shape (mels,).

    Its mean is 0 and its deviation 1, so that a loud recording and a quiet one look alike.
    """
    average = log_mel(samples, rate).mean(axis=0)
    return (average - average.mean()) / (average.std() + FLOOR)
