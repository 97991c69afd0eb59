"""Find the local modules that a notebook reaches, and write them into one readable cell.

Kaggle receives one file. The bundle cell writes the modules into a temporary folder and puts it
first on ``sys.path``, so that they are ordinary files there: tracebacks, ``inspect`` and child
processes see ``.../src_py/sahel/audio.py`` with the lines that it has in git.
"""

import re
from collections.abc import Iterable

from nbship.model.layout import SOURCES
from nbship.model.notebook import Cell, Module

BUNDLE_TAG = "nbship-bundle"
FOLDER_PREFIX = "nbship-"  # failure.py finds bundled files in tracebacks by it
_HEAD = """\
# The modules of src_py/ that are imported here. Edit them in git, not here.
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

# The prompts of a doctest, which IPython takes off also inside a string.
_PROMPT = re.compile(r"^([ \t]*)(>(?=>>)|\.(?=\.\.))", re.MULTILINE)
_UNQUOTABLE = re.compile(rf"[\r\0]|{_PROMPT.pattern}", re.MULTILINE)
_TAIL = "})\ndel _bundle\n"


def bundle_cell(modules: Iterable[Module]) -> Cell:
    """Write the modules as one code cell, each as the text that stands in git."""
    entries = (f"{_quote(module.path)}: {_block(module.text)},\n" for module in modules)
    text = _HEAD.format(prefix=FOLDER_PREFIX, folder=SOURCES) + "".join(entries) + _TAIL
    return Cell(kind="code", text=text.rstrip("\n"), metadata={"tags": [BUNDLE_TAG]}, line=None)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _block(text: str) -> str:
    """Quote a module's text so that a person can read it, and Python reads the same text back."""
    for quotes in ("'''", '"""'):
        is_plain = quotes not in text and not text.endswith(("\\", quotes[0]))
        if is_plain and not _UNQUOTABLE.search(text):
            return f"r{quotes}\n{text}{quotes}"
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    escaped = re.sub(r"'''|'+\Z", lambda quotes: "\\'" * len(quotes[0]), escaped)
    escaped = _PROMPT.sub(lambda sign: f"{sign[1]}\\x{ord(sign[2]):02x}", escaped)
    return f"'''\n{escaped}'''"
