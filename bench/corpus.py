"""Workspaces of generated percent notebooks: the same seed gives the same bytes."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

CELLS = 30  # of a notebook, which gives about 200 lines
TRIVIAL = 3
_SEED = 7
_IMPORTS_A_MODULE = 3  # one notebook of so many does
_DODO = Path(__file__).resolve().parents[1] / "dodo.py"

_PYPROJECT = """\
[tool.nbship]

[tool.jupytext]
notebook_metadata_filter = "-all"
"""
_HEADER = """\
# %%
# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "bench/{slug}"
# title = "{title}"
# enable_internet = false
#
# [tool.nbship.smoke]
# parameters = {{ EPOCHS = 2 }}
# ///

# %% [markdown]
# # {title}
#
# Generated, to be measured: what it computes is of no account.

# %% tags=["parameters"]
EPOCHS = 10
SCALE = {number}
"""
_MODULES = {
    "__init__": '"""What the notebooks share."""\n',
    "counts": "from collections import Counter\n",
    "ranges": "from shared.counts import *  # noqa: F403\n",
    "texts": "import textwrap\n",
}
_FUNCTION = '''

def {verb}_{n}(values):
    """Return one number for the values."""
    total = {a}
    for value in values:
        if value % {b}:
            total += value * {a}
    return total
'''
_MARKDOWN = """\
# %% [markdown]
# ## Step {n}: {noun}s
#
# We {verb} the {noun}s before anything else: a *{noun}* that is wrong shows here, and
# not after {a} epochs. See `{verb}_{n}` below.
#
# - {a} of them are from the first source
# - {b} of them are from the second
"""
_CODE = (
    """\
# %%
def {verb}_{n}(values):
    # Odd ones only.
    return [value * {a} for value in values if value % {b}]


{noun}s = {verb}_{n}(range({a}))
print(f"{{len({noun}s)}} {noun}s")
""",
    """\
# %%
{noun}s = {{"a": {a}, "b": [{b}, SCALE], "text": "# %% is no marker here"}}
for key, value in {noun}s.items():
    print(key, value)
""",
    """\
# %%
losses = []
for epoch in range(EPOCHS):
    loss = {a} / (epoch + {b})
    losses.append(loss)

assert losses[0] >= losses[-1], "the loss did not fall"
""",
)
_HEAVY = """\
# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

table = pd.DataFrame({"epoch": np.arange(100), "loss": np.linspace(1, 0, 100) ** SCALE})
print(table.groupby(table["epoch"] // 10)["loss"].mean())

# %%
plt.plot(table["epoch"], table["loss"])
plt.show()
"""
_NOUNS = ("clip", "label", "row", "speaker", "token", "wave")
_VERBS = ("check", "count", "label", "read", "scale", "split")


def make_workspace(
    folder: Path, count: int, cells: int = CELLS, *, is_heavy: bool = False
) -> tuple[str, ...]:
    """Make a workspace with ``count`` notebooks and the modules they share; return their names.

    If it ``is_heavy``, each notebook imports numpy, pandas and matplotlib, and plots.
    """
    names = tuple(f"bench_{number:04d}" for number in range(1, count + 1))
    folder.mkdir()
    shutil.copy(_DODO, folder / "dodo.py")
    (folder / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
    (folder / "src_py" / "shared").mkdir(parents=True)
    for module in _MODULES:
        path = folder / "src_py" / "shared" / f"{module}.py"
        path.write_text(_module(module), encoding="utf-8")
    for number, name in enumerate(names, 1):
        text = _notebook(number, cells) + (f"\n{_HEAVY}" if is_heavy else "")
        source_of(folder, name).write_text(text, encoding="utf-8")
    return names


def make_sources(folder: Path, workspace: Path, names: tuple[str, ...]) -> None:
    """Copy only the sources of the notebooks, for programs that need no workspace."""
    folder.mkdir()
    for name in names:
        shutil.copy(source_of(workspace, name), folder / f"{name}.py")


def source_of(workspace: Path, name: str) -> Path:
    """Return the path of a notebook's source."""
    return workspace / "src_py" / f"{name}.py"


def artifact_of(workspace: Path, name: str) -> Path:
    """Return the path of the notebook that ``doit build`` makes."""
    return workspace / "build" / name / f"{name}.ipynb"


def forget(*paths: Path) -> Callable[[], None]:
    """Return a function that removes these files and folders, so that a run starts cold."""

    def remove() -> None:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    return remove


def _notebook(number: int, cells: int) -> str:
    """Return a notebook's source with this number of cells after its header."""
    chance = _chance(str(number))
    title = f"Bench {number:04d}"
    parts = [_HEADER.format(title=title, slug=title.lower().replace(" ", "-"), number=number)]
    if cells > TRIVIAL and number % _IMPORTS_A_MODULE == 0:
        module = chance.choice([name for name in _MODULES if name != "__init__"])
        parts.append(f"# %%\nfrom shared.{module} import *\n")
    while len(parts) < cells - 1:  # the header's part has two cells that stay
        n = len(parts)
        template = chance.choice(_CODE) if n % 3 else _MARKDOWN
        parts.append(template.format(n=n, **_words(chance)))
    return "\n".join(parts)


def _module(name: str) -> str:
    chance = _chance(name)
    functions = (_FUNCTION.format(n=n, **_words(chance)) for n in range(6))
    return _MODULES[name] + ("" if name == "__init__" else "".join(functions))


def _words(chance: random.Random) -> dict[str, str | int]:
    return {
        "noun": chance.choice(_NOUNS),
        "verb": chance.choice(_VERBS),
        "a": chance.randint(10, 99),
        "b": chance.randint(2, 9),
    }


def _chance(of: str) -> random.Random:
    return random.Random(f"{_SEED} {of}")  # noqa: S311 - text to measure, no secret
