"""Notebooks made from a seed: ordinary ones, and ones that percent text cannot represent."""

import random
import string
from collections.abc import Callable, Sequence
from typing import Any

Random = random.Random
Cell = dict[str, Any]

WORDS = ("train", "voice", "épreuve", "señal", "日本語", "fula", "данные", "loss", "🎧", "Ɓii")
CODE = (
    "x = {n}",
    "import numpy as np\n\nx = np.arange({n})",
    "def f(x):\n    return x + {n}",
    'def f(x):\n    """Say {w}."""\n    return x\n\n\nf({n})',
    "class A:\n    def g(self):\n        return {n}\n\n    @property\n    def h(self):\n        1",
    "@decorated\ndef f():\n    pass",
    "async def f():\n    await g({n})",
    "text = '''\nline {n}\n\n# not a marker\n'''\nprint(text)",
    'text = """{w}"""',
    '"""A docstring alone: {w}."""',
    "for i in range({n}):\n    print(i)\n\n    if i:\n        break",
    "if True:\n\tprint('tab {w}')",
    "# only a comment about {w}",
    "# cat is an animal\n# ls is a command\n# !ls\n# %time\n# ?help",
    "x = {n}  # a comment\n\n\n\ny = 2",
    "%matplotlib inline\n%load_ext autoreload\n%autoreload 2",
    "!pip install -q {w}",
    "files = !ls *.py",
    "t = %timeit -o f({n})",
    "%%time\nf({n})",
    "%%bash\nls -l\necho {w}",
    "%%bash\nfor i in 1 2; do\n  echo $i\ndone\n\necho done",
    "%%writefile out{n}.py\nx = 1\n",
    "%%html\n<b>{w}</b>",
    "%%capture out\nprint({n})",
    "%%javascript\nalert({n});",
    "%%latex\n$x^2$",
    "!wget -q \\\n  https://example.org/{w} \\\n  -O x",
    "from a import (\n    b,\n    c,\n)",
    "df.head()\n",
    "df.plot()\n\n",
    "\nx = {n}",
    "\n\n# {w}\nx = 1",
    "",
    "s = r'\\d+{n}'\nt = f'{{x!r}} {w}'",
    "d = {{\n    'a': {n},\n    'b': [1, 2],\n}}",
    "x = 1 \\\n    + {n}",
    "print('%%')\nprint('# %%')",
    "lambda x: x % {n}",
    "a = b%c",
    "assert x, '{w}'",
    "with open('{w}') as f:\n    f.read()",
)
# What IPython runs although it has no % or ! in front: in a .py it would be a comment like others.
BARE_COMMANDS = ("x?", "?len", "ls -l", "cat file{n}.txt", "cd ..", "    indented({n})")
MARKDOWN = (
    "# {w}",
    "## {w} {n}\n\nSome *text* with `code`.",
    "- one\n- two {n}\n  - three",
    "1. {w}\n2. {w}",
    "| a | b |\n| --- | --- |\n| 1 | {n} |",
    "```python\nx = {n}\n```",
    "```\n%% plain\n```\nafter",
    "~~~\n# {w}\n~~~",
    "$$\nx^2 + {n}\n$$",
    "<div>\n  <b>{w}</b>\n</div>",
    "![{w}](attachment:image.png)",
    "Text with a trailing space  \nand another line",
    "> quoted {w}\n>\n> more",
    "---",
    "",
    "{w}\n",
    "\n{w}\n\n",
    '"""not a string"""',
    'r"""raw\\n"""',
    "it's `'''` in words",
    "# A\n# B\n#C",
    "%matplotlib in words",
    "!important",
    "    indented code {n}",
    "\\begin{{align}}\nx &= {n}\n\\end{{align}}",
    "Back\\slash",
)
RAW = ("raw {w}", "<tag>{n}</tag>", "\\newpage", "", "# like a comment", "%%html\n<b></b>")
TAGS = ("parameters", "hide-input", "slow", "a b", "été", "x=1", 'quote"d', "remove_cell")
METADATA: Sequence[tuple[str, Callable[[Random], Any]]] = (
    ("tags", lambda r: r.sample(TAGS, r.randint(0, 2))),
    ("_kg_hide-input", lambda r: r.random() < 0.5),
    ("_uuid", lambda r: f"{r.getrandbits(64):x}"),
    ("_cell_guid", lambda r: f"{r.getrandbits(64):x}"),
    ("papermill", lambda r: {"duration": r.random(), "status": "completed", "tags": []}),
    ("colab", lambda r: {"base_uri": "https://localhost:8080/", "height": r.randint(1, 900)}),
    ("id", lambda r: "".join(r.choices(string.ascii_letters, k=8))),
    ("outputId", lambda r: f"{r.getrandbits(64):x}"),
    ("slideshow", lambda _: {"slide_type": "slide"}),
    ("collapsed", lambda _: True),
    ("trusted", lambda _: True),
    ("scrolled", lambda _: False),
    ("execution", lambda _: {"iopub.execute_input": "2026-01-01T00:00:00Z"}),
    ("jupyter", lambda _: {"outputs_hidden": False, "source_hidden": True}),
    ("editable", lambda _: False),
    ("ExecuteTime", lambda _: {"end_time": "2026-01-01", "start_time": "2026-01-01"}),
    ("vscode", lambda _: {"languageId": "python"}),
    ("name", lambda r: r.choice(WORDS)),
    ("deletable", lambda _: False),
    ("nested", lambda r: {"a": [1, 2.5, None, True, {"b": r.choice(WORDS)}]}),
)
# What a person does to a cell's text that percent text may not be able to hold.
NASTY_TEXT: Sequence[Callable[[Random, str], str]] = (
    lambda r, s: s + r.choice("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e") + "after",
    lambda _, s: s.replace("\n", "\r\n") + "\r",
    lambda _, s: f"{s}\n# %%\ny = 1",
    lambda _, s: f"{s}\n# %% [markdown]\n# x",
    lambda r, s: s + "\n" * r.randint(1, 4),
    lambda r, s: "\n" * r.randint(1, 4) + s,
    lambda r, s: s + r.choice(("   ", "\t", "\n  ", "\n\t\n")),
    lambda _, s: f"{s}\n```python\nopen",
    lambda _, s: f"{s}\nx = '''open",
    lambda _, s: f'{s}\n"""',
    lambda _, s: f"{s}\n# In[3]:",
    lambda _, s: f"{s}\n# +\nx\n# -",
    lambda _, s: f"---\ntitle: x\n---{s}",
    lambda _, s: f"---\ntitle: {s[:5]}\n---",
    lambda _, s: f"# -*- coding: latin-1 -*-\n{s}",
    lambda _, s: f"#!/usr/bin/env python\n{s}",
    lambda _, s: f"# # # {s}",
    lambda _, s: f"# !{s}",
    lambda _, s: f"%%bash\n{s}",
    lambda _, s: f"%%R -i x\n{s}",
    lambda _, s: f"%%sql  two  spaces\n{s}",
    lambda _, s: f"%%python3 \n{s}",
    lambda _, s: f"%magic # escape {s}",
    lambda _, s: f"%magic # noescape\n{s}",
    lambda _, s: f"!ls \\\n\\\n{s}",
    lambda _, s: f"{s}\0",
    lambda _, s: f"\ufeff{s}",
    lambda _, s: f"# /// script\n# dependencies = []\n# ///\n{s}",
    lambda r, s: "".join(r.choices("#% \n\"'`abc!?\\[]=-~", k=r.randint(1, 40))) + s[:3],
    lambda r, s: "\n".join("".join(r.choices("#% '\"`!", k=r.randint(0, 5))) for _ in range(6)) + s,
)
NASTY_METADATA: Sequence[tuple[str, Any]] = (
    ("a key", 1), ("clé", 1), ("", 1), ("=", "x"), ("active", "ipynb"), ("active", ""),
    ("title", "A title"), ("title", "a=b {c}"), ("cell_type", "markdown"), ("language", "R"),
    ("region_name", "x"), ("magic_args", "-x"), ("cell_depth", 2), ("none", None),
    ("tags", ["active-py"]), ("tags", ["active-ipynb"]), ("tags", "not a list"), ("tags", [1]),
    ("lines_to_next_cell", 5), ("cell_marker", '"""'), ("cell_marker", "x"), ("text", "a\nb"),
    ("incorrectly_encoded_metadata", "x y z"), ("run_control", {"frozen": True}),
    ("endofcell", "--"), ("skipline", True), ("deep", {"\u2028": ["]", "}"]}), ("nan", 1e400),
    ("html", "</script>"), ("comment_questions", False), ("big", 10**30), ("dots.in.key", 1),
)  # fmt: skip


