"""Scripts that fail, with or without a traceback of Python."""

from tests.recorded.failures.notebooks import DIVISION, SYNTAX
from tests.recorded.failures.shape import Shape

WORK = {"work.py": "def f(n):\n    return 1 / n  # HERE\n"}
QUIET = {"work.py": "def f(n):\n    return 1 / n\n"}


def script(
    source: str, function: str | None, error: str, modules: dict[str, str] | None = None,
    at: str | None = None,
) -> Shape:  # fmt: skip
    """Return the shape of a script."""
    return Shape(source, function, error, modules or {}, at, is_script=True)


SCRIPTS = {
    "top": script("# %%\nx = 1\n1 / 0  # HERE\n", None, DIVISION),
    "function": script(
        '"""A script."""\n\nfrom __future__ import annotations\n\nimport work\n\n\n'
        "def train(n):\n    return 1 / n  # HERE\n\n\n# %%\nwork.f(1)\ntrain(0)\n",
        "train", DIVISION, QUIET,
    ),
    "nested": script(
        "# %%\ndef outer():\n    def inner():\n        1 / 0  # HERE\n    inner()\n\n\nouter()\n",
        "inner", DIVISION,
    ),
    "module": script('"""Doc."""\n\n# %%\nimport work\n\nwork.f(0)\n', "f", DIVISION, WORK),
    "module-syntax": script(
        "# %%\nimport work\n", None, SYNTAX, {"work.py": "x = 1\ny = = 2  # HERE\n"}
    ),
    "syntax": script("# %%\nx = 1\ny = = 2  # HERE\n", None, SYNTAX),
    "async": script(
        "# %%\nimport asyncio\n\n\nasync def f():\n    await asyncio.sleep(0)\n    1 / 0  # HERE\n"
        "\n\nasyncio.run(f())\n",
        "f", DIVISION,
    ),
    "handled": script(
        "# %%\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('late')  # HERE\n",
        None, "ValueError: late",
    ),
    "caused": script(
        "# %%\nimport work\n\ntry:\n    work.f(0)\nexcept ZeroDivisionError as e:\n"
        "    raise ValueError('late') from e  # HERE\n",
        None, "ValueError: late", QUIET,
    ),
    "group": script(
        "# %%\ndef f():\n"
        "    raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])  # HERE\n\n\nf()\n",
        "f", "ExceptionGroup: two (2 sub-exceptions)",
    ),
    "recursion": script(
        "# %%\ndef f(n):\n    return f(n + 1)  # HERE\n\n\nf(0)\n",
        "f", "RecursionError: maximum recursion depth exceeded",
    ),
    "process-pool": script(
        "# %%\nfrom multiprocessing import Pool\n\nimport work\n\nif __name__ == '__main__':\n"
        "    with Pool(1) as pool:\n        pool.map(work.f, [1, 0])\n",
        "f", DIVISION, WORK,
    ),
    "exit-with-words": script("# %%\nimport sys\n\nsys.exit('no data')\n", None, "", at=""),
    "exit": script("# %%\nimport sys\n\nprint('bye')\nsys.exit(3)\n", None, "", at=""),
    "traceback-printed-before": script(
        "# %%\nimport logging\nimport sys\n\nimport work\n\nlogging.basicConfig(level='INFO')\n"
        "try:\n    work.f(0)\nexcept ZeroDivisionError:\n    logging.exception('once more')\n"
        "logging.info('going on')\nsys.exit(3)\n",
        None, "", QUIET, at="",
    ),
    "traceback-printed-and-another": script(
        "# %%\nimport logging\n\nimport work\n\ntry:\n    work.f(0)\nexcept ZeroDivisionError:\n"
        "    logging.exception('once more')\nlogging.warning('going on')\n{}['k']  # HERE\n",
        None, "KeyError: 'k'", QUIET,
    ),
    "thread": script(
        "# %%\nimport threading\n\nimport work\n\n"
        "thread = threading.Thread(target=work.f, args=(0,))\nthread.start()\n"
        "thread.join()\n\nraise SystemExit(5)\n",
        None, "", QUIET, at="",
    ),
    "said-at-the-end": script(
        "# %%\nimport atexit\n\natexit.register(print, 'all files are closed')\n1 / 0  # HERE\n",
        None, DIVISION,
    ),
    "ignored-at-the-end": script(
        "# %%\nclass Held:\n    def __del__(self):\n        raise OSError('gone')\n\n\n"
        "held = Held()\n1 / 0  # HERE\n",
        None, DIVISION,
    ),
    "killed": script("# %%\nimport os\n\nprint('so far', flush=True)\nos.kill(os.getpid(), 9)\n",
                     None, "", at=""),
}  # fmt: skip
