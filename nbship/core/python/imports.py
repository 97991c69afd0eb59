"""The names of the modules that Python imports."""

import ast
from collections.abc import Iterator


def imports_of(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the names of all modules that import statements in this package may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base:
                yield base
            # An imported name may be a module of that package; the caller looks for it.
            prefix = f"{base}." if base else ""
            yield from (prefix + alias.name for alias in node.names if alias.name != "*")


def _base(node: ast.ImportFrom, package: str) -> str:
    names = package.split(".") if node.level else []
    parents = names[: len(names) - (node.level - 1)]
    return ".".join(name for name in (*parents, node.module) if name)
