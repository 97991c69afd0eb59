"""Notebooks that fail in different ways of Python and IPython."""

from tests.recorded.failures.shape import Shape

DIVISION = "ZeroDivisionError: division by zero"
VOICE = """\
import json


def read(text):
    x = 1
    return json.loads(text)  # HERE


def call(f):
    return f()
"""
EXPECTING = "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
SYNTAX = "SyntaxError: invalid syntax"

NOTEBOOKS = {
    # --- in the cells ---
    "top": Shape("# %%\nx = 1\n\n1 / 0  # HERE\n", None, DIVISION, everywhere=True),
    "function": Shape(
        "# %%\ndef train(x):\n    return 1 / x  # HERE\n\n# %%\ntrain(1)\ntrain(0)\n",
        "train", DIVISION, everywhere=True,
    ),
    "nested": Shape(
        "# %%\ndef outer():\n    def inner():\n        1 / 0  # HERE\n    inner()\n\n"
        "# %%\nouter()\n",
        "inner", DIVISION, everywhere=True,
    ),
    "method": Shape(
        "# %%\nclass A:\n    @property\n    def m(self):\n        return {}['k']  # HERE\n\n"
        "# %%\nA().m\n",
        "m", "KeyError: 'k'",
    ),
    "class-body": Shape(
        "# %%\nx = 0\n\n# %%\nclass A:\n    y = 1 / x  # HERE\n", "A", DIVISION
    ),
    "constructor": Shape(
        "# %%\nclass A:\n    def __init__(self, n):\n        self.n = int(n)  # HERE\n\n\n"
        "class B(A):\n    def __init__(self):\n        super().__init__('x')\n\n\nB()\n",
        "__init__", "ValueError: invalid literal for int() with base 10: 'x'",
    ),
    "lambda": Shape("# %%\nf = lambda x: 1 / x  # HERE\n\n# %%\nf(0)\n", "<lambda>", DIVISION),
    "sort-key": Shape(
        "# %%\nsorted([3, 0], key=lambda x: 1 / x)  # HERE\n", "<lambda>", DIVISION
    ),
    "generator": Shape(
        "# %%\ndef g():\n    yield 1\n    yield 1 / 0  # HERE\n\n# %%\nlist(g())\n", "g", DIVISION
    ),
    "generator-expression": Shape(
        "# %%\nsum(1 / x for x in (1, 0))  # HERE\n", "<genexpr>", DIVISION
    ),
    "comprehension": Shape(
        "# %%\ndef f(xs):\n    return [\n        1 / x  # HERE\n        for x in xs\n    ]\n\n"
        "# %%\nf([0])\n",
        "<listcomp>", DIVISION, everywhere=True,
    ),
    "decorated": Shape(
        "# %%\nimport functools\n\n\ndef d(f):\n    @functools.wraps(f)\n    def w(*a):\n"
        "        return f(*a)\n\n    return w\n\n\n# %%\n@d\ndef g(n):\n"
        "    raise RuntimeError('a\\nb')  # HERE\n\n\n# %%\ng(1)\n",
        "g", "RuntimeError: a", everywhere=True,
    ),
    "context-manager": Shape(
        "# %%\nfrom contextlib import contextmanager\n\n\n@contextmanager\ndef c():\n    yield\n"
        "    raise OSError('closed badly')  # HERE\n\n\n# %%\nwith c():\n    pass\n",
        "c", "OSError: closed badly",
    ),
    "async": Shape(
        "# %%\nasync def f():\n    1 / 0  # HERE\n\n\n# %%\nx = 1\nawait f()\n",
        "f", DIVISION, everywhere=True,
    ),
    "gathered": Shape(
        "# %%\nimport asyncio\n\n\nasync def f(n):\n    await asyncio.sleep(0)\n"
        "    return 1 / n  # HERE\n\n\n# %%\nawait asyncio.gather(f(1), f(0))\n",
        "f", DIVISION,
    ),
    "thread-pool": Shape(
        "# %%\nfrom concurrent.futures import ThreadPoolExecutor\n\n\ndef f(n):\n"
        "    return 1 / n  # HERE\n\n\n# %%\nwith ThreadPoolExecutor() as pool:\n"
        "    print(list(pool.map(f, [1, 0])))\n",
        "f", DIVISION,
    ),
    "finally": Shape(
        "# %%\ndef f():\n    try:\n        return 1\n    finally:\n        {}['k']  # HERE\n"
        "\n\nf()\n",
        "f", "KeyError: 'k'",
    ),
    "many-lines": Shape(
        "# %%\nprint(\n    1,\n    2,\n    int('x'),  # HERE\n    3,\n)\n",
        None, "ValueError: invalid literal for int() with base 10: 'x'",
    ),
    "library": Shape("# %%\nimport json\n\njson.loads('')  # HERE\n", None, EXPECTING),
    "no-module": Shape(
        "# %%\nx = 1\nimport nosuchthing  # HERE\n",
        None, "ModuleNotFoundError: No module named 'nosuchthing'",
    ),
    "assertion": Shape(
        "# %%\nx = 1\nassert x == 2, f'x is {x}'  # HERE\n", None, "AssertionError: x is 1"
    ),
    "name-in-another-alphabet": Shape(
        "# %%\ndef mesurer_été(n):\n    return 1 / n  # HERE\n\n\n# %%\nmesurer_été(0)\n",
        "mesurer_été", DIVISION,
    ),
    "text-as-code": Shape("# %%\nx = 1\nexec('1/0')  # HERE\n", None, DIVISION),
    "same-function-twice": Shape(
        "# %%\ndef f():\n    return 1 / 0\n\n\n# %%\nx = 1\n\n\n# %%\ndef f():\n"
        "    return 1 / 0  # HERE\n\n\n# %%\nf()\n",
        "f", DIVISION, everywhere=True,
    ),
    "same-function-shadowed": Shape(
        "# %%\ndef f():\n    return 1 / 0  # HERE\n\n\n# %%\nold = f\n\n\n# %%\n"
        "# anew\ndef f():\n    return 1 / 0\n\n\n# %%\nold()\n",
        "f", DIVISION,
    ),
    "cells-of-all-kinds": Shape(
        "# %% [markdown]\n# Title\n\n# %%\nx = 1\n\n# %% [raw]\n# raw\n\n# %%\n\n"
        "# %% [markdown]\n# More\n\n# %%\n# nothing but a comment\n\n# %%\ny = 1\n1 / 0  # HERE\n",
        None, DIVISION, everywhere=True,
    ),
    "blank-lines-first": Shape("# %%\n\n\nx = 1\n\n1 / 0  # HERE\n", None, DIVISION),
    # --- more than one error ---
    "handled": Shape(
        "# %%\ndef f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        raise ValueError('late')  # HERE\n\n\n# %%\nf()\n",
        "f", "ValueError: late", everywhere=True,
    ),
    "caused": Shape(
        "# %%\ndef g():\n    1 / 0\n\n\ndef f():\n    try:\n        g()\n"
        "    except ZeroDivisionError as e:\n        raise ValueError('late') from e  # HERE\n\n\n"
        "# %%\nf()\n",
        "f", "ValueError: late",
    ),
    "from-none": Shape(
        "# %%\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
        "    raise KeyError('k') from None  # HERE\n",
        None, "KeyError: 'k'",
    ),
    "group": Shape(
        "# %%\ndef f():\n"
        "    raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])  # HERE\n\n\n"
        "# %%\nf()\n",
        "f", "ExceptionGroup: two (2 sub-exceptions)",
    ),
    "task-group": Shape(
        "# %%\nimport asyncio\n\n\nasync def f():\n    await asyncio.sleep(0)\n    1 / 0\n\n\n"
        "# %%\nasync with asyncio.TaskGroup() as group:  # HERE\n    group.create_task(f())\n",
        None, "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
    ),
    "recursion": Shape(
        "# %%\nimport sys\n\n\ndef f(n):\n    return f(n + 1)  # HERE\n\n\n# %%\n"
        "sys.setrecursionlimit(300)\ntry:\n    f(0)\nfinally:\n    sys.setrecursionlimit(3000)\n",
        "f", "RecursionError: maximum recursion depth exceeded",
    ),
    "recursion-that-ends": Shape(
        "# %%\ndef f(n):\n    if n == 0:\n        raise ValueError('ground')  # HERE\n"
        "    return f(n - 1)\n\n\n# %%\nf(40)\n",
        "f", "ValueError: ground",
    ),
    # --- magics ---
    "time-cell": Shape("# %%\n# %%time\nx = 1\n\n1 / 0\n", None, DIVISION, at="src_py/main.py:5",
                       at_of_7="src_py/main.py:2", everywhere=True),
    "time-cell-function": Shape(
        "# %%\n# %%time\ndef f():\n    return 1 / 0\n\n\n# %%\nf()\n",
        "f", DIVISION, at="src_py/main.py:4", at_of_7="src_py/main.py:3",
    ),
    "time-line": Shape(
        "# %%\ndef f(n):\n    return 1 / n  # HERE\n\n\n# %%\n# %time f(0)\n", "f", DIVISION
    ),
    "capture-cell-function": Shape(
        "# %%\n# %%capture\nx = 1\n\n\ndef f():\n    return 1 / 0\n\n\n# %%\nf()\n",
        "f", DIVISION, at="src_py/main.py:7",
    ),
    "bash-cell": Shape(
        '# %%\nx = 1\n\n# %% language="bash"\n# echo one\n# exit 3\n',
        None,
        "CalledProcessError: Command 'b'echo one\\nexit 3\\n'' returned non-zero exit status 3.",
        at="src_py/main.py:4",
    ),
    "below-a-command": Shape(
        "# %%\n# !echo one \\\n# !  two\nx = 1\n\n1 / 0  # HERE\n", None, DIVISION
    ),
    "unknown-magic": Shape(
        "# %%\nx = 1\n# %nosuchmagic 3\n", None,
        "UsageError: Line magic function `%nosuchmagic` not found.", at="src_py/main.py:3",
    ),
    # --- ends without a frame ---
    "exit": Shape("# %%\nx = 1\n\n# %%\nimport sys\n\nsys.exit(2)\n", None, "SystemExit: 2",
                  at="src_py/main.py:7", everywhere=True),
    "exit-with-words": Shape("# %%\nimport sys\n\nsys.exit('no data')\n", None,
                             "SystemExit: no data", at="src_py/main.py:4"),
    "interrupt": Shape("# %%\nx = 1\nraise KeyboardInterrupt  # HERE\n", None, "KeyboardInterrupt"),
    "killed": Shape("# %%\nimport os\n\nprint('so far', flush=True)\nos.kill(os.getpid(), 9)\n",
                    None, "nbclient.exceptions.DeadKernelError: Kernel died", at=""),
    "memory": Shape("# %%\nx = bytearray(1 << 60)  # HERE\n", None, "MemoryError"),
    # --- not Python ---
    "syntax": Shape("# %%\nx = 1\n\n# %%\nx = 1\ny = = 2  # HERE\n", None, SYNTAX, everywhere=True),
    "indentation": Shape(
        "# %%\nif True:\nx = 1  # HERE\n", None,
        "IndentationError: expected an indented block after 'if' statement on line 1",
    ),
    "return-outside": Shape(
        "# %%\nx = 1\nreturn x  # HERE\n", None, "SyntaxError: 'return' outside function"
    ),
    "module-syntax": Shape(
        "# %%\nx = 1\nimport sahel.broken\n", None, SYNTAX,
        {"sahel/broken.py": "x = 1\ny = = 2  # HERE\n"}, everywhere=True,
    ),
    "module-indentation": Shape(
        "# %%\nimport sahel.broken\n", None,
        "IndentationError: expected an indented block after function definition on line 3",
        {"sahel/broken.py": "x = 1\n\ndef f():\nreturn x  # HERE\n"},
    ),
    # --- bundled modules ---
    "module": Shape(
        "# %%\nimport sahel.voice\n\n# %%\ny = 1\nsahel.voice.read('')\n", "read", EXPECTING,
        {"sahel/__init__.py": "", "sahel/voice.py": VOICE}, everywhere=True,
    ),
    "module-import": Shape(
        "# %%\nimport sahel.voice\n", None, "OSError: no voice here",
        {"sahel/voice.py": "x = 1\nraise OSError('no voice here')  # HERE\n"},
    ),
    "module-in-module": Shape(
        "# %%\nimport outer\n\nouter.run()\n", "f", DIVISION,
        {"outer.py": "import inner\n\n\ndef run():\n    inner.f(0)\n",
         "inner.py": "def f(n):\n    return 1 / n  # HERE\n"},
    ),
    "callback": Shape(
        "# %%\nimport sahel.voice\n\n\ndef f():\n    return 1 / 0  # HERE\n\n\n# %%\n"
        "sahel.voice.call(f)\n",
        "f", DIVISION, {"sahel/voice.py": VOICE.replace("  # HERE", "")},
    ),
    "module-decorator": Shape(
        "# %%\nimport deco\n\n\n@deco.checked\ndef f(n):\n    return n\n\n\n# %%\nf(-1)\n",
        "wrapped", "ValueError: -1 is below 0",
        {"deco.py": "import functools\n\n\ndef checked(f):\n    @functools.wraps(f)\n"
                    "    def wrapped(n):\n        if n < 0:\n"
                    "            raise ValueError(f'{n} is below 0')  # HERE\n"
                    "        return f(n)\n\n    return wrapped\n"},
    ),
    "module-async": Shape(
        "# %%\nimport speech\n\nawait speech.load()\n", "load", "TimeoutError: too slow",
        {"speech.py": "async def load():\n    raise TimeoutError('too slow')  # HERE\n"},
    ),
    "process-pool": Shape(
        "# %%\nfrom concurrent.futures import ProcessPoolExecutor\n\nimport work\n\n# %%\n"
        "with ProcessPoolExecutor(1) as pool:\n    print(list(pool.map(work.f, [1, 0])))\n",
        "f", DIVISION, {"work.py": "def f(n):\n    return 1 / n  # HERE\n"},
    ),
    "module-group": Shape(
        "# %%\nimport work\n\nwork.f()\n", "f", "ExceptionGroup: two (2 sub-exceptions)",
        {"work.py": "def f():\n    raise ExceptionGroup('two', [ValueError('a'), "
                    "OSError('b')])  # HERE\n"},
    ),
    # --- what looks like something else ---
    "traceback-printed-before": Shape(
        "# %%\nimport traceback\n\n\ndef f():\n    raise KeyError('mended')\n\n\ntry:\n    f()\n"
        "except KeyError:\n    traceback.print_exc()\n\n# %%\nx = 1\n1 / 0  # HERE\n",
        None, DIVISION,
    ),
    "warning-in-module": Shape(
        "# %%\nimport noisy\n\nnoisy.f()\n\n# %%\nx = 1\n\n\n1 / 0  # HERE\n", None, DIVISION,
        {"noisy.py": "import warnings\n\n\ndef f():\n    warnings.warn('Error: slow')\n"},
    ),
    "message-like-a-traceback": Shape(
        "# %%\nimport work\n\nraise RuntimeError(work.SAID)  # HERE\n", None,
        "RuntimeError: the child failed:",
        {"work.py": "SAID = '''the child failed:\nTraceback (most recent call last):\n"
                    '  File "/tmp/nbship-abcdefgh/src_py/work.py", line 1, in nowhere\n'
                    "ValueError: of the child'''\n"},
    ),
    "message-with-colours": Shape(
        "# %%\nraise ValueError('\\x1b[31mred\\x1b[0m ``` \\x1b]0;title\\x07 end')  # HERE\n",
        None, "ValueError: red ```  end",
    ),
    "note-added": Shape(
        "# %%\ne = ValueError('no')\ne.add_note('Error: of the note')\nraise e  # HERE\n",
        None, "ValueError: no",
    ),
    "own-name": Shape(
        "# %%\nclass Stopped(Exception):\n    pass\n\n\n# %%\nraise Stopped('here')  # HERE\n",
        None, "Stopped: here",
    ),
    "own-name-of-module": Shape(
        "# %%\nimport work\n\nwork.f()\n", "f", "Halt",
        {"work.py": "class Halt(BaseException):\n    pass\n\n\ndef f():\n    raise Halt  # HERE\n"},
    ),
    "much-said-before": Shape(
        "# %%\nfor n in range(40):\n    print('epoch', n)\n1 / 0  # HERE\n", None, DIVISION
    ),
}  # fmt: skip