def ordinary(rng: Random) -> dict[str, Any]:
    """Return an ordinary notebook; a few of its pictures are attachments."""
    return _notebook(rng, [_cell(rng) for _ in range(rng.randint(1, 12))])


def bare(rng: Random) -> dict[str, Any]:
    """Return an ordinary notebook with a bare command, or a cell that begins indented."""
    cells = [_cell(rng) for _ in range(rng.randint(0, 6))]
    cell: Cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    text = rng.choice(BARE_COMMANDS).format(n=rng.randint(0, 99))
    cells.insert(rng.randint(0, len(cells)), cell | {"source": text})
    return _notebook(rng, cells)


def nasty(rng: Random) -> dict[str, Any]:
    """Return a notebook with at least one part that percent text may not represent."""
    cells = [_cell(rng) for _ in range(rng.randint(1, 5))]
    for cell in rng.sample(cells, rng.randint(1, min(2, len(cells)))):
        if rng.random() < 0.7:
            cell["source"] = rng.choice(NASTY_TEXT)(rng, "".join(cell["source"]))
        else:
            key, value = rng.choice(NASTY_METADATA)
            cell["metadata"][key] = value
    return _notebook(rng, cells)


def _notebook(rng: Random, cells: list[Cell]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }
    if rng.random() < 0.5:
        metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    if rng.random() < 0.2:
        metadata["kaggle"] = {"accelerator": "gpu", "dataSources": []}
    minor = rng.choice((2, 4, 5, 5, 5))
    for number, cell in enumerate(cells):
        if minor == 5:
            cell["id"] = f"c{number}-{rng.getrandbits(32):x}"
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


