"""The libraries that are imported before a kernel is forked, and what a fork would change.

Their import starts no thread: OpenBLAS, which would, gets a variable that forbids it. The zygote
counts the threads, and leaves out a library that starts one after all.
"""

import re
from collections.abc import Mapping, Sequence

_PLOTS = ("PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin")
# The modules to import, by the name at the top of an import statement; also those for a plot.
# A name that the notebook itself does not import is not preloaded: without ``import
# matplotlib.pyplot`` there is no ``matplotlib.pyplot``.
_PYPLOT = ("matplotlib.pyplot", "matplotlib.backends.backend_agg", *_PLOTS)
_MODULES: Mapping[str, tuple[str, ...]] = {
    "matplotlib": ("matplotlib",),
    **{name: (name,) for name in ("numpy", "pandas", "scipy", "seaborn", "sklearn")},
}
_IMPORTS_PYPLOT = re.compile(
    r"^[ \t]*(?:import[ \t]+matplotlib\.pyplot\b|from[ \t]+matplotlib\.pyplot[ \t]+import\b"
    r"|from[ \t]+matplotlib[ \t]+import\b[^\n#]*\bpyplot\b)",
    re.MULTILINE,
)
_IMPORT = re.compile(
    rf"^[ \t]*(?:import|from)[ \t]+({'|'.join(_MODULES)})\b(?![ \t]*=)", re.MULTILINE
)
# Variables, and files, that a library reads when it is imported, which is before the notebook sets
# them.
_READ_AT_IMPORT = re.compile(
    r"\b(?:MPLBACKEND|MPLCONFIGDIR|MATPLOTLIBRC|matplotlibrc|mplstyle|stylelib|PYTHONHASHSEED"
    r"|CUDA_VISIBLE_DEVICES|KERAS_BACKEND|TF_CPP_MIN_LOG_LEVEL|SCIPY_ARRAY_API"
    r"|(?<=environ\[.)HOME(?=.\] *=[^=])|(?<=%env )HOME(?=[ =])"
    r"|(?:ARROW|BLIS|GOTO|JAX|JOBLIB|KMP|MKL|NPY|NUMEXPR|NUMPY|OMP|OPENBLAS|PANDAS|SKLEARN|XDG|XLA)"
    r"_[A-Z_]+)\b"
)
_PYTHON_FILE = re.compile(r"\b([A-Za-z_]\w*)(?:\.py|/__init__\.py)\b")
_FINDS_FIRST = re.compile(r"\bsys\.(?:path *(?:\.insert *\( *0|\[|=[^=])|meta_path|path_hooks)")
_INSTALLS = re.compile(r"\b(?:pip3?|uv|conda|mamba)\b[^\n]*\binstall\b")


def preloaded(code: Sequence[str]) -> tuple[str, ...]:
    """Return the modules to import for the code of a notebook's cells."""
    found = {name for text in code for name in _IMPORT.findall(text)}
    modules = [module for name in sorted(found) for module in _MODULES[name]]
    return (*(_PYPLOT if any(map(_IMPORTS_PYPLOT.search, code)) else ()), *modules)


def why_not_preloaded(code: Sequence[str]) -> str:
    """Return why the libraries of a notebook cannot be imported before its code runs, or ""."""
    if variable := set_at_import(code):
        return f"the code names {variable}, which a library reads when it is imported"
    return "the code installs packages" if any(map(_INSTALLS.search, code)) else ""


def looks_elsewhere(code: Sequence[str]) -> bool:
    """Return whether the code may change where an import looks first."""
    return any(map(_FINDS_FIRST.search, code))


def modules_named(code: Sequence[str]) -> tuple[str, ...]:
    """Return the modules of which the code names a file, ``numpy.py``: a cell may write it."""
    return tuple(dict.fromkeys(name for text in code for name in _PYTHON_FILE.findall(text)))


def set_at_import(code: Sequence[str]) -> str:
    """Return a variable that the code names and a library reads when it is imported, or ""."""
    found = (match[0] for text in code if (match := _READ_AT_IMPORT.search(text)))
    return next(found, "")
