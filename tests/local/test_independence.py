"""The local Kaggle is independent: nbship.local imports no other module of nbship."""

import ast
from pathlib import Path

_LOCAL = Path(__file__).parents[2] / "nbship" / "local"


def test_no_other_module_of_nbship_is_imported() -> None:
    for path in _LOCAL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] != "nbship" or name.startswith("nbship.local"), path