def _cell(rng: Random) -> Cell:
    kind = rng.choices(("code", "markdown", "raw"), (6, 3, 0.3))[0]
    texts = {"code": CODE, "markdown": MARKDOWN, "raw": RAW}[kind]
    parts = rng.choices(texts, k=rng.choice((1, 1, 1, 2)))
    if any(part.startswith("%%") for part in parts[1:]):
        parts = parts[:1]
    text = "\n".join(part.format(n=rng.randint(0, 99), w=rng.choice(WORDS)) for part in parts)
    if rng.random() < 0.02:
        text = "\n".join(f"row_{n} = {n}" for n in range(rng.randint(100, 400)))
    chosen = rng.sample(METADATA, rng.choice((0, 0, 0, 1, 1, 2, 3)))
    cell: Cell = {
        "cell_type": kind,
        "metadata": {key: make(rng) for key, make in chosen},
        "source": text if rng.random() < 0.5 else text.splitlines(keepends=True),
    }
    if kind == "code":
        cell["execution_count"] = rng.choice((None, rng.randint(1, 99)))
        output = {"name": "stdout", "output_type": "stream", "text": [f"{rng.random()}\n"]}
        cell["outputs"] = rng.choice(([], [output]))
    elif kind == "markdown" and "attachment:" in text:
        cell["attachments"] = {"image.png": {"image/png": "iVBORw0KGgo="}}
    if isinstance(cell["source"], list) and "".join(cell["source"]) != text:
        cell["source"] = text
    return cell
