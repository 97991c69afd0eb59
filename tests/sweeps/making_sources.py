"""Sources made from a seed: ordinary ones with the cells that they must give, and hostile ones."""

import json
import random
from dataclasses import dataclass

Random = random.Random

CODE = (
    "x = {n}",
    "import json\nfrom pathlib import Path\n\nfor line in Path('{w}').open():\n    print(line)",
    "def f(x):\n    # half of it\n    return x / 2\n\n\nprint(f({n}))",
    "class A:\n    '''Say {w}.'''\n\n    def g(self):\n        return {n}",
    "text = '''\n# %%\nline {n}\n\n# %% [markdown]\n'''",
    'text = f"""\n{{x}}\n\n# %% not a marker\n"""\nprint(text)',
    "# only a comment about {w}",
    "# Copy what is needed: {n}\n# (cat, ls and rm are words too)\nx = 1",
    "s = r'\\d+'\nt = \"it's {w}\"\nu = 'say \"{w}\"'",
    "@decorated\nasync def f():\n    await g({n})",
    "x = [\n    1,\n\n    2,\n]",
    "if x:\n\tprint('{w}')",
    "y = 1 \\\n    + {n}",
    "print('# %%')\nprint('%%')",
    "assert x % {n} == 0, '{w}'",
)
# What stands in the source, and what it is in the notebook.
MAGICS = (
    ("# %matplotlib inline", "%matplotlib inline"),
    ("# !pip install -q {w}", "!pip install -q {w}"),
    ("files = 1\n# files = !ls *.py", "files = 1\nfiles = !ls *.py"),
    ("%load_ext autoreload\n%autoreload {n}", "%load_ext autoreload\n%autoreload {n}"),
    ("# !wget \\\n# -q {w} \\\n# -O x", "!wget \\\n-q {w} \\\n-O x"),
    ("# %%time\nf({n})", "%%time\nf({n})"),
    ("# # %time is a magic\nx = 1", "# %time is a magic\nx = 1"),
    ("# ?len", "?len"),
    ("df?", "df?"),
)
TEXT = (
    "# {w}\n\nSome *text* about `x`.",
    "- one\n- {n}\n  - {w}",
    "| a | b |\n| - | - |\n| {n} | {w} |",
    "```python\nx = {n}\n\ny = '{w}'\n```\nand more",
    "$$x^{n}$$",
    "    indented\n\nplain",
    "```mermaid\n%% a note\ngraph TD\n```",
    "{w}",
    "![image]({w}.png)",
    "<b>{w}</b>\n<!-- {n} -->",
)
WORDS = ("voix", "señal", "日本語", "fula", "данные", "loss", "🎧", "Ɓii", "naïve")
TITLES = ("", "", "", " Data", " The loss of {w}")
KEYS: tuple[dict[str, object], ...] = (
    {}, {}, {}, {"tags": ["parameters"]}, {"tags": ["a", "b-c"]},
    {"name": "n", "x": [1, {"y": None}]},
)  # fmt: skip
HEADER = (
    "# %%\n# /// script\n# dependencies = []\n#\n# [tool.nbship.smoke]\n# timeout = 3\n# ///\n\n"
)
TOPS = ("", "", "#!/usr/bin/env python3\n", "# -*- coding: utf-8 -*-\n", "\n\n")
YAML = (
    "# ---\n# jupyter:\n#   kernelspec:\n"
    "#     display_name: Python 3\n#     name: python3\n# ---\n\n"
)

PIECES = (
    "# %%", "# %% [markdown]", "# %% [raw]", '# %% tags=["a"]', "# %% tags=[", "  # %%", "#%%", "",
    "", "x = 1", "    y", "# text", "#", '"""', "'''", "r'''", "# ---", "# jupyter:", "#   a: b",
    "#!sh", "# coding: utf-8", "# coding: latin-1", "%%bash", "# %%bash", "!ls", "# !ls", "# + x",
    "# -", "\t", "  ", '# %% active="ipynb"',
    "# ```", '# %% language="bash"', '"""a"""', "# <region>", "# endregion", "x = '''", "\\",
    "# In[3]:", "# <codecell>", "# ~~~", "# ````", "# copy", "# why?", "# # ls", 's = "\\',
    "# %% [md] t", "# %%% deep", '# %% {"a": 1}', "# %% a=1 b", "# /// script", "# ///",
    "# %% t [raw] u", "#\t", "#x", "'" * 4, "# !x \\", "x?", "# x?",
)  # fmt: skip
CHARACTERS = (
    "x\ry", "\x0c", "a\x0bb", "# \x1c", "x\x1d", "\x1e", "# \x85", "a\u2028b", "# \u2029", "\0",
    "\ufeff# %%",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A source's text, and the cells that it must give; None if they are not known."""

    text: str
    cells: tuple[tuple[str, str, str], ...] | None = None  # kind, text, metadata as JSON


def ordinary(chance: Random) -> Made:
    """Make an ordinary source."""
    cells = [_cell(chance) for _ in range(chance.randint(1, 8))]
    has_header = chance.random() < 0.5
    top = chance.choice((*TOPS, YAML))
    ends = "\r\n" if chance.random() < 0.1 else "\n"
    text = top + (HEADER if has_header else "") + "".join(written for written, _ in cells)
    return Made(text.replace("\n", ends), tuple(cell for _, cell in cells))


def nasty(chance: Random) -> Made:
    """Make a source of difficult lines in a random order."""
    lines = [_nasty_line(chance) for _ in range(chance.randint(1, 12))]
    return Made("\n".join(["# %%", *lines] if chance.random() < 0.7 else lines))


def _nasty_line(chance: Random) -> str:
    drawn = chance.random()
    if drawn < 0.03:
        return _noise(chance)
    return chance.choice(CHARACTERS if drawn < 0.05 else PIECES)


def _cell(chance: Random) -> tuple[str, tuple[str, str, str]]:
    kind = chance.choice(("code", "code", "code", "markdown", "markdown", "raw"))
    n, w = chance.randint(2, 99), chance.choice(WORDS)
    title = chance.choice(TITLES).replace("{w}", w)
    keys = chance.choice(KEYS)
    known = {**({"title": title.strip()} if title else {}), **keys}
    marker = f"# %%{title}{'' if kind == 'code' else f' [{kind}]'}"
    marker += "".join(f" {key}={json.dumps(value)}" for key, value in keys.items())
    if kind == "code":
        source, text = chance.choice((*MAGICS, *((code, code) for code in CODE)))
    else:
        text = chance.choice(TEXT)
        is_quoted = kind == "markdown" and "%%" not in text and chance.random() < 0.3
        source = f'"""\n{text}\n"""' if is_quoted else _commented(text)
    source, text = (_filled(part, n, w) for part in (source, text))
    gap = "\n" * chance.choice((1, 2, 2, 2, 3))
    return f"{marker}\n{source}{gap}", (kind, text, json.dumps(known, sort_keys=True))


def _filled(text: str, n: int, w: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("{n}", str(n)).replace("{w}", w)


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" if line else "#" for line in text.split("\n"))


def _noise(chance: Random) -> str:
    return "".join(chr(chance.choice((chance.randint(1, 0x7F), chance.randint(0x80, 0x2FFF))))
                   for _ in range(chance.randint(1, 5))).replace("\n", "")  # fmt: skip
