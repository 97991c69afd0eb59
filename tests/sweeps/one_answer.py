"""The law of the sweeps of notebooks and sources: what sync accepts, every other reader accepts.

sync accepts ⇒ check finds nothing that the build does not find ⇒ the build has the same cells ⇒
git's filter takes the notebook in, and a second time changes nothing ⇒ JupyterLab opens both files.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbship.core.checks.codes import level_of
from nbship.core.checks.workspace import review
from nbship.core.ipynb.clean import cells_with_outputs, clean_ipynb
from nbship.core.ipynb.reader import read_ipynb
from nbship.core.pairing.compare import Agreed, PairFiles, agree, compare_pair, notebook_text
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, compared_text
from nbship.core.source.decode import decode
from nbship.core.source.jupytext_api import opens_in_step, parse_percent
from nbship.errors import SourceError
from nbship.model.git import GitFacts
from nbship.model.jupytext_options import VOLATILE_METADATA
from nbship.model.layout import Layout
from nbship.model.workspace import Entry
from tests.support.usual import compile_notebook

LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}
NOTEBOOK = "notebooks/n.ipynb"

Essence = tuple[str, str, str]  # of a cell: its kind, its text, its metadata as JSON


def synced(source: bytes | None, notebook: bytes | None, suffix: str = ".py") -> Agreed:
    """Return both files after the first sync of a pair.

    Raises:
        SourceError: sync refuses it.
    """
    pair = PairFiles(f"src_py/n{suffix}", NOTEBOOK, source, notebook, None, None)
    state = compare_pair(pair, SHIPPED_OPTIONS)
    text = notebook_text(state, SHIPPED_OPTIONS) if state.source is None else state.source.text
    return agree(state, text, SHIPPED_OPTIONS)


def fault_of(agreed: Agreed, wanted: Sequence[Essence], suffix: str = ".py") -> str:
    """Return how the readers disagree about a pair with these cells, or an empty text."""
    content = read_ipynb(NOTEBOOK, agreed.notebook)
    if content.is_mended:
        return "sync writes a notebook that its reader mends"
    if [essence(cell) for cell in content.content["cells"]] != list(wanted):
        return "the notebook has other cells"
    opened = parse_percent(agreed.text, suffix, SHIPPED_OPTIONS, is_validated=True).cells
    if [essence(cell) for cell in opened] != list(wanted):
        return "JupyterLab reads other cells in the source"
    if not opens_in_step(agreed.text, content.content, suffix, SHIPPED_OPTIONS):
        return "JupyterLab does not open both files"
    return (
        _fault_of_a_second_sync(agreed, suffix)
        or _fault_of_the_build(
            agreed.text, [cell for cell in wanted if not is_header(cell)], suffix
        )
        or fault_of_the_filter(agreed.notebook)
    )


def fault_of_the_filter(data: bytes) -> str:
    """Return what is wrong with what git gets of a notebook."""
    found = clean_ipynb(NOTEBOOK, data)
    if clean_ipynb(NOTEBOOK, data) != found:
        return "git's filter gives other bytes the second time"
    if clean_ipynb(NOTEBOOK, found.data).data != found.data:
        return "git's filter changes what it has made"
    try:
        left = cells_with_outputs(NOTEBOOK, found.data)
        before = cells_with_outputs(NOTEBOOK, data)
        cells = read_ipynb(NOTEBOOK, data).content["cells"]
        after = read_ipynb(NOTEBOOK, found.data).content["cells"]
    except SourceError:
        return "" if found.remark else "git's filter says nothing of a notebook it cannot read"
    if left:
        return f"git gets outputs: {before} before, {left} after"
    if [essence(cell) for cell in cells] != [essence(cell) for cell in after]:
        return "git gets other cells"
    return ""


def essence(cell: Mapping[str, Any]) -> Essence:
    """Return the parts of a cell that the pairing keeps."""
    joined = {**cell, "source": "".join(cell.get("source") or "")}
    metadata = {
        key: value
        for key, value in (cell.get("metadata") or {}).items()
        if key not in LAYOUT | set(VOLATILE_METADATA)
    }
    return str(cell.get("cell_type")), compared_text(joined), json.dumps(metadata, sort_keys=True)


def is_header(cell: Essence) -> bool:
    """Return whether a cell is the header of nbship, which is not a part of the artifact.

    Below a cell magic, the same line is text in another language.
    """
    is_python = not cell[1].startswith("%%")
    return cell[0] == "code" and is_python and "# /// script" in cell[1].split("\n")


def cells_in(path: Path) -> list[Essence]:
    """Return the cells of an .ipynb."""
    return cells_of(path.read_bytes())


def cells_of(data: bytes) -> list[Essence]:
    """Return the cells in the content of an .ipynb."""
    return [essence(cell) for cell in read_ipynb(NOTEBOOK, data).content["cells"]]


def reason_in(message: str) -> str:
    """Return a message without what differs from case to case, for the figures."""
    without_place = re.sub(r"^\S+?(?::\d+)*: ", "", message)
    return re.sub(r"\d+|'.*?'(?=[ ,);:]|$)|\".*?\"|U\+\w+|(?<=back: ).*", "…", without_place)


def _fault_of_a_second_sync(agreed: Agreed, suffix: str) -> str:
    source = agreed.text.encode()
    pair = PairFiles(f"src_py/n{suffix}", NOTEBOOK, source, agreed.notebook, agreed.text, None)
    state = compare_pair(pair, SHIPPED_OPTIONS)
    if state.action is not SyncAction.RECORD or state.source is None:
        return f"a second sync has to do: {state.action.value}"
    again = agree(state, state.source.text, SHIPPED_OPTIONS)
    is_same = (again.text, again.notebook) == (agreed.text, agreed.notebook)
    return "" if is_same else "a second sync writes other files"


def _fault_of_the_build(text: str, wanted: Sequence[Essence], suffix: str) -> str:
    """Return how check, the build and the pair disagree."""
    path = f"src_py/n{suffix}"
    findings = review(
        {"n": Entry("n", path)}, {path: text.encode()}, GitFacts(), layout=Layout()
    ).findings
    errors = [finding for finding in findings if level_of(finding) == "error"]
    try:
        compiled = compile_notebook("n", decode(path, text.encode()), lambda _: None)
    except SourceError as error:
        return "" if errors else f"check finds nothing, and the build refuses: {error}"
    cells = json.loads(compiled.artifact.text)["cells"]
    if [essence(cell) for cell in cells] != list(wanted):
        return "the build has other cells"
    unreadable = [finding for finding in errors if finding.code in {"cells", "not-python"}]
    return f"the build is made, and check refuses: {unreadable[0]}" if unreadable else ""
