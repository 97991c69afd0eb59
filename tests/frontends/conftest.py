"""The fixtures of the edges, which the tests of the local server use, too."""

from tests.edges.conftest import kaggle, scripted, workspace, write

__all__ = ["kaggle", "scripted", "workspace", "write"]
