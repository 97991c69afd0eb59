"""The bundle: one readable code cell that holds the local modules of a notebook.

Kaggle receives one file. On Kaggle, the cell writes the modules into a temporary folder and puts
it first on ``sys.path``. They are ordinary files there: tracebacks, ``inspect`` and child
processes show ``.../src_py/sahel/audio.py`` with the same line numbers as in git.
"""

import re
from collections.abc import Iterable

from nbship.model.layout import SOURCES
from nbship.model.notebook import Cell, Module

BUNDLE_TAG = "nbship-bundle"
FOLDER_PREFIX = "nbship-"  # core/failure recognizes bundled files in tracebacks by it
_HEAD = """\
# The modules of {folder}/ that are imported here. Edit them in git, not here.
def _bundle(modules):
    import pathlib
    import sys
    import tempfile

    folder = pathlib.Path(tempfile.mkdtemp(prefix="{prefix}"), "{folder}")
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text[1:].encode("utf-8"))  # without the line break after the quotes
    sys.path.insert(0, str(folder))


_bundle({{
"""

# The prompts of doctests: IPython removes them, even inside a string.
_PROMPT = re.compile(r"^([ \t]*)(>(?=>>)|\.(?=\.\.))", re.MULTILINE)
_UNQUOTABLE = re.compile(rf"[\r\0]|{_PROMPT.pattern}", re.MULTILINE)
_TAIL = "})\ndel _bundle\n"


def bundle_cell(modules: Iterable[Module]) -> Cell:
    """Return one code cell with the text of each module, as it is in git."""
    entries = (f"{_quote(module.path)}: {_block(module.text)},\n" for module in modules)
    text = _HEAD.format(prefix=FOLDER_PREFIX, folder=SOURCES) + "".join(entries) + _TAIL
    return Cell(kind="code", text=text.rstrip("\n"), metadata={"tags": [BUNDLE_TAG]}, line=None)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _block(text: str) -> str:
    """Quote a module's text so that people can read it, and Python reads the same text."""
    for quotes in ("'''", '"""'):
        is_plain = quotes not in text and not text.endswith(("\\", quotes[0]))
        if is_plain and not _UNQUOTABLE.search(text):
            return f"r{quotes}\n{text}{quotes}"
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    escaped = re.sub(r"'''|'+\Z", lambda quotes: "\\'" * len(quotes[0]), escaped)
    escaped = _PROMPT.sub(lambda sign: f"{sign[1]}\\x{ord(sign[2]):02x}", escaped)
    return f"'''\n{escaped}'''"
