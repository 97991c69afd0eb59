"""Which libraries are imported before a kernel is forked, and which notebooks get a plain one."""

import pytest

from nbship.core.python.preload import preloaded, set_at_import, why_not_preloaded

MATPLOTLIB = (
    "matplotlib.pyplot", "matplotlib.backends.backend_agg", "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin",
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ([], ()),
        (["import os\nprint('import numpy')"], ()),
        (["import numpy as np"], ("numpy",)),
        (["x = 1\n    import pandas"], ("pandas",)),
        (["from matplotlib import cm", "import numpy"], ("matplotlib", "numpy")),
        (["import matplotlib\nmatplotlib.pyplot.plot([1])"], ("matplotlib",)),
        (["from matplotlib import cm, pyplot as plt"], (*MATPLOTLIB, "matplotlib")),
        (["from matplotlib import cm  # pyplot"], ("matplotlib",)),
        (["x = 1", "import matplotlib.pyplot as plt"], (*MATPLOTLIB, "matplotlib")),
        (["from matplotlib.pyplot import plot"], (*MATPLOTLIB, "matplotlib")),
        (["import numpy.linalg", "from numpy import *"], ("numpy",)),
        (["import numpyx, sklearnish", "from seaborn_extra import a"], ()),
        (["# import scipy"], ()),
        (["import mymodule\nimport sklearn.svm"], ("sklearn",)),
        (["numpy = 1\nimported = 2"], ()),
        (
            ["import seaborn", "import scipy.stats", "import pandas as pd"],
            ("pandas", "scipy", "seaborn"),
        ),
        (
            ["import sklearn\nimport numpy\nimport matplotlib\nimport scipy\nimport seaborn"],
            ("matplotlib", "numpy", "scipy", "seaborn", "sklearn"),
        ),
    ],
)
def test_the_libraries_of_a_notebook(code: list[str], modules: tuple[str, ...]) -> None:
    assert preloaded(code) == modules


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ([], ""),
        (["import os\nos.environ['X'] = '1'"], ""),
        (["x = 1", "%env MPLBACKEND=Agg"], "MPLBACKEND"),
        (["os.environ['OMP_NUM_THREADS'] = '1'"], "OMP_NUM_THREADS"),
        (["os.environ.update(JAX_PLATFORMS='cpu')"], "JAX_PLATFORMS"),
        (["!CUDA_VISIBLE_DEVICES= python a.py", "PYTHONHASHSEED"], "CUDA_VISIBLE_DEVICES"),
        (["MY_MPLBACKEND = 1", "omp_num_threads"], ""),
        (["Path('matplotlibrc').write_text('')"], "matplotlibrc"),
        (["os.environ['SCIPY_ARRAY_API'] = '1'"], "SCIPY_ARRAY_API"),
    ],
)
def test_the_variables_that_a_library_reads_when_it_is_imported(code: list[str], name: str) -> None:
    assert set_at_import(code) == name


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (["x = 1", "import numpy"], ""),
        (["MPLBACKEND"], "the code names MPLBACKEND, which a library reads when it is imported"),
        (["x", "!pip install numpy==1.26"], "the code installs packages"),
        (["%pip install -q scipy"], "the code installs packages"),
        (["run([sys.executable, '-m', 'pip', 'install', 'x'])"], "the code installs packages"),
        (["!uv pip install x"], "the code installs packages"),
        (["pipeline.install()", "pip = 1\ninstall = 2"], ""),
    ],
)
def test_why_the_libraries_of_a_notebook_wait_for_its_code(code: list[str], why: str) -> None:
    """The notebook may change what an import finds."""
    assert why_not_preloaded(code) == why
