"""The sweep of the reading of sources, with generated ones.

The commands: python -m tests.sweeps.sources --count 20000 --seed 1
              python -m tests.sweeps.sources --real 300 --seed 1

Half of them are ordinary, half are hostile. If one is accepted, its cells and those of the artifact
must be the cells that jupytext alone reads, with each line in exactly one cell; else it must be
refused with its line and a reason. If sync accepts it, all readers must agree about the pair
(tests/sweeps/one_answer.py). With ``--real``, git and a Jupyter server are asked, too. The exit
code is 1 if one fails, or if too few ordinary ones are accepted.
"""

import json
import random
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

import jupytext

from nbship.core.artifact.notebook import render_notebook
from nbship.core.source.decode import decode
from nbship.core.source.grammar import is_marker, split_cells
from nbship.core.source.magics import accidental_commands
from nbship.core.source.preamble import skip_header
from nbship.core.source.reader import read_notebook, refuse_accidental_commands
from nbship.errors import SourceError
from nbship.model.notebook import Notebook
from nbship.model.workspace import Source
from tests.sweeps.making_sources import Made, nasty, ordinary
from tests.sweeps.one_answer import essence, fault_of, synced
from tests.sweeps.real import check_real
from tests.sweeps.reporting import Verdict, run

PATH = "src_py/n.py"
TURNS = ("ordinary", "nasty")
REFUSAL = re.compile(r"src_py/n\.py:\d+(?::\d+)?: (.*)")
QUOTES = {'"""', "'''", 'r"""', "r'''", 'R"""', "R'''"}
LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker",
          "incorrectly_encoded_metadata"}  # fmt: skip


def check_case(kind: str, seed: str) -> Verdict:
    """Make a source from the seed, read it like the build, and check the result."""
    made = (ordinary if kind == "ordinary" else nasty)(random.Random(seed))  # noqa: S311 - chance
    source = decode(PATH, made.text.encode("utf-8", errors="replace"))
    try:
        notebook = read_notebook("n", source)
        refuse_accidental_commands(source)
    except SourceError as error:
        found = REFUSAL.match(str(error))
        if not found or "\n" in str(error):
            return Verdict(kind, seed, fault=f"refused without its line: {error}")
        return Verdict(kind, seed, reason=re.sub(r"'.*'|\".*\"|\(.*\)|:.*|\w*: ", "…", found[1]))
    fault = _fault(made, source, notebook) or _fault_of_the_pair(kind, source, notebook)
    return Verdict(kind, seed, accepted=True, fault=fault)


def _fault_of_the_pair(kind: str, source: Source, notebook: Notebook) -> str:
    """Return how the readers disagree about the pair that a sync makes of a source."""
    wanted = [
        essence({"cell_type": cell.kind, "source": cell.text, "metadata": cell.metadata})
        for cell in notebook.cells
    ]
    try:
        agreed = synced(source.text.encode(), None)
    except SourceError as error:
        return f"sync refuses an ordinary source: {error}" if kind == "ordinary" else ""
    return fault_of(agreed, wanted)


def check_with_programs(kinds: Sequence[str], seeds: Sequence[str]) -> Iterator[Verdict]:
    """Yield the verdicts of git and a Jupyter server on these cases."""

    def made(kind: str, seed: str) -> tuple[str, bytes]:
        chance = random.Random(seed)  # noqa: S311 - chance
        text = (ordinary if kind == "ordinary" else nasty)(chance).text
        return ".py", text.encode("utf-8", errors="replace")

    yield from check_real(kinds, seeds, made)


def _fault(made: Made, source: Source, notebook: Notebook) -> str:
    """Return what is wrong with an accepted source's notebook, or an empty text."""
    cells = [
        (cell.kind, cell.text.rstrip("\n"), json.dumps(dict(cell.metadata), sort_keys=True))
        for cell in notebook.cells
    ]
    has_header = "/// script" in source.text and "[tool.nbship" in source.text
    own = cells[1:] if made.cells is not None and has_header else cells
    if made.cells is not None and tuple(own) != made.cells:
        return "the cells are not those that were written"
    if _read_by_jupytext(source) != cells:
        return "jupytext alone reads other cells"
    if any(_lines_astray(source, notebook)):
        return f"lines are in no cell or in two: {[*_lines_astray(source, notebook)]}"
    shipped = json.loads(render_notebook(notebook, None))["cells"]
    if [(c["cell_type"], c["source"], c["metadata"]) for c in shipped] != [
        (cell.kind, cell.text, dict(cell.metadata)) for cell in notebook.cells
    ]:
        return "the artifact has other cells"
    found = [error for span in split_cells(source) for error in accidental_commands(PATH, span)]
    return "check finds a command where build finds none" if found else ""


def _read_by_jupytext(source: Source) -> list[tuple[str, str, str]]:
    """Return what jupytext alone reads from the text without the lines above the first cell."""
    lines = source.text.split("\n")
    body = "\n".join(lines[skip_header(lines) :]).lstrip("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = jupytext.reads(body, fmt="py:percent").cells if body.strip() else []
    return [
        (
            cell.cell_type,
            cell.source.rstrip("\n"),
            json.dumps({k: v for k, v in cell.metadata.items() if k not in LAYOUT}, sort_keys=True),
        )
        for cell in cells
    ]


def _lines_astray(source: Source, notebook: Notebook) -> Iterator[int]:
    """Yield the numbers, from 1, of lines that are not, but for escapes, in exactly one cell."""
    lines = source.text.split("\n")
    held = [0] * (len(lines) + 1)
    last = 0
    for cell in notebook.cells:
        for number, text in enumerate(cell.text.rstrip("\n").split("\n"), cell.line or 0):
            is_language = number <= len(lines) and is_marker(lines[number - 1]) and "%%" in text
            if not text.strip() or (is_language and "language" in lines[number - 1]):
                continue
            if number <= last or number > len(lines) or not _is_same(lines[number - 1], text):
                yield number
                continue
            held[number] += 1
            last = number
    for number in range(skip_header(lines) + 1, len(lines) + 1):
        line = lines[number - 1]
        is_frame = is_marker(line) or line.strip() in QUOTES or not line.strip().strip("#").strip()
        if held[number] != 1 and not (is_frame and held[number] == 0):
            yield number


def _is_same(line: str, text: str) -> bool:
    # Text beside its quotes; of "r'''" at the end of a text, the letter is the text's.
    ends = {line.rstrip().removesuffix(quote) for quote in ("", *QUOTES)}
    unquoted = {re.sub(r"^[rR]?(?:\"\"\"|''')", "", end) for end in ends} | (ends - {line})
    return text in (line, re.sub(r"^(\s*)# ?", r"\1", line, count=1)) or text in unquoted


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS, check_with_programs))
