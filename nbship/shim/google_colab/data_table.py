"""Colab's interactive tables, shown as pandas shows them."""

from typing import Any


class DataTable:
    """A data frame in a table."""

    def __init__(self, dataframe: Any, **options: Any) -> None:  # noqa: ARG002 - Colab's signature
        self._dataframe = dataframe

    def _repr_html_(self) -> Any:
        return self._dataframe._repr_html_()

    def __repr__(self) -> str:
        return repr(self._dataframe)


def enable_dataframe_formatter() -> None:
    """Change nothing."""


def disable_dataframe_formatter() -> None:
    """Change nothing."""
