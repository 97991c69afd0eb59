"""IPython's own transformer of cells, the authority on IPython's syntax: nothing else imports it.

https://ipython.readthedocs.io/en/stable/config/inputtransforms.html
"""

from functools import cache
from typing import Any

from nbship.lazy import isolated


def transformed(cell: str) -> str:
    """Return the Python that IPython makes of a cell.

    Raises:
        SyntaxError: IPython cannot read the cell.
    """
    try:
        return str(_manager().transform_cell(cell))
    except Exception as error:  # noqa: BLE001 - it raises errors of any kind for odd cells
        raise SyntaxError(str(error)) from None


@cache
def _manager() -> Any:
    """Import the transformer without the rest of IPython, which takes fifty times as long."""
    with isolated("IPython"):
        from IPython.core.inputtransformer2 import TransformerManager
    return TransformerManager()
