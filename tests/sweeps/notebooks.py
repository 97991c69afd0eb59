"""The sweep of the pairing, with generated notebooks.

The commands: python -m tests.sweeps.notebooks --count 20000 --seed 1
              python -m tests.sweeps.notebooks --real 300 --seed 1

Half of the notebooks are ordinary. Most others are hostile: cells that percent text may not hold,
code that IPython runs but that a .py represents as a comment, files that other programs leave. If
sync accepts one, all readers must agree about it (tests/sweeps/one_answer.py), and nothing may be
lost; else it must be refused with its cell and a reason. With ``--real``, git and a Jupyter server
are asked, too. The exit code is 1 if one fails, or if too few ordinary ones are accepted.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.notebook_language import suffix_of
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, compared_text, read_text
from nbship.errors import SourceError
from nbship.model.jupytext_options import VOLATILE_METADATA
from nbship.model.workspace import Source
from tests.sweeps.making import bare, nasty, ordinary
from tests.sweeps.making_files import odd
from tests.sweeps.one_answer import essence, fault_of, fault_of_the_filter, reason_in, synced
from tests.sweeps.real import check_real
from tests.sweeps.reporting import Verdict, run

REFUSAL = re.compile(
    r"notebooks/n\.ipynb: cell \d+ \((code|markdown|raw), .*\) cannot be kept in a \.(py|R): (.*)"
)
UNREADABLE = re.compile(r"notebooks/n\.ipynb(:\d+:\d+)?: (.*)")
TURNS = ("ordinary", "nasty", "ordinary", "odd", "ordinary", "nasty", "ordinary", "bare")


def made(kind: str, seed: str) -> bytes:
    """Return the bytes of the notebook of this kind and seed."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    if kind == "odd":
        return odd(chance)
    maker = {"ordinary": ordinary, "nasty": nasty, "bare": bare}[kind]
    return json.dumps(maker(chance)).encode()


def check_case(kind: str, seed: str) -> Verdict:
    """Make a notebook from the seed, and try all its readers."""
    data = made(kind, seed)
    fault = fault_of_the_filter(data)
    if fault:
        return Verdict(kind, seed, fault=fault)
    try:
        read = read_ipynb("notebooks/n.ipynb", data)
        if not read.content["cells"]:
            return Verdict(kind, seed, reason="it has no cells yet")
        suffix = suffix_of("notebooks/n.ipynb", data)
        agreed = synced(None, data, suffix)
    except SourceError as error:
        return _refused(kind, seed, str(error))
    wanted = [essence(cell) for cell in read.content["cells"]]
    try:
        fault = fault_of(agreed, wanted, suffix) or _loss(read.content, agreed.text, suffix)
        if not fault and kind == "ordinary":
            fault = _loss_of_ordinary(data, agreed.notebook)
    except SourceError as error:
        fault = f"accepted, and then refused: {error}"
    return Verdict(kind, seed, accepted=True, fault=fault)


def _refused(kind: str, seed: str, message: str) -> Verdict:
    found = REFUSAL.match(message) or (UNREADABLE.match(message) if kind == "odd" else None)
    if not found or "\n" in message:
        return Verdict(kind, seed, fault=f"refused without its cell: {message}")
    return Verdict(kind, seed, reason=reason_in(found.groups()[-1]))


def _loss(content: Mapping[str, Any], text: str, suffix: str) -> str:
    """Return what an update from the source loses of the notebook, or an empty text."""
    source = read_text(Source(f"src_py/n{suffix}", text), SHIPPED_OPTIONS)
    back = update_notebook(source, content, None, SHIPPED_OPTIONS).content
    if [kept(cell) for cell in back["cells"]] != [kept(cell) for cell in content["cells"]]:
        return "outputs, ids or attachments are not kept"
    alone = update_notebook(source, new_notebook({}), None, SHIPPED_OPTIONS).content["cells"]
    return "" if len({cell["id"] for cell in alone}) == len(alone) else "twin ids"


def _loss_of_ordinary(data: bytes, notebook: bytes) -> str:
    """Return whether the cells of an ordinary notebook differ from those that were made."""
    before, after = (json.loads(each)["cells"] for each in (data, notebook))
    is_same = [essence(cell) for cell in before] == [essence(cell) for cell in after]
    return "" if is_same else "the reader changes an ordinary notebook"


def kept(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a cell that only the .ipynb has."""
    names = ("id", "outputs", "execution_count", "attachments")
    hidden = {key: value for key, value in cell["metadata"].items() if key in VOLATILE_METADATA}
    return {name: cell.get(name) for name in names} | {
        "hidden": hidden, "source": compared_text(cell),
    }  # fmt: skip


def check_with_programs(kinds: Sequence[str], seeds: Sequence[str]) -> Iterator[Verdict]:
    """Yield the verdicts of git and a Jupyter server on these cases."""
    yield from check_real(kinds, seeds, lambda kind, seed: (".ipynb", made(kind, seed)))


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS, check_with_programs))
