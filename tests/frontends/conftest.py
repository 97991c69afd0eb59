"""The fixtures of the edges, which the local server needs as well."""

from tests.edges.conftest import kaggle, liar, workspace, write

__all__ = ["kaggle", "liar", "workspace", "write"]
