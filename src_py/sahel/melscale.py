"""The mel scale: frequencies spaced as the ear spaces them."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def hz_to_mel(hz: FloatArray) -> FloatArray:
    """Convert frequencies in Hz to mel (O'Shaughnessy's formula)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


def mel_to_hz(mel: FloatArray) -> FloatArray:
    """Convert mel to frequencies in Hz."""
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)


def mel_filterbank(bin_hz: FloatArray, mels: int, lowest: float, highest: float) -> FloatArray:
    """Return triangular filters, shape (mels, bins), each rising to 1 and falling to 0.

    ``bin_hz``, shape (bins,), is the frequency of each bin of the spectrum in Hz. The filters
    lie evenly on the mel scale between ``lowest`` and ``highest`` Hz, half overlapping, so that
    between the first and the last peak they sum to 1.
    """
    if highest > bin_hz[-1]:
        raise ValueError(f"the spectrum ends at {bin_hz[-1]:.0f} Hz, the filters at {highest:.0f}")
    edges = mel_to_hz(np.linspace(hz_to_mel(lowest), hz_to_mel(highest), mels + 2))
    left, peak, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bin_hz - left) / (peak - left)
    falling = (right - bin_hz) / (right - peak)
    return np.clip(np.minimum(rising, falling), 0.0, None)
