"""The libraries that are imported before a kernel is forked, and what a fork would change.

Their import starts no thread, or only those of OpenBLAS, which is told to have one. The zygote
counts the threads, and leaves out a library that starts one after all.
"""

import re
from collections.abc import Iterable, Mapping

_PLOTS = ("PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin")
# The modules to import, by the name at the top of an import statement; also those for a plot.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "matplotlib": ("matplotlib.pyplot", "matplotlib.backends.backend_agg", *_PLOTS),
    **{name: (name,) for name in ("numpy", "pandas", "scipy", "seaborn", "sklearn")},
}
_IMPORT = re.compile(
    rf"^[ \t]*(?:import|from)[ \t]+({'|'.join(_MODULES)})\b(?![ \t]*=)", re.MULTILINE
)
# Variables that a library reads when it is imported, which is before the notebook sets them.
_READ_AT_IMPORT = re.compile(
    r"\b(?:MPLBACKEND|PYTHONHASHSEED|(?:OPENBLAS|OMP|MKL|NUMEXPR)_NUM_THREADS|CUDA_VISIBLE_DEVICES"
    r"|KERAS_BACKEND|TF_CPP_MIN_LOG_LEVEL|JAX_[A-Z_]+|XLA_[A-Z_]+|MKL_[A-Z_]+|KMP_[A-Z_]+)\b"
)


def preloaded(code: Iterable[str]) -> tuple[str, ...]:
    """Return the modules to import for the code of a notebook's cells, by library."""
    found = {name for text in code for name in _IMPORT.findall(text)}
    return tuple(module for name in sorted(found) for module in _MODULES[name])


def set_at_import(code: Iterable[str]) -> str:
    """Return a variable that the code names and a library reads when it is imported, or ""."""
    found = (match[0] for text in code if (match := _READ_AT_IMPORT.search(text)))
    return next(found, "")
