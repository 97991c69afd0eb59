"""The cells of a percent text, for tests."""

from nbship.core.source.reader import read_notebook
from nbship.model.notebook import Notebook
from nbship.model.workspace import Source

PATH = "src_py/a.py"


def read(text: str) -> Notebook:
    return read_notebook("a", Source(PATH, text))
