"""The fixtures of the edges, which the local server needs as well."""

from tests.edges.conftest import kaggle, scripted, workspace, write

__all__ = ["kaggle", "scripted", "workspace", "write"]
