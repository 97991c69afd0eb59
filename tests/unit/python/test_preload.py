"""Which libraries are imported before a kernel is forked, and which notebooks get a plain one."""

import pytest

from nbship.core.python.preload import (
    looks_elsewhere,
    modules_named,
    preloaded,
    set_at_import,
    why_not_preloaded,
)

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
        (["os.environ['ARROW_DEFAULT_MEMORY_POOL'] = 'system'"], "ARROW_DEFAULT_MEMORY_POOL"),
        (["%env JOBLIB_MULTIPROCESSING=0", "XDG_CONFIG_HOME"], "JOBLIB_MULTIPROCESSING"),
        (["os.environ['XDG_CONFIG_HOME'] = '/tmp'"], "XDG_CONFIG_HOME"),
        (["Path('~/.config/matplotlib/stylelib/mine.mplstyle')"], "stylelib"),
        (["os.environ['HOME'] = '/tmp'"], "HOME"),
        (['os.environ["HOME"]="/tmp"'], "HOME"),
        (["%env HOME=/tmp"], "HOME"),
        (["HOME = os.environ['HOME']", "os.environ['HOME'] == x", "%env"], ""),
    ],
)
def test_the_variables_that_a_library_reads_when_it_is_imported(code: list[str], name: str) -> None:
    assert set_at_import(code) == name


def test_the_modules_of_which_the_code_names_a_file() -> None:
    code = [
        "%%writefile numpy.py\nx = 1",
        "import numpy\nopen('/kaggle/working/six.py')",
        "numpy.py",
    ]
    assert modules_named(code) == ("numpy", "six")
    assert modules_named(["Path('pandas/__init__.py')", "a.python", ".py"]) == ("pandas",)


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


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sys.path.insert(0, 'x')", True),
        ("sys.path[:0] = ['x']", True),
        ("sys.path = ['x']", True),
        ("sys.meta_path.append(x)", True),
        ("sys.path_hooks.clear()", True),
        ("sys.path.append('x')\nprint(sys.path == [])", False),
        ("mysys.pathetic = 1", False),
    ],
)
def test_where_an_import_looks_first(code: str, *, expected: bool) -> None:
    assert looks_elsewhere(["x = 1", code]) is expected
