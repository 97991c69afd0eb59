"""The sweep of the pairing, with generated notebooks.

The command: python -m tests.sweeps.notebooks --count 20000 --seed 1

Half of them are ordinary. Most others are hostile, and some have code that IPython runs but that a
.py represents as a comment. If one is accepted, jupytext alone (as in JupyterLab) and the build
must read the original cells; else it must be refused with its cell and a reason. The exit code is 1
if one fails, or if too few ordinary ones are accepted.
"""

import json
import random
import re
import sys
from collections.abc import Mapping
from typing import Any

import jupytext
from jupytext.config import validate_jupytext_configuration_file

from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.ipynb import read_ipynb, render_ipynb
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, read_text, text_from
from nbship.core.source.reader import read_notebook
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.sweeps.making import bare, nasty, ordinary
from tests.sweeps.reporting import Verdict, run

FILTERED = {"trusted", "execution", "collapsed", "scrolled"}  # by [tool.jupytext] as shipped
LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}
REFUSAL = re.compile(
    r"n\.ipynb: cell \d+ \((code|markdown|raw), .*\) cannot be kept in a \.py: (.*)"
)
MAKERS = {"ordinary": ordinary, "nasty": nasty, "bare": bare}
TURNS = ("ordinary", "nasty", "ordinary", "nasty", "ordinary", "nasty", "ordinary", "bare")
CONFIG = validate_jupytext_configuration_file("x", dict(SHIPPED_OPTIONS))


def check_case(kind: str, seed: str) -> Verdict:
    """Make a notebook from the seed, convert it to percent text, and check the result."""
    content = MAKERS[kind](random.Random(seed))  # noqa: S311 - chance, not secrecy
    data = json.dumps(content).encode()
    try:
        read = read_ipynb("n.ipynb", data)
        text = text_from("n.ipynb", read, SHIPPED_OPTIONS)
    except SourceError as error:
        return _refused(kind, seed, str(error))
    try:
        fault = _fault(content, read, text)
    except SourceError as error:
        fault = f"accepted, and then refused: {error}"
    return Verdict(kind, seed, accepted=True, fault=fault)


def _refused(kind: str, seed: str, message: str) -> Verdict:
    found = REFUSAL.match(message)
    if not found or "\n" in message:
        return Verdict(kind, seed, fault=f"refused without its cell: {message}")
    return Verdict(kind, seed, reason=re.sub(r"\d+|'.*?'|U\+\w+|(?<=back: ).*", "…", found[2]))


def _fault(content: Mapping[str, Any], read: Mapping[str, Any], text: str) -> str:
    """Return what is wrong with an accepted notebook's text, or an empty text."""
    wanted = [essence(cell) for cell in content["cells"]]
    in_lab = jupytext.reads(text, {"extension": ".py", "format_name": "percent"}, config=CONFIG)
    if [essence(cell) for cell in in_lab.cells] != wanted:
        return "JupyterLab reads other cells"
    source = Source("src_py/n.py", text)
    built = [
        {"cell_type": cell.kind, "source": cell.text, "metadata": cell.metadata}
        for cell in read_notebook("n", source).cells
    ]
    if [essence(cell) for cell in built] != wanted:
        return "the build reads other cells"
    cells = read_text(source, SHIPPED_OPTIONS).cells
    back = update_notebook(cells, read, None, SHIPPED_OPTIONS).content
    if [kept(cell) for cell in back["cells"]] != [kept(cell) for cell in read["cells"]]:
        return "outputs, ids or attachments are not kept"
    again = read_ipynb("n.ipynb", render_ipynb(back).encode())
    if again != back or text_from("n.ipynb", again, SHIPPED_OPTIONS, cells) != text:
        return "a second time gives another text"
    alone = update_notebook(cells, new_notebook({}), None, SHIPPED_OPTIONS)
    return "" if len({cell["id"] for cell in alone.content["cells"]}) == len(wanted) else "twin ids"


def essence(cell: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the parts of a cell that the pairing keeps."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "code":
        text = re.sub(r"(\n[^\S\n]*)+\Z", "", text)  # blank lines at the end of code are layout
    metadata = {k: v for k, v in cell["metadata"].items() if k not in FILTERED | LAYOUT}
    return cell["cell_type"], text, json.dumps(metadata, sort_keys=True)


def kept(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a cell that only the .ipynb has."""
    names = ("id", "outputs", "execution_count", "attachments", "source")
    hidden = {key: value for key, value in cell["metadata"].items() if key in FILTERED}
    return {name: cell.get(name) for name in names} | {"hidden": hidden}


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS))
